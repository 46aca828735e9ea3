package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	labs "github.com/failurefriday/friday/internal/lab"
)

const (
	lintPrometheus = `
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ["${ALERTMANAGER}"]}]}]}
scrape_configs:
  - {job_name: api, static_configs: [{targets: ["${TARGET}"]}]}
`
	lintRules = `
groups:
- name: api
  rules:
  - {alert: Typo, expr: 'requests{job="apii"} > 5', labels: {severity: critical}}
  - {alert: Renamed, expr: 'requets > 5', labels: {severity: critical}}
  - {alert: NoLabel, expr: 'requests{env="prod"} > 5', labels: {severity: critical}}
  - {alert: ManyToMany, expr: 'requests * on (job) requests > 5', labels: {severity: critical}}
  - {alert: Short, expr: 'rate(requests[1s]) > 5', labels: {severity: critical}}
  - {alert: Fine, expr: 'requests > 1e9', labels: {severity: critical}}
`
	lintAlertmanager = `
route: {receiver: chat, routes: [{receiver: nobody, matchers: [alertname="Fine"]}]}
receivers: [{name: chat, webhook_configs: [{url: "http://127.0.0.1:9/"}]}, {name: nobody}]
`
)

// TestLintOfLiveServers has a real Prometheus and a real Alertmanager looked at.
func TestLintOfLiveServers(t *testing.T) {
	t.Parallel()
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("requests{code=\"200\"} 1\nrequests{code=\"500\"} 1\n"))
	}))
	t.Cleanup(target.Close)
	am := labs.Alertmanager(t, lintAlertmanager)
	prom := labs.Prometheus(t, labs.Files{"prometheus.yml": lintPrometheus, "rules.yml": lintRules}.With("${ALERTMANAGER}", am.Addr, "${TARGET}", strings.TrimPrefix(target.URL, "http://")))
	prom.Settle(t)
	prom.Await(t, "a rule that fails", func() error { return contains(prom.URL+"/api/v1/rules", `"health":"err"`) })
	addSilence(t, am.URL, "severity", "critical")

	dir := t.TempDir()
	conf := filepath.Join(dir, "friday.yaml")
	text := "sources:\n  prom:\n    prometheus: {url: \"" + prom.URL + "\"}\n  am:\n    alertmanager: {url: \"" + am.URL + "\"}\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	a := &app{stdout: &out, stderr: &errs, getenv: func(string) string { return "" }, args: []string{"lint", "--config", conf}}
	if code := a.main(); code != exitFailed || errs.Len() > 0 {
		t.Errorf("exit %d: %s", code, errs.String())
	}
	for _, want := range []string{
		`error: alert Typo: job="apii" matches none of the 2 series of requests, now or in the last seven days; there is job="api" [SF-06 never-matches]`,
		`warning: alert Renamed: nothing is called requets, now or in the last seven days, so the alert cannot fire [SF-06 never-matches]`,
		`error: alert NoLabel: env="prod" matches none of the 2 series of requests, now or in the last seven days, which have no label env at all`,
		`error: alert ManyToMany: its last evaluation failed: `,
		`warning: alert Short: rate(requests[1s]) often holds one sample only`,
		`warning: alert NoLabel: when job api cannot be scraped its series are gone`,
		`error: alert Fine: goes to the receiver "nobody", which notifies nobody [SF-15 routed-to-nobody]`,
		`by tester ("deploy"), `, `{severity=~"critical"} covers 6 of 6 alerts`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s", want)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

// contains reports whether an answer holds a text.
func contains(url, text string) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && !bytes.Contains(body, []byte(text)) {
		err = fmt.Errorf("no %s in %s", text, body)
	}
	return err
}

// addSilence makes one in an Alertmanager that matches a label by a regular expression.
func addSilence(t *testing.T, url, label, value string) {
	t.Helper()
	now := time.Now().UTC()
	body := `{"matchers":[{"name":"` + label + `","value":"` + value + `","isRegex":true}],"createdBy":"tester","comment":"deploy","startsAt":"` +
		now.Format(time.RFC3339) + `","endsAt":"` + now.Add(48*time.Hour).Format(time.RFC3339) + `"}`
	resp, err := http.Post(url+"/api/v2/silences", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("status %s", resp.Status)
	}
}
