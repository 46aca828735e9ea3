package metrics_test

import (
	"testing"
	"time"

	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

const day = 24 * time.Hour

// ago is a fault of checkout by process.kill, so many days before t0.
func ago(days int, scenario string, v judge.Verdict) metrics.Fault {
	when := t0.Add(-time.Duration(days) * day)
	return metrics.Fault{Service: "checkout", Class: "process.kill", Scenario: scenario, Step: "kill", Started: when, At: when, Outcome: v}
}

// TestStatesOfCells: the period is 30 days, a PASS is good for 60.
func TestStatesOfCells(t *testing.T) {
	overturned := ago(3, "a", judge.Silent)
	overturned.Overturned = true
	for name, c := range map[string]struct {
		faults   []metrics.Fault
		state    metrics.CellState
		outcome  judge.Verdict
		age      int // days since LastPass; -1: none
		n, p, ex int
	}{
		"nobody tried":                     {nil, metrics.Untested, judge.Unjudged, -1, 0, 0, 0},
		"tried in vain":                    {[]metrics.Fault{ago(3, "a", judge.Void), ago(40, "a", judge.Inconclusive)}, metrics.Untested, judge.Unjudged, -1, 0, 0, 2},
		"silent, and it was not":           {[]metrics.Fault{overturned}, metrics.Untested, judge.Unjudged, -1, 0, 0, 1},
		"proven":                           {[]metrics.Fault{ago(3, "a", judge.Pass)}, metrics.Proven, judge.Pass, 3, 1, 1, 0},
		"proven before the period":         {[]metrics.Fault{ago(50, "a", judge.Pass)}, metrics.Proven, judge.Pass, 50, 0, 0, 0},
		"proven too long ago":              {[]metrics.Fault{ago(61, "a", judge.Pass)}, metrics.Stale, judge.Pass, 61, 0, 0, 0},
		"mended":                           {[]metrics.Fault{ago(9, "a", judge.Silent), ago(3, "a", judge.Pass)}, metrics.Proven, judge.Pass, 3, 2, 1, 0},
		"mended, told in another order":    {[]metrics.Fault{ago(3, "a", judge.Pass), ago(9, "a", judge.Silent)}, metrics.Proven, judge.Pass, 3, 2, 1, 0},
		"broken since":                     {[]metrics.Fault{ago(9, "a", judge.Pass), ago(3, "a", judge.Silent)}, metrics.Failed, judge.Silent, 9, 2, 1, 0},
		"one of two scenarios fails":       {[]metrics.Fault{ago(3, "a", judge.Pass), ago(9, "b", judge.Late)}, metrics.Failed, judge.Late, 3, 2, 1, 0},
		"noisy is no proof":                {[]metrics.Fault{ago(3, "a", judge.Noisy)}, metrics.Failed, judge.Noisy, -1, 1, 0, 0},
		"the older proof counts":           {[]metrics.Fault{ago(3, "a", judge.Pass), ago(40, "b", judge.Pass)}, metrics.Proven, judge.Pass, 40, 1, 1, 0},
		"nobody runs the failing one":      {[]metrics.Fault{ago(3, "a", judge.Pass), ago(80, "b", judge.Silent)}, metrics.Proven, judge.Pass, 3, 1, 1, 0},
		"nobody runs the failing one only": {[]metrics.Fault{ago(80, "b", judge.Silent)}, metrics.Failed, judge.Silent, -1, 0, 0, 0},
		"void does not unmake a proof":     {[]metrics.Fault{ago(9, "a", judge.Pass), ago(3, "a", judge.Void)}, metrics.Proven, judge.Pass, 9, 1, 1, 1},
		"two at once":                      {[]metrics.Fault{ago(3, "a", judge.Pass), ago(3, "a", judge.Silent)}, metrics.Failed, judge.Silent, 3, 2, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := metrics.CoverageOf(c.faults, []metrics.Cell{{Service: "checkout", Class: "process.kill"}}, t0.Add(-30*day), t0, 60*day)
			if len(got.Entries) != 1 {
				t.Fatalf("%d cells", len(got.Entries))
			}
			e := got.Entries[0]
			if e.State != c.state || e.Outcome != c.outcome || e.Faults != c.n || e.Passed != c.p || e.Excluded != c.ex {
				t.Errorf("got %+v", e)
			}
			if age := metrics.ProvenAge(t0, e.LastPass); c.age < 0 && !e.LastPass.IsZero() || c.age >= 0 && age != time.Duration(c.age)*day {
				t.Errorf("last passed %s ago", age)
			}
			if proven := (metrics.Rate{Hits: map[bool]int{true: 1}[c.state == metrics.Proven], Of: 1}); got.Proven != proven {
				t.Errorf("coverage %+v", got.Proven)
			}
		})
	}
}

func TestCellsAreSortedAndNoneIsLost(t *testing.T) {
	got := metrics.CoverageOf(
		[]metrics.Fault{ago(3, "a", judge.Pass)}, []metrics.Cell{{"stock", "network.loss"}, {"checkout", "network.loss"}, {"checkout", "network.loss"}}, t0, t0, 0)
	want := []metrics.Cell{{"checkout", "network.loss"}, {"checkout", "process.kill"}, {"stock", "network.loss"}}
	for i, e := range got.Entries {
		if i >= len(want) || e.Cell != want[i] {
			t.Fatalf("got %+v", got.Entries)
		}
	}
	if got.Proven != (metrics.Rate{Hits: 1, Of: 3}) {
		t.Errorf("coverage %+v", got.Proven)
	}
	if ancient := metrics.CoverageOf([]metrics.Fault{ago(5000, "a", judge.Pass)}, nil, t0, t0, 0); ancient.Entries[0].State != metrics.Proven {
		t.Error("without an oldest age nothing is stale")
	}
}

// detected are n faults of a scenario with TTDs of s, s+1, s+2 …
func detected(n int, s float64, definition string) []metrics.Fault {
	var all []metrics.Fault
	for i := range n {
		all = append(all, metrics.Fault{Scenario: "a", Definition: definition, Outcome: judge.Pass, Detect: exactly(s + float64(i))})
	}
	return all
}

// TestMediansAreComparedWithTheirOwnKind: the same scenario and definition, ten on both sides. Of 1 to 10 the median is 5.5.
func TestMediansAreComparedWithTheirOwnKind(t *testing.T) {
	got := metrics.ChangesOf(detected(10, 3, "d1"), detected(10, 1, "d1"))
	if len(got) != 1 || got[0].Slower != verify.Seconds(2*time.Second) || *got[0].Before.P50.Seconds != verify.Seconds(5500*time.Millisecond) {
		t.Errorf("got %+v", got)
	}
	for name, c := range map[string][2][]metrics.Fault{
		"too few now":        {detected(9, 3, "d1"), detected(10, 1, "d1")},
		"too few before":     {detected(10, 3, "d1"), detected(9, 1, "d1")},
		"another definition": {detected(10, 3, "d2"), detected(10, 1, "d1")},
		"no definition":      {detected(10, 3, ""), detected(10, 1, "")},
		"nothing":            {nil, nil},
	} {
		if got := metrics.ChangesOf(c[0], c[1]); len(got) != 0 {
			t.Errorf("%s: compared all the same: %+v", name, got)
		}
	}
	gone := detected(10, 3, "d1")
	for i := range gone[:7] {
		gone[i].Outcome, gone[i].Detect = judge.Silent, never(300)
	}
	if got := metrics.ChangesOf(gone, detected(10, 1, "d1")); len(got) != 1 || !got[0].Now.P50.Never || got[0].Slower != 0 {
		t.Errorf("a median that is never is no number: %+v", got)
	}
}
