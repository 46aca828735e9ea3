package lint

import (
	"context"
	"fmt"
	"time"

	"github.com/failurefriday/friday/verify"
)

// evaluationErrors tells of live rules whose last evaluation failed.
func evaluationErrors(_ context.Context, l *look) error {
	for _, e := range l.Engines {
		for _, r := range e.Rules {
			if r.Health == "err" {
				l.say(e.named(verify.Severe, r), fmt.Sprintf("its last evaluation failed: %s", r.LastError),
					"mend the expression, and alert on prometheus_rule_evaluation_failures_total")
			}
		}
	}
	return nil
}

// slack is what an evaluation may be late without a word.
const slack = 5 * time.Second

// stalled tells, once a group, of rules that are not evaluated any more.
func stalled(_ context.Context, l *look) error {
	for _, e := range l.Engines {
		told := map[string]bool{}
		for _, a := range e.alerts {
			age, group := e.Now.Sub(a.LastEvaluation), a.File+" "+a.Group
			if a.LastEvaluation.IsZero() || a.Interval == 0 || age <= 2*a.Interval+a.EvaluationTime+slack || told[group] {
				continue
			}
			told[group] = true
			l.say(e.named(verify.Severe, a.Rule), fmt.Sprintf("last evaluated %s ago, though its group %q is due every %s", age.Round(time.Second), a.Group, a.Interval),
				"see why the group takes so long, and alert on the age of its last evaluation from another engine")
		}
	}
	return nil
}
