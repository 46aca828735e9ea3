package alertmanager

import (
	"cmp"
	"net/url"
	"slices"
	"time"

	"github.com/failurefriday/friday/internal/amconfig"
	"github.com/failurefriday/friday/verify"
)

// sight is what one good look at the alerts showed. All times are the server's.
type sight struct {
	asked, answered time.Time
	alerts          []alert
	config          *amconfig.Config
}

// memory is what Alertmanager forgets: which alerts there were, and when they came and went.
type memory struct {
	last    time.Time         // when the last sight that was taken in had been asked for
	present map[string]bool   // fingerprints of all alerts of the last sight
	open    map[string]string // fingerprint -> id of its incident
	known   map[string]*verify.Incident
	order   []string // ids, as they came
}

// take takes a sight in, and returns all incidents that are known by now, oldest first. A sight that was overtaken by a
// later one has nothing to add.
func (m *memory) take(s *Source, now sight) []verify.Incident {
	if !now.asked.Before(m.last) {
		m.update(s, now)
	}
	all := make([]verify.Incident, 0, len(m.order))
	for _, id := range m.order {
		all = append(all, *m.known[id])
	}
	return all
}

func (m *memory) update(s *Source, now sight) {
	if m.known == nil {
		m.known, m.open = map[string]*verify.Incident{}, map[string]string{}
	}
	present := make(map[string]bool, len(now.alerts))
	for _, a := range now.alerts {
		present[a.Fingerprint] = true
		if in := m.known[m.open[a.Fingerprint]]; in != nil {
			in.Heard = a.UpdatedAt.Time
			continue
		}
		route, pages := s.pages(now, a)
		if !pages {
			continue
		}
		in := s.incident(a, route)
		in.Opened = m.opened(now, a)
		if old := m.known[in.ID]; old != nil { // as after a restart of Alertmanager, which resolves nothing
			in.Opened = old.Opened
		} else {
			m.order = append(m.order, in.ID)
		}
		m.known[in.ID], m.open[a.Fingerprint] = &in, in.ID
	}
	for fingerprint, id := range m.open {
		if !present[fingerprint] {
			in := m.known[id]
			in.Status, in.Resolved = verify.Resolved, now.answered
			delete(m.open, fingerprint)
		}
	}
	m.last, m.present = now.asked, present
}

// opened is when a page can have come that was not there at the last sight: when the alert started, or when the server
// first heard of it, or, if it was there and held back, when that was over.
func (m *memory) opened(now sight, a alert) time.Time {
	switch {
	case m.last.IsZero():
		return a.StartsAt
	case m.present[a.Fingerprint]:
		return now.answered
	}
	return later(a.StartsAt, a.UpdatedAt.Time)
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// pages reports whether an alert notifies somebody who counts, and the first route by which it does.
func (s *Source) pages(now sight, a alert) (*amconfig.Route, bool) {
	if a.suppressed() {
		return nil, false
	}
	for _, route := range now.config.Match(a.Labels) {
		receiver, _ := now.config.Receiver(route.Receiver)
		counts := len(receiver.Integrations) > 0 && (len(s.narrow) == 0 || slices.Contains(s.narrow, route.Receiver))
		sent := slices.Contains(a.Receivers, named{route.Receiver})
		if _, muted := route.MutedAt(now.answered); counts && sent && !muted {
			return route, true
		}
	}
	return nil, false
}

// incident is an alert as the incident that it is. Its id tells apart the times that the same alert fired.
func (s *Source) incident(a alert, route *amconfig.Route) verify.Incident {
	return verify.Incident{
		ID: a.Fingerprint + "@" + a.StartsAt.UTC().Format("20060102T150405.000Z"), Source: s.name, Status: verify.Triggered,
		URL:   s.base + "/#/alerts?filter=" + url.QueryEscape(`{alertname="`+a.name()+`"}`),
		Title: a.name(), Service: cmp.Or(a.Labels["service"], a.Labels["job"]), Severity: a.Labels["severity"],
		Key: route.DedupKey(a.Labels), Labels: a.Labels, Heard: a.UpdatedAt.Time,
	}
}
