package prometheus

import (
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/promql"
)

// expression is what a rule looks at.
type expression struct {
	selectors   []selector // each once
	comparisons []comparison
	soonest     time.Duration // it holds back what it looks at for so long, at least
	lag         time.Duration // and at most
}

// selector picks series.
type selector struct {
	text     string // without range, offset and @
	metric   string
	matchers []promql.Matcher
	// needed is false where a result can come about without any of its series: in absent(), or behind or and unless.
	needed bool
}

// comparison is a result against a number.
type comparison struct {
	left      string
	up        bool // the page comes when left rises above the threshold; otherwise when it sinks below
	threshold float64
}

// parse takes an expression apart. One that cannot be parsed has no parts; Prometheus would not have loaded it.
func parse(query string) expression {
	var found expression
	e, err := promql.Parse(query)
	if err != nil {
		return found
	}
	found.soonest, found.lag = e.Lag()
	for _, s := range e.Selectors() {
		if i := slices.IndexFunc(found.selectors, func(old selector) bool { return old.text == s.Text }); i >= 0 {
			found.selectors[i].needed = found.selectors[i].needed || !s.Optional
			continue
		}
		found.selectors = append(found.selectors, selector{s.Text, s.Metric, s.Matchers, !s.Optional})
	}
	for _, c := range e.Comparisons() {
		if up := c.Op == ">" || c.Op == ">="; up || c.Op == "<" || c.Op == "<=" {
			found.comparisons = append(found.comparisons, comparison{c.Left, up, c.Threshold})
		}
	}
	return found
}

// without is the selector without its matchers of one label.
func (s selector) without(label string) string {
	var left []string
	for _, m := range s.matchers {
		if m.Name != label && m.Name != metricName {
			left = append(left, m.String())
		}
	}
	return s.metric + "{" + strings.Join(left, ",") + "}"
}

// metricName is the label that holds the name of a metric.
const metricName = "__name__"
