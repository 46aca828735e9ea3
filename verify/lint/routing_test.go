package lint

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/alertmanager/pkg/labels"

	"github.com/failurefriday/friday/internal/amconfig"
)

const receivers = `
receivers:
- {name: oncall, pagerduty_configs: [{}]}
- {name: chat, slack_configs: [{}]}
- {name: nobody}
time_intervals:
- {name: office, time_intervals: [{weekdays: ['monday:friday'], times: [{start_time: '09:00', end_time: '17:00'}]}]}
- {name: weekend, time_intervals: [{weekdays: [saturday, sunday]}]}
`

func TestRoutes(t *testing.T) {
	for name, c := range map[string]struct{ check, route, rule, want string }{
		"a page to nobody":                  {"routed-to-nobody", "{receiver: nobody}", "A/critical: up == 0", "alert A error"},
		"others to nobody":                  {"routed-to-nobody", "{receiver: nobody}", "A/info: up == 0", "receiver nobody note"},
		"to somebody":                       {"routed-to-nobody", "{receiver: oncall}", "A/critical: up == 0", ""},
		"one of two ways":                   {"routed-to-nobody", "{receiver: oncall, routes: [{receiver: nobody, continue: true}, {receiver: chat}]}", "A/critical: up == 0", ""},
		"by a label of its series":          {"routed-to-nobody", "{receiver: nobody, routes: [{receiver: oncall, matchers: [team=web]}]}", "A/critical: up == 0", ""},
		"a label that it cannot have":       {"routed-to-nobody", "{receiver: nobody, routes: [{receiver: oncall, matchers: [team=web]}]}", "A/critical: sum(x) > 1", "alert A error"},
		"an external label":                 {"routed-to-nobody", "{receiver: nobody, routes: [{receiver: oncall, matchers: [dc=a]}]}", "A/critical: sum(x) > 1", ""},
		"an open label that cannot matter":  {"routed-to-nobody", "{receiver: oncall, routes: [{receiver: nobody, matchers: [severity=critical]}, {receiver: chat, matchers: [x=y]}]}", "A/critical: up == 0", "alert A error"},
		"outside of the office":             {"muted", "{receiver: chat, routes: [{receiver: oncall, active_time_intervals: [office]}]}", "A/critical: up == 0", "route to oncall warning"},
		"at the weekend":                    {"muted", "{receiver: chat, routes: [{receiver: oncall, mute_time_intervals: [weekend]}]}", "A/critical: up == 0", "route to oncall warning"},
		"not what pages":                    {"muted", "{receiver: chat, routes: [{receiver: oncall, mute_time_intervals: [weekend]}]}", "A/info: up == 0", ""},
		"another way is open":               {"muted", "{receiver: chat, routes: [{receiver: oncall, mute_time_intervals: [weekend], continue: true}, {receiver: chat}]}", "A/critical: up == 0", ""},
		"another way that leads to nobody":  {"muted", "{receiver: chat, routes: [{receiver: oncall, mute_time_intervals: [weekend], continue: true}, {receiver: nobody}]}", "A/critical: up == 0", "route to oncall warning"},
		"two ways, muted one after another": {"muted", "{receiver: chat, routes: [{receiver: oncall, mute_time_intervals: [weekend], continue: true}, {receiver: chat, mute_time_intervals: [office]}]}", "A/critical: up == 0", ""},
		"two ways, muted at the same time":  {"muted", "{receiver: chat, routes: [{receiver: oncall, mute_time_intervals: [weekend], continue: true}, {receiver: chat, active_time_intervals: [office]}]}", "A/critical: up == 0", "route to oncall warning"},
	} {
		s := Setup{
			Engines: []*Engine{configured(t, engine(t, c.rule), "global: {scrape_interval: 1m, external_labels: {dc: a}}")},
			Routers: []*Router{router(t, "route: "+c.route+receivers)},
		}
		if got := saw(t, c.check, s); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestMutedTellsWhen(t *testing.T) {
	for at, want := range map[time.Time]string{
		monday:                     `muted outside of "office", next from Mon 17:00 to Tue 09:00 UTC, and takes A`,
		monday.Add(10 * time.Hour): `muted outside of "office" now, until Tue 09:00 UTC, and takes A`,
	} {
		r := router(t, "route: {receiver: chat, routes: [{receiver: oncall, active_time_intervals: [office]}]}"+receivers)
		r.Now = at
		all, _ := Run(t.Context(), Setup{Engines: []*Engine{engine(t, "A/critical: up == 0")}, Routers: []*Router{r}})
		var texts []string
		for _, f := range all {
			if f.Check == "muted" {
				texts = append(texts, f.Text)
			}
		}
		if got := strings.Join(texts, "; "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestInhibitions(t *testing.T) {
	for rule, want := range map[string]string{
		"{source_matchers: [severity=critical], target_matchers: [severity=warning]}":                                   "inhibit rule warning",
		"{source_matchers: [alertname=Down], target_matchers: [severity=warning]}":                                      "inhibit rule note",
		"{source_matchers: [severity=warning], target_matchers: [severity=warning], equal: [job]}":                      "inhibit rule note",
		"{source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [job]}":                     "",
		"{source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [cluster]}":                 "inhibit rule warning",
		"{source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [dc]}":                      "",
		"{source_matchers: [severity=critical, x=y], target_matchers: [severity=warning], equal: [cluster]}":            "",
		"{source_match: {alertname: Summed}, target_match: {alertname: Series}, equal: [cluster]}":                      "",
		"{source_match: {alertname: Summed}, target_match_re: {alertname: 'Series|ByJob'}, equal: [cluster, instance]}": "inhibit rule warning",
	} {
		e := engine(t, "Summed/critical: sum(x) > 1", "ByJob/warning: sum by (job) (x) > 1", "Series/warning: x > 1")
		s := Setup{
			Engines: []*Engine{configured(t, e, "global: {scrape_interval: 1m, external_labels: {dc: a}}")},
			Routers: []*Router{router(t, "route: {receiver: chat}"+receivers+"inhibit_rules: ["+rule+"]")},
		}
		if rule == "{source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [job]}" {
			s.Engines[0].Rules[0].Labels["job"] = "x"
		}
		if got := saw(t, "wide-inhibition", s); got != want {
			t.Errorf("%s: %q, want %q", rule, got, want)
		}
	}
}

func TestRecoveries(t *testing.T) {
	for receiver, want := range map[string]string{
		"pagerduty_configs: [{send_resolved: false}]":                 "receiver a warning",
		"pagerduty_configs: [{}]":                                     "",
		"email_configs: [{to: a}, {to: b}]":                           "receiver a note",
		"email_configs: [{to: a, send_resolved: true}]":               "",
		"email_configs: [{to: a}], pagerduty_configs: [{}]":           "",
		"slack_configs: [{}], webhook_configs: [{url: 'http://a/b'}]": "",
	} {
		r := router(t, "route: {receiver: a}\nreceivers: [{name: a, "+receiver+"}]")
		if got := saw(t, "no-recovery", Setup{Routers: []*Router{r}}); got != want {
			t.Errorf("%s: %q, want %q", receiver, got, want)
		}
	}
}

func TestSilences(t *testing.T) {
	silence := func(since, until time.Duration, matchers ...string) amconfig.Silence {
		s := amconfig.Silence{ID: "1", Owner: "alice", Comment: "deploy", Start: monday.Add(-since), End: monday.Add(until)}
		for _, m := range matchers {
			name, value, _ := strings.Cut(m, "=")
			made, err := labels.NewMatcher(labels.MatchRegexp, name, value)
			if err != nil {
				t.Fatal(err)
			}
			s.Matchers = append(s.Matchers, made)
		}
		return s
	}
	day := 24 * time.Hour
	for _, c := range []struct {
		silence  amconfig.Silence
		expected []Expected
		want     string
	}{
		{silence(19*day, day, "severity=.+"), nil, "silence 1 warning"},
		{silence(time.Hour, time.Hour, "severity=critical"), nil, "silence 1 note"},
		{silence(time.Hour, time.Hour, "alertname=A"), []Expected{expects("A", 0)}, "silence 1 error"},
		{silence(time.Hour, -time.Minute, "alertname=A"), nil, ""},
		{silence(-time.Hour, day, "alertname=A"), nil, ""},
		{silence(time.Hour, time.Hour, "alertname=A", "instance=x"), nil, ""},
		{silence(time.Hour, time.Hour, "alertname=Z"), nil, ""},
		{silence(time.Hour, time.Hour, "alertname=.*"), nil, "silence 1 warning"},
	} {
		r := router(t, "route: {receiver: chat}"+receivers)
		r.Silences = []amconfig.Silence{c.silence}
		s := Setup{Engines: []*Engine{engine(t, "A/critical: up == 0", "B/info: up == 0", "C: up == 0")}, Routers: []*Router{r}, Expected: c.expected}
		if got := saw(t, "silenced", s); got != c.want {
			t.Errorf("%v: %q, want %q", c.silence, got, c.want)
		}
	}
	r := router(t, "route: {receiver: chat}"+receivers)
	r.Silences = []amconfig.Silence{silence(19*day, day, "severity=.+")}
	all, _ := Run(t.Context(), Setup{Engines: []*Engine{engine(t, "A/critical: up == 0", "C: up == 0")}, Routers: []*Router{r}})
	const want = `by alice ("deploy"), 19 days old, until 2026-11-24 10:00 UTC: {severity=~".+"} covers 1 of 2 alerts: A`
	if len(all) == 0 || all[len(all)-1].Text != want && all[0].Text != want {
		t.Error(fmt.Sprint(all))
	}
}
