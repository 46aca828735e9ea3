package prometheus

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/failurefriday/friday/internal/promql"
)

// Count is how many series a selector matches now.
func (s *Source) Count(ctx context.Context, selector string) (int, error) {
	return s.count(ctx, "count("+selector+")")
}

// Ever reports whether a selector has matched any series in the time back from now.
func (s *Source) Ever(ctx context.Context, selector string, back time.Duration) (bool, error) {
	n, err := s.count(ctx, "count(present_over_time("+selector+span(back)+"))")
	return n > 0, err
}

func (s *Source) count(ctx context.Context, expr string) (int, error) {
	found, err := s.query(ctx, expr, "vector")
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return int(found[0].samples[0].value), nil
}

// LabelValues are the values that a label of a metric has now, in order.
func (s *Source) LabelValues(ctx context.Context, metric, label string) ([]string, error) {
	found, err := s.query(ctx, fmt.Sprintf("count by (%s) ({__name__=%q})", label, metric), "vector")
	if err != nil {
		return nil, err
	}
	values := []string{}
	for _, one := range found {
		if v := one.labels[label]; v != "" {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	return values, nil
}

// Alertmanagers is how many Alertmanagers alerts are sent to now.
func (s *Source) Alertmanagers(ctx context.Context) (active int, err error) {
	urls, err := s.routers(ctx)
	return len(urls), err
}

// Rules are all rules that are loaded, recording ones as well.
func (s *Source) Rules(ctx context.Context) ([]promql.Rule, error) {
	loaded, err := s.rules(ctx, "")
	if err != nil {
		return nil, err
	}
	rules := make([]promql.Rule, len(loaded))
	for i, r := range loaded {
		rules[i] = promql.Rule{
			File: r.group.File, Group: r.group.Name, Name: r.Name, Alerting: r.Type == "alerting", Expr: r.Query,
			For: r.wait(), KeepFiringFor: duration(r.KeepFiringFor), Interval: r.group.interval(), Labels: r.Labels, Annotations: r.told(),
			Health: r.Health, LastError: r.LastError, LastEvaluation: r.LastEvaluation,
		}
	}
	return rules, nil
}

// Config is the configuration that is loaded. Prometheus takes the secrets out of it.
func (s *Source) Config(ctx context.Context) (*promql.Config, error) {
	data, err := get[struct{ YAML *string }](ctx, s, "/api/v1/status/config", nil)
	if err == nil && data.YAML == nil {
		err = s.silent("/api/v1/status/config", "yaml")
	}
	if err != nil {
		return nil, err
	}
	return promql.ParseConfig(s.base+"/api/v1/status/config", []byte(*data.YAML))
}
