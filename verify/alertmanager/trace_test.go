package alertmanager

import (
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
)

const planned = `
route:
  receiver: oncall
  group_wait: 20s
  group_interval: 2m
  routes:
    - {receiver: nobody, matchers: [alertname="Lost"]}
    - {receiver: slow, matchers: [job="batch"], group_wait: 10m, continue: true}
    - {receiver: oncall, matchers: [job="batch"]}
    - {receiver: oncall, matchers: [alertname="Night"], mute_time_intervals: [ever]}
    - {receiver: office, matchers: [team="office"]}
receivers:
  - name: nobody
  - {name: office, webhook_configs: [{url: HOOKS/office}]}
  - {name: slow, webhook_configs: [{url: HOOKS/slow}]}
  - {name: oncall, webhook_configs: [{url: HOOKS/oncall}]}
inhibit_rules: [{source_matchers: [alertname="NodeDown"], target_matchers: [alertname="OnNode"], equal: [node]}]
time_intervals: [{name: ever, time_intervals: [{months: ['1:12']}]}]
`

// TestThePlanForetells what would stop a page, and how long the groups hold it back.
func TestThePlanForetells(t *testing.T) {
	t.Parallel()
	w := start(t, planned, Params{})
	w.silence(t, time.Now().Add(time.Second), "alertname", "Silent")
	w.silence(t, time.Now().Add(time.Second), "alertname", "Perhaps", "team", "web")
	w.post(t, time.Now(), "alertname=NodeDown node=a")
	w.am.Await(t, "the silences", func() error {
		all, err := w.Silences(t.Context())
		if err != nil || len(all) != 2 || !all[0].In(time.Now()) || !all[1].In(time.Now()) {
			return errWait
		}
		return nil
	})
	for _, tc := range []struct {
		alert, receiver string
		delay, worst    time.Duration
		state           verify.State
		kind, says      string
	}{
		{"alertname=Silent", "", 20 * time.Second, 2 * time.Minute, verify.Broken, "SF-12", `is silenced already by silence`},
		{"alertname=Perhaps", "", 20 * time.Second, 2 * time.Minute, verify.Unknown, "", `may be silenced by silence`},
		{"alertname=Perhaps team=db", "", 20 * time.Second, 2 * time.Minute, "", "", ""},
		{"alertname=OnNode node=a", "", 20 * time.Second, 2 * time.Minute, verify.Broken, "SF-13", `NodeDown{node="a"} is active, and inhibits OnNode`},
		{"alertname=OnNode node=b", "", 20 * time.Second, 2 * time.Minute, "", "", ""},
		{"alertname=Night team=web job=api", "", 20 * time.Second, 2 * time.Minute, verify.Broken, "SF-14", `muted by the time interval ever`},
		{"alertname=Night", "", 20 * time.Second, 2 * time.Minute, verify.Unknown, "", `perhaps, depending on the labels`},
		{"alertname=Lost", "", 20 * time.Second, 2 * time.Minute, verify.Broken, "SF-15", `which notifies nobody`},
		{"alertname=X team=db job=api", "office", 0, 0, verify.Broken, "SF-15", `not to office: route {}/{team="office"}`},
		{"alertname=X", "office", 0, 0, verify.Unknown, "", `not to office: route {}/{team="office"}`},
		{"alertname=X job=batch", "", 20 * time.Second, 10 * time.Minute, "", "", ""},
		{"alertname=X job=batch", "slow", 10 * time.Minute, 10 * time.Minute, "", "", ""},
	} {
		before := w.Requests()
		found, err := w.Trace(t.Context(), []verify.Expectation{want(tc.alert, tc.receiver)})
		if err != nil || w.Requests() != before+3 {
			t.Fatalf("%s: %v, %d requests", tc.alert, err, w.Requests()-before)
		}
		var delay, worst verify.Seconds
		var wrong []verify.Evidence
		for _, e := range found {
			if e.Source != "am" || e.Expectation != "1.1" || e.At.IsZero() || e.Request == "" {
				t.Errorf("%s: evidence that lacks something: %+v", tc.alert, e)
			}
			if e.Worst > 0 {
				delay, worst = e.Delay, e.Worst
				continue
			}
			wrong = append(wrong, e)
		}
		if delay.Duration() != tc.delay || worst.Duration() != tc.worst {
			t.Errorf("%s: held back %s to %s, want %s to %s", tc.alert, delay, worst, tc.delay, tc.worst)
		}
		if tc.says == "" && len(wrong) > 0 || tc.says != "" && (len(wrong) != 1 || wrong[0].State != tc.state || wrong[0].Kind != tc.kind || !strings.Contains(wrong[0].Text, tc.says)) {
			t.Errorf("%s: got %+v\nwant %s %s: %s", tc.alert, wrong, tc.state, tc.kind, tc.says)
		}
	}
}

// TestWhatNamesNoAlertIsNotForetold, nor what must not fire.
func TestWhatNamesNoAlertIsNotForetold(t *testing.T) {
	s := (&fake{}).serve(t, Params{})
	mustNot, pattern := want("alertname=A", ""), want("alertname=/A.*/", "")
	mustNot.MustNot = true
	found, err := s.Trace(t.Context(), []verify.Expectation{{ID: "1.1", Source: "pd"}, mustNot, pattern})
	if err != nil || len(found) != 0 {
		t.Errorf("got %+v, %v", found, err)
	}
	own := verify.Expectation{ID: "1.1", Source: "am", Match: verify.Match{Title: pattern.Alert.Name}}
	if got := s.meant(own); !got.Fits("Ab", nil) {
		t.Errorf("the title of an incident of this source is the name of the alert: %+v", got)
	}
}
