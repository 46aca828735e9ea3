package judge

import (
	"fmt"
	"time"

	"github.com/failurefriday/friday/verify"
)

// notified judges whether somebody got a message in time.
func (c *stepCase) notified() []finding {
	return c.person("was notified of", verify.ResponderNotified, c.want.Notified, c.first((*incident).notified))
}

// acknowledged judges whether somebody took the incident in time.
func (c *stepCase) acknowledged() []finding {
	return c.person("acknowledged", verify.IncidentAcknowledged, c.want.Acknowledged, c.first((*incident).acknowledged))
}

// person judges something that a person does or gets.
func (c *stepCase) person(what string, hop verify.Hop, within verify.Seconds, at time.Time) []finding {
	if within == 0 {
		return nil
	}
	due := c.due(within)
	switch {
	case at.IsZero():
		return []finding{c.nobody(what, hop, within)}
	case at.After(due):
		return []finding{{
			verdict: Late, reason: fmt.Sprintf("somebody %s it after %s, %s were allowed", what, c.after(at), within),
			advice: "look at the escalation policy: its first level, its delays, and who was on call",
		}}
	default:
		return []finding{{verdict: Pass, reason: fmt.Sprintf("somebody %s it after %s", what, c.after(at))}}
	}
}

// nobody judges what never happened to an incident that was opened.
func (c *stepCase) nobody(what string, hop verify.Hop, within verify.Seconds) finding {
	due := c.due(within)
	switch {
	case c.cutShort(due) || c.stopped() && !c.readAfter(due):
		return c.aborted()
	case !c.readAfter(due):
		return c.blind()
	}
	if slow := c.slowest(within, hop); slow != nil && hop == verify.ResponderNotified {
		return *slow
	}
	text := fmt.Sprintf("the incident was opened, and nobody %s it within %s", what, within)
	f := finding{
		verdict: Silent, kind: "SF-20", reason: text,
		hop: &verify.Evidence{Hop: hop, State: verify.Broken, Text: text, Advice: "look at the escalation policy and at who was on call"},
	}
	if failed := c.undelivered(); hop == verify.ResponderNotified && failed != "" {
		f.kind, f.reason, f.hop.Text = "SF-19", text+": "+failed, failed
	}
	unheard := hop == verify.IncidentAcknowledged && c.result.Notified.IsZero()
	if e := c.lost(hop); e != nil && (e.Hop == hop || unheard && e.Hop == verify.ResponderNotified) {
		f.hop, f.kind, f.reason = e, "SF-20", text+": "+e.Text
	}
	return f
}

// undelivered tells of the first message that did not reach its person.
func (c *stepCase) undelivered() string {
	for _, in := range c.matched {
		for _, n := range in.Notified {
			if n.Failed != "" {
				return fmt.Sprintf("a message to %s (%s) was not delivered: %s", n.Who, n.Channel, n.Failed)
			}
		}
	}
	return ""
}

// falseRecovery finds an incident that its monitor closed while the fault was in force.
func (c *stepCase) falseRecovery() []finding {
	for _, in := range c.matched {
		at := in.resolvedTo
		if at.IsZero() || in.ResolvedByHand || !at.After(c.inForce) || !c.step.activeAt(at) {
			continue
		}
		return []finding{{
			verdict: FalseRecovery, kind: "SF-21",
			reason: fmt.Sprintf("%s was resolved %s after the fault, which was still in force", in.ID, c.after(at)),
			hop:    &verify.Evidence{Hop: verify.IncidentResolved, State: verify.Broken, At: at, Text: "resolved while the fault was in force"},
			advice: "a monitor that goes quiet must not resolve: tie the recovery to a good check, not to the absence of bad ones",
		}}
	}
	return nil
}

// resolves judges the recovery: every matching incident must be closed in time once the steady state is green.
func (c *stepCase) resolves() []finding {
	if c.want.Resolves == 0 {
		return nil
	}
	if c.step.healthy.IsZero() {
		return []finding{c.neverHealthy()}
	}
	due := c.step.healthy.Add(c.want.Resolves.Duration())
	for _, in := range c.matched {
		open := in.resolvedFrom.IsZero()
		switch {
		case !open && !in.resolvedFrom.After(due):
			continue
		case open && c.stopped() && (c.abort.At.Before(due) || !c.readAfter(due)):
			return []finding{c.aborted()}
		case open && !c.readAfter(due):
			return []finding{c.blind()}
		}
		text := fmt.Sprintf("%s was not resolved within %s of the recovery", in.ID, c.want.Resolves)
		return []finding{{
			verdict: Stuck, kind: "SF-22", reason: text,
			hop:    &verify.Evidence{Hop: verify.IncidentResolved, State: verify.Broken, Text: text},
			advice: "see whether the monitor sends recoveries, with the same key as the trigger: an open incident swallows the next page",
		}}
	}
	return []finding{{verdict: Pass, reason: fmt.Sprintf("resolved within %s of the recovery", c.want.Resolves)}}
}

// neverHealthy: without a recovery nothing could be resolved.
func (c *stepCase) neverHealthy() finding {
	switch {
	case c.step.unhealthy != "":
		return finding{verdict: Unrestored, reason: "the steady state never came back, so nothing could be resolved: " + c.step.unhealthy}
	case c.stopped():
		return c.aborted()
	default:
		return finding{verdict: Inconclusive, reason: "the history does not tell when the steady state came back"}
	}
}
