package lint

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/failurefriday/friday/internal/promql"
	"github.com/failurefriday/friday/verify"
)

// ofTwo are the functions that need two samples for a result.
var ofTwo = []string{"rate", "irate", "increase", "delta", "idelta", "deriv", "predict_linear"}

// shortRange needs to know how often series come about: by which jobs they are scraped, or how often they are recorded.
func shortRange(ctx context.Context, l *look) error {
	for _, e := range l.Engines {
		if e.Config == nil {
			continue
		}
		for _, a := range e.alerts {
			for _, s := range a.selectors {
				if s.Range == 0 || len(s.Under) == 0 || !slices.Contains(ofTwo, s.Under[0]) {
					continue
				}
				every, err := l.every(ctx, e, s)
				if err != nil {
					return err
				}
				if every == 0 || s.Range >= 2*every {
					continue
				}
				severity, text := verify.Severe, "never holds two samples"
				if s.Range >= every {
					severity, text = verify.Risky, "often holds one sample only"
				}
				l.say(e.on(severity, a.Rule, s.Pos), fmt.Sprintf("%s(%s[%s]) %s, as there is one every %s, and without two it has no value", s.Under[0], s.Text, s.Range, text, every),
					fmt.Sprintf("look over at least %s, which bears a scrape that fails", 4*every))
			}
		}
	}
	return nil
}

// every is the shortest time between two samples of what a selector picks, by what is known; 0 if nothing is.
func (l *look) every(ctx context.Context, e *Engine, s promql.Selector) (time.Duration, error) {
	if rules := e.recorded(s.Metric); len(rules) > 0 {
		shortest := time.Duration(0)
		for _, r := range rules {
			interval := r.Interval
			if interval == 0 {
				interval = e.Config.EvaluationInterval
			}
			shortest = shorter(shortest, interval)
		}
		return shortest, nil
	}
	jobs, err := l.jobs(ctx, e, s.Metric)
	if err != nil {
		return 0, err
	}
	shortest := time.Duration(0)
	for _, j := range e.Config.Jobs {
		if !j.Relabels && !fits(s, "job", j.Name) || jobs != nil && !slices.Contains(jobs, j.Name) {
			continue
		}
		shortest = shorter(shortest, j.Interval)
	}
	return shortest, nil
}

func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b < a {
		return b
	}
	return a
}

// fits reports whether a selector lets through series with this value of a label.
func fits(s promql.Selector, label, value string) bool {
	return !slices.ContainsFunc(s.Matchers, func(m promql.Matcher) bool { return m.Name == label && !m.Matches(value) })
}
