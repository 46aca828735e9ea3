package lint

import (
	"context"
	"slices"

	"github.com/failurefriday/friday/internal/promql"
	"github.com/failurefriday/friday/verify"
)

// unwatchedJob finds jobs that no rule can be about. From files that is known only where every rule names its job.
func unwatchedJob(ctx context.Context, l *look) error {
	for _, e := range l.Engines {
		if e.Config == nil || !l.Complete || len(e.alerts) == 0 {
			continue
		}
		var selectors []promql.Selector
		for _, r := range e.Rules {
			if expr, err := promql.Parse(r.Expr); err == nil {
				selectors = append(selectors, expr.Selectors()...)
			}
		}
		for _, j := range e.Config.Jobs {
			watched, err := l.watched(ctx, e, j, selectors)
			if err != nil {
				return err
			}
			if !watched {
				l.say(at(verify.Remark, e.Name, "job "+j.Name, j.Pos), "it is scraped, and no rule looks at any series of it", "write a rule at least on up of this job")
			}
		}
	}
	return nil
}

// watched reports whether any selector can be about a job. Relabelling may give its series any other job.
func (l *look) watched(ctx context.Context, e *Engine, j promql.Job, selectors []promql.Selector) (bool, error) {
	if j.Relabels {
		return true, nil
	}
	for _, s := range selectors {
		if !fits(s, "job", j.Name) || len(e.recorded(s.Metric)) > 0 {
			continue
		}
		jobs, err := l.jobs(ctx, e, s.Metric)
		if err != nil {
			return false, err
		}
		if jobs == nil || slices.Contains(jobs, j.Name) {
			return true, nil
		}
	}
	return false, nil
}
