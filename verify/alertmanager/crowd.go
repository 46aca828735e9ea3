package alertmanager

import (
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/failurefriday/friday/internal/amconfig"
)

// crowd is the history of one group: whenever those of its alerts that are not suppressed become others, Alertmanager may
// notify it.
type crowd struct {
	receiver string
	born     time.Time   // when it was first seen, the server's clock; zero if it was there from the beginning
	changed  []time.Time // when it was seen to be another
	alerts   string
	gone     bool
}

// longestWait bounds how long ago a change may be and still be notified now.
const longestWait = time.Hour

func crowdID(receiver string, by map[string]string) string {
	set := make(model.LabelSet, len(by))
	for name, value := range by {
		set[model.LabelName(name)] = model.LabelValue(value)
	}
	return receiver + " " + set.String()
}

// crowd takes in the groups of a look.
func (t *trail) crowd(l *look) {
	now, fresh := map[string]string{}, map[string]bool{}
	for _, g := range l.groups {
		id := crowdID(g.Receiver.Name, g.Labels)
		var members []string
		var latest time.Time
		for _, a := range g.Alerts {
			latest = later(latest, a.StartsAt)
			if !a.suppressed() && len(a.Status.MutedBy) == 0 {
				members = append(members, a.Fingerprint)
			}
		}
		slices.Sort(members)
		now[id] += strings.Join(members, " ") + "\n"
		if c := t.crowds[id]; c == nil || c.gone {
			made := &crowd{receiver: g.Receiver.Name, born: l.at}
			if t.last == nil { // it has been as it is since its last alert came
				made.born, made.changed, fresh[id] = time.Time{}, []time.Time{latest}, true
			}
			t.crowds[id] = made
		}
	}
	for id, c := range t.crowds {
		members, there := now[id]
		if c.alerts != members && !fresh[id] {
			c.changed = append(c.changed, l.at)
		}
		c.alerts = members
		c.gone = !there
		c.changed = slices.DeleteFunc(c.changed, func(at time.Time) bool { return l.at.Sub(at) > longestWait })
		if c.gone && len(c.changed) == 0 {
			delete(t.crowds, id)
		}
	}
}

// tracks is what is asked again and again of one look.
type tracks struct {
	integrations map[string]map[string]float64 // by receiver: how many of each kind
	waits        map[string]time.Duration      // by receiver
	changes      map[since]float64             // notifications that changes may have caused
	users        map[since][]string            // receivers that may have been notified
	mutes        map[*amconfig.Route]mute
}

// mute is why a route is muted, if it is.
type mute struct {
	amconfig.Muting
	on bool
}

// muting tells whether a route is muted now.
func (s sampling) muting(r *amconfig.Route) (amconfig.Muting, bool) {
	m, known := s.tracks.mutes[r]
	if !known {
		m.Muting, m.on = r.MutedAt(s.look.at)
		s.tracks.mutes[r] = m
	}
	return m.Muting, m.on
}

// since is a kind of integration and the moment from which on it is of interest.
type since struct {
	kind string
	at   time.Time
}

// instances are how many integrations of each kind a receiver has.
func (s sampling) instances(receiver string) map[string]float64 {
	of, known := s.tracks.integrations[receiver]
	if !known {
		of = map[string]float64{}
		found, _ := s.look.config.Receiver(receiver)
		for _, i := range found.Integrations {
			of[i.Kind]++
		}
		s.tracks.integrations[receiver] = of
	}
	return of
}

// others is how many notifications of a kind may since a moment have been for other groups than the named ones.
func (s sampling) others(from since, own []string) float64 {
	all, known := s.tracks.changes[from]
	if !known {
		for _, c := range s.crowds {
			all += s.changes(c, from)
		}
		s.tracks.changes[from] = all
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(own))) {
		if c := s.crowds[id]; c != nil {
			all -= s.changes(c, from)
		}
	}
	return all
}

// changes is how many notifications of a kind a group may have caused since a moment: at most one for each change, by every
// integration of that kind.
func (s sampling) changes(c *crowd, from since) float64 {
	n := 0.0
	if of := s.instances(c.receiver)[from.kind]; of > 0 {
		for _, at := range c.changed {
			if at.Add(s.wait(c.receiver)).After(from.at) {
				n += of
			}
		}
	}
	return n
}

// strangers are the receivers, other than the named ones, that may have failed to be notified by a kind since a moment.
func (s sampling) strangers(from since, own []string) []string {
	all, known := s.tracks.users[from]
	if !known {
		for _, c := range s.crowds {
			if s.instances(c.receiver)[from.kind] > 0 && (!c.gone || s.changes(c, from) > 0) {
				all = append(all, c.receiver)
			}
		}
		slices.Sort(all)
		all = slices.Compact(all)
		s.tracks.users[from] = all
	}
	return slices.DeleteFunc(slices.Clone(all), func(name string) bool { return slices.Contains(own, name) })
}

// wait is the longest that a change in a group of a receiver waits for its notification.
func (s sampling) wait(receiver string) time.Duration {
	longest, known := s.tracks.waits[receiver]
	if !known {
		for r := range s.look.config.Routes() {
			if r.Receiver == receiver {
				longest = max(longest, r.GroupWait, r.GroupInterval)
			}
		}
		s.tracks.waits[receiver] = longest
	}
	return longest
}
