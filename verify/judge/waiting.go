package judge

import (
	"time"

	"github.com/failurefriday/friday/verify"
)

// Waiting tells what the hold of a step still has to go on for, as far as the history goes; nothing means that every
// answer is known. Step counts from 1.
func Waiting(history []verify.Event, number int, now time.Time) []string {
	r := read(history)
	if number < 1 || number > len(r.steps) {
		return nil
	}
	s := r.steps[number-1]
	var open []string
	if s.HoldFull {
		open = append(open, "hold_full")
	}
	f := r.find(s)
	for _, e := range s.Expect {
		c := &stepCase{reading: r, step: s, find: f, inForce: r.inForce(s), want: e}
		if why := c.undecided(now); why != "" {
			open = append(open, e.ID+" "+why)
		}
	}
	return open
}

// undecided says why the answer is not known yet, or "" if it is.
func (c *stepCase) undecided(now time.Time) string {
	if c.want.MustNot || c.run.Control {
		return "must stay silent for the whole hold"
	}
	if c.inForce.IsZero() {
		return "the fault is not in force"
	}
	c.matched = c.find.matches(c.want)
	if len(c.matched) == 0 {
		return "has not fired"
	}
	for _, p := range []struct {
		within verify.Seconds
		at     time.Time
		what   string
	}{
		{c.want.Notified, c.firstNotified(), "nobody has been notified"},
		{c.want.Acknowledged, c.firstOf(func(in *incident) time.Time { return in.Acknowledged }), "nobody has acknowledged"},
	} {
		if p.within > 0 && p.at.IsZero() && (now.Before(c.due(p.within)) || !c.readAfter(c.want.Source, c.due(p.within))) {
			return p.what
		}
	}
	return ""
}

// Unresolved reports whether an incident that is expected to be resolved after the recovery is still open. Step counts
// from 1.
func Unresolved(history []verify.Event, number int) bool {
	r := read(history)
	if number < 1 || number > len(r.steps) {
		return false
	}
	s := r.steps[number-1]
	f := r.find(s)
	for _, e := range s.Expect {
		if e.Resolves == 0 {
			continue
		}
		for _, in := range f.matches(e) {
			if in.Status != verify.Resolved {
				return true
			}
		}
	}
	return false
}
