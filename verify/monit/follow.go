package monit

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

// follows reports whether the page of an expectation can be told by this source.
func (s *Source) follows(e verify.Expectation) bool {
	return !e.Alert.Name.Empty() || e.Source == s.name && e.Alert.IsZero() && len(e.Match.Fields()) > 0
}

// trail is how far the pages of one step have come through Monit.
type trail struct {
	s        *Source
	expected []verify.Expectation
	looked   bool
	stories  map[string]*story // by service
	seen     map[place]verify.Evidence
}

// place is a hop on the way of one page.
type place struct {
	expectation string
	hop         verify.Hop
}

// look reads the status, which is one request.
func (s *Source) look(ctx context.Context) (*look, error) {
	now, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	offset, _ := s.Offset()
	return &look{status: now, at: time.Now().Add(offset), cycles: s.cycles}, nil
}

// Look reads the status: one request, whatever is expected.
func (t *trail) Look(ctx context.Context, fault time.Time) ([]verify.Evidence, error) {
	l, err := t.s.look(ctx)
	if err != nil {
		return nil, err
	}
	if !fault.IsZero() {
		offset, _ := t.s.Offset()
		fault = fault.Add(offset)
	}
	for i := range l.Services {
		v := &l.Services[i]
		if t.stories[v.Name] == nil {
			t.stories[v.Name] = &story{}
		}
		t.stories[v.Name].see(v, !t.looked)
	}
	t.looked = true
	var found []verify.Evidence
	for _, e := range t.expected {
		for _, ev := range t.best(l, e, fault) {
			found = append(found, t.remember(e.ID, ev))
		}
	}
	return found, nil
}

// best is the way of the page by whichever of the meant services it has come furthest.
func (t *trail) best(l *look, e verify.Expectation, fault time.Time) []verify.Evidence {
	meant := l.meant(e)
	if len(meant) == 0 {
		return []verify.Evidence{l.stranger(e)}
	}
	best := meant[0]
	for _, v := range meant {
		if old := t.stories[best.Name]; old.fired.IsZero() && !t.stories[v.Name].fired.IsZero() {
			best = v
		}
	}
	s := t.stories[best.Name]
	way := []verify.Evidence{l.collected(best, fault), l.pending(best, s, fault), l.firing(best, s)}
	if over, ok := l.resolved(best, s); ok {
		way = append(way, over)
	}
	return way
}

// remember keeps since when anything has been so.
func (t *trail) remember(id string, e verify.Evidence) verify.Evidence {
	e.Expectation, e.Source, e.At = id, t.s.name, t.s.ours(e.At)
	at := place{id, e.Hop}
	old, known := t.seen[at]
	switch {
	case known && old.State == e.State && old.Text == e.Text && old.Kind == e.Kind:
		e.At = old.At
	case e.At.IsZero():
		e.At = time.Now().UTC()
	}
	t.seen[at] = e
	return e
}

// meant are the services that an expectation speaks of.
func (l *look) meant(e verify.Expectation) []*service {
	var found []*service
	for i := range l.Services {
		v := &l.Services[i]
		if e.Alert.IsZero() && v.incidentFits(l, e.Match) || e.Alert.Fits(v.Name, v.labels(&l.status)) {
			found = append(found, v)
		}
	}
	return found
}

// incidentFits reports whether a failure of it can match, as far as that can be told from what does not change.
func (v *service) incidentFits(l *look, m verify.Match) bool {
	in := verify.Incident{Service: v.Name, Key: v.Name, Labels: v.labels(&l.status)}
	firm := 0
	for _, f := range m.Fields() {
		switch {
		case !f.Identity || f.Name == "title":
		case !f.Pattern.Match(f.Of(in)):
			return false
		default:
			firm++
		}
	}
	if firm > 0 || m.Title.Empty() {
		return firm > 0
	}
	return slices.ContainsFunc([]string{v.Name, v.title()}, m.Title.Match)
}

// stranger tells that Monit checks nothing of the name.
func (l *look) stranger(e verify.Expectation) verify.Evidence {
	called := e.Text
	if !e.Alert.Name.Empty() {
		called = e.Alert.Name.String()
	}
	ev := verify.Evidence{
		Hop: verify.RuleEvaluated, State: verify.Broken, Kind: "SF-25", Request: question, Answer: fmt.Sprintf("%d services", len(l.Services)),
		Text: "Monit checks no service that fits " + called, Advice: "check it, or name a service that is there",
	}
	if exact, ok := e.Alert.Name.Exact(); ok {
		var names []string
		for i := range l.Services {
			names = append(names, l.Services[i].Name)
		}
		if near, ok := diag.Nearest(exact, names); ok {
			ev.Advice += fmt.Sprintf("; did you mean %q?", near)
		}
	}
	return ev
}
