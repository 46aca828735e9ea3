package icinga2

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/verify"
)

// take takes in how an object is now. Every HARD change to a problem is an incident of its own, since Icinga notifies
// anew; all of them are over when the object is well.
func (s *Source) take(c *checkable, notes []notification) {
	switch {
	case c.problem() && c.hard():
		in := s.told[c.id(c.Hard.time())]
		if in == nil {
			if !c.loud() {
				s.hushed[c.key] = c.Hard.time()
				return
			}
			in = s.open(c, c.Hard.time(), c.state())
		}
		in.Title = c.title()
		c.acknowledged(in)
		addNotified(in, notes)
	case !c.problem() && !c.pending():
		over := c.Hard.time()
		for _, in := range s.told {
			if in.Key == c.key && in.Status != verify.Resolved && in.Opened.Before(over) {
				in.Status, in.Resolved, in.ResolvedBy = verify.Resolved, over, "check result"
			}
		}
		s.recall(c, over)
	}
}

// loud reports whether Icinga would tell of a problem of it.
func (c *checkable) loud() bool {
	return c.Downtimes.num == 0 && c.Notifies.num != 0 && c.Reachable.num != 0
}

// id of the problem that became HARD at a moment.
func (c *checkable) id(opened time.Time) string {
	return fmt.Sprintf("%s@%s", c.key, opened.Format("2006-01-02T15:04:05.000000Z"))
}

func (c *checkable) title() string { return strings.TrimSpace(c.key + ": " + c.output()) }

func (s *Source) open(c *checkable, at time.Time, state string) *verify.Incident {
	in := &verify.Incident{
		ID: c.id(at), Source: s.name, Service: c.display(), Title: c.title(), Status: verify.Triggered,
		Severity: strings.ToLower(state), Key: c.key, Labels: c.labels(), Opened: at,
	}
	s.told[in.ID] = in
	return in
}

func (c *checkable) acknowledged(in *verify.Incident) {
	switch {
	case in.Status == verify.Resolved:
	case c.Acked == 0:
		in.Status = verify.Triggered
	default:
		in.Status = verify.Acknowledged
		if in.Acknowledged.IsZero() {
			in.Acknowledged = c.AckedAt.time()
		}
	}
}

// addNotified adds whom Icinga told of the problem, each message once. Whether a message arrived it does not know.
func addNotified(in *verify.Incident, notes []notification) {
	for _, n := range notes {
		at := n.LastProblem.time()
		if at.Before(in.Opened) {
			continue
		}
		for _, who := range n.Notified {
			told := verify.Notification{At: at, Who: who, Channel: string(n.Command)}
			if !slices.Contains(in.Notified, told) {
				in.Notified = append(in.Notified, told)
			}
		}
	}
	slices.SortStableFunc(in.Notified, func(a, b verify.Notification) int { return a.At.Compare(b.At) })
}

// recall tells of a problem that nobody saw while it was open: the object is well, by a HARD change, and was not before.
// Its state changed to a problem at previous_state_change; it became HARD when all attempts had been made, but not after
// the last check that was bad.
func (s *Source) recall(c *checkable, over time.Time) {
	began, last := c.Before.time(), c.lastBad()
	if over.IsZero() || !c.hard() || c.Changed != c.Hard.num || began.IsZero() || last.Before(began) || !last.Before(over) {
		return
	}
	if slices.ContainsFunc(s.of(c.key), func(in *verify.Incident) bool { return in.Resolved.Equal(over) }) {
		return
	}
	if !c.loud() {
		s.hushed[c.key] = over
	}
	if !s.hushed[c.key].Before(began) {
		return
	}
	hard := began.Add(time.Duration(max(0, int(c.Attempts)-1)) * c.Retry.span())
	if hard.After(last) {
		hard = last
	}
	in := s.open(c, hard, c.worst(began))
	in.Title = c.key
	in.Status, in.Resolved, in.ResolvedBy = verify.Resolved, over, "check result"
}

// worst is the state of the last bad check since a moment.
func (c *checkable) worst(since time.Time) string {
	for _, s := range []struct {
		at   num
		name string
	}{{c.Critical, "CRITICAL"}, {c.Down, "DOWN"}, {c.Unknown, "UNKNOWN"}, {c.Warning, "WARNING"}} {
		if at := s.at.time(); !at.IsZero() && !at.Before(since) {
			return s.name
		}
	}
	return ""
}

// of are the incidents of one object.
func (s *Source) of(key string) []*verify.Incident {
	var found []*verify.Incident
	for _, in := range s.told {
		if in.Key == key {
			found = append(found, in)
		}
	}
	return found
}
