package webhook

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/failurefriday/friday/verify"
)

// event is what one message says of one incident.
type event struct {
	// Incident is what it says, with the sender's times: Opened is zero where the message does not tell it.
	verify.Incident
	opens bool      // it says that the incident is new, or open again
	at    time.Time // by the sender's clock: orders what is said of one incident; zero if not told
}

const (
	mostIncidents = 10_000
	mostBytes     = 64 << 20
	mostIDs       = 10_000
	longestID     = 200
)

// store is what has come so far.
type store struct {
	mu        sync.Mutex
	incidents map[string]*kept
	latest    map[string]string // the last incident of a key, for messages without an id
	bytes     int
	full      error
	ids       map[string]bool // of the last messages
	idsInLine []string
	accepted  int
	unknown   int // said that something is over that had not come
	old       int // say that they began before anybody listened
	left      int // alerts that messages said they left out
}

type kept struct {
	verify.Incident
	at     time.Time
	number int
}

func newStore() *store {
	return &store{incidents: map[string]*kept{}, latest: map[string]string{}, ids: map[string]bool{}}
}

// arrival is when a message came, and what it depends on.
type arrival struct {
	at, since time.Time // now, and the moment from which on all messages were heard
	id        string    // of the message, the same when it is sent again; may be empty
	who       string    // the receiver
	left      int       // alerts that the message left out
}

// take takes in one message. The error says why nothing more is kept.
func (s *store) take(a arrival, events []event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full != nil {
		return s.full
	}
	if s.again(a.id) {
		return nil
	}
	s.accepted++
	s.left += a.left
	for _, e := range events {
		if s.one(a, e); s.full != nil {
			return s.full
		}
	}
	return nil
}

// again reports whether the message came before, and remembers it.
func (s *store) again(id string) bool {
	if id == "" || s.ids[id] {
		return id != ""
	}
	if len(s.idsInLine) == mostIDs {
		delete(s.ids, s.idsInLine[0])
		s.idsInLine = s.idsInLine[1:]
	}
	s.ids[id], s.idsInLine = true, append(s.idsInLine, id)
	return false
}

// one takes in what is said of one incident.
func (s *store) one(a arrival, e event) {
	old := s.find(&e)
	switch {
	case old == nil && e.Status == verify.Resolved:
		s.unknown++ // its beginning came before we listened
		return
	case old == nil:
		old = &kept{number: len(s.incidents)}
		old.Opened = s.opened(a, e)
	case !e.at.IsZero() && e.at.Before(old.at):
		return // overtaken by a later one
	}
	now := s.merged(a, old, e)
	weight := size(now.Incident) - size(old.Incident)
	if _, known := s.incidents[now.ID]; !known && len(s.incidents) >= mostIncidents || s.bytes+weight > mostBytes {
		s.full = fmt.Errorf("more than %d incidents or %d MiB have come: what came from %s on is not kept; send less to this receiver",
			mostIncidents, mostBytes>>20, stamp(a.at))
		return
	}
	s.bytes += weight
	s.incidents[now.ID] = &now
	if now.Key != "" {
		s.latest[now.Key] = now.ID
	}
}

// find finds the incident that the message is about, and gives it an id where it brings none: after the end of one the same
// key means another.
func (s *store) find(e *event) *kept {
	if e.ID == "" {
		last := s.incidents[s.latest[e.Key]]
		if last != nil && (last.Status != verify.Resolved || e.Status == verify.Resolved) {
			e.ID = last.ID
		} else {
			e.ID = fmt.Sprintf("%s #%d", e.Key, len(s.incidents)+1)
		}
	}
	return s.incidents[e.ID]
}

// slack is how far the clock of a sender may be behind ours before what is new is taken for old.
const slack = 5 * time.Second

// opened is when an incident was opened, by our clock: when the message came that opened it. One that says that it began
// before anybody listened may be the repetition of an old one, so it is taken at its word.
func (s *store) opened(a arrival, e event) time.Time {
	old := !e.Opened.IsZero() && e.Opened.Before(a.since.Add(-slack))
	if old {
		s.old++
	}
	if old || !e.opens && !e.Opened.IsZero() {
		return e.Opened.UTC()
	}
	return a.at.UTC()
}

// merged is the incident after the message.
func (s *store) merged(a arrival, old *kept, e event) kept {
	now := kept{Incident: e.Incident, at: e.at, number: old.number}
	now.Opened, now.Heard, now.Notified = old.Opened, a.at.UTC(), slices.Clone(old.Notified)
	now.Acknowledged, now.AcknowledgedBy = old.Acknowledged, old.AcknowledgedBy
	now.Resolved = time.Time{}
	if e.opens && (old.ID == "" || old.Status == verify.Resolved) {
		now.Notified = append(now.Notified, verify.Notification{At: now.Heard, Who: a.who, Channel: "webhook"})
	}
	switch {
	case e.Status == verify.Acknowledged && old.Acknowledged.IsZero():
		now.Acknowledged, now.AcknowledgedBy = now.Heard, e.AcknowledgedBy
	case e.Status == verify.Resolved && old.Status == verify.Resolved:
		now.Resolved, now.ResolvedBy, now.ResolvedByHand = old.Resolved, old.ResolvedBy, old.ResolvedByHand
	case e.Status == verify.Resolved:
		now.Resolved = now.Heard
	}
	if e.Status == verify.Resolved { // what tells of an end may word it otherwise, and is not what was paged
		now.Title, now.Service, now.Labels = old.Title, old.Service, old.Labels
		now.Urgency, now.Severity = old.Urgency, old.Severity
	}
	return now
}

// size is about how much memory an incident takes.
func size(in verify.Incident) int {
	n := len(in.ID) + len(in.URL) + len(in.Service) + len(in.Title) + len(in.Urgency) + len(in.Severity) + 2*len(in.Key)
	for name, value := range in.Labels {
		n += len(name) + len(value) + 64
	}
	for _, notified := range in.Notified {
		n += len(notified.Who) + 64
	}
	return n
}

// list are the incidents to keep, in the order in which they came. What has not been kept is an error.
func (s *store) list(keep func(verify.Incident) bool) ([]verify.Incident, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full != nil {
		return nil, s.full
	}
	var some []*kept
	for _, k := range s.incidents {
		if keep(k.Incident) {
			some = append(some, k)
		}
	}
	slices.SortFunc(some, func(a, b *kept) int { return cmp.Compare(a.number, b.number) })
	found := make([]verify.Incident, len(some))
	for i, k := range some {
		found[i] = k.Incident
	}
	return found, nil
}
