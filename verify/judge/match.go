package judge

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/failurefriday/friday/verify"
)

// finder holds the incidents that matter to one step: those that the step can have caused, and those that were open
// before and may have taken the new page in.
type finder struct{ after, before *index }

// find prepares the incidents of a step.
func (r *reading) find(s *step) finder {
	var mine, old []*incident
	from, until := r.inForce(s), r.until(s)
	for _, in := range r.baseline {
		old = append(old, &incident{Incident: in})
	}
	for _, in := range r.incidents {
		switch {
		case from.IsZero() || !until.IsZero() && !in.opened.Before(until):
		case in.mayFollow(from):
			mine = append(mine, in)
		case in.resolvedTo.IsZero() || in.resolvedTo.After(from):
			old = append(old, in)
		}
	}
	slices.SortStableFunc(mine, func(a, b *incident) int { return a.opened.Compare(b.opened) })
	return finder{after: newIndex(mine), before: newIndex(old)}
}

// index finds incidents by pattern. Each pattern is tried once on each distinct value, however many expectations use it
// and however many incidents have it.
type index struct{ shelves map[string]*shelf }

// shelf is the incidents of one source, in order.
type shelf struct {
	all     []*incident
	columns map[string]*column // by name of the field
}

// column is one field of all incidents of a shelf. A value is known by its number, an incident by its place.
type column struct {
	number map[string]int
	places [][]int // by value
	value  []int   // by place
	hits   map[string]*hits
}

// hits are the values that one pattern matches.
type hits struct {
	values    []uint64 // a bit for each
	incidents int      // that have one of them
	first     []int    // the places of the first few
}

func newIndex(incidents []*incident) *index {
	x := &index{shelves: map[string]*shelf{}}
	for _, in := range incidents {
		s := x.shelves[in.Source]
		if s == nil {
			s = &shelf{columns: map[string]*column{}}
			x.shelves[in.Source] = s
		}
		s.all = append(s.all, in)
	}
	return x
}

// all are the incidents of a source, in order.
func (x *index) all(source string) []*incident {
	if s := x.shelves[source]; s != nil {
		return s.all
	}
	return nil
}

// matches are the incidents that fit, in order.
func (x *index) matches(e verify.Expectation) []*incident {
	s := x.shelves[e.Source]
	if s == nil {
		return nil
	}
	fields := e.Match.Fields()
	if len(fields) == 0 {
		return s.all
	}
	columns, found := make([]*column, len(fields)), make([]*hits, len(fields))
	rarest := 0
	for i, f := range fields {
		columns[i] = s.column(f)
		found[i] = columns[i].find(f)
		if found[i].incidents < found[rarest].incidents {
			rarest = i
		}
	}
	var fits []*incident
	for _, place := range columns[rarest].placesOf(found[rarest]) {
		all := true
		for i := range fields {
			all = all && found[i].has(columns[i].value[place])
		}
		if all {
			fits = append(fits, s.all[place])
		}
	}
	return fits
}

func (s *shelf) column(f verify.Field) *column {
	if c := s.columns[f.Name]; c != nil {
		return c
	}
	c := &column{number: map[string]int{}, value: make([]int, len(s.all)), hits: map[string]*hits{}}
	for place, in := range s.all {
		v := f.Of(in.Incident)
		n, known := c.number[v]
		if !known {
			n = len(c.places)
			c.number[v] = n
			c.places = append(c.places, nil)
		}
		c.places[n] = append(c.places[n], place)
		c.value[place] = n
	}
	s.columns[f.Name] = c
	return c
}

// find tells which values the pattern of a field matches.
func (c *column) find(f verify.Field) *hits {
	key := strings.Join(f.Pattern.Texts(), "\x00")
	if h := c.hits[key]; h != nil {
		return h
	}
	h := &hits{values: make([]uint64, len(c.places)/64+1)}
	c.hits[key] = h
	if v, exact := f.Pattern.Exact(); exact {
		if n, known := c.number[v]; known {
			h.add(n, c.places[n])
		}
		return h
	}
	for v, n := range c.number {
		if f.Pattern.Match(v) {
			h.add(n, c.places[n])
		}
	}
	slices.Sort(h.first)
	h.first = h.first[:min(mostNear, len(h.first))]
	return h
}

func (h *hits) add(value int, places []int) {
	h.values[value/64] |= 1 << (value % 64)
	h.incidents += len(places)
	h.first = append(h.first, places[:min(mostNear, len(places))]...)
}

func (h *hits) has(value int) bool { return h.values[value/64]&(1<<(value%64)) != 0 }

// placesOf are the places of all incidents that were hit, in order.
func (c *column) placesOf(h *hits) []int {
	places := make([]int, 0, h.incidents)
	for i, word := range h.values {
		for ; word != 0; word &= word - 1 {
			places = append(places, c.places[64*i+bits.TrailingZeros64(word)]...)
		}
	}
	slices.Sort(places)
	return places
}

// mostNear bounds the list of incidents that nearly matched: it is for a person to read.
const mostNear = 5

// near are incidents that share an identity field with what was expected and differ in another field, the most alike
// first.
func (x *index) near(e verify.Expectation) []Near {
	s := x.shelves[e.Source]
	if s == nil {
		return nil
	}
	fields := e.Match.Fields()
	var places []int
	for _, f := range fields {
		if f.Identity {
			places = append(places, s.column(f).find(f).first...)
		}
	}
	slices.Sort(places)
	var found []Near
	for _, place := range slices.Compact(places) {
		in := s.all[place]
		n := Near{ID: in.ID}
		for _, f := range fields {
			if c := s.column(f); !c.find(f).has(c.value[place]) {
				n.Says = append(n.Says, fmt.Sprintf("%s is %q, not %s", f.Name, f.Of(in.Incident), f.Pattern))
			}
		}
		found = append(found, n)
	}
	slices.SortStableFunc(found, func(a, b Near) int { return len(a.Says) - len(b.Says) })
	return found[:min(mostNear, len(found))]
}
