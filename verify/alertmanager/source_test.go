package alertmanager

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/amconfig"
	"github.com/failurefriday/friday/verify"
)

// titles are the names of the alerts that are open incidents.
func titles(t *testing.T, s *Source) string {
	t.Helper()
	open, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, in := range open {
		all = append(all, in.Title)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

const receivers = `
route:
  receiver: nobody
  group_wait: 0s
  routes:
    - {receiver: office, matchers: [team="office"]}
    - {receiver: oncall, matchers: [team="web"]}
    - {receiver: oncall, matchers: [team="night"], mute_time_intervals: [ever]}
receivers:
  - name: nobody
  - {name: office, webhook_configs: [{url: HOOKS/office}]}
  - {name: oncall, webhook_configs: [{url: HOOKS/oncall}]}
time_intervals: [{name: ever, time_intervals: [{months: ['1:12']}]}]
`

// TestOnlyWhatPagesIsAnIncident: neither what is silenced or muted nor what goes to nobody.
func TestOnlyWhatPagesIsAnIncident(t *testing.T) {
	t.Parallel()
	w := start(t, receivers, Params{})
	id := w.silence(t, time.Now(), "quiet", "yes")
	w.post(t, time.Now(), "alertname=Nobody", "alertname=Office team=office", "alertname=Web team=web", "alertname=Night team=night",
		"alertname=Quiet team=web quiet=yes")
	if got := titles(t, w.Source); got != "Office Web" {
		t.Errorf("got %s", got)
	}
	if got := titles(t, source(t, Params{Receivers: []string{"oncall"}}, w.am.URL)); got != "Web" {
		t.Errorf("narrowed to oncall: %s", got)
	}
	if got := titles(t, source(t, Params{Receivers: []string{"gone"}}, w.am.URL)); got != "" {
		t.Errorf("narrowed to a receiver that is not there: %s", got)
	}
	now := time.Now()
	w.silence(t, now, "alertname", "Office")
	if got := titles(t, w.Source); got != "Office Web" {
		t.Errorf("an incident does not end by being silenced: %s", got)
	}
	silences, err := w.Silences(t.Context())
	if err != nil || len(silences) != 2 || !slices.ContainsFunc(silences, func(s amconfig.Silence) bool { return s.ID == id && s.Owner == "alice" }) {
		t.Errorf("silences: %+v, %v", silences, err)
	}
	w.expire(t, id)
	w.am.Await(t, "the end of the silence", func() error {
		if got := titles(t, w.Source); got != "Office Quiet Web" {
			return fmt.Errorf("got %s", got)
		}
		return nil
	})
	since, err := w.Since(t.Context(), now)
	if err != nil || len(since) != 1 || since[0].Title != "Quiet" || since[0].Opened.Before(now) {
		t.Errorf("a page that was let go came when that was: %+v, %v", since, err)
	}
}

// TestAnIncidentTellsWhatTheAlertTells, with the server's time stamps.
func TestAnIncidentTellsWhatTheAlertTells(t *testing.T) {
	t.Parallel()
	w := start(t, base, Params{})
	if got := titles(t, w.Source); got != "" {
		t.Fatal(got)
	}
	before := time.Now()
	w.post(t, before.Add(-time.Hour), down+" service=checkout") // the rule fired long ago, and the router hears of it now
	after := time.Now()
	since, err := w.Since(t.Context(), before.Truncate(time.Millisecond))
	if err != nil || len(since) != 1 {
		t.Fatalf("got %+v, %v", since, err)
	}
	in := since[0]
	if in.Title != "CheckoutDown" || in.Service != "checkout" || in.Severity != "critical" || in.Source != "am" || in.Status != verify.Triggered ||
		in.Labels["job"] != "api" || !strings.HasPrefix(in.URL, w.am.URL+"/#/alerts?filter=") || !in.Heard.IsZero() {
		t.Errorf("got %+v", in)
	}
	if in.Opened.Before(before.Truncate(time.Millisecond)) || in.Opened.After(after) {
		t.Errorf("opened %s, sent between %s and %s", in.Opened, before, after)
	}
	open, err := w.Open(t.Context())
	if err != nil || len(open) != 1 || open[0].Heard.Before(before.Truncate(time.Millisecond)) || open[0].ID != in.ID {
		t.Errorf("open: %+v, %v", open, err)
	}
	w.am.Await(t, "the notification", func() error {
		sent := w.hooks.all()
		if len(sent) == 0 {
			return errWait
		}
		if key := sent[0].body["dedup_key"]; key != in.Key {
			t.Errorf("the key is %s, PagerDuty was sent %s", in.Key, key)
		}
		return nil
	})
	w.am.Kill(t)
	if _, err := w.Since(t.Context(), before); err == nil {
		t.Error("a server that is gone is no error")
	}
	w.am.Restart(t)
	if got := titles(t, source(t, Params{}, w.am.URL)); got != "" {
		t.Errorf("the server remembers: %s", got)
	}
}

// TestAnAlertThatComesBackAsItWasIsTheSameIncident: as after a restart of Alertmanager.
func TestAnAlertThatComesBackAsItWasIsTheSameIncident(t *testing.T) {
	t.Parallel()
	w := start(t, base, Params{})
	at := time.Now().Add(-time.Minute)
	count := func(resolved bool) error {
		all, err := w.Since(t.Context(), at.Add(-time.Second))
		if err != nil || len(all) != 1 || (all[0].Status == verify.Resolved) != resolved {
			return errors.Join(errWait, err)
		}
		return nil
	}
	for range 2 {
		w.post(t, at, down)
		w.am.Await(t, "the incident", func() error { return count(false) })
		w.am.Restart(t)
		w.am.Await(t, "its end", func() error { return count(true) })
	}
}
