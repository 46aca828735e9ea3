// Package compare says what changed between two runs, or from a run's history to it: what is newly silent, newly late,
// slower, mended, or not covered any more. It reads digests and asks nothing: the same digests give the same answer.
package compare

import (
	"fmt"
	"slices"
	"time"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// Change is what became of one expectation.
type Change string

// The changes. An expectation that failed without a basis is new: nothing says that it was known before.
const (
	NewSilent    Change = "new-silent"    // SILENT, and was not
	NewLate      Change = "new-late"      // LATE, and was not
	NewFailure   Change = "new-failure"   // failed in another way, and not in that way before
	CannotTell   Change = "cannot-tell"   // nobody knows what it would be now: never mended, never passed
	StillFailing Change = "still-failing" // with the same verdict as before
	Mended       Change = "mended"        // PASS, and had failed
	FirstPass    Change = "first-pass"    // PASS, and nobody knew before
	Same         Change = "same"          // PASS, as before
	Gone         Change = "gone"          // not asked for any more
)

// Diff is what changed from an older run to a newer one.
type Diff struct {
	// Before is the older run; nil where there is none that could be compared with, and Notes then say why.
	Before *Side `json:"before"`
	Now    Side  `json:"now"`
	// Notes are what a reader must know to judge the rest, a sentence each; texts may be from outside.
	Notes []string `json:"notes"`
	// DefinitionChanged: the two did not run the same scenario, variables and deadlines included.
	DefinitionChanged bool `json:"definition_changed"`
	// Results are the expectations of the newer run in its order, then those that are Gone.
	Results []Pair `json:"results"`
	// Lost is what the older run proved and the newer one does not ask for.
	Lost []Loss `json:"coverage_lost"`
}

// Side is one of the two runs.
type Side struct {
	Run         string        `json:"run"`
	Scenario    string        `json:"scenario"`
	Environment string        `json:"environment,omitempty"`
	Definition  string        `json:"definition,omitempty"`
	Control     bool          `json:"control,omitempty"`
	Verdict     judge.Verdict `json:"verdict"`
	Started     time.Time     `json:"started,omitzero"`
}

// Pair is one expectation in both runs.
type Pair struct {
	Change  Change `json:"change"`
	ID      string `json:"id"`  // step.number, in the newer run unless it is Gone
	Key     string `json:"key"` // digest.Result.Key
	Step    string `json:"step"`
	Text    string `json:"text"`
	Line    int    `json:"line,omitempty"`
	MustNot bool   `json:"must_not,omitempty"`
	// Before and Now are the verdicts; Unjudged where a run did not ask for it.
	Before judge.Verdict `json:"before,omitzero"`
	Now    judge.Verdict `json:"now,omitzero"`
	Reason string        `json:"reason,omitempty"` // of the newer verdict
	// DetectBefore and DetectNow are the times to detect, Detected − InForce; nil where nothing was detected.
	DetectBefore *verify.Seconds `json:"time_to_detect_before_s,omitempty"`
	DetectNow    *verify.Seconds `json:"time_to_detect_s,omitempty"`
	Pace         *Pace           `json:"pace,omitempty"` // nil where nothing was detected now, or nothing must be
}

// Loss is something that was proved and is not asked for any more.
type Loss struct {
	What Lost   `json:"what"`
	Text string `json:"text"`
}

// Lost says what kind of thing is not covered any more.
type Lost string

// What can be lost.
const (
	LostExpectation Lost = "expectation"
	LostFault       Lost = "fault" // a class of faults of a service
	LostAlert       Lost = "alert"
)

// Between compares an older run with a newer one. History are runs from which the usual time to detect is told; only
// those that are comparable with the newer one count, whatever else it holds. A nil older run means that there is none.
// An older run that could not tell is no basis: the diff then has none either, and says so. A negative control and a run
// with a fault cannot be compared, and neither can a run with itself: that is an error.
func Between(before *digest.Run, now digest.Run, history []digest.Run) (Diff, error) {
	d := Diff{Now: sideOf(now), Notes: []string{}, Results: []Pair{}, Lost: []Loss{}}
	if before != nil && before.ID == now.ID {
		return Diff{}, fmt.Errorf("%s is compared with itself: that tells nothing", now.ID)
	}
	if before != nil && before.Control != now.Control {
		with, without := before.ID, now.ID
		if before.Control {
			with, without = without, with
		}
		return Diff{}, fmt.Errorf("%s had a fault and %s is a negative control, which had none: they cannot be compared", with, without)
	}
	if before != nil && !Valid(*before) {
		d.Notes = append(d.Notes, fmt.Sprintf("%s is %s: a run that could not tell is nothing to compare with", before.ID, before.Verdict))
		before = nil
	}
	if before != nil {
		side := sideOf(*before)
		d.Before, d.DefinitionChanged = &side, before.Definition != now.Definition
		d.Notes = append(d.Notes, differences(*before, now)...)
	}
	d.pairs(before, now, History(history, now))
	if len(now.Steps) == 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("%s ended before it said what it asks for: nobody knows what it would have covered", now.ID))
	} else if before != nil {
		d.Lost = lost(*before, now)
	}
	return d, nil
}

func sideOf(r digest.Run) Side {
	return Side{Run: r.ID, Scenario: r.Scenario, Environment: r.Environment, Definition: r.Definition, Control: r.Control, Verdict: r.Verdict, Started: r.Started}
}

// differences are what makes two runs hard to compare.
func differences(before, now digest.Run) []string {
	var notes []string
	for _, one := range []struct{ what, before, now string }{
		{"scenarios", before.Scenario, now.Scenario}, {"environments", before.Environment, now.Environment},
	} {
		if one.before != one.now {
			notes = append(notes, fmt.Sprintf("these are runs of two %s: %q and %q", one.what, one.before, one.now))
		}
	}
	if before.Started.After(now.Started) {
		notes = append(notes, "the run before is the newer of the two: the changes are told backwards")
	}
	if before.Definition != now.Definition {
		notes = append(notes, "the definition changed: scenario, variables or deadlines are not the same")
	}
	return notes
}

// place is a result with the step that it belongs to.
type place struct {
	step   digest.Step
	result digest.Result
}

func places(r digest.Run) (all []place) {
	for _, s := range r.Steps {
		for _, x := range s.Results {
			all = append(all, place{s, x})
		}
	}
	return all
}

func find(all []place, key string) (place, bool) {
	i := slices.IndexFunc(all, func(p place) bool { return p.result.Key == key })
	if i < 0 {
		return place{}, false
	}
	return all[i], true
}

func (d *Diff) pairs(before *digest.Run, now digest.Run, history []digest.Run) {
	var old []place
	if before != nil {
		old = places(*before)
	}
	mine := places(now)
	for _, p := range mine {
		pair := p.pair()
		pair.Now, pair.Reason, pair.DetectNow = p.result.Verdict, p.result.Reason, p.detect()
		was, known := find(old, p.result.Key)
		if known {
			pair.Before, pair.DetectBefore = was.result.Verdict, was.detect()
		}
		pair.Change = change(pair.Before, pair.Now)
		if pair.DetectNow != nil && told(pair.Now) {
			pair.Pace = paceOf(*pair.DetectNow, detections(history, p.result.Key))
		}
		d.Results = append(d.Results, pair)
	}
	for _, p := range old {
		if _, there := find(mine, p.result.Key); !there && len(now.Steps) > 0 {
			pair := p.pair()
			pair.Before, pair.DetectBefore, pair.Change = p.result.Verdict, p.detect(), Gone
			d.Results = append(d.Results, pair)
		}
	}
}

func (p place) pair() Pair {
	x := p.result
	return Pair{ID: x.ID, Key: x.Key, Step: p.step.Name, Text: x.Text, Line: x.Line, MustNot: x.MustNot}
}

// change is what became of a verdict. One that could not tell before is no basis, as if it had not been there.
func change(before, now judge.Verdict) Change {
	switch {
	case !told(now):
		return CannotTell
	case now == judge.Pass && !told(before):
		return FirstPass
	case now == judge.Pass && before == judge.Pass:
		return Same
	case now == judge.Pass:
		return Mended
	case now == before:
		return StillFailing
	case now == judge.Silent:
		return NewSilent
	case now == judge.Late:
		return NewLate
	default:
		return NewFailure
	}
}

// Of returns the expectations that changed in one of these ways.
func (d Diff) Of(kinds ...Change) []Pair {
	var all []Pair
	for _, p := range d.Results {
		if slices.Contains(kinds, p.Change) {
			all = append(all, p)
		}
	}
	return all
}

// Slower returns the expectations whose time to detect is more than times the usual one.
func (d Diff) Slower(times float64) []Pair {
	var all []Pair
	for _, p := range d.Results {
		if p.Pace != nil && p.Pace.Slower(times) {
			all = append(all, p)
		}
	}
	return all
}

// CannotTell reports whether the newer run, or one of its expectations, could not tell, whether it asked for nothing, or
// whether there is nothing to compare it with: then the absence of a difference proves nothing.
func (d Diff) CannotTell() bool {
	class := d.Now.Verdict.Class()
	asked := slices.ContainsFunc(d.Results, func(p Pair) bool { return p.Change != Gone })
	return d.Before == nil || class == judge.CannotTell || class == judge.Stopped || !asked || len(d.Of(CannotTell)) > 0
}

// basis is what to say behind "newly" where nothing is known of before.
func (d Diff) basis() string {
	if d.Before == nil {
		return ", or nobody knows since when"
	}
	return ""
}

// Unrestored reports whether the newer run left something behind, which outranks whatever else it says.
func (d Diff) Unrestored() bool { return d.Now.Verdict.Class() == judge.Left }

// SinceGreen compares a run with the newest one before it in which everything passed. Where there is none, the diff has
// no Before, and a note says so.
func SinceGreen(now digest.Run, past Past) (Diff, error) {
	green, found := LastGreen(past.Runs, now)
	before := &green
	if !found {
		before = nil
	}
	d, err := Between(before, now, past.Runs)
	if err != nil {
		return Diff{}, err
	}
	if !found {
		d.Notes = append(d.Notes, NoGreen)
	}
	for _, id := range past.Unread {
		if !found || second(green.ID) <= second(id) {
			d.Notes = append(d.Notes, id+" cannot be read: it may be the green run to compare with")
		}
	}
	return d, nil
}

// NoGreen is the note of a diff that has nothing to compare with.
const NoGreen = "no green run to compare with"
