package amconfig_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/amconfig"
)

func read(t *testing.T, text string) *amconfig.Config {
	t.Helper()
	config, err := amconfig.Parse("am.yml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return config
}

const whole = `
x-common: &hook
  url: http://127.0.0.1/hook
route:
  receiver: team
  group_by: [job, alertname]
  group_wait: 10s
  routes:
    - matchers: [team="web"]
      group_interval: 1m30s
      continue: true
      mute_time_intervals: [nights]
      routes:
        - receiver: "null"
          match: {severity: info}
          group_by: ['...']
    - match_re: {job: api|web}
      repeat_interval: 1d
      group_by: []
receivers:
  - name: team
    email_configs:
      - to: oncall@example.org
      - {to: boss@example.org, send_resolved: yes}
    pagerduty_configs:
      - {routing_key: secret, severity: critical}
    webhook_configs:
      - {<<: *hook, send_resolved: false}
    slack_configs: [{channel: "#ops"}]
  - name: "null"
inhibit_rules:
  - source_match: {severity: critical}
    target_matchers: ['severity=~"warning|info"']
    equal: [cluster, job]
mute_time_intervals:
  - name: nights
    time_intervals: [{times: [{start_time: 22:00, end_time: "24:00"}]}]
`

func TestRoutesInheritWhatTheyDoNotSay(t *testing.T) {
	config := read(t, whole)
	if len(config.Problems) > 0 {
		t.Fatal(config.Problems)
	}
	var got []string
	for r := range config.Routes() {
		mute := ""
		for _, i := range r.Mute {
			mute += i.Name
		}
		got = append(got, fmt.Sprint(r.Pos, " ", r.Key(), " ", r.Receiver, " ", r.GroupBy, " ", r.GroupByAll, " ",
			r.GroupWait, " ", r.GroupInterval, " ", r.RepeatInterval, " ", r.Continue, mute))
	}
	want := []string{
		"am.yml:5:3 {} team [alertname job] false 10s 5m0s 4h0m0s false",
		`am.yml:9:7 {}/{team="web"} team [alertname job] false 10s 1m30s 4h0m0s truenights`,
		`am.yml:14:11 {}/{team="web"}/{severity="info"} null [alertname job] true 10s 1m30s 4h0m0s false`,
		`am.yml:17:7 {}/{job=~"^(?:api|web)$"} team [] false 10s 5m0s 24h0m0s false`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestReceiversSayWhetherTheyTellRecoveries(t *testing.T) {
	config := read(t, whole)
	team, ok := config.Receiver("team")
	if !ok || !team.Has("email") || team.Has("opsgenie") {
		t.Fatalf("got %+v", team)
	}
	var got []string
	for _, i := range team.Integrations {
		got = append(got, fmt.Sprint(i.Kind, i.Index, " ", i.SendResolved, " ", i.SendResolvedSet, " ", i.Pos.Line, " ", i.Settings))
	}
	want := []string{
		"email0 false false 23 map[to:oncall@example.org]", "email1 true true 24 map[to:boss@example.org]",
		"pagerduty0 true false 26 map[severity:critical]", "webhook0 false true 28 map[]", "slack0 false false 29 map[channel:#ops]",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if null, ok := config.Receiver("null"); !ok || len(null.Integrations) > 0 {
		t.Errorf("null: %+v, %v", null, ok)
	}
	if _, ok := config.Receiver("nobody"); ok {
		t.Error("there is a receiver nobody")
	}
}

func TestWhatCannotBeUnderstoodIsAProblemAndTheRestIsRead(t *testing.T) {
	config := read(t, `
route:
  receiver: gone
  group_wait: soon
  routes:
    - {matchers: ['a=~"("', b="1"], mute_time_intervals: [never], continue: perhaps}
receivers: [{name: a}, {name: a}]
time_intervals: [{name: odd, time_intervals: [{weekdays: [someday]}]}]
`)
	var got []string
	for _, p := range config.Problems {
		got = append(got, fmt.Sprint(p.Pos, " ", p.Msg))
	}
	for i, want := range []string{
		`am.yml:3:13 there is no receiver "gone"`, `am.yml:4:15 "soon" is no duration`, `am.yml:6:19 the matcher a=~"(" cannot`,
		`am.yml:6:59 there is no time interval "never"`, `am.yml:6:77 "perhaps" is neither`, `am.yml:7:25 the receiver "a" is given twice`,
		`am.yml:8:48 the time interval odd cannot be understood`,
	} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Errorf("problem %d of\n%s\nwant %s", i, strings.Join(got, "\n"), want)
		}
	}
	if key := config.Root.Routes[0].Key(); key != `{}/{b="1"}` || config.Root.GroupWait != 30*time.Second {
		t.Errorf("the rest was not read: %s, %v", key, config.Root.GroupWait)
	}
}

func TestWhatIsNoConfigurationIsAnError(t *testing.T) {
	for text, want := range map[string]string{
		"":               "am.yml: the file is empty",
		"# only this":    "am.yml: the file is empty",
		"- a":            "am.yml:1:1: this is no configuration",
		"route: [":       "am.yml:1:",
		"route: {a: b}}": "am.yml:1:",
	} {
		if _, err := amconfig.Parse("am.yml", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	if c := read(t, "receivers: []"); c.Match(nil) != nil || len(c.Problems) != 1 {
		t.Errorf("without routes: %+v", c)
	}
}

func TestTheKeyOfAGroupHasThePathOfItsRoute(t *testing.T) {
	config := read(t, whole)
	alert := map[string]string{"alertname": "TargetDown", "job": `a"b`, "team": "web", "severity": "info"}
	nested := config.Root.Routes[0].Routes[0]
	for _, tc := range []struct {
		route *amconfig.Route
		want  string
	}{
		{config.Root, `{}:{alertname="TargetDown", job="a\"b"}`},
		{nested, `{}/{team="web"}/{severity="info"}:{alertname="TargetDown", job="a\"b", severity="info", team="web"}`},
		{config.Root.Routes[1], `{}/{job=~"^(?:api|web)$"}:{}`},
	} {
		if got := tc.route.GroupKey(alert); got != tc.want {
			t.Errorf("got %s, want %s", got, tc.want)
		}
	}
	// What a real server sent: contracts of Alertmanager 0.25.
	plain := read(t, "route: {receiver: a, group_by: [alertname]}\nreceivers: [{name: a}]")
	if got := plain.Root.DedupKey(map[string]string{"alertname": "TargetDown", "job": "x"}); got != targetDown {
		t.Errorf("got %s, want %s", got, targetDown)
	}
}

func BenchmarkMatch(b *testing.B) {
	var text strings.Builder
	text.WriteString("route:\n  receiver: a\n  routes:\n")
	for i := range 200 {
		fmt.Fprintf(&text, "    - {receiver: a, matchers: ['team=\"t%d\"', 'job=~\"j.*\"']}\n", i)
	}
	text.WriteString("receivers: [{name: a}]\n")
	config, err := amconfig.Parse("am.yml", []byte(text.String()))
	if err != nil {
		b.Fatal(err)
	}
	alert := map[string]string{"team": "t150", "job": "j1"}
	for b.Loop() {
		config.Match(alert)
	}
}

func BenchmarkParse(b *testing.B) {
	data := []byte(strings.Replace(whole, "receivers:\n", "receivers:\n"+strings.Repeat("  - {name: r, webhook_configs: [{url: 'http://x/y'}]}\n", 2000), 1))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := amconfig.Parse("am.yml", data); err != nil {
			b.Fatal(err)
		}
	}
}
