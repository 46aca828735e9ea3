package lint

import (
	"slices"
	"strings"

	"github.com/failurefriday/friday/internal/promql"
)

// alert is an alerting rule with what its expression says.
type alert struct {
	promql.Rule
	expr      *promql.Expr
	selectors []promql.Selector
}

// parse takes the expressions of all alerting rules apart. Those that cannot be parsed are told of elsewhere.
func (e *Engine) parse() {
	e.alerts = nil
	for _, r := range e.Rules {
		if expr, err := promql.Parse(r.Expr); err == nil && r.Alerting {
			e.alerts = append(e.alerts, alert{r, expr, expr.Selectors()})
		}
	}
}

// urgent are the values of the label severity that mean: wake somebody.
var urgent = []string{"critical", "page", "pager", "emergency", "fatal", "disaster", "sev1", "p1", "high"}

// pages reports whether the alert is meant to wake somebody.
func (a alert) pages() bool { return slices.Contains(urgent, strings.ToLower(a.Labels["severity"])) }

// static are the labels that every alert of the rule has whatever its series are. Closed is true where there can be no others
// but those in open.
func (a alert) static(e *Engine) (known map[string]string, open []string, closed bool) {
	known = map[string]string{"alertname": a.Name}
	open, closed = a.expr.Labels()
	if e.Config == nil {
		closed = false // nobody knows which labels it adds to all alerts
	} else {
		for name, value := range e.Config.ExternalLabels {
			known[name] = value
		}
	}
	for name, value := range a.Labels {
		if delete(known, name); strings.Contains(value, "{{") {
			open = append(open, name)
		} else {
			known[name] = value
		}
	}
	known["alertname"] = a.Name
	return known, slices.DeleteFunc(open, func(name string) bool { _, static := known[name]; return static }), closed
}

// expects are the expectations that name the alert.
func (l *look) expects(a alert) []Expected {
	var all []Expected
	for _, e := range l.Expected {
		if !e.MustNot && !e.Alert.Name.Empty() && e.Alert.Name.Match(a.Name) {
			all = append(all, e)
		}
	}
	return all
}

// recorded are the rules that record series of a name.
func (e *Engine) recorded(name string) []promql.Rule {
	var all []promql.Rule
	for _, r := range e.Rules {
		if !r.Alerting && r.Name == name {
			all = append(all, r)
		}
	}
	return all
}
