package prometheus

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/failurefriday/friday/verify"
)

// Follow follows the pages of the expectations whose alert is known: the alert that they name, or, where the incident is
// asked of this source, the one with the title and the labels of the incident.
func (s *Source) Follow(expected []verify.Expectation) verify.Trail { return s.follow(expected) }

func (s *Source) follow(expected []verify.Expectation) *trail {
	t := &trail{s: s, tracks: tracks{}, inputs: newInputs()}
	for _, e := range expected {
		alert := e.Alert
		if alert.Name.Empty() && e.Source == s.name {
			alert = verify.AlertMatch{Name: e.Match.Title, Labels: e.Match.Labels}
		}
		if !e.MustNot && !alert.Name.Empty() {
			t.pages = append(t.pages, &page{want: e, alert: alert, passed: map[verify.Hop]verify.Evidence{}, said: map[verify.Hop]verify.Evidence{}})
		}
	}
	return t
}

// trail is how far the pages of a step have come.
type trail struct {
	s *Source

	mu     sync.Mutex
	pages  []*page
	tracks tracks
	inputs *inputs
	heard  time.Time // our clock: up to when the samples of ALERTS were read
	last   *look     // the look before
	first  *look     // the last one before the fault
}

// page is one expected page.
type page struct {
	want   verify.Expectation
	alert  verify.AlertMatch
	passed map[verify.Hop]verify.Evidence // hops that it was seen to pass
	said   map[verify.Hop]verify.Evidence // the last word on every hop, by the server's clock
	base   *look                          // the one before it was seen to fire
	fired  int                            // looks that saw it fire, and nothing sent
}

// look is what was seen at once.
type look struct {
	fault    time.Time // the server's clock; zero before it
	at       time.Time // the server's clock
	rules    []*rule
	targets  []target
	routers  []string
	counters *counters // nil where Prometheus does not show them
}

// overlap is how far the samples that are asked for reach back behind those that are known: a sample may come to be seen
// after the evaluation that it belongs to.
func (s *Source) overlap() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return 3*s.longest + 5*time.Second
}

// Look makes six requests, whatever is expected.
func (t *trail) Look(ctx context.Context, fault time.Time) ([]verify.Evidence, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, err := t.look(ctx, fault)
	if err != nil {
		return nil, err
	}
	if fault.IsZero() || t.first == nil {
		t.first = now
	}
	var all []verify.Evidence
	for _, p := range t.pages {
		for _, e := range t.evidence(p, now) {
			e.Expectation, e.Source, e.At = p.want.ID, t.s.name, t.s.ours(e.At)
			all = append(all, e)
		}
	}
	t.last = now
	return all, nil
}

func (t *trail) look(ctx context.Context, fault time.Time) (*look, error) {
	s, asked := t.s, time.Now()
	back := s.overlap()
	if !t.heard.IsZero() {
		back += asked.Sub(t.heard)
	}
	// The counters come first: what they count at a look that shows no firing alert yet was not sent for it.
	counted, err := s.counters(ctx)
	if err != nil {
		return nil, err
	}
	samples, err := s.query(ctx, t.alerts()+span(back), "matrix")
	if err != nil {
		return nil, err
	}
	now := &look{at: s.now(), counters: counted}
	if now.rules, err = s.rules(ctx, "alert"); err != nil {
		return nil, err
	}
	if now.targets, err = s.targets(ctx); err != nil {
		return nil, err
	}
	if now.routers, err = s.routers(ctx); err != nil {
		return nil, err
	}
	if !fault.IsZero() {
		offset, _ := s.Offset()
		now.fault = fault.Add(offset)
	}
	t.inputs.want(t.pages, now)
	if err := t.inputs.terms.ask(ctx, s); err != nil {
		return nil, err
	}
	t.inputs.learn(now)
	t.tracks.add(samples, now.rules)
	t.heard = asked
	return now, nil
}

// alerts selects the samples of the alerts that are followed.
func (t *trail) alerts() string {
	var names []string
	for _, p := range t.pages {
		name, ok := p.alert.Name.Exact()
		if !ok {
			return "ALERTS"
		}
		names = append(names, regexp.QuoteMeta(name))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 {
		return `ALERTS{alertname=""}`
	}
	return fmt.Sprintf("ALERTS{alertname=~%q}", strings.Join(names, "|"))
}
