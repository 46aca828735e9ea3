package lint

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/amconfig"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/promql"
	"github.com/failurefriday/friday/verify"
)

// monday is a Monday morning.
var monday = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// engine reads rules, given one a line as NAME{LABELS} EXPR [for DURATION]: EXPR, or record NAME = EXPR.
func engine(t *testing.T, rules ...string) *Engine {
	t.Helper()
	e := &Engine{Now: monday}
	text := "groups:\n- name: g\n  rules:\n"
	for i, rule := range rules {
		name, expr, _ := strings.Cut(rule, ": ")
		name, wait, _ := strings.Cut(name, " for ")
		name, severity, _ := strings.Cut(name, "/")
		kind := "alert"
		if strings.Contains(name, ":") {
			kind = "record"
		}
		text += fmt.Sprintf("  - %s: %s\n    expr: %q\n", kind, name, expr)
		if wait != "" {
			text += "    for: " + wait + "\n"
		}
		if severity != "" {
			text += fmt.Sprintf("    labels: {severity: %s, n: '%d'}\n", severity, i)
		}
	}
	file, problems := promql.ParseRules("r.yml", []byte(text))
	if len(problems) > 0 {
		t.Fatalf("%v\n%s", problems, text)
	}
	e.Rules = file.Rules
	return e
}

func configured(t *testing.T, e *Engine, text string) *Engine {
	t.Helper()
	var err error
	if e.Config, err = promql.ParseConfig("p.yml", []byte(text)); err != nil {
		t.Fatal(err)
	}
	return e
}

func router(t testing.TB, text string) *Router {
	t.Helper()
	c, err := amconfig.Parse("am.yml", []byte(text))
	if err != nil || len(c.Problems) > 0 {
		t.Fatalf("%v %v", err, c.Problems)
	}
	return &Router{Config: c, Now: monday}
}

// saw is the findings of one check, in short: subject severity.
func saw(t *testing.T, check string, s Setup) string {
	t.Helper()
	s.Now = monday
	all, failed := Run(t.Context(), s)
	if len(failed) > 0 {
		t.Fatal(failed)
	}
	var got []string
	for _, f := range all {
		if f.Text == "" || f.Kind == "" || f.Subject == "" {
			t.Errorf("%+v", f)
		}
		if f.Check == check {
			got = append(got, fmt.Sprintf("%s %s", f.Subject, f.Severity))
		}
	}
	return strings.Join(got, ", ")
}

const scraped = "scrape_configs: [{job_name: api, scrape_interval: 30s}, {job_name: db, scrape_interval: 1m}]\nalerting: {alertmanagers: [{dns_sd_configs: [{}]}]}"

func TestRulesOfFiles(t *testing.T) {
	for _, c := range []struct {
		check, want string
		rules       []string
	}{
		{"never-true", "alert A error", []string{"A: absent(x) > 1"}},
		{"never-true", "alert A error", []string{"A: sum(x == 0) > 0"}},
		{"never-true", "alert A warning", []string{"A: absent(x) > 1 or y"}},
		{"never-true", "", []string{"A: absent(x) == 1", "B: up == 0", "C: rate(x[5m]) == 0"}},
		{"counts-nothing", "alert A error", []string{"A: count(up) == 0"}},
		{"counts-nothing", "", []string{"A: (count(up) or vector(0)) == 0", "B: count(x) < 2"}},
		{"raw-counter", "alert A warning", []string{"A: sum by (job) (x_errors_total) > 5"}},
		{"raw-counter", "", []string{"A: rate(x_errors_total[5m]) > 5", "B: x_errors_total - x_errors_total offset 5m > 1", "C: files_total > 5", "D: x_errors_total == 0", "E: x_errors_total > 0 and y > 1"}},
		{"rate-of-gauge", "alert A warning, alert B warning", []string{"A: rate(up[5m]) > 0", "B: increase(x_ratio[5m]) > 1"}},
		{"rate-of-gauge", "", []string{"A: rate(x_total[5m]) > 0", "B: changes(x_timestamp_seconds[5m]) > 1"}},
		{"short-range", "alert A error, alert B warning", []string{`A: rate(x{job="db"}[30s]) > 0`, `B: rate(x{job="api"}[45s]) > 0`}},
		{"short-range", "", []string{`A: rate(x{job="db"}[2m]) > 0`, "B: rate(x[1m]) > 0", "C: avg_over_time(x[10s]) > 0", `D: rate(x{job="other"}[1s]) > 0`}},
		{"short-range", "alert A error", []string{"A: deriv(a:b[30s]) > 0", "a:b: x"}},
		{"no-absence", "rules warning", []string{"A: x > 1", "B: y > 1"}},
		{"no-absence", "alert A warning", []string{`A: x{job="api"} > 1`, `B: y{job="api"} > 1`, `C: up{job="db"} == 0`}},
		{"no-absence", "", []string{"A: x > 1", "B: up == 0"}},
		{"no-absence", "", []string{`A: x{job="api"} > 1`, `B: up{job=~"a.*"} == 0`}},
		{"no-absence", "", []string{`A: x{job="api"} > 1`, "B: absent(x)"}},
		{"no-absence", "", []string{`A: x{job="api"} > 1`, "B: a:up < 0.5", "a:up: avg by (job) (up)"}},
		{"no-absence", "", []string{"A: x > 1 or absent(x)", "B: (x or vector(0)) > 1", "C: x", "D: prometheus_x > 1"}},
		{"slow", "rules note", []string{"A/critical for 5m: x", "B/page for 10m: up"}},
		{"slow", "", []string{"A/critical for 4m: x", "B/warning for 1h: up"}},
		{"unwatched-job", "job db note", []string{`A: up{job="api"} == 0`}},
		{"unwatched-job", "", []string{"A: up == 0"}},
	} {
		s := Setup{Engines: []*Engine{configured(t, engine(t, c.rules...), scraped)}, Complete: true}
		if got := saw(t, c.check, s); got != c.want {
			t.Errorf("%s of %q: %q, want %q", c.check, c.rules, got, c.want)
		}
	}
}

func TestWhatOneFileLacksMayBeElsewhere(t *testing.T) {
	s := Setup{Engines: []*Engine{engine(t, "A: x > 1")}, Expected: []Expected{expects("B", time.Minute)}}
	if got := saw(t, "no-absence", s) + saw(t, "no-such-alert", s); got != "rules noteexpectation 1.1 note" {
		t.Error(got)
	}
}

func TestInputsThatKeepTheirLastValue(t *testing.T) {
	const pushed = "scrape_configs: [{job_name: push, honor_labels: true, static_configs: [{targets: ['p:9091']}]}]"
	for rule, want := range map[string]string{"A: x > 1": "job push warning", "A: time() - push_time_seconds > 300": "", "A: x > 1 and time() - y > 5": ""} {
		if got := saw(t, "no-freshness", Setup{Engines: []*Engine{configured(t, engine(t, rule), pushed)}, Complete: true}); got != want {
			t.Errorf("%s: %q, want %q", rule, got, want)
		}
	}
	own := strings.Replace(pushed, "honor_labels: true, ", "", 1)
	if got := saw(t, "no-freshness", Setup{Engines: []*Engine{configured(t, engine(t, "A: x > 1"), own)}, Complete: true}); got != "" {
		t.Error(got)
	}
}

func TestProblemsOfFiles(t *testing.T) {
	s := Setup{Problems: []diag.Problem{{Pos: diag.Pos{File: "r.yml", Line: 3, Col: 4}, Msg: "bad", Hint: "mend"}}}
	all, _ := Run(context.Background(), s)
	if len(all) != 1 || all[0].Check != "not-loaded" || all[0].Line != 3 || all[0].Severity != verify.Severe || !strings.HasPrefix(all[0].Advice, "mend; ") {
		t.Errorf("%+v", all)
	}
	lonely := configured(t, engine(t, "A: up == 0"), "rule_files: [x-*.yml, /nowhere/at/all/*.yml]")
	s = Setup{Engines: []*Engine{lonely}}
	if got := saw(t, "no-router", s) + "; " + saw(t, "no-rule-files", s); got != "alerting error; rule_files warning" {
		t.Error(got)
	}
}

// expects is an expectation on PagerDuty that names an alert.
func expects(alert string, within time.Duration) Expected {
	p, err := match.New(alert)
	if err != nil {
		panic(err)
	}
	return Expected{Routed: true, Pos: diag.Pos{File: "s.yaml", Line: 9, Col: 5}, Expectation: verify.Expectation{
		ID: "1.1", Source: "pd", Within: verify.Seconds(within), Alert: verify.AlertMatch{Name: p}, Match: verify.Match{Service: p},
	}}
}

func TestExpectations(t *testing.T) {
	am := router(t, "route: {receiver: a, group_wait: 30s}\nreceivers: [{name: a, pagerduty_configs: [{}]}]")
	for _, c := range []struct {
		check, want, rule string
		expected          Expected
	}{
		{"too-slow", "expectation 1.1 error", "A for 50s: up == 0", expects("A", 80*time.Second)},   // a minute in whole evaluations
		{"too-slow", "expectation 1.1 warning", "A for 50s: up == 0", expects("A", 90*time.Second)}, // and as much for scrape and evaluation
		{"too-slow", "", "A for 50s: up == 0", expects("A", 3*time.Minute)},
		{"too-slow", "expectation 1.1 warning", "A: avg_over_time(up[5m]) < 0.5", expects("A", 3*time.Minute)},
		{"too-slow", "expectation 1.1 error", "A: x offset 1h > 1", expects("A", 10*time.Minute)},
		{"no-such-alert", "expectation 1.1 error", "A: up == 0", expects("B", time.Minute)},
		{"no-such-alert", "", "A: up == 0", expects("/A|B/", time.Minute)},
		{"no-such-alert", "", "A: up == 0", expects("host!service", time.Minute)},
		{"already-open", "expectation 1.1 error", "A: up == 0", expects("open", time.Minute)},
	} {
		s := Setup{
			Engines: []*Engine{configured(t, engine(t, c.rule), scraped)}, Routers: []*Router{am}, Complete: true, Expected: []Expected{c.expected},
			Open: []verify.Incident{{Source: "pd", Service: "open", ID: "Q1", Opened: monday}, {Source: "other", Service: "open"}},
		}
		if got := saw(t, c.check, s); got != c.want {
			t.Errorf("%s of %s: %q, want %q", c.check, c.rule, got, c.want)
		}
	}
}

func TestChecksAreNamedOnce(t *testing.T) {
	var names []string
	for _, c := range Checks() {
		if _, known := verify.FindSilentFailure(c.Kind); !known || c.Summary == "" || slices.Contains(names, c.Name) {
			t.Errorf("%+v", c)
		}
		names = append(names, c.Name)
	}
}
