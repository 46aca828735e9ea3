package inbox

import (
	"cmp"
	"slices"
)

// What fits into an inbox.
const (
	maxResolved = 10_000 // resolved incidents kept; older ones are forgotten
	maxOpen     = 100_000
	maxServices = 1_000
)

// store holds the incidents. It needs a lock around it.
type store struct {
	all       []*incident // oldest first
	byID      map[string]*incident
	log       []*entry // of all incidents, oldest first
	openCount int
	numbers   int
}

// add takes a new incident in and numbers it.
func (s *store) add(inc *incident) {
	s.numbers++
	s.openCount++
	inc.number = s.numbers
	s.all = append(s.all, inc)
	s.byID[inc.id] = inc
	inc.service.open[inc.key] = inc
	inc.service.counts[inc.status]++
}

// close takes note that an incident is resolved, and forgets old ones when there are many.
func (s *store) close(inc *incident) {
	delete(inc.service.open, inc.key)
	s.openCount--
	if len(s.all)-s.openCount > maxResolved+maxResolved/10 {
		s.forget()
	}
}

// forget drops the resolved incidents that were resolved first, until maxResolved are left. It drops many at once, so
// that it is seldom needed.
func (s *store) forget() {
	closed := make([]*incident, 0, len(s.all)-s.openCount)
	for _, inc := range s.all {
		if inc.status == resolved {
			closed = append(closed, inc)
		}
	}
	slices.SortStableFunc(closed, func(a, b *incident) int {
		return cmp.Or(a.resolved.Compare(b.resolved), cmp.Compare(a.number, b.number))
	})
	for _, inc := range closed[:len(closed)-maxResolved] {
		delete(s.byID, inc.id)
	}
	s.all = slices.DeleteFunc(s.all, func(inc *incident) bool { return s.byID[inc.id] == nil })
	s.log = slices.DeleteFunc(s.log, func(e *entry) bool { return s.byID[e.incident.id] == nil })
}

// hub tells watchers that something changed. It needs a lock around it.
type hub struct {
	version int
	changed chan struct{} // closed at the next change
}

// tell wakes everybody who waits.
func (h *hub) tell() {
	h.version++
	close(h.changed)
	h.changed = make(chan struct{})
}
