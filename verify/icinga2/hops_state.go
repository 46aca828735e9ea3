package icinga2

import (
	"fmt"
	"time"

	"github.com/failurefriday/friday/verify"
)

// story is what a trail remembers of one host or service.
type story struct {
	before time.Time // last_state_change of the problem it had at the first look; zero if it had none
	soft   time.Time // last_state_change of the SOFT problem that was seen last
	turns  int       // how often it was well again before it was HARD
}

// see takes in how the object is now.
func (s *story) see(c *checkable, first bool) {
	switch {
	case first && c.problem():
		s.before = c.Changed.time()
	case c.problem() && !c.hard():
		s.soft = c.Changed.time()
	case c.problem():
		s.soft = time.Time{}
	case !s.soft.IsZero():
		s.turns++
		s.soft = time.Time{}
	}
}

// old reports whether the problem that it has was there at the first look already.
func (s *story) old(c *checkable) bool { return !s.before.IsZero() && s.before.Equal(c.Changed.time()) }

// pending tells whether the check sees the problem.
func (w *world) pending(c *checkable, s *story, fault time.Time) verify.Evidence {
	e := c.evidence(verify.Pending)
	attempts, retry := int(c.Attempts), c.Retry.span()
	left := max(0, attempts-int(c.Attempt))
	switch {
	case c.problem() && s.old(c):
		broken(&e, "SF-17", fmt.Sprintf("%s is %s since %s, before the fault, so what comes now is nothing new", c.what(), c.state(), clockTime(c.Changed.time())), "mend it before the game day")
	case c.problem() && c.hard():
		e.State, e.At, e.Text = verify.OK, c.Changed.time(), fmt.Sprintf("the check says %s", c.state())
		if c.Changed == 0 {
			e.At = c.Hard.time()
		}
	case c.problem():
		e.State, e.Kind = verify.Waiting, "SF-09"
		e.Text = fmt.Sprintf("SOFT %s since %s, attempt %g of %d: HARD in about %s", c.state(), clockTime(c.Changed.time()), c.Attempt, attempts, verify.Seconds(time.Duration(left)*retry))
		e.Advice = "lower max_check_attempts or retry_interval, or allow more time"
		s.masked(&e)
	default:
		e.State, e.Text = verify.Waiting, fmt.Sprintf("the check says %s", c.state())
		if !fault.IsZero() && !c.began().Before(fault) && !c.pending() {
			e.Kind, e.Text = "SF-06", fmt.Sprintf("the check says %s although the fault is in force", c.state())
			e.Advice = fmt.Sprintf("see whether the check %s looks at what was broken: %s", c.Command, cut(c.output(), 120))
		}
		s.masked(&e)
	}
	return e
}

// masked says so where a problem went away before it was HARD, again and again.
func (s *story) masked(e *verify.Evidence) {
	if s.turns < 2 {
		return
	}
	e.Kind = "SF-10"
	e.Text += fmt.Sprintf("; it had a SOFT problem %d times and was well again before it was HARD", s.turns)
	e.Advice = "lower max_check_attempts, or alert on restarts"
}

// firing tells whether the problem is HARD.
func (w *world) firing(c *checkable, s *story) verify.Evidence {
	e := c.evidence(verify.Firing)
	if c.problem() && c.hard() && !s.old(c) {
		e.State, e.At, e.Text = verify.OK, c.Hard.time(), fmt.Sprintf("HARD %s after %s", c.state(), attempts(int(c.Attempts)))
		return e
	}
	e.State, e.Text = verify.Waiting, c.what()+" is not in a HARD problem state"
	return e
}

func attempts(n int) string {
	if n == 1 {
		return "1 attempt"
	}
	return fmt.Sprintf("%d attempts", n)
}

// told tells how far the notifications of a problem have come: routed, sent, received by whom.
func (w *world) told(c *checkable, s *story) []verify.Evidence {
	routed := c.evidence(verify.Routed)
	routed.Request = request("notifications")
	hard := c.problem() && c.hard() && !s.old(c)
	if hard {
		for i := range w.notes[c.key] {
			// One that was made and passed on to none of its users is none.
			if n := &w.notes[c.key][i]; len(n.Notified) > 0 && !n.LastProblem.time().Before(c.Hard.time()) {
				return sent(n)
			}
		}
	}
	state := c.state()
	if !c.problem() {
		state = c.gravest()
	}
	o := w.obstacle(c, state)
	switch {
	case o != nil && (o.wait == 0 || !hard):
		broken(&routed, o.kind, o.text, o.advice)
		routed.Request, routed.Answer = request(o.list), o.answer
	case o != nil:
		routed.State, routed.Kind, routed.Text, routed.Advice = verify.Waiting, o.kind, o.text, o.advice
		routed.Request, routed.Answer = request(o.list), o.answer
	case hard:
		routed.State, routed.Kind, routed.Text, routed.Advice = verify.Waiting, "SF-11", "HARD, and no notification was sent so far", "see the log of Icinga: the notification feature may be paused, or belong to another zone"
	default:
		routed.State, routed.Text = verify.Waiting, "nothing to be told yet"
	}
	return []verify.Evidence{routed}
}

// gravest is the state that a fault is expected to bring.
func (c *checkable) gravest() string {
	if c.service == "" {
		return "DOWN"
	}
	return "CRITICAL"
}
