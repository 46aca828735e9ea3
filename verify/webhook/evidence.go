package webhook

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/failurefriday/friday/verify"
)

// refusals are the messages that were not taken, by reason.
type refusals struct {
	mu  sync.Mutex
	all []refused // in the order in which the reasons came up
}

type refused struct {
	refusal
	count int
	last  time.Time
	from  string
}

func (r *refusals) add(no refusal, at time.Time, from string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.all, func(old refused) bool { return old.reason == no.reason })
	if i < 0 {
		i = len(r.all)
		r.all = append(r.all, refused{})
	}
	r.all[i] = refused{no, r.all[i].count + 1, at, from}
}

func (r *refusals) list() []refused {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.all)
}

// Sees lists the hops that a receiver can tell of.
func (s *Source) Sees() []verify.Hop {
	hops := []verify.Hop{verify.NotificationAccepted, verify.IncidentCreated, verify.ResponderNotified, verify.IncidentResolved}
	if s.params.Format != alertmanager {
		hops = slices.Insert(hops, 3, verify.IncidentAcknowledged)
	}
	return hops
}

// Trace tells what came and was not taken for a page: messages that were refused, that left alerts out, that say that
// something began before anybody listened; and for each expectation whether nothing has come of it. It makes no request.
func (s *Source) Trace(ctx context.Context, expected []verify.Expectation) ([]verify.Evidence, error) {
	at, since, err := s.listening()
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	here := "POST http://" + at.String() + s.params.Path
	found := append(s.refused(), s.odd(since)...)
	all, err := s.store.list(func(verify.Incident) bool { return true })
	if err != nil {
		return nil, err
	}
	for _, e := range expected {
		if !e.MustNot && !slices.ContainsFunc(all, e.Match.Fits) {
			found = append(found, s.waiting(e, since))
		}
	}
	for i := range found {
		found[i].At, found[i].Source, found[i].Request = s.now().UTC(), s.name, here
	}
	return found, nil
}

// refused tells of the messages that were not taken. Who asks for another path, or with another method, may be a stranger.
func (s *Source) refused() []verify.Evidence {
	var found []verify.Evidence
	for _, r := range s.log.list() {
		ev := verify.Evidence{
			Hop: verify.NotificationAccepted, State: verify.Broken, Kind: "SF-16", Answer: fmt.Sprintf("status %d", r.status),
			Text:   fmt.Sprintf("%s refused: %s, the last at %s from %s", count(r.count, "request was", "requests were"), r.reason, stamp(r.last), r.from),
			Advice: "let the sender and this receiver agree on the secret and the format",
		}
		if r.detail != "" {
			ev.Text += " (" + r.detail + ")"
		}
		switch r.status {
		case http.StatusNotFound, http.StatusMethodNotAllowed:
			ev.State, ev.Kind, ev.Advice = verify.Unknown, "", fmt.Sprintf("if that was the page, let its sender post to %s", s.params.Path)
		case http.StatusServiceUnavailable, http.StatusRequestEntityTooLarge:
			ev.Advice = "send less to this receiver"
		}
		found = append(found, ev)
	}
	return found
}

// odd tells of what was taken with a grain of salt.
func (s *Source) odd(since time.Time) []verify.Evidence {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	var found []verify.Evidence
	add := func(n int, hop verify.Hop, text, advice string) {
		if n > 0 {
			found = append(found, verify.Evidence{Hop: hop, Text: text, Advice: advice})
		}
	}
	add(s.store.old, verify.IncidentCreated,
		fmt.Sprintf("%s to have begun before Friday listened (%s), and so not to be new", count(s.store.old, "incident says", "incidents say"), stamp(since)),
		"if they are new, the clock of their sender is behind: synchronise it")
	add(s.store.unknown, verify.IncidentResolved,
		fmt.Sprintf("%s over of which Friday had not heard: it began before %s", count(s.store.unknown, "incident is", "incidents are"), stamp(since)), "")
	add(s.store.left, verify.IncidentCreated,
		fmt.Sprintf("%s left out of the messages by their sender", count(s.store.left, "alert was", "alerts were")), "raise or drop max_alerts of the receiver in Alertmanager")
	return found
}

// waiting tells that nothing has come of what is expected.
func (s *Source) waiting(e verify.Expectation, since time.Time) verify.Evidence {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	ev := verify.Evidence{
		Hop: verify.NotificationAccepted, State: verify.Waiting, Expectation: e.ID,
		Text:   "nothing has been posted since " + stamp(since),
		Advice: "see whether the route of the alert leads to a receiver that posts here, and whether the sender can reach this address",
	}
	if n := s.store.accepted; n > 0 {
		ev.Text = fmt.Sprintf("%s since %s, none of what is expected", count(n, "message has come", "messages have come"), stamp(since))
		ev.Advice = "see whether the route of the alert leads here, and whether service, title and labels are those that the messages bring"
	}
	return ev
}

func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
