package pagerduty

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/failurefriday/friday/verify"
)

// Sees lists the hops that PagerDuty can tell of.
func (s *Source) Sees() []verify.Hop {
	return []verify.Hop{
		verify.Routed, verify.IncidentCreated, verify.ResponderNotified, verify.IncidentAcknowledged, verify.IncidentResolved,
	}
}

// account is what the account looks like for the way of a page.
type account struct {
	services []object
	windows  []object
	levels   map[string]bool // escalation policies with somebody on call at level 1
}

// Trace tells what would stop or slow a page: a service that is not there, is disabled, or is in maintenance; a pause
// before notifying; nobody on call. It costs the same three listings whatever is expected.
func (s *Source) Trace(ctx context.Context, expected []verify.Expectation) ([]verify.Evidence, error) {
	acc := account{levels: map[string]bool{}}
	keep := func(into *[]object) func(object) error {
		return func(o object) error { *into = append(*into, o); return nil }
	}
	if err := s.walk("/services", "services", url.Values{"include[]": {"auto_pause_notifications_parameters"}}, keep(&acc.services)).whole(ctx); err != nil {
		return nil, err
	}
	if err := s.walk("/maintenance_windows", "maintenance_windows", url.Values{"filter": {"ongoing"}}, keep(&acc.windows)).whole(ctx); err != nil {
		return nil, err
	}
	err := s.walk("/oncalls", "oncalls", url.Values{}, func(o object) error {
		if level, ok := o.at("escalation_level").(float64); ok && level == 1 && o.at("user") != nil {
			acc.levels[o.text("escalation_policy", "id")] = true
		}
		return nil
	}).whole(ctx)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	var found []verify.Evidence
	for _, e := range expected {
		for _, ev := range acc.evidence(e) {
			ev.At, ev.Source, ev.Expectation = now, s.name, e.ID
			found = append(found, ev)
		}
	}
	return found, nil
}

// evidence is about the services that an expectation means. Where it names none exactly, those that match are meant.
func (a account) evidence(e verify.Expectation) []verify.Evidence {
	if e.Match.Service.Empty() || e.MustNot {
		return nil
	}
	meant := slices.DeleteFunc(slices.Clone(a.services), func(o object) bool { return !e.Match.Service.Match(name(o)) })
	if len(meant) == 0 {
		return []verify.Evidence{{
			Hop: verify.IncidentCreated, State: verify.Unknown, Request: "GET /services",
			Text: fmt.Sprintf("no service matches %s (yet): %d services were seen", e.Match.Service, len(a.services)),
		}}
	}
	var found []verify.Evidence
	for _, service := range meant {
		found = append(found, a.ofService(service, e)...)
	}
	return found
}

func (a account) ofService(o object, e verify.Expectation) []verify.Evidence {
	var found []verify.Evidence
	switch status := o.text("status"); status {
	case "disabled":
		found = append(found, verify.Evidence{
			Hop: verify.Routed, State: verify.Broken, Request: "GET /services", Answer: "status: disabled",
			Text:   fmt.Sprintf("service %s is disabled: events open no incident", name(o)),
			Advice: "enable the service, or send its events to another one",
		})
	case "maintenance":
		found = append(found, a.maintenance(o))
	}
	if o.at("auto_pause_notifications_parameters", "enabled") == true {
		if seconds, ok := o.at("auto_pause_notifications_parameters", "timeout").(float64); ok && seconds > 0 {
			found = append(found, verify.Evidence{
				Hop: verify.ResponderNotified, Request: "GET /services", Delay: verify.Seconds(seconds * float64(time.Second)),
				Text: fmt.Sprintf("service %s pauses notifications of new alerts for %gs", name(o), seconds),
			})
		}
	}
	if policy := o.text("escalation_policy", "id"); policy != "" && !a.levels[policy] {
		found = append(found, verify.Evidence{
			Hop: verify.ResponderNotified, State: verify.Broken, Request: "GET /oncalls", Answer: "nobody at level 1 of " + policy,
			Text:   fmt.Sprintf("nobody is on call at level 1 of the escalation policy of service %s", name(o)),
			Advice: "put somebody on call at level 1, or let the policy begin with a schedule that has no gap",
		})
	}
	return found
}

// maintenance explains a service in maintenance by the window that covers it.
func (a account) maintenance(o object) verify.Evidence {
	ev := verify.Evidence{
		Hop: verify.Routed, State: verify.Broken, Request: "GET /services", Answer: "status: maintenance",
		Text:   fmt.Sprintf("service %s is in maintenance: events open no incident", name(o)),
		Advice: "end the maintenance window before the game day: alerts stay on",
	}
	for _, w := range a.windows {
		if slices.ContainsFunc(w.list("services"), func(s object) bool { return s.text("id") == o.text("id") }) {
			ev.Request = "GET /maintenance_windows?filter=ongoing"
			ev.Answer = fmt.Sprintf("%s until %s", w.text("id"), w.text("end_time"))
			ev.Text = fmt.Sprintf("service %s is in maintenance until %s (%q): events open no incident", name(o), w.text("end_time"), w.text("description"))
		}
	}
	return ev
}

func name(o object) string {
	if n := o.text("name"); n != "" {
		return n
	}
	return o.text("summary")
}
