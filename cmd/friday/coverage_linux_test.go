package main

import (
	"os"
	"strings"
	"testing"

	monitors "github.com/failurefriday/friday/internal/lab"
)

// An alert of a real Prometheus that nobody has tried: a scenario is drafted from the server and what runs here, is run as
// it is, and then the alert is proven.
func TestADraftProvesItsAlert(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	node := monitors.NodeExporter(t)
	am := monitors.Alertmanager(t, `
route: {receiver: oncall, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers:
  - name: oncall
    pagerduty_configs: [{routing_key: node, url: "`+l.page+`/v2/enqueue", description: "{{ .CommonAnnotations.summary }}"}]
`)
	prom := monitors.Prometheus(t, monitors.Files{
		"prometheus.yml": `
global: {scrape_interval: 1s, scrape_timeout: 500ms, evaluation_interval: 1s}
rule_files: [rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ["` + am.Addr + `"]}]}]}
scrape_configs: [{job_name: node, static_configs: [{targets: ["` + node.Addr + `"]}]}]
`,
		"rules.yml": `
groups:
  - name: node
    rules:
      - {alert: NodeDown, expr: 'up{job="node"} == 0', labels: {severity: critical}, annotations: {summary: "{{ $labels.instance }} does not answer"}}
      - {alert: SunGone, expr: absent(up), annotations: {friday_untestable: the sun would have to go out}}
      - {record: 'job:up', expr: avg by (job) (up)}
`,
	})
	prom.Settle(t)
	l.write("friday.yaml", "environment: test\nsources:\n  inbox:\n    pagerduty: {url: \""+l.page+"\", poll: 200ms}\n"+
		"  prometheus: {prometheus: {url: \"http://"+prom.Addr+"\", poll: 500ms}}\n"+
		"  alertmanager: {alertmanager: {url: \"http://"+am.Addr+"\", poll: 500ms}}\n")
	want := func(code int, text string, args ...string) string {
		t.Helper()
		got, out := l.run(args...)
		if got != code || !strings.Contains(out, text) {
			t.Fatalf("friday %s: exit %d, want %d and %q\n%s", strings.Join(args, " "), got, code, text, out)
		}
		return out
	}
	want(1, "0 of 1 rule proven (0%)", "coverage", "--min", "50%")
	want(0, "the sun would have to go out", "coverage")
	draft := want(0, "process.pause: {match: {port: ", "suggest", "NodeDown")
	if _, port, _ := strings.Cut(node.Addr, ":"); !strings.Contains(draft, "{port: "+port+"}") || !strings.Contains(draft, "http: {url: \"http://"+node.Addr+"/health\", status: 200}") {
		t.Fatalf("it does not break the exporter at %s, or does not see that it answers:\n%s", node.Addr, draft)
	}
	want(0, "breaks process prometheus-node-exporter", "suggest", "--to", "drafts")
	text, err := os.ReadFile(l.dir + "/drafts/proves-node-down.yaml")
	if err != nil || string(text) != draft {
		t.Fatalf("the file is another draft: %v\n%s", err, text)
	}
	want(0, "PASS", "run", "--yes", "--plain", "drafts/proves-node-down.yaml")
	want(0, "1 of 1 rule proven (100%)", "coverage", "--min", "100%")
	want(0, "every alert rule is proven", "suggest")
}
