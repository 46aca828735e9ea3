package lint

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// budget is what a time is made of.
type budget []part

type part struct {
	what string
	d    time.Duration
}

func (b *budget) add(what string, d time.Duration) {
	if d > 0 {
		*b = append(*b, part{what, d})
	}
}

func (b budget) sum() time.Duration {
	var sum time.Duration
	for _, p := range b {
		sum += p.d
	}
	return sum
}

// String lists the parts: scrape 15s, for 1m0s.
func (b budget) String() string {
	texts := make([]string, len(b))
	for i, p := range b {
		texts[i] = fmt.Sprintf("%s %s", p.what, p.d)
	}
	return strings.Join(texts, ", ")
}

// holdsBack is what a page cannot be faster than: what the expression is behind, `for` in whole evaluations, and the wait of
// its group where it is known to go through one.
func (l *look) holdsBack(e *Engine, a alert, routed bool) budget {
	var b budget
	lag, _ := a.expr.Lag()
	b.add("offset", lag)
	b.add("for, in whole evaluations,", e.pending(a))
	if wait, ok := l.groupWait(a, e); ok && routed {
		b.add("group_wait", wait)
	}
	return b
}

// budget is the time from the fault to the page, at best and at worst.
func (l *look) budget(ctx context.Context, e *Engine, a alert, routed bool) (best, worst budget, err error) {
	best = l.holdsBack(e, a, routed)
	if e.Config == nil {
		return best, best, nil
	}
	slowest := time.Duration(0)
	for _, s := range a.selectors {
		every, err := l.every(ctx, e, s)
		if err != nil {
			return nil, nil, err
		}
		slowest = max(slowest, every)
	}
	worst.add("scrape", slowest)
	worst.add("evaluation", e.interval(a))
	if early, late := a.expr.Lag(); late > early {
		worst.add("smoothing", late-early)
	}
	return best, append(worst, slices.Clone(best)...), nil
}

// interval is the time between two evaluations of a rule; 0 if it is not known.
func (e *Engine) interval(a alert) time.Duration {
	if a.Interval == 0 && e.Config != nil {
		return e.Config.EvaluationInterval
	}
	return a.Interval
}

// pending is how long the alert is pending at least: whole evaluations, where their rhythm is known.
func (e *Engine) pending(a alert) time.Duration {
	every := e.interval(a)
	if every == 0 || a.For%every == 0 {
		return a.For
	}
	return (a.For/every + 1) * every
}
