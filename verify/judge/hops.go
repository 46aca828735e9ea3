package judge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/failurefriday/friday/verify"
)

// unseen lists, for a page that never came, the hops before it that nobody could look at.
func (c *stepCase) unseen() string {
	var names []string
	for h := verify.SignalEmitted; h < verify.IncidentCreated; h++ {
		if !slices.ContainsFunc(c.known, func(e traced) bool { return e.Hop == h && e.State != verify.Unknown }) {
			names = append(names, h.String())
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; nobody could look at these hops before it: " + strings.Join(names, ", ")
}

// firstBroken is the hop that explains an accusation: of a silence the first broken one on the way of the page, of
// anything else the one that the finding is about.
func firstBroken(hops []verify.Evidence, worst finding) *verify.Evidence {
	if worst.verdict.Class() != Failed || worst.hop == nil {
		return nil
	}
	broken := hops[worst.hop.Hop]
	if worst.verdict == Silent {
		for _, e := range hops[:worst.hop.Hop] {
			if e.State == verify.Broken {
				broken = e
				break
			}
		}
	}
	return &broken
}

// way is the thirteen hops of one expectation. What nobody saw stays unknown.
type way []verify.Evidence

// says orders states by how much they say of a hop.
var says = map[verify.State]int{verify.Unknown: 0, verify.Waiting: 1, verify.OK: 2, verify.Broken: 3}

// set keeps what says more, and of two that say the same the first.
func (w way) set(e verify.Evidence) {
	old := &w[e.Hop]
	if old.State != verify.Unknown && says[e.State] <= says[old.State] || says[e.State] < says[old.State] {
		return
	}
	e.Expectation = old.Expectation
	if e.Source == "" {
		e.Source = old.Source
	}
	*old = e
}

// hops lays out all thirteen hops with what is known of each.
func (c *stepCase) hops(worst finding) []verify.Evidence {
	all := make(way, 0, len(verify.Hops()))
	for _, h := range verify.Hops() {
		all = append(all, verify.Evidence{Hop: h, Expectation: c.want.ID, Source: c.want.Source, Text: "nobody could see this hop"})
	}
	if worst.hop != nil {
		all.set(*worst.hop)
	}
	c.faultHop(all, worst)
	c.seenHops(all)
	c.incidentHops(all)
	if worst.verdict == Silent && worst.hop != nil && len(c.matched) == 0 {
		c.notReached(all, worst.hop.Hop)
	}
	return all
}

// notReached says of the hops behind the one where the page was lost that it never came there.
func (c *stepCase) notReached(all way, lost verify.Hop) {
	for h := lost + 1; int(h) < len(all); h++ {
		if all[h].State == verify.Unknown {
			all.set(verify.Evidence{Hop: h, State: verify.Waiting, Text: "not reached"})
		}
	}
	if lost < verify.IncidentCreated && all[verify.IncidentCreated].State != verify.Broken {
		all[verify.IncidentCreated].Text = fmt.Sprintf("not reached: no incident on %s matched between the fault and the end of the hold", c.want.Source)
	}
}

// seenHops tells what the sources saw of the way. A hop that the page has come past was no obstacle, whatever it looked
// like.
func (c *stepCase) seenHops(all way) {
	passed := c.passed()
	for _, e := range c.known {
		if e.Worst > 0 || e.Delay > 0 {
			continue // foretold
		}
		if e.Hop <= passed && (e.State == verify.Broken || e.State == verify.Waiting) {
			e.State, e.Text = verify.Unknown, "the page came past here all the same: "+e.Text
		}
		if e.Hop < verify.IncidentCreated || e.State != verify.OK {
			all.set(e.Evidence)
		}
	}
}

func (c *stepCase) faultHop(all way, worst finding) {
	switch {
	case c.run.Control:
		all.set(verify.Evidence{Hop: verify.FaultEffective, Text: "negative control: nothing was broken"})
	case worst.verdict == Void:
		all.set(verify.Evidence{Hop: verify.FaultEffective, State: verify.Broken, Text: worst.reason})
	case !c.inForce.IsZero():
		text := "seen in force"
		switch {
		case c.symptom.IsZero():
		case c.symptom.After(c.inForce):
			text += fmt.Sprintf("; the steady state turned red %s after it", c.after(c.symptom))
		default:
			text += "; the steady state turned red with it"
		}
		all.set(verify.Evidence{Hop: verify.FaultEffective, State: verify.OK, At: c.inForce, Text: text})
	}
}

// incidentHops tells what a matching incident proves: that it is there, and that every hop before it worked.
func (c *stepCase) incidentHops(all way) {
	if len(c.matched) == 0 || c.want.MustNot {
		return
	}
	in := c.matched[0]
	for h := verify.SignalEmitted; h < verify.IncidentCreated; h++ {
		all.set(verify.Evidence{Hop: h, State: verify.OK, Text: "worked: the incident was opened"})
	}
	all.set(verify.Evidence{
		Hop: verify.IncidentCreated, State: verify.OK, At: c.result.Detected,
		Text: fmt.Sprintf("%s %q opened %s after the fault%s", in.ID, in.Title, c.after(c.result.Detected), c.sameKey(in)), Answer: in.URL,
	})
	for _, in := range c.matched {
		for _, n := range in.Notified {
			if n.Failed == "" {
				all.set(verify.Evidence{
					Hop: verify.ResponderNotified, State: verify.OK, At: c.result.Notified, Text: fmt.Sprintf("%s was notified (%s)", n.Who, n.Channel),
				})
			}
		}
		if !in.Acknowledged.IsZero() {
			all.set(verify.Evidence{
				Hop: verify.IncidentAcknowledged, State: verify.OK, At: c.result.Acknowledged, Text: "acknowledged" + by(in.AcknowledgedBy),
			})
		}
	}
	if failed := c.undelivered(); failed != "" {
		all.set(verify.Evidence{Hop: verify.ResponderNotified, Text: failed})
	}
	if in.Status == verify.Resolved {
		all.set(verify.Evidence{Hop: verify.IncidentResolved, State: verify.OK, At: c.result.Resolved, Text: "resolved" + by(in.ResolvedBy)})
	}
}

func by(who string) string {
	if who == "" {
		return ""
	}
	return " by " + who
}

// sameKey says that an incident bears the key that the page was sent with, which makes it this very page.
func (c *stepCase) sameKey(in *incident) string {
	if in.Key != "" && slices.Contains(c.sentAs(), in.Key) {
		return ", with the key that the page was sent with"
	}
	return ""
}
