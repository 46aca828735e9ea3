package lint

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/promql"
	"github.com/failurefriday/friday/verify"
)

// keeper is something that keeps the last value it was told, whoever told it and however long ago.
type keeper struct {
	what, age string // a Pushgateway, and the metric that tells how old its values are
	label     string // by which its inputs are told apart
}

var keepers = []keeper{
	{"a Pushgateway", "push_time_seconds", "job"},
	{"a file of the node exporter's textfile collector", "node_textfile_mtime_seconds", "file"},
}

// noFreshness finds inputs that look alive when their sender is dead.
func noFreshness(ctx context.Context, l *look) error {
	for _, e := range l.Engines {
		if slices.ContainsFunc(e.alerts, looksAtAge) {
			continue
		}
		if e.Live == nil {
			l.pushgateways(e)
			continue
		}
		for _, k := range keepers {
			inputs, err := e.Live.LabelValues(ctx, k.age, k.label)
			if err != nil {
				return err
			}
			if len(inputs) == 0 {
				continue
			}
			l.say(at(verify.Risky, e.Name, "inputs", diag.Pos{}), fmt.Sprintf("%s keeps the last values of %s for ever, and no rule looks at their age: a sender that died looks well", k.what, few(inputs)),
				fmt.Sprintf("alert on time() - %s", k.age))
		}
	}
	return nil
}

// looksAtAge reports whether a rule looks at how old a value is, any value: somebody has thought of it.
func looksAtAge(a alert) bool {
	return a.expr.Calls("time", "timestamp") || slices.ContainsFunc(a.selectors, func(s promql.Selector) bool {
		return slices.ContainsFunc(keepers, func(k keeper) bool { return k.age == s.Metric }) || s.In("changes")
	})
}

// pushgateways finds them by their own port, or by their name, in a configuration that honours the labels of what was pushed.
func (l *look) pushgateways(e *Engine) {
	if e.Config == nil || len(e.alerts) == 0 || !l.Complete {
		return
	}
	for _, j := range e.Config.Jobs {
		name := strings.ToLower(j.Name)
		named := strings.Contains(name, "pushgateway") || strings.Contains(name, "push-gateway") || strings.Contains(name, "push_gateway")
		if !j.HonorLabels || !named && !slices.ContainsFunc(j.Targets, onPushPort) {
			continue
		}
		l.say(at(verify.Risky, "", "job "+j.Name, j.Pos), "a Pushgateway keeps the last values for ever, and no rule looks at their age: a sender that died looks well",
			"alert on time() - push_time_seconds")
	}
}

// onPushPort: 9091 is the port that the Pushgateway has in the list of Prometheus' exporters.
func onPushPort(target string) bool {
	_, port, err := net.SplitHostPort(target)
	return err == nil && port == "9091"
}
