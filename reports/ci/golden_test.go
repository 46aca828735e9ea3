package ci_test

import (
	"bytes"
	"testing"

	"github.com/failurefriday/friday/reports/ci"
	"github.com/failurefriday/friday/reports/compare"
	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/verify/judge"
)

// run is a record compared with what was before it.
func run(t testing.TB, r judge.Record, before ...judge.Record) ci.Run {
	t.Helper()
	var past []digest.Run
	for _, b := range before {
		past = append(past, digest.Of(b))
	}
	d, err := compare.SinceGreen(digest.Of(r), compare.Past{Runs: past})
	if err != nil {
		t.Fatal(err)
	}
	return ci.Run{Record: r, Diff: &d}
}

// green is a run of the same scenario that many days before, in which the page came in time.
func green(r judge.Record, days int, after float64) judge.Record {
	r.Run.ID = r.Started.AddDate(0, 0, -days).Format("20060102-150405") + "-" + r.Run.Scenario + "-gr33"
	r.Started = r.Started.AddDate(0, 0, -days)
	r.Verdict, r.Summary, r.Aborted, r.Restored, r.Residue = judge.Pass, "1 of 1 expectations met", nil, true, nil
	step := r.Steps[0]
	step.Verdict, step.Unhealthy = judge.Pass, ""
	x := sample.Detected(step.Results[0], after, judge.Pass, "the page came in time")
	x.Advice, x.Kind, x.Broken = "", "", nil
	step.Results = append([]judge.Result{x}, step.Results[1:]...)
	r.Steps = []judge.Step{step}
	return r
}

// silent has come and does not come any more; slow comes much later than it used to, and asks for less.
func report(t testing.TB) ci.Report {
	t.Helper()
	all := ci.Report{Dir: "/src", Root: "/src"}
	for i, r := range sample.All() {
		for j := range r.Steps[0].Results {
			r.Steps[0].Results[j].Line = 12 + 3*j
		}
		switch i {
		case 0:
			more := green(r, 3, 0.4)
			extra := more.Steps[0].Results[0]
			extra.ID, extra.Source = "1.3", "pagerduty"
			more.Steps[0].Results = append(more.Steps[0].Results, extra)
			all.Runs = append(all.Runs, run(t, r, green(r, 1, 0.4), green(r, 2, 0.5), more))
		case 2:
			all.Runs = append(all.Runs, run(t, r, green(r, 1, 2)))
		default:
			all.Runs = append(all.Runs, run(t, r))
		}
	}
	return all
}

func TestGolden(t *testing.T) {
	all := report(t)
	for _, f := range ci.Formats() {
		if f.Name == "junit" {
			continue // it has tests of its own
		}
		t.Run(f.Name, func(t *testing.T) {
			var out, again bytes.Buffer
			if err := f.Render(&out, all); err != nil {
				t.Fatal(err)
			}
			if err := f.Render(&again, report(t)); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(out.Bytes(), again.Bytes()) {
				t.Error("the same report gave other bytes")
			}
			sample.Golden(t, f.Name+".golden", out.Bytes())
		})
	}
}
