package judge

import (
	"slices"
	"time"

	"github.com/failurefriday/friday/verify"
)

// Waiting tells what the hold of a step still has to go on for, as far as the history goes; nothing means that every
// answer is known. Step counts from 1. It costs one pass over the history.
func Waiting(history []verify.Event, number int, now time.Time) []string {
	sc := sceneOf(history, number)
	if sc == nil {
		return nil
	}
	var open []string
	if sc.step.HoldFull {
		open = append(open, "hold_full")
	}
	for _, e := range sc.step.Expect {
		if why := sc.newCase(e).undecided(now); why != "" {
			open = append(open, e.ID+" "+why)
		}
	}
	return open
}

// sceneOf is a step as far as the history goes; nil if it knows none of that number.
func sceneOf(history []verify.Event, number int) *scene {
	r := read(history)
	i := slices.IndexFunc(r.steps, func(s *step) bool { return s.index == number })
	if i < 0 {
		return nil
	}
	return r.scene(r.steps[i])
}

// undecided says why the answer is not known yet, or "" if it is. A page that is late is waited for until the hold is
// over, so that LATE can be told from SILENT.
func (c *stepCase) undecided(now time.Time) string {
	switch {
	case c.want.MustNot || c.run.Control:
		return "must stay silent for the whole hold"
	case c.inForce.IsZero():
		return "the fault is not in force"
	case len(c.matched) == 0:
		return "has not fired"
	case c.awaits(c.want.Notified, c.first((*incident).notified), now):
		return "nobody has been notified"
	case c.awaits(c.want.Acknowledged, c.first((*incident).acknowledged), now):
		return "nobody has acknowledged"
	default:
		return ""
	}
}

// awaits reports whether something that has not happened may still do so in time, or may have without having been seen.
func (c *stepCase) awaits(within verify.Seconds, at, now time.Time) bool {
	due := c.due(within)
	return within > 0 && at.IsZero() && (now.Before(due) || !c.readAfter(due))
}

// Unresolved reports whether an incident that is expected to be resolved after the recovery is still open. Step counts
// from 1.
func Unresolved(history []verify.Event, number int) bool {
	sc := sceneOf(history, number)
	if sc == nil {
		return false
	}
	for _, e := range sc.step.Expect {
		if e.Resolves == 0 || e.MustNot {
			continue
		}
		if slices.ContainsFunc(sc.newCase(e).matched, func(in *incident) bool { return in.Status != verify.Resolved }) {
			return true
		}
	}
	return false
}
