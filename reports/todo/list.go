package todo

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/verify/judge"
)

// history is one finding through all runs.
type history struct {
	about  about
	item   Item
	places map[string]time.Time // environments in which it was seen, and when last
	seen   []seen               // oldest first
}

type seen struct {
	run     string
	started time.Time
}

// List returns all findings of the runs, given in any order, with what people decided: the regressed first, then the open
// ones, both by verdict from the worst on and the oldest of them first, then the closed ones, the newest of them first. It
// is a pure function. Decisions on findings that no run shows have no effect.
//
// A finding regresses when a run shows it that was started after it had been closed, and not when an older run is read
// that was not there before. After a reopening or a regression it stays so until somebody closes it.
func List(runs []digest.Run, acts []Act) []Item {
	runs = slices.Clone(runs)
	slices.SortStableFunc(runs, func(a, b digest.Run) int {
		return cmp.Or(a.Started.Compare(b.Started), strings.Compare(a.ID, b.ID))
	})
	all := gather(runs)
	byID := map[string][]Act{}
	for _, a := range acts {
		id := canonical(a.ID)
		byID[id] = append(byID[id], a)
	}
	now := look(runs)
	items := make([]Item, 0, len(all))
	for _, h := range all {
		now.compare(h)
		h.decide(byID[h.item.ID])
		items = append(items, h.item)
	}
	slices.SortStableFunc(items, order)
	return items
}

// gather merges what the runs show, in the order in which it was first seen, and gives the ids.
func gather(runs []digest.Run) []*history {
	known := map[about]*history{}
	var all []*history
	taken := map[string]bool{}
	for _, run := range runs {
		for _, s := range sightings(run) {
			h := known[s.about]
			if h == nil {
				h = &history{about: s.about, item: s.item, places: map[string]time.Time{}}
				h.item.ID, h.item.Runs = freeID(s.about, taken), 0
				known[s.about], all = h, append(all, h)
			}
			h.add(s.item)
		}
	}
	return all
}

// freeID gives a finding as many digits as tell it from those that were seen before it.
func freeID(a about, taken map[string]bool) string {
	id := a.id(idDigits)
	for n := idDigits + 2; taken[id] && n <= 64; n += 2 {
		id = a.id(n)
	}
	taken[id] = true
	return id
}

// add takes what a newer run says.
func (h *history) add(newer Item) {
	newer.ID, newer.First, newer.Runs = h.item.ID, h.item.First, h.item.Runs+1
	h.item = newer
	h.places[newer.Environment] = newer.Last
	h.seen = append(h.seen, seen{newer.LastRun, newer.Last})
}

// decide applies what people decided, oldest decision first.
func (h *history) decide(acts []Act) {
	acts = slices.Clone(acts)
	slices.SortStableFunc(acts, func(a, b Act) int { return a.At.Compare(b.At) })
	i := &h.item
	i.State = Open
	owner, said := i.Owner, silences{seen: h.seen, none: make([]bool, len(h.seen))}
	for _, a := range acts {
		switch a.Do {
		case Close:
			i.State, i.Closed, i.ClosedBy, i.Because = Closed, a.At, a.By, a.Text
			said.closed(a.At, a.FalseSilence && i.Verdict == judge.Silent)
		case Reopen:
			i.State, i.Closed, i.ClosedBy, i.Because = Open, time.Time{}, "", a.Text
			said.reopened()
		case Own:
			i.Owner = cmp.Or(a.Text, owner)
		case Note:
			i.Note = a.Text
		}
	}
	i.Overturned = said.runs()
	if i.State == Closed && i.Last.After(i.Closed) {
		i.State = Regressed
	}
}

// silences follows which of a finding's sightings were none, as people decided. A closing speaks of what was seen since
// the closing before; the next one, if nothing was seen in between, takes its place, and a reopening takes it back.
type silences struct {
	seen     []seen
	none     []bool
	from, to int // what the newest closing spoke of
}

func (s *silences) closed(at time.Time, none bool) {
	end := s.to
	for end < len(s.seen) && !s.seen[end].started.After(at) {
		end++
	}
	if end > s.to {
		s.from, s.to = s.to, end
	}
	s.mark(none)
}

func (s *silences) reopened() {
	s.mark(false)
	s.to = s.from
}

func (s *silences) mark(none bool) {
	for i := s.from; i < s.to; i++ {
		s.none[i] = none
	}
}

// runs are the ids of the runs whose silence was none.
func (s *silences) runs() []string {
	var ids []string
	for i, none := range s.none {
		if none {
			ids = append(ids, s.seen[i].run)
		}
	}
	return ids
}

// order is that of List.
func order(a, b Item) int {
	if a.State != b.State {
		return rank(a.State) - rank(b.State)
	}
	if a.State == Closed {
		return cmp.Or(b.Closed.Compare(a.Closed), strings.Compare(a.ID, b.ID))
	}
	return cmp.Or(int(a.Verdict)-int(b.Verdict), a.First.Compare(b.First), strings.Compare(a.ID, b.ID))
}

func rank(s State) int { return slices.Index([]State{Regressed, Open, Closed}, s) }
