package judge

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/verify"
)

// fires judges fires and everything that is expected of the incident besides.
func (c *stepCase) fires() []finding {
	c.result.Deadline = c.due(c.want.Within)
	if len(c.matched) == 0 {
		return []finding{c.missing()}
	}
	all := []finding{c.inTime()}
	if most := c.want.AtMost; most > 0 && len(c.matched) > most {
		all = append(all, finding{verdict: Noisy, kind: "SF-24", reason: fmt.Sprintf("%d incidents matched, at most %d were to", len(c.matched), most)})
	}
	all = append(all, c.notified()...)
	all = append(all, c.acknowledged()...)
	all = append(all, c.falseRecovery()...)
	return append(all, c.resolves()...)
}

// inTime judges the time of the first match. A time stamp of whole seconds counts from the beginning of its second.
func (c *stepCase) inTime() finding {
	first := c.matched[0]
	took := c.after(c.result.Detected)
	if first.earliest.After(c.result.Deadline) {
		return finding{
			verdict: Late, kind: "SF-09",
			reason: fmt.Sprintf("%q fired after %s, %s later than the %s that were allowed", first.Title, took,
				verify.Seconds(first.opened.Sub(c.result.Deadline)), c.want.Within),
			advice: "shorten the check interval, the number of failures or the `for` of the alert, or allow more time",
		}
	}
	return finding{verdict: Pass, reason: fmt.Sprintf("%q fired after %s, within %s", first.Title, took, c.want.Within)}
}

// missing judges a page that never came. Only SILENT accuses, and it needs every proof.
func (c *stepCase) missing() finding {
	deadline := c.result.Deadline
	switch {
	case c.stopped() && !c.readAfter(c.want.Source, c.held()):
		return c.aborted()
	case c.inForce.IsZero():
		return c.voided(deadline)
	}
	if delay, text := c.slowest(); delay > c.want.Within {
		return finding{
			verdict: Impossible, reason: fmt.Sprintf("it cannot fire within %s: %s", c.want.Within, text),
			advice: "allow more time, or make the alert path faster",
		}
	}
	if why := c.void(c.step, deadline); why != "" {
		return finding{verdict: Void, kind: "SF-28", reason: why, advice: "see whether the attack hits what the steady state is about"}
	}
	open := c.alreadyOpen()
	if open != "" && !c.want.AllowOpen {
		return finding{verdict: Inconclusive, kind: "SF-17", reason: open + " was open before the fault and may have swallowed the page"}
	}
	if !c.readAfter(c.want.Source, deadline) {
		return c.blind()
	}
	if near := c.find.near(c.want); len(near) > 0 {
		c.result.Near = near
		return finding{
			verdict: Wrong, kind: "SF-23",
			reason: fmt.Sprintf("another incident fired: %s, whose %s", near[0].ID, strings.Join(near[0].Says, " and ")),
			advice: "see whether the alert is routed and labelled as it should be, or whether the scenario asks for the wrong thing",
			hop:    &verify.Evidence{Hop: verify.Routed, State: verify.Broken, Text: "an incident was opened that is not the one expected"},
		}
	}
	return c.silent(open)
}

// slowest is the longest delay that a source has foretold.
func (c *stepCase) slowest() (verify.Seconds, string) {
	var longest verify.Seconds
	text := ""
	for _, e := range c.evidence {
		if e.Source == c.want.Source && (e.Expectation == "" || e.Expectation == c.want.ID) && e.Delay > longest && e.Hop <= verify.IncidentCreated {
			longest, text = e.Delay, e.Text
		}
	}
	return longest, text
}

func (c *stepCase) alreadyOpen() string {
	i := slices.IndexFunc(c.baseline, func(in verify.Incident) bool { return in.Source == c.want.Source && c.want.Match.Fits(in) })
	if i < 0 {
		return ""
	}
	return fmt.Sprintf("incident %s %q", c.baseline[i].ID, c.baseline[i].Title)
}

// silent explains a silence as far as can be seen: the monitor that died, what the source knows, or that nobody knows.
func (c *stepCase) silent(open string) finding {
	f := finding{verdict: Silent, reason: fmt.Sprintf("nobody was paged within %s", c.waited())}
	switch said := c.blameWatchers(); {
	case open != "":
		f.kind, f.reason = "SF-17", "nobody was paged: "+open+" was open already and took the page in"
		f.advice = "resolve incidents before the game day; an acknowledged incident swallows new triggers"
		f.hop = &verify.Evidence{Hop: verify.IncidentCreated, State: verify.Broken, Text: open + " was open already", Advice: f.advice}
	case said != nil:
		f.kind, f.reason, f.advice = said.kind, "nobody was paged: "+said.text, said.advice
		f.hop = &verify.Evidence{Hop: verify.Collected, State: verify.Broken, Text: said.text, Advice: said.advice}
	default:
		f.reason += c.whatIsKnown()
		f.hop = &verify.Evidence{
			Hop: verify.IncidentCreated, State: verify.Broken,
			Text: fmt.Sprintf("no incident on %s matched between the fault and the end of the hold", c.want.Source),
		}
		f.advice = "look at the hops before: does the monitor look at this service, does its rule fire, is it routed here?"
	}
	for _, e := range c.evidence {
		if e.State == verify.Broken && e.Hop == verify.Routed && (e.Expectation == "" || e.Expectation == c.want.ID) && f.kind == "" {
			f.kind, f.reason, f.advice = "SF-12", "nobody was paged: "+e.Text, e.Advice
		}
	}
	return f
}

// waited is how long the page was waited for: the hold, which is at least the deadline.
func (c *stepCase) waited() verify.Seconds {
	if c.step.Hold > c.want.Within {
		return c.step.Hold
	}
	return c.want.Within
}

// person judges something that a person does or gets: a notification, an acknowledgement.
func (c *stepCase) person(what string, hop verify.Hop, within verify.Seconds, at time.Time) []finding {
	if within == 0 {
		return nil
	}
	due := c.due(within)
	switch {
	case at.IsZero() && c.stopped():
		return []finding{c.aborted()}
	case at.IsZero() && !c.readAfter(c.want.Source, due):
		return []finding{c.blind()}
	case at.IsZero():
		text := fmt.Sprintf("the incident was opened, and nobody %s it within %s", what, within)
		return []finding{{
			verdict: Silent, kind: "SF-20", reason: text,
			hop: &verify.Evidence{Hop: hop, State: verify.Broken, Text: text, Advice: "look at the escalation policy and at who was on call"},
		}}
	case at.After(due):
		return []finding{{verdict: Late, reason: fmt.Sprintf("somebody %s it after %s, %s were allowed", what, c.after(at), within)}}
	default:
		return []finding{{verdict: Pass, reason: fmt.Sprintf("somebody %s it after %s", what, c.after(at))}}
	}
}

func (c *stepCase) notified() []finding {
	return c.person("was notified of", verify.ResponderNotified, c.want.Notified, c.firstNotified())
}

// firstNotified is when the first message went out that did not fail.
func (c *stepCase) firstNotified() time.Time {
	return c.firstOf(func(in *incident) time.Time {
		for _, n := range in.Notified {
			if n.Failed == "" {
				return n.At
			}
		}
		return time.Time{}
	})
}

func (c *stepCase) acknowledged() []finding {
	return c.person("acknowledged", verify.IncidentAcknowledged, c.want.Acknowledged,
		c.firstOf(func(in *incident) time.Time { return in.Acknowledged }))
}

// firstOf is the earliest time among the matches, by our clock.
func (c *stepCase) firstOf(of func(*incident) time.Time) time.Time {
	var first time.Time
	for _, in := range c.matched {
		if at := c.ours(in.Source, of(in)); !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// falseRecovery finds an incident that its monitor closed while the fault was in force.
func (c *stepCase) falseRecovery() []finding {
	for _, in := range c.matched {
		if in.Status != verify.Resolved || in.resolved.IsZero() || in.ResolvedByHand {
			continue
		}
		at, undone := in.resolved, c.step.reverted()
		if (undone.IsZero() || at.Before(undone)) && at.After(c.inForce) && c.step.activeAt(at) {
			return []finding{{
				verdict: FalseRecovery, kind: "SF-21",
				reason: fmt.Sprintf("%s was resolved %s after the fault, which was still in force", in.ID, c.after(at)),
				hop:    &verify.Evidence{Hop: verify.IncidentResolved, State: verify.Broken, At: at, Text: "resolved while the fault was in force"},
				advice: "a monitor that goes quiet must not resolve: tie the recovery to a good check, not to the absence of bad ones",
			}}
		}
	}
	return nil
}

// resolves judges the recovery: every matching incident must be closed in time once the steady state is green.
func (c *stepCase) resolves() []finding {
	if c.want.Resolves == 0 {
		return nil
	}
	if c.step.healthy.IsZero() {
		if c.stopped() {
			return []finding{c.aborted()}
		}
		return []finding{{verdict: Unrestored, reason: "the steady state never came back, so nothing could be resolved: " + c.step.unhealthy}}
	}
	due := c.step.healthy.Add(c.want.Resolves.Duration())
	for _, in := range c.matched {
		// The beginning of its second counts: nobody is blamed for what was cut off.
		at := c.ours(in.Source, in.Resolved)
		switch {
		case in.Status == verify.Resolved && !at.After(due):
			continue
		case in.Status != verify.Resolved && c.stopped():
			return []finding{c.aborted()}
		case in.Status != verify.Resolved && !c.readAfter(c.want.Source, due):
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
