package lint

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/failurefriday/friday/internal/promql"
	"github.com/failurefriday/friday/verify"
)

// noAbsence finds jobs whose end no rule would notice, although rules put thresholds on their series: these end with the job,
// and a threshold on nothing never fires.
func noAbsence(ctx context.Context, l *look) error {
	guards := l.guards()
	for _, e := range l.Engines {
		if err := l.learnJobs(ctx, e); err != nil {
			return err
		}
		var open []alert // those of which nobody knows the job
		lost := map[string][]alert{}
		for _, a := range e.alerts {
			if !bare(a) {
				continue
			}
			jobs, known, err := l.lost(ctx, e, a, guards)
			if err != nil {
				return err
			}
			if !known {
				open = append(open, a)
			}
			for _, job := range jobs {
				lost[job] = append(lost[job], a)
			}
		}
		l.sayLost(e, lost)
		if len(guards) == 0 && len(open) > 0 {
			l.sayUnguarded(e, open)
		}
	}
	return nil
}

// bare reports whether an alert rests on a threshold over series alone. One that is itself about something missing, about the
// monitoring, or that has a result also without series, is not.
func bare(a alert) bool {
	if len(a.expr.Comparisons()) == 0 {
		return false
	}
	needs := false
	for _, s := range a.selectors {
		if s.Absent || s.Metric == "up" || strings.HasPrefix(s.Metric, "ALERTS") || strings.HasPrefix(s.Metric, "prometheus_") {
			return false
		}
		needs = needs || !s.Optional && s.Metric != ""
	}
	return needs
}

// guards are the selectors by which rules notice that something is gone: up, and whatever absent() looks for, directly or by
// way of what other rules record.
func (l *look) guards() []promql.Selector {
	var all []promql.Selector
	for _, e := range l.Engines {
		seen := map[string]bool{}
		var take func([]promql.Selector)
		take = func(selectors []promql.Selector) {
			for _, s := range selectors {
				if s.Absent || s.Metric == "up" || s.Metric == "scrape_samples_scraped" {
					all = append(all, s)
				}
				if seen[s.Metric] {
					continue
				}
				seen[s.Metric] = true
				for _, r := range e.recorded(s.Metric) {
					if expr, err := promql.Parse(r.Expr); err == nil {
						take(expr.Selectors())
					}
				}
			}
		}
		for _, a := range e.alerts {
			take(a.selectors)
		}
	}
	return all
}

// lost are the jobs that an alert needs and that no guard covers; known is false where nobody knows which jobs it needs.
func (l *look) lost(ctx context.Context, e *Engine, a alert, guards []promql.Selector) (lost []string, known bool, err error) {
	for _, s := range a.selectors {
		if s.Optional || s.Metric == "" || len(e.recorded(s.Metric)) > 0 {
			continue
		}
		jobs, err := l.jobs(ctx, e, s.Metric)
		if err != nil {
			return nil, false, err
		}
		if job, exact := exactly(s, "job"); exact && jobs == nil {
			jobs = []string{job}
		}
		known = known || jobs != nil // a live server knows also that there is none
		for _, job := range jobs {
			if job != "" && fits(s, "job", job) && !covered(guards, s.Metric, job) && !slices.Contains(lost, job) {
				lost = append(lost, job)
			}
		}
	}
	return lost, known, nil
}

// covered reports whether some rule notices the end of a job, or that of the metric in it.
func covered(guards []promql.Selector, metric, job string) bool {
	return slices.ContainsFunc(guards, func(g promql.Selector) bool {
		return (g.Metric == "up" || g.Metric == "scrape_samples_scraped" || g.Metric == metric || g.Metric == "") && fits(g, "job", job)
	})
}

// exactly is the value that a selector wants a label to have.
func exactly(s promql.Selector, label string) (string, bool) {
	for _, m := range s.Matchers {
		if m.Name == label && m.Op == "=" && m.Value != "" {
			return m.Value, true
		}
	}
	return "", false
}

// sayLost tells each job once, at the first alert that needs it.
func (l *look) sayLost(e *Engine, lost map[string][]alert) {
	for job, alerts := range lost {
		first := alerts[0]
		text := fmt.Sprintf("when job %s cannot be scraped its series are gone, and a threshold on nothing never fires; no rule here notices that it is down", job)
		if more := len(alerts) - 1; more > 0 {
			text += fmt.Sprintf(" (nor can %s fire then)", counted(more, "more alert"))
		}
		l.say(e.named(l.unlessPartial(verify.Risky), first.Rule), text, fmt.Sprintf("add a rule on up{job=%q} == 0, and one on absent(up{job=%q})", job, job))
	}
}

// sayUnguarded tells, once a file, of rules where none at all notices an absence.
func (l *look) sayUnguarded(e *Engine, open []alert) {
	count := map[string]int{}
	for _, a := range open {
		count[a.File]++
	}
	for _, a := range open {
		if count[a.File] == 0 {
			continue
		}
		f := e.named(l.unlessPartial(verify.Risky), a.Rule)
		f.Subject = "rules"
		text := fmt.Sprintf("%s on values, and no rule here notices that a target is gone: its series end with it, and a threshold on nothing never fires", put(count[a.File]))
		l.say(f, text, "add a rule on up == 0, and absent(up{job=…}) for what service discovery may lose")
		count[a.File] = 0
	}
}

func put(n int) string {
	if n == 1 {
		return "1 alert puts a threshold"
	}
	return fmt.Sprintf("%d alerts put thresholds", n)
}

// unlessPartial lowers the severity of what is missing where the rest of the rules may not be here.
func (l *look) unlessPartial(severity verify.Severity) verify.Severity {
	if l.Complete {
		return severity
	}
	return verify.Remark
}
