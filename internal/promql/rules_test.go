package promql

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/rulefmt"
)

const rulesText = `# rules
groups:
  - name: api
    interval: 30s
    labels: {team: web}
    rules:
      - alert: Down
        expr: up{job="api"} == 0
        for: 5m
        keep_firing_for: 1m
        labels:
          severity: page
        annotations: {summary: "{{ $labels.instance }} is down"}
      - record: job:errors:rate5m
        expr: |
          sum by (job) (
            rate(errors[5m])
          )
  - name: slow
    rules:
    - expr: >-
        latency
        > 1
      alert: "Slow"
`

func TestRulesOfAFile(t *testing.T) {
	file, problems := ParseRules("r.yml", []byte(rulesText))
	if len(problems) > 0 || len(file.Rules) != 3 {
		t.Fatalf("%v, %+v", problems, file)
	}
	down, errors, slow := file.Rules[0], file.Rules[1], file.Rules[2]
	if down.Name != "Down" || !down.Alerting || down.Group != "api" || down.Interval != 30*time.Second || down.For != 5*time.Minute ||
		down.KeepFiringFor != time.Minute || down.Labels["severity"] != "page" || down.Labels["team"] != "web" ||
		down.Pos.String() != "r.yml:7:16" || down.ExprPos.String() != "r.yml:8:15" {
		t.Errorf("%+v", down)
	}
	if at := down.At(3); at.String() != "r.yml:8:18" {
		t.Errorf("a brace at %s", at)
	}
	if errors.Alerting || errors.Name != "job:errors:rate5m" || errors.ExprPos.String() != "r.yml:16:11" {
		t.Errorf("%+v", errors)
	}
	if at := errors.At(strings.Index(errors.Expr, "rate(")); at.String() != "r.yml:17:13" {
		t.Errorf("rate at %s", at)
	}
	if slow.Expr != "latency > 1" || slow.Interval != 0 || slow.At(8) != slow.ExprPos || slow.ExprPos.String() != "r.yml:22:9" {
		t.Errorf("%+v", slow)
	}
}

func TestPlacesInQuotes(t *testing.T) {
	for expr, want := range map[string]string{`'up == 0'`: "5:15", `"up == 0"`: "5:15", `"up \u003d= 0"`: "5:11", `'a{b="''"} == 0'`: "5:11"} {
		file, problems := ParseRules("r.yml", []byte("groups:\n- name: a\n  rules:\n  - alert: A\n    expr: "+expr))
		if len(problems) > 0 || len(file.Rules) != 1 {
			t.Fatal(expr, problems)
		}
		if at := file.Rules[0].At(3); fmt.Sprintf("%d:%d", at.Line, at.Col) != want {
			t.Errorf("%s: %s, want %s", expr, at, want)
		}
	}
}

func TestEveryProblemOfAFileHasItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: up ==== 0\n":                      `5:16: rule "A": could not parse expression: unexpected <op:==>`,
		"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: |\n      up\n      == (\n":        `8:7: rule "A": could not parse expression: unclosed left parenthesis`,
		"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: up\n    fro: 5m\n":                `6:5: unknown key "fro": Prometheus refuses the file`,
		"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: up\n    for: five\n":              `6:10: for: "five" is no duration`,
		"groups:\n- name: a\n  rules:\n  - expr: up\n":                                           `4:5: rule "": one of 'record' or 'alert' must be set`,
		"groups:\n- name: a\n  rules:\n  - alert: A\n":                                           `4:12: rule "A": field 'expr' must be set in rule`,
		"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: up\n    annotations: {a: '{{'}\n": `4:12: rule "A": annotation "a": template: __alert_A`,
		"groups:\n- name: a\n- name: a\n":                                                        `3:3: the group "a" is there twice in this file`,
		"groups:\n- rules: []\n":                                                                 `2:3: a group has no name`,
		"groups: [\n":                                                                            `not valid YAML`,
		"groups: []\n---\ngroups: []\n":                                                          `3:1: Prometheus reads only the first document of a file`,
		"":                                                                                       "",
		"kind: PrometheusRule\nspec:\n  groups:\n  - {name: a, partial_response_strategy: warn, rules: [{alert: A, expr: up}]}\n---\nkind: Service\n": "",
	} {
		_, problems := ParseRules("r.yml", []byte(text))
		var got []string
		for _, p := range problems {
			got = append(got, p.String())
		}
		if all := strings.Join(got, "\n"); !strings.Contains(all, want) || (all == "") != (want == "") || len(problems) > 1 {
			t.Errorf("%q\ngot  %s\nwant %s", text, all, want)
		}
	}
	if file, problems := LoadRules(filepath.Join(t.TempDir(), "none.yml")); len(problems) != 1 || file == nil {
		t.Errorf("%v", problems)
	}
}

// FuzzRules: whatever Prometheus loads we read in the same way, and nothing makes us stumble.
func FuzzRules(f *testing.F) {
	f.Add([]byte(rulesText))
	f.Add([]byte("groups: [{name: a, rules: [{alert: A, expr: 'up', labels: {a: &x b, c: *x}}]}]"))
	f.Add([]byte("groups:\n- name: a\n  rules:\n  - record: a:b\n    expr: |2\n\n      up\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, problems := ParseRules("r.yml", data)
		theirs, errs := rulefmt.Parse(data, false)
		if len(errs) > 0 || len(problems) > 0 {
			return
		}
		var want, got []string
		for _, g := range theirs.Groups {
			for _, r := range g.Rules {
				want = append(want, fmt.Sprintf("%s %s%s %s %s", g.Name, r.Alert, r.Record, r.Expr, time.Duration(r.For)))
			}
		}
		for _, r := range file.Rules {
			got = append(got, fmt.Sprintf("%s %s %s %s", r.Group, r.Name, r.Expr, r.For))
			for offset := range len(r.Expr) + 1 {
				if r.At(offset).Line < r.ExprPos.Line {
					t.Errorf("%+v: byte %d at %s", r, offset, r.At(offset))
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" && len(theirs.Groups) > 0 {
			t.Errorf("%s\n%s", data, diff)
		}
	})
}

const configText = `global:
  scrape_interval: 15s
  external_labels: {dc: a}
rule_files: ["rules/*.yml", /nowhere/x.yml]
alerting:
  alertmanagers:
  - static_configs: [{targets: ["am:9093"]}]
scrape_configs:
- job_name: api
  scrape_interval: 5s
  honor_timestamps: false
  static_configs: [{targets: [a:1, b:1]}, {targets: [c:1]}]
- job_name: push
  honor_labels: true
  metrics_path: /push
  kubernetes_sd_configs: [{role: pod}]
  relabel_configs: [{action: drop}]
`

func TestConfig(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "prometheus.yml")
	for name, text := range map[string]string{path: configText, filepath.Join(dir, "rules", "a.yml"): "groups: []"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := LoadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	if c.ScrapeInterval != 15*time.Second || c.ScrapeTimeout != 10*time.Second || c.EvaluationInterval != time.Minute ||
		!c.Alertmanagers || c.AlertingPos.Line != 7 || c.ExternalLabels["dc"] != "a" {
		t.Errorf("%+v", c)
	}
	if got := fmt.Sprint(c.RuleFiles[0].Files, c.RuleFiles[1].Files); got != fmt.Sprintf("[%s] []", filepath.Join(dir, "rules", "a.yml")) {
		t.Error(got)
	}
	api, push := c.Jobs[0], c.Jobs[1]
	if api.Interval != 5*time.Second || api.Timeout != 5*time.Second || api.HonorTimestamps || api.HonorLabels || len(api.Targets) != 3 ||
		api.MetricsPath != "/metrics" || api.Pos.Line != 9 || api.Relabels {
		t.Errorf("%+v", api)
	}
	if push.Interval != 15*time.Second || push.Timeout != 10*time.Second || !push.HonorTimestamps || !push.HonorLabels ||
		push.MetricsPath != "/push" || fmt.Sprint(push.Discoveries) != "[kubernetes]" || !push.Relabels {
		t.Errorf("%+v", push)
	}
}

func TestWhatIsNoConfig(t *testing.T) {
	for _, text := range []string{"", "a: b", "- x", "global: {resolve_timeout: 5m}\nroute: {receiver: x}", "global: ["} {
		if c, err := ParseConfig("p.yml", []byte(text)); err == nil {
			t.Errorf("%q: %+v", text, c)
		}
	}
	c, err := ParseConfig("p.yml", []byte("scrape_configs: []\nalerting: {alertmanagers: [{static_configs: [{targets: []}]}]}"))
	if err != nil || c.Alertmanagers || c.ScrapeInterval != time.Minute || c.EvaluationInterval != time.Minute || c.ScrapeTimeout != 10*time.Second {
		t.Errorf("%+v, %v", c, err)
	}
}
