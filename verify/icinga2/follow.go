package icinga2

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/verify"
)

// Follow begins to follow the pages of a step.
func (s *Source) Follow(expected []verify.Expectation) verify.Trail {
	return &trail{
		s: s, expected: slices.DeleteFunc(slices.Clone(expected), func(e verify.Expectation) bool { return !s.follows(e) }),
		stories: map[string]*story{}, seen: map[place]verify.Evidence{},
	}
}

// trail is how far the pages of one step have come through Icinga.
type trail struct {
	s        *Source
	expected []verify.Expectation
	looked   bool
	stories  map[string]*story // by host or service
	seen     map[place]verify.Evidence
}

// place is a hop on the way of one page.
type place struct {
	expectation string
	hop         verify.Hop
}

// Look reads the status, hosts, services, notifications and what explains them: nine requests, whatever is expected.
func (t *trail) Look(ctx context.Context, fault time.Time) ([]verify.Evidence, error) {
	w, err := t.s.look(ctx)
	if err != nil {
		return nil, err
	}
	if !fault.IsZero() {
		offset, _ := t.s.Offset()
		fault = fault.Add(offset)
	}
	for i := range w.all {
		c := &w.all[i]
		if t.stories[c.key] == nil {
			t.stories[c.key] = &story{}
		}
		t.stories[c.key].see(c, !t.looked)
	}
	t.looked = true
	found := slices.Clone(w.hidden)
	for _, e := range t.expected {
		way := t.best(w, e, fault)
		for _, ev := range way {
			found = append(found, t.remember(e.ID, ev))
		}
		found = append(found, t.passed(e.ID, way)...)
	}
	return found, nil
}

// passed is what was passed before and is not to be seen any more.
func (t *trail) passed(id string, way []verify.Evidence) []verify.Evidence {
	var found []verify.Evidence
	for _, hop := range t.s.Sees() {
		old := t.seen[place{id, hop}]
		if old.State == verify.OK && !slices.ContainsFunc(way, func(e verify.Evidence) bool { return e.Hop == hop }) {
			found = append(found, old)
		}
	}
	return found
}

// best is the way of the page through whichever of the meant objects it has come furthest.
func (t *trail) best(w *world, e verify.Expectation, fault time.Time) []verify.Evidence {
	meant := w.meant(e)
	if len(meant) == 0 {
		return []verify.Evidence{w.stranger(e)}
	}
	var best []verify.Evidence
	most := -1
	for _, c := range meant {
		if way := t.way(w, c, fault, e.ID); progress(way) > most {
			best, most = way, progress(way)
		}
	}
	return best
}

// way is all that can be told of a page of one host or service.
func (t *trail) way(w *world, c *checkable, fault time.Time, id string) []verify.Evidence {
	s := t.stories[c.key]
	way := []verify.Evidence{w.collected(c, fault), w.evaluated(c), w.pending(c, s, fault), w.firing(c, s), w.router(c)}
	way = append(way, w.told(c, s)...)
	for _, e := range w.after(c, s) {
		if t.seen[place{id, verify.Firing}].State == verify.OK || e.Hop != verify.IncidentResolved {
			way = append(way, e)
		}
	}
	for i := range way {
		way[i].Source, way[i].At = w.s.name, w.s.ours(way[i].At)
		w.s.scrub(&way[i])
	}
	return way
}

// scrub takes secrets out of what Icinga says: the output of a check may quote anything.
func (s *Source) scrub(e *verify.Evidence) {
	e.Text, e.Advice, e.Answer = s.clean(e.Text), s.clean(e.Advice), cut(s.clean(e.Answer), 300)
}

// progress is how far a page has come.
func progress(way []verify.Evidence) int {
	n := 0
	for _, e := range way {
		if e.State == verify.OK && e.Hop >= verify.Pending {
			n++
		}
	}
	return n
}

// remember keeps what was passed, and since when anything else has been so.
func (t *trail) remember(id string, e verify.Evidence) verify.Evidence {
	e.Expectation = id
	at := place{id, e.Hop}
	old, known := t.seen[at]
	switch {
	case known && old.State == verify.OK && e.Hop >= verify.Pending && e.Hop < verify.IncidentResolved:
		return old
	case known && old.State == e.State && old.Text == e.Text && old.Kind == e.Kind:
		e.At = old.At
	case e.At.IsZero():
		e.At = time.Now().UTC()
	}
	t.seen[at] = e
	return e
}

// stranger tells that Icinga checks nothing of the name.
func (w *world) stranger(e verify.Expectation) verify.Evidence {
	ev := verify.Evidence{
		Hop: verify.RuleEvaluated, Source: w.s.name, Request: request("services"), Answer: fmt.Sprintf("%d hosts and services", len(w.all)),
	}
	broken(&ev, "SF-25", "Icinga checks no host or service that fits "+asked(e), "check it, or name one that is there (host, service, or host!service)")
	if exact, ok := e.Alert.Name.Exact(); ok {
		var names []string
		for i := range w.all {
			names = append(names, w.all[i].names()...)
		}
		if near, ok := diag.Nearest(exact, names); ok {
			ev.Advice += fmt.Sprintf("; did you mean %q?", near)
		}
	}
	return ev
}
