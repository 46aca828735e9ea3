package alertmanager

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/amconfig"
	"github.com/failurefriday/friday/verify"
)

// Sees lists the hops that Alertmanager can tell of.
func (s *Source) Sees() []verify.Hop {
	return []verify.Hop{verify.HandedToRouter, verify.Routed, verify.NotificationAccepted}
}

// Follow follows the alerts that are expected, through the router.
func (s *Source) Follow(expected []verify.Expectation) verify.Trail {
	t := &trail{src: s, alerts: map[string]*seen{}, crowds: map[string]*crowd{}, names: map[string][]*seen{}}
	for _, e := range expected {
		if want := s.meant(e); !want.Name.Empty() {
			t.pages = append(t.pages, &page{id: e.ID, want: want, passed: map[verify.Hop]verify.Evidence{}})
		}
	}
	return t
}

// meant is the alert behind an expectation. Of an incident of this very source, the title is its name.
func (s *Source) meant(e verify.Expectation) verify.AlertMatch {
	if e.Alert.Name.Empty() && e.Source == s.name {
		e.Alert.Name = e.Match.Title
		if e.Alert.Labels == nil {
			e.Alert.Labels = e.Match.Labels
		}
	}
	return e.Alert
}

// trail is how far the pages of one step have come.
type trail struct {
	src   *Source
	pages []*page

	mu     sync.Mutex
	last   *look            // the one before
	fault  *look            // the last one before the fault
	alerts map[string]*seen // by fingerprint
	names  map[string][]*seen
	crowds map[string]*crowd
}

// page is one expectation, and the hops that it has passed.
type page struct {
	id     string
	want   verify.AlertMatch
	passed map[verify.Hop]verify.Evidence
	// claimed is what the last look took for accepted. It counts once the next look sees it as well: the counters of requests
	// and of failures are not read in the same instant.
	claimed *verify.Evidence
	said    map[verify.Hop]verify.Evidence // by the last look
}

// seen is one alert, for as long as it is there and as it was last.
type seen struct {
	alert
	arrived time.Time // the server's clock
	before  *look     // the last one that did not show it; nil if it was there from the beginning
	gone    bool
	routes  []*amconfig.Route
	joined  map[string]time.Time // crowds that were there before it, with when they came
}

// slack is how long before it was first seen in force a fault may have begun.
const slack = 2 * time.Second

// Look samples alerts, groups, silences, configuration and counters, in five requests.
func (t *trail) Look(ctx context.Context, fault time.Time) ([]verify.Evidence, error) {
	l, err := t.src.look(ctx)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !fault.IsZero() && t.fault == nil {
		if t.fault = t.last; t.fault == nil {
			t.fault = l
		}
		for _, p := range t.pages {
			clear(p.passed) // what came before the fault is of no interest any more
			p.claimed = nil
		}
	}
	t.update(l)
	now := sampling{trail: t, look: l, tracks: &tracks{
		map[string]map[string]float64{}, map[string]time.Duration{}, map[since]float64{}, map[since][]string{}, map[*amconfig.Route]mute{},
	}}
	if !fault.IsZero() {
		offset, _ := t.src.Offset()
		now.fault = fault.Add(offset)
	}
	var found []verify.Evidence
	for _, p := range t.pages {
		for _, e := range now.follow(p) {
			e.Expectation, e.Source = p.id, t.src.name
			e.Text, e.Answer = t.src.clean(e.Text), trimmed(t.src.clean(e.Answer))
			found = append(found, e)
		}
	}
	t.last = l
	return found, nil
}

// update takes in which alerts and groups there are now.
func (t *trail) update(l *look) {
	for _, a := range l.alerts {
		known := t.alerts[a.Fingerprint]
		if known == nil || known.gone {
			known = t.arrival(l, a)
			t.alerts[a.Fingerprint] = known
			t.names[a.name()] = append(t.names[a.name()], known)
		} else if t.last != nil && t.last.config != l.config {
			known.routes = l.config.Match(a.Labels)
		}
		known.alert = a
	}
	for fingerprint, known := range t.alerts {
		if _, there := l.shown[fingerprint]; !there {
			known.gone = true
		}
	}
	t.crowd(l)
}

func (t *trail) arrival(l *look, a alert) *seen {
	made := &seen{alert: a, arrived: a.StartsAt, before: t.last, routes: l.config.Match(a.Labels), joined: map[string]time.Time{}}
	if t.last == nil {
		return made
	}
	if !a.UpdatedAt.IsZero() { // that it started is by another clock
		made.arrived = a.UpdatedAt.Time
	}
	for _, r := range made.routes {
		id := crowdID(r.Receiver, r.GroupLabels(a.Labels))
		if c := t.crowds[id]; c != nil && !c.gone {
			made.joined[id] = c.born
		}
	}
	return made
}

// sampling is one look, seen against what is known of the trail.
type sampling struct {
	*trail
	look   *look
	fault  time.Time // the server's clock; zero before it
	tracks *tracks
}

// prior reports whether an alert was there before the fault, and so was not caused by it.
func (s sampling) prior(a *seen) bool {
	return !s.fault.IsZero() && a.arrived.Before(s.fault.Add(-slack))
}

// candidates are the alerts that a page may be: those of the fault, or else those that were there before and still are.
func (s sampling) candidates(p *page) []*seen {
	var fresh, old []*seen
	consider := func(all []*seen) {
		for _, a := range all {
			switch {
			case !p.want.Fits(a.name(), a.Labels):
			case !s.prior(a):
				fresh = append(fresh, a)
			case !a.gone:
				old = append(old, a)
			}
		}
	}
	if name, exact := p.want.Name.Exact(); exact {
		consider(s.names[name])
	} else {
		for name, all := range s.names {
			if p.want.Name.Match(name) {
				consider(all)
			}
		}
	}
	if len(fresh) == 0 {
		fresh = old
	}
	slices.SortStableFunc(fresh, func(a, b *seen) int { return a.arrived.Compare(b.arrived) })
	return fresh
}

// follow tells how far a page has come: of several alerts that it may be, as far as the one that came farthest.
func (s sampling) follow(p *page) []verify.Evidence {
	best := []verify.Evidence{s.absent(p)}
	far := -1
	for _, a := range s.candidates(p) {
		if now := s.way(p, a); passedIn(now) > far {
			best, far = now, passedIn(now)
		}
	}
	claim := p.claimed
	p.claimed = nil
	for i, e := range best {
		old, passed := p.passed[e.Hop]
		switch {
		case passed:
			best[i] = old
		case e.State != verify.OK:
		case e.Hop == verify.NotificationAccepted && claim == nil:
			p.claimed = &e
		case e.Hop == verify.NotificationAccepted:
			p.passed[e.Hop], best[i] = *claim, *claim
		default:
			p.passed[e.Hop] = e
		}
	}
	p.say(best)
	return best
}

// say keeps the times of what has not changed: what is still waited for has been so since it was first seen.
func (p *page) say(way []verify.Evidence) {
	now := map[verify.Hop]verify.Evidence{}
	for i, e := range way {
		if old, ok := p.said[e.Hop]; ok && old.State == e.State && old.Kind == e.Kind && old.Text == e.Text {
			way[i].At = old.At
		}
		now[e.Hop] = way[i]
	}
	p.said = now
}

// passedIn is how many hops are passed, one after the other.
func passedIn(way []verify.Evidence) int {
	n := 0
	for n < len(way) && way[n].State == verify.OK {
		n++
	}
	return n
}

// way are the three hops of one alert.
func (s sampling) way(p *page, a *seen) []verify.Evidence {
	handed := s.handed(a)
	if _, passed := p.passed[verify.Routed]; passed {
		if held, ok := s.held(p, a); ok { // after it had been routed, and before it was notified
			held.Hop = verify.NotificationAccepted
			return []verify.Evidence{handed, p.passed[verify.Routed], held}
		}
	}
	routed := s.routed(p, a)
	accepted, told := s.accepted(p, a)
	switch {
	case !told, routed.State == verify.Broken:
		return []verify.Evidence{handed, routed}
	case routed.State == verify.Waiting && (accepted.State == verify.Broken || accepted.State == verify.Waiting):
		routed.State, routed.Kind = verify.Unknown, "" // where it went it has not been notified: nobody needs another suspicion
	case routed.State == verify.Waiting:
		return []verify.Evidence{handed, routed}
	}
	return []verify.Evidence{handed, routed, accepted}
}
