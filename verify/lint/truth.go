package lint

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/failurefriday/friday/internal/promql"
	"github.com/failurefriday/friday/verify"
)

// neverTrue finds comparisons that nothing can satisfy.
func neverTrue(_ context.Context, l *look) error {
	l.contradictions(func(c promql.Contradiction) bool { return !counts(c) })
	return nil
}

// countsNothing finds counts that are to be nothing.
func countsNothing(_ context.Context, l *look) error {
	l.contradictions(counts)
	return nil
}

func counts(c promql.Contradiction) bool {
	return c.Of == "count" || c.Of == "count_over_time"
}

func (l *look) contradictions(meant func(promql.Contradiction) bool) {
	for _, e := range l.Engines {
		for _, a := range e.alerts {
			for _, c := range a.expr.Contradictions() {
				if !meant(c) {
					continue
				}
				severity := verify.Severe
				if c.Either {
					severity = verify.Risky // the other branch may still fire
				}
				l.say(e.on(severity, a.Rule, c.Pos), fmt.Sprintf("%s is never true: %s", c.Text, c.Why), instead(c))
			}
		}
	}
}

// instead is what to write for a comparison that is never true.
func instead(c promql.Contradiction) string {
	switch {
	case counts(c):
		return "ask for absent(…), or put `or vector(0)` behind the count, inside of parentheses: where there is nothing to count, there is no result"
	case slices.Contains([]string{"sum", "avg", "min", "max"}, c.Of):
		return "a comparison inside keeps the values that it lets through and does not count them: say count(…), or make it 0 and 1 by bool"
	}
	return "compare with a value that it can have; absent() is 1, or nothing at all"
}

// happenings are words with which names of counters end before _total: things that happen, not things that are there.
var happenings = []string{
	"error", "errors", "failure", "failures", "failed", "timeout", "timeouts", "exception", "exceptions", "retries", "restarts",
	"rejections", "rejected", "drops", "dropped", "evictions", "evicted", "panics", "crashes", "reached", "kills", "killed",
}

// counting reports whether a metric counts what happens, by its name. That it ends with _total is not enough: many tell by that
// how many of a thing there are.
func counting(metric string) bool {
	name, ok := strings.CutSuffix(metric, "_total")
	return ok && slices.Contains(happenings, name[strings.LastIndexByte(name, '_')+1:])
}

// rawCounter finds counters that a rule compares as they are with a number: once that is passed, the alert fires until the process
// restarts, and says nothing of the next time. A second comparison may be a way out.
func rawCounter(_ context.Context, l *look) error {
	for _, e := range l.Engines {
		for _, a := range e.alerts {
			all := a.expr.Comparisons()
			if len(all) != 1 || subtracts(a) {
				continue
			}
			c := all[0]
			if c.Raw == nil || !counting(c.Raw.Metric) || c.Op != ">" && c.Op != ">=" || len(e.recorded(c.Raw.Metric)) > 0 {
				continue
			}
			l.say(e.on(verify.Risky, a.Rule, c.Pos),
				fmt.Sprintf("%s is a counter by its name, and only grows: once past %v the alert fires until a restart, and the next fault makes no new page", c.Raw.Metric, c.Threshold),
				fmt.Sprintf("compare increase(%s[…]) or rate(…)", c.Raw.Metric))
		}
	}
	return nil
}

// subtracts reports whether a rule takes the difference to an earlier value by itself.
func subtracts(a alert) bool {
	return slices.ContainsFunc(a.selectors, func(s promql.Selector) bool { return s.Offset != 0 || s.In("changes", "increase", "rate", "irate") })
}

// ofCounters are the functions that take every decrease for a restart.
var ofCounters = []string{"rate", "irate", "increase"}

// gauges are the endings of names that no counter has, by the conventions of Prometheus.
var gauges = []string{"_timestamp_seconds", "_info", "_ratio", "_percent", "_celsius"}

// rateOfGauge finds values that go up and down under functions that take every decrease for a restart.
func rateOfGauge(_ context.Context, l *look) error {
	for _, e := range l.Engines {
		for _, a := range e.alerts {
			for _, s := range a.selectors {
				i := slices.IndexFunc(gauges, func(end string) bool { return strings.HasSuffix(s.Metric, end) })
				if s.Range == 0 || len(s.Under) == 0 || !slices.Contains(ofCounters, s.Under[0]) || i < 0 && s.Metric != "up" {
					continue
				}
				l.say(e.on(verify.Risky, a.Rule, s.Pos), fmt.Sprintf("%s() takes %s for a counter: it counts every fall as a restart", s.Under[0], s.Metric),
					"use delta(), deriv() or changes()")
			}
		}
	}
	return nil
}
