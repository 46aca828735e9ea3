package amconfig

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/alertmanager/timeinterval"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/yamltree"
)

// Interval is a named part of the calendar.
type Interval struct {
	Name  string
	Pos   diag.Pos
	Times []timeinterval.TimeInterval
}

// Contains reports whether a moment lies in the interval. One that says no time zone means UTC.
func (i *Interval) Contains(t time.Time) bool {
	t = t.UTC()
	return slices.ContainsFunc(i.Times, func(part timeinterval.TimeInterval) bool { return part.ContainsTime(t) })
}

func (l *loader) intervals(root *yamltree.Node) {
	for _, key := range []string{"mute_time_intervals", "time_intervals"} { // the former is the old name of the latter
		for _, n := range root.List(key) {
			made := &Interval{Name: n.Word("name"), Pos: n.Pos}
			for _, part := range n.List("time_intervals") {
				if t, err := timeInterval(part); err != nil {
					l.report.Add(part.Pos, fmt.Sprintf("the time interval %s cannot be understood: %v", made.Name, err), "")
				} else {
					made.Times = append(made.Times, t)
				}
			}
			l.Intervals = append(l.Intervals, made)
		}
	}
}

// timeInterval has Alertmanager's own package read it. That one understands JSON in which every scalar is text.
func timeInterval(n *yamltree.Node) (timeinterval.TimeInterval, error) {
	var t timeinterval.TimeInterval
	text, err := json.Marshal(n.Plain())
	if err == nil {
		err = json.Unmarshal(text, &t)
	}
	return t, err
}

// named finds the intervals that a route names.
func (l *loader) named(n *yamltree.Node, key string) []*Interval {
	var found []*Interval
	for _, item := range n.List(key) {
		i := slices.IndexFunc(l.Intervals, func(i *Interval) bool { return i.Name == item.Text })
		if i < 0 {
			l.report.Add(item.Pos, fmt.Sprintf("there is no time interval %q", item.Text), "")
			continue
		}
		found = append(found, l.Intervals[i])
	}
	return found
}

// Muting says why a route is muted.
type Muting struct {
	From, Until time.Time // whole minutes; a zero Until is farther away than one could look
	// By is the name of the interval that mutes the route; with Outside true, the route is muted because the time lies outside
	// of all its active intervals, and By is the first of them.
	By      string
	Outside bool
}

// farthest is how far ahead the end of a muting is looked for: more than any week, month or leave has.
const farthest = 62 * 24 * time.Hour

// MutedAt tells whether a route is muted at a moment, by what, and until when.
func (r *Route) MutedAt(t time.Time) (Muting, bool) {
	t = t.Truncate(time.Minute)
	m, muted := r.mutedAt(t)
	if !muted {
		return Muting{}, false
	}
	for at := t; at.Sub(t) <= farthest; at = at.Add(time.Minute) {
		if _, still := r.mutedAt(at); !still {
			m.Until = at
			return m, true
		}
	}
	return m, true
}

func (r *Route) mutedAt(t time.Time) (Muting, bool) {
	for _, i := range r.Mute {
		if i.Contains(t) {
			return Muting{From: t, By: i.Name}, true
		}
	}
	if len(r.Active) == 0 || slices.ContainsFunc(r.Active, func(i *Interval) bool { return i.Contains(t) }) {
		return Muting{}, false
	}
	return Muting{From: t, By: r.Active[0].Name, Outside: true}, true
}

// Week lists when a route is muted in the seven days from a moment on, each stretch by what it begins with. Alertmanager's
// calendar has minutes, so no stretch is missed.
func (r *Route) Week(from time.Time) []Muting {
	if len(r.Mute) == 0 && len(r.Active) == 0 {
		return nil
	}
	from = from.Truncate(time.Minute)
	end := from.AddDate(0, 0, 7)
	var all []Muting
	open := false
	for at := from; at.Before(end); at = at.Add(time.Minute) {
		m, muted := r.mutedAt(at)
		switch {
		case muted && !open:
			all = append(all, m)
		case !muted && open:
			all[len(all)-1].Until = at
		}
		open = muted
	}
	if open {
		all[len(all)-1].Until = end
	}
	return all
}
