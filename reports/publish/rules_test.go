package publish_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/lab"
	"github.com/failurefriday/friday/reports/publish"
)

const guide = "../../docs/metrics.md"

func readGuide(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheGuideTellsOfEveryMetricAndOfNoOther(t *testing.T) {
	names := regexp.MustCompile(`friday_[a-z_]+`)
	told := map[string]bool{}
	for _, name := range names.FindAllString(readGuide(t), -1) {
		told[name] = true
	}
	there := map[string]bool{}
	for series := range plain(t, metrics(t, stored(append(samples(), at(0, 0, came(1)))...))) {
		there[names.FindString(series)] = true
	}
	for name := range told {
		if !there[name] {
			t.Errorf("the guide tells of %s, which is not there", name)
		}
	}
	for name := range there {
		if !told[name] {
			t.Errorf("the guide does not tell of %s", name)
		}
	}
}

// The rules of the guide, tried on a clock that begins at 0: what is alerted after a day, and what after a hundred.
const ruleTests = `
rule_files: [rules.yml]
evaluation_interval: 1h
tests:
  - name: all is well
    interval: 1h
    input_series:
      - {series: 'friday_last_run_restored{scenario="a"}', values: '1x240'}
      - {series: 'friday_last_run_verdict{scenario="a",verdict="SILENT"}', values: '0x240'}
      - {series: 'friday_last_run_verdict{scenario="a",verdict="PASS"}', values: '1x240'}
      - {series: 'friday_last_success_timestamp_seconds{scenario="a"}', values: '3600x240'}
      - {series: 'friday_last_detection_seconds{scenario="a"}', values: '8x240'}
      - {series: 'friday_last_detection_deadline_seconds{scenario="a"}', values: '30x240'}
      - {series: 'friday_findings{service="s",verdict="SILENT",state="open"}', values: '3x240'}
      - {series: 'friday_runs_unreadable', values: '0x240'}
      - {series: 'friday_todo_lines_unreadable', values: '0x240'}
      - {series: 'friday_metrics_timestamp_seconds', values: '0+3600x240'}
    alert_rule_test: [${NONE}]
  - name: all is bad
    interval: 1h
    input_series:
      - {series: 'friday_last_run_restored{scenario="a",environment="e"}', values: '0x2400'}
      - {series: 'friday_last_run_verdict{scenario="a",service="s",verdict="SILENT"}', values: '1x2400'}
      - {series: 'friday_last_run_verdict{scenario="a",service="s",verdict="PASS"}', values: '0x2400'}
      - {series: 'friday_last_success_timestamp_seconds{scenario="a"}', values: '3600x2400'}
      - {series: 'friday_last_success_timestamp_seconds{scenario="b",environment="e"}', values: '0x2400'}
      - {series: 'friday_last_detection_seconds{scenario="a"}', values: '28x2400'}
      - {series: 'friday_last_detection_deadline_seconds{scenario="a"}', values: '30x2400'}
      - {series: 'friday_findings{service="s",verdict="SILENT",state="regressed",instance="1"}', values: '2x2400'}
      - {series: 'friday_findings{service="s",verdict="SILENT",state="open",instance="1"}', values: '5x2400'}
      - {series: 'friday_runs_unreadable', values: '1x2400'}
      - {series: 'friday_todo_lines_unreadable', values: '0x2400'}
      - {series: 'friday_metrics_timestamp_seconds', values: '3600x2400'}
    alert_rule_test:
      - {eval_time: 100d, alertname: FridayNotRestored, exp_alerts: [{exp_labels: {scenario: a, environment: e, severity: critical}, exp_annotations: {summary: "a has left something broken in e: run friday recover"}}]}
      - {eval_time: 100d, alertname: FridayRegression, exp_alerts: [{exp_labels: {service: s, verdict: SILENT, severity: warning}, exp_annotations: {summary: "s: 2 closed findings (SILENT) are back: see friday todo"}}]}
      - {eval_time: 100d, alertname: FridaySilent, exp_alerts: [{exp_labels: {scenario: a, service: s, verdict: SILENT, severity: warning}, exp_annotations: {summary: "nobody is paged when s fails as in a: see friday explain"}}]}
      - {eval_time: 100d, alertname: FridayLastSuccessTooOld, exp_alerts: [{exp_labels: {scenario: a, severity: warning}, exp_annotations: {summary: "a last passed 99d 23h 0m 0s ago: nobody knows whether its page still comes"}}]}
      - {eval_time: 89d, alertname: FridayLastSuccessTooOld}
      - {eval_time: 100d, alertname: FridayNeverPassed, exp_alerts: [{exp_labels: {scenario: b, environment: e, severity: warning}, exp_annotations: {summary: "b has never passed in e"}}]}
      - {eval_time: 6d, alertname: FridayNeverPassed}
      - {eval_time: 100d, alertname: FridayNearlyLate, exp_alerts: [{exp_labels: {scenario: a, severity: info}, exp_annotations: {summary: "the page of a took 28s, which is nearly too long, or is"}}]}
      - {eval_time: 100d, alertname: FridayCannotRead, exp_alerts: [{exp_labels: {severity: warning}, exp_annotations: {summary: "1 stored runs or decisions cannot be read: what they say is not known"}}]}
      - {eval_time: 100d, alertname: FridayMetricsTooOld, exp_alerts: [{exp_labels: {severity: warning}, exp_annotations: {summary: "friday metrics has not been written for a day: all that it says may be wrong"}}]}
  - name: nothing is there
    interval: 1h
    input_series: []
    alert_rule_test:
      - {eval_time: 1d, alertname: FridayMetricsTooOld, exp_alerts: [{exp_labels: {severity: warning}, exp_annotations: {summary: "friday metrics has not been written for a day: all that it says may be wrong"}}]}
`

// TestTheRulesOfTheGuideAlert: promtool takes them, and each alerts when it should and not before.
func TestTheRulesOfTheGuideAlert(t *testing.T) {
	promtool := lab.Need(t, "promtool")
	_, rules, found := strings.Cut(readGuide(t), "```yaml\ngroups:")
	rules, _, closed := strings.Cut(rules, "\n```")
	if !found || !closed {
		t.Fatalf("there are no rules in %s", guide)
	}
	rules = "groups:" + rules + "\n"
	var none []string
	for _, m := range regexp.MustCompile(`(?m)- alert: (\w+)$`).FindAllStringSubmatch(rules, -1) {
		none = append(none, fmt.Sprintf("{eval_time: 10d, alertname: %s}", m[1]))
		if !strings.Contains(ruleTests, "alertname: "+m[1]+", exp_alerts") {
			t.Errorf("%s is not tried", m[1])
		}
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"rules.yml": rules, "tests.yml": strings.Replace(ruleTests, "${NONE}", strings.Join(none, ", "), 1)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"check", "rules", "--lint=all", "--lint-fatal", "rules.yml"}, {"test", "rules", "tests.yml"}} {
		cmd := exec.Command(promtool, args...)
		cmd.Dir = dir
		if says, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, says)
		}
	}
}

func TestAMetricThatCannotBeWrittenIsTold(t *testing.T) {
	if err := publish.Metrics(full{}, publish.Stored{}); err == nil {
		t.Error("a full disk was not told")
	}
}

// full is a disk that is.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }
