package pagerduty

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/verify"
)

// Sees lists the hops that PagerDuty can tell of.
func (s *Source) Sees() []verify.Hop {
	return []verify.Hop{
		verify.Routed, verify.IncidentCreated, verify.ResponderNotified, verify.IncidentAcknowledged, verify.IncidentResolved,
	}
}

// Trace tells what would stop or slow a page: a service that is not there, is disabled, or is in maintenance; a pause
// before an incident is opened; nobody on call. It lists services, maintenance windows and on-calls once, however many
// expectations there are. What the token may not read stays unknown; any other failure is an error.
func (s *Source) Trace(ctx context.Context, expected []verify.Expectation) ([]verify.Evidence, error) {
	acc := account{grows: s.local}
	if err := acc.read(ctx, s, expected); err != nil {
		return nil, err
	}
	var found []verify.Evidence
	for _, hidden := range acc.hidden {
		found = append(found, stamped(s.name, "", hidden))
	}
	for _, e := range expected {
		for _, ev := range acc.evidence(e) {
			found = append(found, stamped(s.name, e.ID, ev))
		}
	}
	return found, nil
}

func stamped(source, expectation string, ev verify.Evidence) verify.Evidence {
	ev.At, ev.Source, ev.Expectation = time.Now().UTC(), source, expectation
	return ev
}

// account is what the account looks like for the way of a page.
type account struct {
	grows    bool // services come into being with their first event, as in the embedded inbox
	services []object
	windows  []object
	firstUp  map[string]bool // escalation policies with somebody on call at level 1; nil if nobody could look
	hidden   []verify.Evidence
}

// read lists what the expectations need to know of.
func (a *account) read(ctx context.Context, s *Source, expected []verify.Expectation) error {
	keep := func(into *[]object) func(object) error {
		return func(o object) error { *into = append(*into, o); return nil }
	}
	_, err := a.list(ctx, s.walk("/services", "services", url.Values{"include[]": {"auto_pause_notifications_parameters"}}, keep(&a.services)), verify.Routed)
	if err != nil {
		return err
	}
	_, err = a.list(ctx, s.walk("/maintenance_windows", "maintenance_windows", url.Values{"filter": {"ongoing"}}, keep(&a.windows)), verify.Routed)
	if err != nil {
		return err
	}
	query := url.Values{}
	switch policies := a.policies(expected); {
	case len(policies) == 0:
		return nil
	case len(policies) <= mostPolicies:
		query["escalation_policy_ids[]"] = policies
	}
	firstUp := map[string]bool{}
	seen, err := a.list(ctx, s.walk("/oncalls", "oncalls", query, func(o object) error {
		if level, ok := o.at("escalation_level").(float64); ok && level == 1 && o.at("user") != nil {
			firstUp[o.text("escalation_policy", "id")] = true
		}
		return nil
	}), verify.ResponderNotified)
	if seen {
		a.firstUp = firstUp
	}
	return err
}

// mostPolicies bounds the length of a URL; where more are meant, all of the account are listed.
const mostPolicies = 50

// list reads a list. One that the token may not read tells nothing of its hop, which is no failure.
func (a *account) list(ctx context.Context, w *walk, hop verify.Hop) (seen bool, err error) {
	err = w.whole(ctx)
	if kind := httpapi.KindOf(err); kind == httpapi.Auth || kind == httpapi.Refused {
		a.hidden = append(a.hidden, verify.Evidence{
			Hop: hop, Request: "GET " + w.path, Answer: err.Error(),
			Text: "nobody could look at " + w.list, Advice: "use a token that may read " + w.list,
		})
		return false, nil
	}
	return err == nil, err
}

// meant are the services that an expectation speaks of.
func (a *account) meant(e verify.Expectation) []object {
	if e.Match.Service.Empty() || e.MustNot {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(a.services), func(o object) bool { return !e.Match.Service.Match(name(o)) })
}

// policies are the escalation policies of all services that are meant, each once.
func (a *account) policies(expected []verify.Expectation) []string {
	var ids []string
	for _, e := range expected {
		for _, o := range a.meant(e) {
			if id := o.text("escalation_policy", "id"); id != "" {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (a *account) evidence(e verify.Expectation) []verify.Evidence {
	var found []verify.Evidence
	services := a.meant(e)
	if len(services) == 0 {
		return a.missing(e)
	}
	for _, o := range services {
		if ev, ok := a.closed(o); ok {
			found = append(found, ev)
		}
		if ev, ok := pause(o); ok {
			found = append(found, ev)
		}
		if ev, ok := a.nobody(o); ok {
			found = append(found, ev)
		}
	}
	return found
}

// missing tells of an expectation that no service fits.
func (a *account) missing(e verify.Expectation) []verify.Evidence {
	if e.Match.Service.Empty() || e.MustNot || slices.ContainsFunc(a.hidden, func(h verify.Evidence) bool { return h.Request == "GET /services" }) {
		return nil
	}
	ev := verify.Evidence{
		Hop: verify.IncidentCreated, Request: "GET /services", Answer: strconv.Itoa(len(a.services)) + " services",
		Text: fmt.Sprintf("no service matches %s (yet)", e.Match.Service),
	}
	if exact, ok := e.Match.Service.Exact(); ok && !a.grows {
		ev.State, ev.Text = verify.Broken, fmt.Sprintf("there is no service named %q", exact)
		ev.Advice = "make the service, or name one that is there in the scenario" + a.near(exact)
	}
	return []verify.Evidence{ev}
}
