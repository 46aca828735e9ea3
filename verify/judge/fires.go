package judge

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/failurefriday/friday/verify"
)

// fires judges fires and everything that is expected of the incident besides.
func (c *stepCase) fires() []finding {
	if len(c.matched) == 0 {
		return []finding{c.missing()}
	}
	all := []finding{c.inTime()}
	if most := c.want.AtMost; most > 0 && len(c.matched) > most {
		all = append(all, finding{
			verdict: Noisy, kind: "SF-24", reason: fmt.Sprintf("%d incidents matched, at most %d were to", len(c.matched), most),
			advice: "group the alerts of one fault, or send them with one key",
			hop: &verify.Evidence{
				Hop: verify.IncidentCreated, State: verify.Broken, At: c.matched[most].opened,
				Text: fmt.Sprintf("%d incidents for one fault: %s and more", len(c.matched), c.matched[0].ID),
			},
		})
	}
	all = append(all, c.notified()...)
	all = append(all, c.acknowledged()...)
	all = append(all, c.falseRecovery()...)
	return append(all, c.resolves()...)
}

// inTime judges the time of the first match: what was cut off its time stamp counts in its favour.
func (c *stepCase) inTime() finding {
	first, due := c.matched[0], c.result.Deadline
	took, allowed := c.after(c.result.Detected), c.after(due)
	if first.opened.After(due) {
		return finding{
			verdict: Late, kind: "SF-09", hop: c.slowestHop(),
			reason: fmt.Sprintf("%q fired after %s, %s later than the %s that were allowed", first.Title, took,
				verify.Seconds(first.opened.Sub(due)), allowed),
			advice: "shorten the check interval, the number of failures or the `for` of the alert, or allow more time",
		}
	}
	return finding{verdict: Pass, reason: fmt.Sprintf("%q fired after %s, within %s", first.Title, took, allowed)}
}

// missing judges a page that never came. Only SILENT and WRONG accuse, and they need every proof: the fault was in force,
// nothing could have swallowed the page, and the source was read after it was due.
func (c *stepCase) missing() finding {
	due := c.result.Deadline
	if c.cutShort(due) {
		return c.aborted()
	}
	if c.inForce.IsZero() {
		return c.voided(c.void(due))
	}
	if slow := c.slowest(c.after(due), verify.IncidentCreated); slow != nil {
		return *slow
	}
	if why := c.void(due); why != "" {
		return c.voided(why)
	}
	open := c.alreadyOpen()
	same := c.takenIn()
	if same != nil {
		open = fmt.Sprintf("incident %s %q", same.ID, same.Title)
	}
	if open != "" && same == nil && !c.want.AllowOpen {
		return finding{
			verdict: Inconclusive, kind: "SF-17", reason: "the page may have been deduplicated into " + open + ", which was open before the fault",
			advice: "resolve it before the next run; an acknowledged incident swallows new triggers",
		}
	}
	switch read := c.readAfter(due); {
	case !read && c.stopped():
		return c.aborted()
	case !read:
		return c.blind()
	}
	near := c.find.after.near(c.want)
	c.result.Near = near
	// Where the page itself was seen and lost, what else was opened is not what became of it.
	lost := c.lost(verify.NotificationAccepted)
	if len(near) > 0 && same == nil && (c.passed() < verify.Pending || lost == nil || lost.Kind == misrouted) {
		return c.wrong(near[0], lost)
	}
	return c.silent(open)
}

// slowest finds out whether nothing can come up to a hop within the time allowed, by what the sources foretold.
func (c *stepCase) slowest(allowed verify.Seconds, last verify.Hop) *finding {
	b := verify.BudgetOf(c.want, c.foretold(), last)
	if b.Best <= allowed {
		return nil
	}
	worst := b.Parts[0]
	for _, e := range b.Parts {
		if e.Delay > worst.Delay {
			worst = e
		}
	}
	return &finding{
		verdict: Impossible, reason: fmt.Sprintf("it cannot come within %s: %s", allowed, worst.Text),
		advice: "allow more time, or make the alert path faster",
	}
}

// foretold is what the sources said before anything was broken.
func (c *stepCase) foretold() []verify.Evidence {
	var all []verify.Evidence
	for _, e := range c.known {
		if e.step == 0 {
			all = append(all, e.Evidence)
		}
	}
	return all
}

// alreadyOpen is an incident that was open before the fault and fits.
func (c *stepCase) alreadyOpen() string {
	if old := c.find.before.matches(c.want); len(old) > 0 {
		return fmt.Sprintf("incident %s %q", old[0].ID, old[0].Title)
	}
	return ""
}

// misrouted is the kind of what was sent to the wrong place.
const misrouted = "SF-15"

// wrong accuses the incident that came instead of the one that was asked for; lost is where the sources saw the page go
// astray, if they did.
func (c *stepCase) wrong(n Near, lost *verify.Evidence) finding {
	f := finding{
		verdict: Wrong, kind: misrouted,
		reason: fmt.Sprintf("another incident fired: %s, whose %s", n.ID, strings.Join(n.Says, " and ")),
		advice: "see whether the alert is routed and labelled as it should be, or whether the scenario asks for the wrong thing",
		hop:    &verify.Evidence{Hop: verify.Routed, State: verify.Broken, Text: "an incident was opened that is not the one expected"},
	}
	for _, says := range n.Says {
		if field, _, _ := strings.Cut(says, " "); field == "title" || field == "key" || strings.HasPrefix(field, "labels.") {
			// Another alert, not the right one sent the wrong way.
			f.kind, f.hop.Hop = "SF-23", verify.IncidentCreated
		}
	}
	if f.kind == misrouted && lost != nil && lost.Kind == misrouted {
		f.hop, f.advice = lost, cmp.Or(lost.Advice, f.advice)
		f.reason += ": " + lost.Text
	}
	return f
}

// silent explains a silence as far as can be seen: an incident that took the page in, what the source knows, the monitor
// that died, or that nobody knows.
func (c *stepCase) silent(open string) finding {
	f := finding{verdict: Silent, reason: fmt.Sprintf("nobody was paged within %s", c.waited())}
	if open != "" {
		f.kind, f.reason = "SF-17", "nobody was paged: "+open+" was open already and took the page in"
		f.advice = "resolve incidents before the game day; an acknowledged incident swallows new triggers"
		f.hop = &verify.Evidence{Hop: verify.IncidentCreated, State: verify.Broken, Text: open + " was open already", Advice: f.advice}
		return f
	}
	absent := c.absent()
	f.hop = &absent
	seen := c.lost(verify.IncidentCreated)
	if seen != nil {
		f.hop = seen
	}
	switch said := c.blame(); {
	case said != nil:
		f.kind, f.reason, f.advice = said.kind, "nobody was paged: "+said.text, said.advice
		f.hop = &verify.Evidence{Hop: verify.Collected, State: verify.Broken, Kind: said.kind, Text: said.text, Advice: said.advice, Answer: strings.Join(said.proof, "\n")}
		if seen != nil {
			f.reason += "; besides, " + seen.Text
		}
		if said.canary {
			f.hop.Hop = verify.HandedToRouter
			if seen != nil {
				f.hop.Hop, f.hop.Request, f.hop.Answer = seen.Hop, seen.Request, seen.Answer
			}
		}
	case seen != nil:
		f.kind, f.reason, f.advice = cmp.Or(seen.Kind, suspicion(seen.Hop)), "nobody was paged: "+seen.Text, seen.Advice
	default:
		f.reason += c.whatIsKnown()
		f.advice = "look at the hops before: does the monitor look at this service, does its rule fire, is it routed here?"
	}
	return f
}

// absent is what is certain of every silence: the incident was not there.
func (c *stepCase) absent() verify.Evidence {
	return verify.Evidence{
		Hop: verify.IncidentCreated, State: verify.Broken,
		Text: fmt.Sprintf("no incident on %s matched between the fault and the end of the hold%s", c.want.Source, c.unseen()),
	}
}

// suspicion is the kind of silent failure that a broken hop stands for, where a hop stands for one.
func suspicion(h verify.Hop) string {
	switch h {
	case verify.RuleEvaluated:
		return "SF-07"
	case verify.HandedToRouter:
		return "SF-11"
	case verify.Routed:
		return "SF-12"
	case verify.NotificationAccepted:
		return "SF-16"
	case verify.ResponderNotified:
		return "SF-20"
	default:
		return ""
	}
}

// waited is how long the page was waited for: until the hold ended, and at least until it was due.
func (c *stepCase) waited() verify.Seconds {
	end := c.held()
	if held := c.step.holdEnd; !held.IsZero() {
		end = earliest(end, held)
	}
	return c.after(latest(end, c.result.Deadline))
}
