package lint

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/promql"
	"github.com/failurefriday/friday/verify"
)

// lookBack is how far back series are looked for: what was there this week may come again.
const lookBack = 7 * 24 * time.Hour

// neverMatches asks live servers for the series of every selector that an alert cannot do without.
func neverMatches(ctx context.Context, l *look) error {
	for _, e := range l.Engines {
		if e.Live == nil {
			continue
		}
		missing, err := missing(ctx, e)
		for _, a := range e.alerts {
			told := map[string]bool{}
			for _, s := range a.selectors {
				why, gone := missing[s.Text]
				if !gone || !needed(s) || told[s.Text] {
					continue
				}
				told[s.Text] = true
				l.say(e.on(why.severity, a.Rule, s.Pos), why.text, why.advice)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// needed reports whether the alert cannot come without series of the selector. What Prometheus writes of alerts comes and goes
// with them.
func needed(s promql.Selector) bool {
	return !s.Optional && s.Metric != "" && !strings.HasPrefix(s.Metric, "ALERTS")
}

// absence is what is known of a selector that matches nothing.
type absence struct {
	severity     verify.Severity
	text, advice string
}

// missing looks for every selector that an alert needs, each once. What other rules record comes and goes with what it is made
// of, and is left out.
func missing(ctx context.Context, e *Engine) (map[string]absence, error) {
	wanted := map[string]promql.Selector{}
	var texts []string
	for _, a := range e.alerts {
		for _, s := range a.selectors {
			if _, twice := wanted[s.Text]; !twice && needed(s) && len(e.recorded(s.Metric)) == 0 {
				wanted[s.Text] = s
				texts = append(texts, s.Text)
			}
		}
	}
	found := map[string]absence{}
	var mu sync.Mutex
	err := ask(ctx, texts, func(ctx context.Context, text string) error {
		why, gone, err := missed(ctx, e.Live, wanted[text])
		if gone {
			mu.Lock()
			defer mu.Unlock()
			found[text] = why
		}
		return err
	})
	return found, err
}

// missed finds out whether a selector matches nothing, and why.
func missed(ctx context.Context, live Prometheus, s promql.Selector) (absence, bool, error) {
	n, err := live.Count(ctx, s.Text)
	if err != nil || n > 0 {
		return absence{}, false, err
	}
	was, err := live.Ever(ctx, s.Text, lookBack)
	switch {
	case err != nil:
		return absence{}, false, err
	case was:
		return absence{verify.Remark, fmt.Sprintf("%s has no series now; it had some in the last seven days", s.Text), "see whether they come with the fault, or are gone for good"}, true, nil
	}
	all, err := live.Count(ctx, s.Metric)
	if err != nil {
		return absence{}, false, err
	}
	if all == 0 {
		return absence{
			verify.Risky, fmt.Sprintf("nothing is called %s, now or in the last seven days, so the alert cannot fire", s.Metric),
			"see whether the exporter has renamed it, or is not scraped; a series that comes only with its first event should be 0 before",
		}, true, nil
	}
	why, err := blame(ctx, live, s, all)
	return why, err == nil, err
}

// blame finds the matcher for which a metric that is there has no series.
func blame(ctx context.Context, live Prometheus, s promql.Selector, all int) (absence, error) {
	for _, m := range s.Matchers {
		if m.Matches("") || len(s.Matchers) > 1 {
			if rest, err := live.Count(ctx, s.Without(m.Name)); err != nil || rest == 0 {
				if err != nil {
					return absence{}, err
				}
				continue
			}
		}
		values, err := live.LabelValues(ctx, s.Metric, m.Name)
		if err != nil {
			return absence{}, err
		}
		text := fmt.Sprintf("%s matches none of the %d series of %s, now or in the last seven days", m, all, s.Metric)
		switch near, ok := diag.Nearest(m.Value, values); {
		case len(values) == 0:
			return absence{verify.Severe, fmt.Sprintf("%s, which have no label %s at all", text, m.Name), "ask for a label that is there"}, nil
		case m.Op == "=" && ok:
			return absence{verify.Severe, fmt.Sprintf("%s; there is %s=%q", text, m.Name, near), fmt.Sprintf("did you mean %q?", near)}, nil
		case slices.Contains(identity, m.Name):
			return absence{verify.Severe, fmt.Sprintf("%s; there is %s", text, few(values)), "ask for one that is there"}, nil
		default:
			return absence{verify.Remark, fmt.Sprintf("%s; there is %s", text, few(values)), "see whether such a series comes with the fault"}, nil
		}
	}
	return absence{verify.Remark, fmt.Sprintf("%s matches none of the %d series of %s, now or in the last seven days", s.Text, all, s.Metric), "see whether such a series comes with the fault"}, nil
}

// identity are the labels that say what is watched, not what has happened to it: their values do not come with a fault.
var identity = []string{"job"}
