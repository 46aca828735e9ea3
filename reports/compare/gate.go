package compare

import (
	"errors"
	"fmt"
	"slices"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// Past is what is known of the past of a run.
type Past struct {
	Runs []digest.Run // of any kind: those that do not count are left out
	// Unread are the ids of runs that could not be read. One that may be of this past keeps everything from being called
	// known: it may be the one in which the page came.
	Unread []string
}

// Outcome is what a gate makes of a run.
type Outcome struct {
	Verdict judge.Verdict // that the exit code is to follow; the record keeps its own
	Said    []string      // what was waived, or added, or could not be said, a sentence each; texts are from outside
}

// Gate holds a run against its past: the valid runs of the same scenario, environment and definition before it.
//   - A failed expectation whose verdict was the same in all of the last Window that could tell, at least one, and which
//     passed in none at all, is known. It does not fail the run if its condition is listed: NewSilent for SILENT, NewLate
//     for LATE, NewFailure for the others. What has passed and does not any more fails until it is mended: waiting is not
//     what makes a pipeline green.
//   - A PASS, or a failure that is known, whose time to detect is more than Slower times the median of the last Window
//     detections fails it.
//
// All else fails as without a gate, and a run that is not restored, was stopped or could not tell stays what it is.
func (c Conditions) Gate(now digest.Run, past Past) Outcome {
	out := Outcome{Verdict: now.Verdict}
	if class := now.Verdict.Class(); class != judge.Passed && class != judge.Failed {
		return out
	}
	history := History(past.Runs, now)
	hidden := slices.DeleteFunc(slices.Clone(past.Unread), func(id string) bool { return !CouldBe(id, now) })
	var verdicts []judge.Verdict
	for _, p := range places(now) {
		v, says := c.known(p, history, hidden)
		all := []string{says}
		if v == judge.Pass {
			v, says = c.pace(p, history)
			all = append(all, says)
		}
		verdicts = append(verdicts, v)
		for _, says := range all {
			if says != "" {
				out.Said = append(out.Said, fmt.Sprintf("%s %s: %s", p.result.ID, p.result.Text, says))
			}
		}
	}
	for _, s := range now.Steps {
		if len(s.Results) == 0 { // nothing was asked, so nothing is waived
			verdicts = append(verdicts, s.Verdict)
		}
	}
	out.Verdict = judge.Worst(verdicts...)
	return out
}

// ErrCoverage says why a gate over one definition knows nothing of lost coverage.
var ErrCoverage = errors.New("coverage-lost is for friday compare: this looks at runs of the same definition only, which all ask for the same")

// condition is the condition that waives a failed verdict which is known.
func condition(v judge.Verdict) Change {
	switch v {
	case judge.Silent:
		return NewSilent
	case judge.Late:
		return NewLate
	default:
		return NewFailure
	}
}

// known is the verdict that counts for an expectation, and why it is not its own.
func (c Conditions) known(p place, history []digest.Run, hidden []string) (judge.Verdict, string) {
	v := p.result.Verdict
	if v.Class() != judge.Failed || !c.Has(condition(v)) {
		return v, ""
	}
	same, all := 0, 0
	for _, r := range history[max(0, len(history)-Window):] {
		if was, there := find(places(r), p.result.Key); there && told(was.result.Verdict) {
			all++
			if was.result.Verdict == v {
				same++
			}
		}
	}
	switch {
	case all == 0:
		return v, fmt.Sprintf("%s, and no earlier run of this definition could tell: new, failing", v)
	case same < all:
		return v, fmt.Sprintf("%s, as in %d of the last %s: not always, so failing", v, same, show.Count(all, "run"))
	case lastPass(history, p.result.Key) != "":
		return v, fmt.Sprintf("%s as in %s, but it passed in %s: failing until it does again", v, allOf(all), lastPass(history, p.result.Key))
	case len(hidden) > 0:
		return v, fmt.Sprintf("%s as in %s that can be read, but %s cannot be: failing", v, allOf(all), hidden[0])
	}
	return judge.Pass, fmt.Sprintf("%s as in %s: known, not failing because of --fail-on %s", v, allOf(all), condition(v))
}

func allOf(n int) string {
	if n == 1 {
		return "the last run"
	}
	return fmt.Sprintf("all of the last %d runs", n)
}

// pace is the verdict of what does not fail by itself, by its time to detect. LATE stands for too slow: it fails as LATE
// does.
func (c Conditions) pace(p place, history []digest.Run) (judge.Verdict, string) {
	took := p.detect()
	if c.Slower == 0 || took == nil {
		return judge.Pass, ""
	}
	usual := paceOf(*took, detections(history, p.result.Key))
	switch {
	case usual.Slower(c.Slower):
		return judge.Late, fmt.Sprintf("%s, but slower: detected in %s; failing because of --fail-on slower=%s", p.result.Verdict, usual.Words(), timesWords(c.Slower))
	case !usual.Known():
		return judge.Pass, fmt.Sprintf("detected in %s, so --fail-on slower=%s says nothing yet", usual.Words(), timesWords(c.Slower))
	}
	return judge.Pass, ""
}

// lastPass is the newest run in which an expectation passed; empty if there is none.
func lastPass(history []digest.Run, key string) string {
	for _, r := range slices.Backward(history) {
		if was, there := find(places(r), key); there && was.result.Verdict == judge.Pass {
			return r.ID
		}
	}
	return ""
}
