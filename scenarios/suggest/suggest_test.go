package suggest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/scenarios/suggest"
)

func TestHints(t *testing.T) {
	for expr, want := range map[string]suggest.Hints{
		`up{job="checkout"} == 0`: {Instances: []string{}, Names: []string{"checkout"}, Absent: true},
		`absent(http_requests_total{service="shop",instance="127.0.0.1:80"})`: {Instances: []string{"127.0.0.1:80"}, Names: []string{"shop"}, Absent: true},
		`rate(errors{container=~"a|b",job!="x"}[5m]) > 1`:                     {Instances: []string{}, Names: []string{}},
		`latency{app="a"} > 1 and on() other{job="b"}`:                        {Instances: []string{}, Names: []string{"a", "b"}, Slow: true},
		`not promql (`: {Instances: []string{}, Names: []string{}},
	} {
		if diff := cmp.Diff(want, suggest.HintsOf(expr, nil)); diff != "" {
			t.Errorf("%s: %s", expr, diff)
		}
	}
	got := suggest.HintsOf("not promql (", []map[string]string{{"instance": "x:1", "job": "b", "pod": "", "zone": "eu"}, {"instance": "w:1", "job": "b"}})
	if diff := cmp.Diff(suggest.Hints{Instances: []string{"w:1", "x:1"}, Names: []string{"b"}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestRank(t *testing.T) {
	part := suggest.Target{Name: "checkout-worker", Count: 1, By: suggest.ByPart}
	name := suggest.Target{Name: "checkout", Count: 2, By: suggest.ByName}
	box := suggest.Target{Container: true, Name: "shop-checkout-1", Count: 1, By: suggest.ByName}
	port := suggest.Target{Name: "checkout", Port: 8080, Count: 1, By: suggest.ByPort}
	want := []suggest.Target{port, box, part}
	for _, all := range [][]suggest.Target{{part, name, box, port}, {port, box, name, part}} {
		if diff := cmp.Diff(want, suggest.Rank(all)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{
		"CheckoutDown": "proves-checkout-down", "HTTPErrors5xx": "proves-httperrors5xx", "search is down!": "proves-search-is-down", "äöü": "proves-alert", "": "proves-alert",
		"a/../../b": "proves-a-b", strings.Repeat("x", 99): "proves-" + strings.Repeat("x", 60),
	} {
		if got := (suggest.Draft{Rule: suggest.Rule{Name: name}}).Slug(); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

func TestThePageHasTime(t *testing.T) {
	for _, c := range []struct {
		rule suggest.Rule
		want string
	}{
		{suggest.Rule{}, "within: 3m\n"},
		{suggest.Rule{For: 5 * time.Minute, Interval: 15 * time.Second}, "within: 7m30s"},
		{suggest.Rule{Expr: `sum(rate(errors[1h])) / sum(rate(all[1h])) > (14.4 * 0.001) and sum(rate(errors[5m])) / sum(rate(all[5m])) > (14.4 * 0.001)`}, "within: 4m\n"},
		{suggest.Rule{Expr: `sum(rate(errors[1h])) / sum(rate(all[1h])) > 0.5`}, "within: 33m\n"},
		{suggest.Rule{Expr: `rate(restarts[1h]) > 5`}, "within: 3m\n"},
		{suggest.Rule{For: time.Second, Interval: time.Minute}, "within: 3m30s"},
	} {
		text, err := suggest.Draft{Rule: c.rule}.Scenario()
		if err != nil || !strings.Contains(string(text), c.want) {
			t.Errorf("%+v: want %s in\n%s\n%v", c.rule, c.want, text, err)
		}
	}
}

// The worked example of the source: an SLO of 99.9%, and an alert on a burn rate of 14.4 over one hour.
func TestBurnTime(t *testing.T) {
	for _, c := range []struct {
		slo, errors, rate float64
		window, want      time.Duration
	}{
		{0.999, 1, 14.4, time.Hour, 51840 * time.Millisecond},      // all fails: 0.001 · 14.4 · 3600 s
		{0.999, 0.1, 14.4, time.Hour, 518400 * time.Millisecond},   // a tenth fails
		{0.999, 0.001, 1, time.Hour, time.Hour},                    // just as much as may
		{0.999, 0.0001, 1, time.Hour, time.Hour},                   // never longer than the window
		{0.999, 0, 14.4, time.Hour, 0}, {1, 1, 14.4, time.Hour, 0}, // no errors, no budget
	} {
		if got := suggest.BurnTime(c.slo, c.errors, c.window, c.rate).Round(time.Millisecond); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
