package prometheus

import (
	"fmt"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/lab"
)

func TestWhatAServerTellsForAudits(t *testing.T) {
	t.Parallel()
	x := newToy(t)
	x.set(`errors{code="500"}`, 1)
	x.set(`errors{code="404"}`, 1)
	prom := world(t, x, lab.ClosedPort(t), `alert: Errors, expr: "errors > 1", for: 5s, labels: {severity: page}`, `record: "all:errors", expr: "sum(errors)"`)
	prom.Settle(t)
	src, ctx := source(t, Params{}, prom.URL), t.Context()
	rules, err := src.Rules(ctx)
	if err != nil || len(rules) != 2 {
		t.Fatalf("%v, %v", rules, err)
	}
	if r := rules[0]; !r.Alerting || r.Name != "Errors" || r.For != 5*time.Second || r.Interval != time.Second || r.Labels["severity"] != "page" || r.Group != "g" {
		t.Errorf("%+v", r)
	}
	conf, err := src.Config(ctx)
	if err != nil || conf.ScrapeInterval != time.Second || !conf.Alertmanagers || len(conf.Jobs) != 1 {
		t.Errorf("%+v, %v", conf, err)
	}
	values, err := src.LabelValues(ctx, "errors", "code")
	if got := fmt.Sprint(values); got != "[404 500]" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	for selector, want := range map[string]int{"errors": 2, `errors{code="1"}`: 0} {
		n, err := src.Count(ctx, selector)
		ever, err2 := src.Ever(ctx, selector, time.Hour)
		if n != want || ever != (want > 0) || err != nil || err2 != nil {
			t.Errorf("%s: %d, %v, %v, %v", selector, n, ever, err, err2)
		}
	}
	if _, err := src.Count(ctx, "errors{"); err == nil {
		t.Error("a selector that is none counts for nothing")
	}
	if n, err := src.Alertmanagers(ctx); n != 1 || err != nil {
		t.Errorf("%d Alertmanagers, %v", n, err)
	}
}
