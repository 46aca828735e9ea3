package compare_test

import (
	"fmt"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/reports/compare"
	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// found is an expectation with that key and verdict; a time to detect below zero was none.
func found(key string, v judge.Verdict, after float64) digest.Result {
	x := digest.Result{ID: "1." + key, Key: key, Text: "page " + key, Verdict: v, Reason: "because of " + key, Line: 7}
	if after >= 0 {
		x.Detected = sample.At(after)
	}
	return x
}

// is is found without a time.
func is(key string, v judge.Verdict) digest.Result { return found(key, v, -1) }

// on is a run of that day with one step. Its verdict is the worst of its results.
func on(day int, results ...digest.Result) digest.Run {
	started := sample.Friday.AddDate(0, 0, day-100)
	r := digest.Run{
		ID: fmt.Sprintf("%s-shop-r%03d", started.Format("20060102-150405"), day), Scenario: "shop", Service: "checkout", Environment: "test",
		Definition: "d1", Started: started, Finished: started.AddDate(0, 0, 1), Restored: true,
		Steps: []digest.Step{{Index: 1, Name: "kill it", InForce: sample.At(0), Faults: []digest.Fault{{Kind: "process.kill", Target: "checkout"}}, Results: results}},
	}
	var all []judge.Verdict
	for _, x := range results {
		all = append(all, x.Verdict)
	}
	r.Verdict = judge.Worst(all...)
	return r
}

// but changes a run.
func but(r digest.Run, change func(*digest.Run)) digest.Run { change(&r); return r }

func control(r *digest.Run)    { r.Control = true }
func elsewhere(r *digest.Run)  { r.Environment = "production" }
func redefined(r *digest.Run)  { r.Definition = "d2" }
func aborted(r *digest.Run)    { r.Verdict = judge.Aborted }
func unrestored(r *digest.Run) { r.Verdict, r.Restored = judge.Unrestored, false }

func alert(x digest.Result, name string) digest.Result {
	x.Alert = verify.AlertMatch{Name: match.Must(name)}
	return x
}

func mustNot(x digest.Result) digest.Result {
	x.MustNot = true
	return x
}

// days are runs, one a day from day 1, each with the expectation a found after so many seconds.
func days(after ...float64) []digest.Run {
	var all []digest.Run
	for i, s := range after {
		all = append(all, on(i+1, found("a", judge.Pass, s)))
	}
	return all
}

func changes(d compare.Diff) map[string]compare.Change {
	all := map[string]compare.Change{}
	for _, p := range d.Results {
		all[p.Key] = p.Change
	}
	return all
}
