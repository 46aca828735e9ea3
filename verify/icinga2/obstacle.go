package icinga2

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/verify"
)

// obstacle is what keeps Icinga from telling anybody of a problem.
type obstacle struct {
	kind, text, advice string
	list, answer       string
	wait               time.Duration // it goes away by itself after the HARD change
}

// obstacle is the first thing that keeps a problem of c, in a state (CRITICAL, DOWN …), from being told to anybody; nil
// if there is none.
func (w *world) obstacle(c *checkable, state string) *obstacle {
	for _, find := range []func(*checkable) *obstacle{w.switchedOff, w.inDowntime, w.unreachable, w.flapping, w.acknowledged} {
		if o := find(c); o != nil {
			return o
		}
	}
	return w.untold(c, state)
}

func (w *world) switchedOff(c *checkable) *obstacle {
	switch {
	case !w.app.Notifications:
		return &obstacle{
			kind: "SF-12", text: "notifications are switched off for the whole of Icinga", advice: "switch them on: enable_notifications of the IcingaApplication",
			list: "status", answer: "enable_notifications: false",
		}
	case c.Notifies.num == 0:
		return &obstacle{
			kind: "SF-12", text: "notifications are switched off for " + c.what(), advice: "switch them on: enable_notifications of " + c.what(),
			list: c.list(), answer: "enable_notifications: false",
		}
	}
	return nil
}

// list is the list of the API that holds it.
func (c *checkable) list() string {
	if c.service == "" {
		return "hosts"
	}
	return "services"
}

func (w *world) inDowntime(c *checkable) *obstacle {
	if c.Downtimes.num == 0 {
		return nil
	}
	o := obstacle{
		kind: "SF-12", text: c.what() + " is in a downtime", advice: "end the downtime before the game day: its pages are what is tried",
		list: c.list(), answer: fmt.Sprintf("downtime_depth: %g", c.Downtimes.num),
	}
	for _, d := range w.down[c.key] {
		if d.Start.time().After(w.at) || d.until().Before(w.at) {
			continue
		}
		o.text += fmt.Sprintf(" of %s until %s (%q)", d.Author, clockTime(d.until()), d.Comment)
		o.list, o.answer = "downtimes", fmt.Sprintf("author: %s, comment: %s, end_time: %.0f", d.Author, d.Comment, d.End)
		break
	}
	return &o
}

func (w *world) unreachable(c *checkable) *obstacle {
	if c.Reachable.num != 0 {
		return nil
	}
	o := obstacle{
		kind: "SF-13", text: c.what() + " cannot be reached as Icinga sees it, so nobody is told of its problems",
		advice: "mend what it depends on, or take the dependency away if it hides what must be told", list: c.list(), answer: "last_reachable: false",
	}
	var parents []string
	for _, d := range w.parents[c.key] {
		parents = append(parents, keyOf(d.ParentHost, d.ParentService))
	}
	if c.service != "" {
		parents = append(parents, c.host) // every service depends on its host
	}
	for _, p := range parents {
		if parent := w.byKey[p]; parent != nil && parent.problem() {
			o.text = fmt.Sprintf("%s is %s, so nobody is told of problems of %s, which depends on it", parent.what(), parent.state(), c.what())
			break
		}
	}
	return &o
}

func (w *world) flapping(c *checkable) *obstacle {
	if c.Flapping == 0 {
		return nil
	}
	return &obstacle{
		kind: "SF-10", text: c.what() + " is flapping, and nobody is told of its problems as long as it does",
		advice: "find out why it comes and goes, or raise its flapping thresholds", list: c.list(), answer: "flapping: true",
	}
}

func (w *world) acknowledged(c *checkable) *obstacle {
	if c.Acked == 0 {
		return nil
	}
	o := obstacle{
		kind: "SF-17", text: "the problem of " + c.what() + " is acknowledged, so nobody is told of it any more",
		advice: "take the acknowledgement back before the game day", list: c.list(), answer: fmt.Sprintf("acknowledgement: %g", c.Acked),
	}
	if a, ok := w.acks[c.key]; ok {
		o.text = fmt.Sprintf("%s has acknowledged the problem of %s (%q), so nobody is told of it any more", a.Author, c.what(), a.Text)
	}
	return &o
}

// untold tells why no notification object leads to anybody.
func (w *world) untold(c *checkable, state string) *obstacle {
	notes := w.notes[c.key]
	if len(notes) == 0 {
		return &obstacle{
			kind: "SF-15", text: "no notification object belongs to " + c.what() + ", so nobody is ever told of its problems",
			advice: "apply a Notification to it", list: "notifications", answer: "none of " + c.key,
		}
	}
	var first *obstacle
	for i := range notes {
		o := w.useless(&notes[i], c, state)
		if o == nil {
			return nil
		}
		if first == nil || first.wait == 0 && o.wait > 0 {
			first = o
		}
	}
	return first
}

// useless tells why one notification object tells nobody of a problem in a state.
func (w *world) useless(n *notification, c *checkable, state string) *obstacle {
	o := obstacle{list: "notifications"}
	switch t := n.times(); {
	case n.Types != nil && !slices.Contains(n.Types, "Problem"):
		o.kind, o.text, o.advice = "SF-15", "notification "+n.name+" leaves out problems", "add Problem to its types"
		o.answer = "types: " + strings.Join(n.Types, ", ")
	case !has(n.States, state):
		o.kind, o.text, o.advice = "SF-15", fmt.Sprintf("notification %s leaves out the state %s", n.name, state), "add "+state+" to its states"
		o.answer = "states: " + strings.Join(n.States, ", ")
	case w.closed(n.Period):
		o.kind, o.text, o.advice = "SF-14", fmt.Sprintf("notification %s tells nobody now: %s", n.name, w.closedText(n.Period)), "give it a period that never closes, or have somebody else told meanwhile"
		o.list, o.answer = "timeperiods", string(n.Period)+": is_inside: false"
	case c.problem() && c.hard() && t.End > 0 && w.at.After((c.Hard.num + t.End).time()):
		o.kind, o.text = "SF-15", fmt.Sprintf("notification %s tells nobody of a problem that is older than %s", n.name, verify.Seconds(t.End.span()))
		o.advice, o.answer = "raise the end of its times", fmt.Sprintf("times.end: %g", t.End)
	case t.Begin > 0 && c.problem() && c.hard() && w.at.Before((c.Hard.num + t.Begin).time()):
		o.kind, o.text = "SF-09", fmt.Sprintf("notification %s waits for %s from the HARD state on", n.name, verify.Seconds(t.Begin.span()))
		o.advice, o.answer, o.wait = "lower the begin of its times, or allow more time", fmt.Sprintf("times.begin: %g", t.Begin), t.Begin.span()
	default:
		return w.nobody(n, state)
	}
	return &o
}

func (w *world) closed(name text) bool {
	p, ok := w.periods[string(name)]
	return name != "" && ok && p.Inside == 0
}

func (w *world) closedText(name text) string {
	p := w.periods[string(name)]
	if next := p.next(w.at); !next.IsZero() {
		return fmt.Sprintf("period %s is closed until %s", name, clockTime(next))
	}
	return fmt.Sprintf("period %s is closed", name)
}

// has reports whether a filter lets a state through; nil lets everything.
func has(filter texts, state string) bool {
	return filter == nil || slices.ContainsFunc(filter, func(s string) bool { return strings.EqualFold(s, state) })
}

func clockTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
