package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

const (
	// Window is how many runs, or detections, of the past count.
	Window = 10
	// Enough is how many detections it takes before anything is said about the usual time to detect.
	Enough = 3
)

// Valid reports whether a run can be compared with at all: it passed or failed. One that is UNRESTORED has looked as well
// as any other, so it is valid; each of its results still has to have told.
func Valid(r digest.Run) bool {
	class := r.Verdict.Class()
	return class == judge.Passed || class == judge.Failed || class == judge.Left
}

// told reports whether a verdict on an expectation says something about the alert.
func told(v judge.Verdict) bool {
	class := v.Class()
	return class == judge.Passed || class == judge.Failed
}

// earlier returns the runs that can stand for the past of one: of the same scenario in the same environment, both or
// neither negative controls, valid, and started before it. Oldest first.
func earlier(all []digest.Run, now digest.Run) []digest.Run {
	var runs []digest.Run
	for _, r := range all {
		same := r.Scenario == now.Scenario && r.Environment == now.Environment && r.Control == now.Control
		if same && r.ID != now.ID && r.Started.Before(now.Started) && Valid(r) {
			runs = append(runs, r)
		}
	}
	slices.SortStableFunc(runs, func(a, b digest.Run) int {
		return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID))
	})
	return runs
}

// History returns the runs that can stand for the past of one and had the same definition, oldest first.
func History(all []digest.Run, now digest.Run) []digest.Run {
	return slices.DeleteFunc(earlier(all, now), func(r digest.Run) bool { return r.Definition != now.Definition })
}

// LastGreen returns the newest run before this one in which everything passed, whatever its definition.
func LastGreen(all []digest.Run, now digest.Run) (digest.Run, bool) {
	for _, r := range slices.Backward(earlier(all, now)) {
		if r.Verdict == judge.Pass {
			return r, true
		}
	}
	return digest.Run{}, false
}

// CouldBe reports whether a run of which only the id is known may stand for the past of now: its id names the same
// scenario, or is none of ours, and it is not newer.
func CouldBe(id string, now digest.Run) bool {
	mine, ok := nameIn(now.ID)
	name, ours := nameIn(id)
	if !ok || !ours {
		return id != now.ID
	}
	return id != now.ID && name == mine && second(id) <= second(now.ID)
}

// idTime is how the id of a run begins.
const idTime = "20060102-150405"

func second(id string) string { return id[:min(len(id), len(idTime))] }

// nameIn cuts the name out of an id: time-name-random.
func nameIn(id string) (string, bool) {
	end := strings.LastIndexByte(id, '-')
	if end <= len(idTime) || id[len(idTime)] != '-' || strings.ContainsFunc(second(id), func(r rune) bool { return r != '-' && (r < '0' || r > '9') }) {
		return "", false
	}
	return id[len(idTime)+1 : end], true
}

// detect is the time to detect: Detected − InForce. Nil where nothing was detected, or nothing must be.
func (p place) detect() *verify.Seconds {
	if p.result.MustNot || p.result.Detected.IsZero() || p.step.InForce.IsZero() {
		return nil
	}
	d := verify.Seconds(p.result.Detected.Sub(p.step.InForce))
	return &d
}

// detections are the newest times to detect of one expectation, at most Window.
func detections(history []digest.Run, key string) []verify.Seconds {
	var all []verify.Seconds
	for _, r := range slices.Backward(history) {
		p, there := find(places(r), key)
		if !there || !told(p.result.Verdict) {
			continue
		}
		if d := p.detect(); d != nil {
			all = append(all, *d)
		}
		if len(all) == Window {
			break
		}
	}
	return all
}

// Pace is how a time to detect compares with what is usual: the median of the last valid detections of the same
// expectation in the same definition.
type Pace struct {
	Now    verify.Seconds  `json:"now_s"`
	Median *verify.Seconds `json:"median_s,omitempty"` // nil: too few detections to tell
	Of     int             `json:"of"`                 // so many detections
}

func paceOf(now verify.Seconds, past []verify.Seconds) *Pace {
	p := &Pace{Now: now, Of: len(past)}
	if len(past) < Enough {
		return p
	}
	sorted := slices.Sorted(slices.Values(past))
	middle := sorted[len(sorted)/2]
	if len(sorted)%2 == 0 {
		middle = (middle + sorted[len(sorted)/2-1]) / 2
	}
	p.Median = &middle
	return p
}

// Known reports whether there is a usual time to hold this one against. A median of nothing, or less than nothing where
// pages come before the fault is seen in force, has no multiple.
func (p Pace) Known() bool { return p.Median != nil && *p.Median > 0 }

// Slower reports whether the time is more than times the median. What cannot be told is not slower; Words say so.
func (p Pace) Slower(times float64) bool {
	return p.Known() && float64(p.Now) > times*float64(*p.Median)
}

// Words say how the time compares with the usual one.
func (p Pace) Words() string {
	if p.Median == nil {
		return fmt.Sprintf("%s; whether that is slow cannot be said from %s: it takes %d", p.Now, show.Count(p.Of, "detection"), Enough)
	}
	text := fmt.Sprintf("%s; the median of the last %d is %s", p.Now, p.Of, *p.Median)
	if !p.Known() {
		return text + ", of which nothing is a multiple"
	}
	return text + fmt.Sprintf(", so %.1f times that", float64(p.Now)/float64(*p.Median))
}
