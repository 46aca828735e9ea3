package judge

import (
	"fmt"
	"slices"
	"time"

	"github.com/failurefriday/friday/verify"
)

// finder finds the incidents of one step by what they have exactly, so that a thousand expectations do not each look at
// ten thousand incidents.
type finder struct {
	all       map[string][]*incident            // by source, in order of opening
	byService map[string]map[string][]*incident // by source, then service
	byTitle   map[string]map[string][]*incident
	byKey     map[string]map[string][]*incident
}

// find prepares the incidents that a step can have caused: opened after its fault came into force, before the next step.
func (r *reading) find(s *step) *finder {
	f := &finder{
		all: map[string][]*incident{}, byService: map[string]map[string][]*incident{},
		byTitle: map[string]map[string][]*incident{}, byKey: map[string]map[string][]*incident{},
	}
	from := r.inForce(s)
	if from.IsZero() {
		return f
	}
	var until time.Time
	if s.index < len(r.steps) && r.steps[s.index].begun {
		until = r.steps[s.index].started
	}
	var mine []*incident
	for _, in := range r.incidents {
		if in.mayFollow(from) && (until.IsZero() || in.opened.Before(until)) {
			mine = append(mine, in)
		}
	}
	slices.SortStableFunc(mine, func(a, b *incident) int { return a.opened.Compare(b.opened) })
	for _, in := range mine {
		f.all[in.Source] = append(f.all[in.Source], in)
		put(f.byService, in.Source, in.Service, in)
		put(f.byTitle, in.Source, in.Title, in)
		put(f.byKey, in.Source, in.Key, in)
	}
	return f
}

// mayFollow reports whether the incident can have been opened at or after a moment.
func (in *incident) mayFollow(t time.Time) bool {
	if in.firstSeen.Before(t) {
		return false
	}
	latest := in.earliest
	if in.Opened.Nanosecond() == 0 {
		latest = latest.Add(time.Second)
	}
	return !latest.Before(t)
}

func put(index map[string]map[string][]*incident, source, value string, in *incident) {
	if index[source] == nil {
		index[source] = map[string][]*incident{}
	}
	index[source][value] = append(index[source][value], in)
}

// matches are the incidents that fit, in order of opening.
func (f *finder) matches(e verify.Expectation) []*incident {
	fields := e.Match.Fields()
	var found []*incident
	for _, in := range f.candidates(e) {
		if !slices.ContainsFunc(fields, func(f verify.Field) bool { return !f.Pattern.Match(f.Of(in.Incident)) }) {
			found = append(found, in)
		}
	}
	return found
}

// candidates are the incidents worth testing: those with the exact service, key or title, where one is asked for.
func (f *finder) candidates(e verify.Expectation) []*incident {
	if v, ok := e.Match.Key.Exact(); ok {
		return f.byKey[e.Source][v]
	}
	if v, ok := e.Match.Title.Exact(); ok {
		return f.byTitle[e.Source][v]
	}
	if v, ok := e.Match.Service.Exact(); ok {
		return f.byService[e.Source][v]
	}
	return f.all[e.Source]
}

// mostNear bounds the list of incidents that nearly matched: it is for a person to read.
const mostNear = 5

// near are the incidents that share an identity field with what was expected, and differ in another.
func (f *finder) near(e verify.Expectation) []Near {
	fields := e.Match.Fields()
	var found []Near
	for _, in := range f.all[e.Source] {
		shares := slices.ContainsFunc(fields, func(f verify.Field) bool { return f.Identity && f.Pattern.Match(f.Of(in.Incident)) })
		if !shares {
			continue
		}
		n := Near{ID: in.ID}
		for _, f := range fields {
			if got := f.Of(in.Incident); !f.Pattern.Match(got) {
				n.Says = append(n.Says, fmt.Sprintf("%s is %q, not %s", f.Name, got, f.Pattern))
			}
		}
		if found = append(found, n); len(found) == mostNear {
			break
		}
	}
	return found
}

// readAfter reports whether the source was read by a poll that was asked at or after a moment.
func (r *reading) readAfter(source string, t time.Time) bool {
	return slices.ContainsFunc(r.polls[source], func(p poll) bool { return p.err == "" && !p.asked.Before(t) })
}

// lastError is the last failure of a source, "" if it never failed.
func (r *reading) lastError(source string) string {
	for _, p := range slices.Backward(r.polls[source]) {
		if p.err != "" {
			return p.err
		}
	}
	return ""
}
