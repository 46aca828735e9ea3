package alertmanager

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
)

// with replaces in the base configuration.
func with(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(base) }

// TestKindsOfSilence breaks the way of a page in every way that Alertmanager can, and looks who says so.
func TestKindsOfSilence(t *testing.T) {
	t.Parallel()
	const routes = "repeat_interval: 1h, routes: "
	null := "receivers:\n  - name: nobody\n  - {name: office, webhook_configs: [{url: HOOKS/hook}]}\n"
	for _, tc := range []struct {
		name     string
		config   string
		before   func(t *testing.T, w *world) // before the fault
		receiver string
		hop      verify.Hop
		state    verify.State
		kind     string
		says     []string
	}{
		{
			"silenced", base, func(t *testing.T, w *world) { w.silence(t, time.Now(), "severity", ".+") },
			"", verify.Routed, verify.Broken, "SF-12",
			[]string{`("deploy", by alice, `, `until `, `severity=~".+"`},
		},
		{
			"inhibited by a stranger", base + "inhibit_rules: [{source_matchers: [alertname=\"NodeDown\"], target_matchers: [severity=\"critical\"], equal: [cluster]}]\n",
			func(t *testing.T, w *world) { w.post(t, time.Now(), "alertname=NodeDown host=a") },
			"", verify.Routed, verify.Broken, "SF-13",
			[]string{`inhibited by NodeDown{host="a"}`, "[cluster] are missing on both sides", "configuration of am:"},
		},
		{
			"muted", with("repeat_interval: 1h", routes+"[{matchers: [job=\"api\"], mute_time_intervals: [ever]}]", "receivers:", "time_intervals: [{name: ever, time_intervals: [{months: ['1:12']}]}]\nreceivers:"),
			nil, "", verify.Routed, verify.Broken, "SF-14",
			[]string{"receiver oncall is muted by the time interval ever, with no end in sight"},
		},
		{
			"outside of its hours", with("repeat_interval: 1h", routes+"[{matchers: [job=\"api\"], active_time_intervals: [past]}]", "receivers:", "time_intervals: [{name: past, time_intervals: [{years: ['2001']}]}]\nreceivers:"),
			nil, "", verify.Routed, verify.Broken, "SF-14",
			[]string{"is notified only in the time interval past"},
		},
		{
			"another receiver", with("repeat_interval: 1h", routes+"[{matchers: [team=\"web\"]}]", "receiver: oncall,", "receiver: office,", "receivers:\n", null),
			nil, "oncall", verify.Routed, verify.Broken, "SF-15",
			[]string{"goes to receiver office, not to oncall"},
		},
		{
			"a receiver that notifies nobody", with("receiver: oncall,", "receiver: nobody,", "receivers:\n", null),
			nil, "", verify.Routed, verify.Broken, "SF-15",
			[]string{"receiver nobody, which notifies nobody"},
		},
		{
			"a label is missing", with("receiver: oncall, ", "receiver: office, ", "repeat_interval: 1h", routes+"[{receiver: oncall, matchers: [team=\"web\"]}]", "receivers:\n", null),
			nil, "", verify.Routed, verify.Waiting, "SF-15",
			[]string{"takes only the root route, to receiver office", `label team is missing, and team="web" is asked for`},
		},
		{
			"refused", base, func(_ *testing.T, w *world) { w.hooks.answers("/v2/enqueue", 400) },
			"", verify.NotificationAccepted, verify.Broken, "SF-16",
			[]string{"pagerduty gave up"},
		},
		{
			"one of two refused", with("    pagerduty_configs", "    webhook_configs: [{url: HOOKS/hook}]\n    pagerduty_configs"),
			func(_ *testing.T, w *world) { w.hooks.answers("/v2/enqueue", 400) },
			"", verify.NotificationAccepted, verify.Broken, "SF-16",
			[]string{"pagerduty gave up", "webhook worked"},
		},
		{
			"unavailable", base, func(_ *testing.T, w *world) { w.hooks.answers("/v2/enqueue", 503) },
			"", verify.NotificationAccepted, verify.Broken, "SF-16",
			[]string{"pagerduty was refused", "tries again"},
		},
		{
			"held back by its group", with("group_wait: 0s", "group_wait: 5m"), nil,
			"", verify.NotificationAccepted, verify.Waiting, "SF-09",
			[]string{"waits for others of its group until", "group_wait 5m0s"},
		},
		{
			"into a group that was there", with("group_interval: 1s", "group_interval: 10m"),
			func(t *testing.T, w *world) { w.page(t, "alertname=CheckoutDown job=web") },
			"", verify.NotificationAccepted, verify.Waiting, "SF-17",
			[]string{"joined a group that was there before the fault", "group_interval (10m0s)"},
		},
		{
			"there before the fault", base, func(t *testing.T, w *world) { w.page(t, down) },
			"", verify.NotificationAccepted, verify.Broken, "SF-17",
			[]string{"was active before the fault", "repeat_interval (1h0m0s)"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, tc.config, Params{})
			if tc.before != nil {
				tc.before(t, w)
			}
			trail := w.Follow([]verify.Expectation{want(down, tc.receiver)})
			once(t, trail, time.Time{})
			fault := time.Now().Add(slack) // what is there now came before it
			once(t, trail, fault)
			if tc.name != "there before the fault" {
				w.post(t, fault, down)
			}
			got := see(t, trail, fault, tc.hop, tc.state, tc.kind)[tc.hop]
			for _, part := range tc.says {
				for limit := time.Now().Add(20 * time.Second); !strings.Contains(got.Text, part) && time.Now().Before(limit); time.Sleep(50 * time.Millisecond) {
					got = once(t, trail, fault)[tc.hop] // other counters may follow
				}
				if !strings.Contains(got.Text, part) {
					t.Errorf("got  %s\nwant %s", got.Text, part)
				}
			}
			if again := once(t, trail, fault)[tc.hop]; tc.kind != "SF-16" && (again.Text != got.Text || !again.At.Equal(got.At)) {
				t.Errorf("what has not changed is told anew: %+v\nbefore %+v", again, got)
			}
			if got.Advice == "" || len(got.Answer) > answerLength+10 {
				t.Errorf("no advice, or too long an answer: %+v", got)
			}
		})
	}
}

// page sends an alert that is an hour old and waits until its notification is counted.
func (w *world) page(t *testing.T, alert string) {
	t.Helper()
	w.post(t, time.Now().Add(-time.Hour), alert)
	w.am.Await(t, "the notification", func() error {
		if now, err := w.counted(t.Context()); err != nil || now["pagerduty"].requests == 0 {
			return errors.Join(errWait, err)
		}
		return nil
	})
}

// TestWhatIsMendedComesThrough: the same ways, each mended, and nobody finds fault with them.
func TestWhatIsMendedComesThrough(t *testing.T) {
	t.Parallel()
	const intervals = "time_intervals: [{name: ever, time_intervals: [{months: ['1:12']}]}, {name: past, time_intervals: [{years: ['2001']}]}]\nreceivers:"
	for name, tc := range map[string]struct {
		config, alert, receiver string
		before                  func(t *testing.T, w *world)
	}{
		"a silence of others": {base, down, "", func(t *testing.T, w *world) { w.silence(t, time.Now(), "team", ".+") }},
		"an inhibition with its equal label": {
			base + "inhibit_rules: [{source_matchers: [alertname=\"NodeDown\"], target_matchers: [severity=\"critical\"], equal: [cluster]}]\n",
			down + " cluster=b", "", func(t *testing.T, w *world) { w.page(t, "alertname=NodeDown cluster=a") },
		},
		"a calendar that mutes others": {
			with("repeat_interval: 1h", "repeat_interval: 1h, routes: [{matchers: [job=\"api\"], mute_time_intervals: [past], active_time_intervals: [ever]}]", "receivers:", intervals), down, "", nil,
		},
		"an alert with its label": {
			with("receiver: oncall, ", "receiver: office, ", "repeat_interval: 1h", "repeat_interval: 1h, routes: [{receiver: oncall, matchers: [team=\"web\"]}]",
				"receivers:", "receivers:\n  - {name: office}"), down + " team=web", "oncall", nil,
		},
		"a group of its own": {
			with("group_by: [alertname]", "group_by: [alertname, job]", "group_interval: 1s", "group_interval: 10m"), down, "",
			func(t *testing.T, w *world) { w.page(t, "alertname=CheckoutDown job=web") },
		},
		"a provider that comes back": {base, down, "", func(t *testing.T, w *world) {
			w.hooks.answers("/v2/enqueue", 503)
			time.AfterFunc(3*time.Second, func() { w.hooks.answers("/v2/enqueue", 202) })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, tc.config, Params{})
			if tc.before != nil {
				tc.before(t, w)
			}
			trail := w.Follow([]verify.Expectation{want(down, tc.receiver)})
			once(t, trail, time.Time{})
			fault := time.Now().Add(slack)
			once(t, trail, fault)
			w.post(t, fault, tc.alert)
			seen := see(t, trail, fault, verify.NotificationAccepted, verify.OK, "")
			if seen[verify.HandedToRouter].State != verify.OK || seen[verify.Routed].State != verify.OK {
				t.Errorf("got %+v", seen)
			}
		})
	}
}
