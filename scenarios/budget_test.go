package scenarios

import (
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
)

// TestBudgets: what cannot come in time is refused, what may come late is warned of, and a hold that is too short to tell
// a silence from a slow page as well.
func TestBudgets(t *testing.T) {
	sec := func(n int) verify.Seconds { return verify.Seconds(time.Duration(n) * time.Second) }
	for name, c := range map[string]struct {
		best, worst, within, hold int // seconds
		momentary, mustNot        bool
		refused, warned           string
	}{
		"all is well":             {5, 20, 30, 60, false, false, "", ""},
		"impossible":              {31, 40, 30, 60, false, false, "IMPOSSIBLE: 1.1 must fire within 30s, and takes at least 31s: firing 31s to 40s (it waits)", ""},
		"as slow as allowed":      {30, 30, 30, 60, false, false, "", ""},
		"it may be late":          {5, 40, 30, 60, false, false, "", "1.1 must fire within 30s, and may take up to 40s"},
		"the hold is too short":   {5, 40, 30, 35, false, false, "", "the hold of 35s is shorter than the 40s that 1.1 may take"},
		"a blip":                  {5, 40, 30, 35, true, false, "", ""},
		"nothing may fire at all": {50, 60, 0, 20, false, true, "", ""},
	} {
		want := verify.Expectation{ID: "1.1", Step: 1, Source: "pd", Within: sec(c.within), MustNot: c.mustNot}
		p := &Plan{
			Steps:    []PlannedStep{{Step: &Step{Hold: time.Duration(c.hold) * time.Second, Momentary: c.momentary}, Expect: []verify.Expectation{want}}},
			Evidence: []verify.Evidence{{Hop: verify.Firing, Source: "prom", Expectation: "1.1", Delay: sec(c.best), Worst: sec(c.worst), Text: "it waits"}},
			Info:     verify.PlanInfo{Steps: []verify.StepPlan{{}}},
		}
		var no Refusal
		p.foretell(&no)
		if got := no.Error(); got != c.refused {
			t.Errorf("%s: refused %q, want %q", name, got, c.refused)
		}
		warned := strings.Join(p.Info.Warnings, "\n")
		if (warned == "") != (c.warned == "") || !strings.Contains(warned, c.warned) {
			t.Errorf("%s: warned %q, want %q", name, warned, c.warned)
		}
		if budgets := p.Info.Steps[0].Budgets; (len(budgets) == 1) == c.mustNot {
			t.Errorf("%s: %d budgets", name, len(budgets))
		}
	}
}
