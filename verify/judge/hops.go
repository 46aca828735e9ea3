package judge

import (
	"fmt"

	"github.com/failurefriday/friday/verify"
)

// hops lays out all thirteen hops with what is known of each. What nobody saw stays unknown.
func (c *stepCase) hops(worst finding) []verify.Evidence {
	all := make([]verify.Evidence, 0, len(verify.Hops()))
	for _, h := range verify.Hops() {
		all = append(all, verify.Evidence{Hop: h, Expectation: c.want.ID, Source: c.want.Source, Text: "nobody could see this hop"})
	}
	set := func(e verify.Evidence) {
		if all[e.Hop].State == verify.Broken || (all[e.Hop].State == verify.OK && e.State == verify.Unknown) {
			return
		}
		e.Expectation = c.want.ID
		if e.Source == "" {
			e.Source = c.want.Source
		}
		all[e.Hop] = e
	}
	c.faultHop(set, worst)
	c.incidentHops(set)
	for _, e := range c.evidence {
		mine := e.Source == c.want.Source && (e.Expectation == "" || e.Expectation == c.want.ID)
		if mine && e.Delay == 0 && all[e.Hop].State == verify.Unknown {
			set(e.Evidence)
		}
	}
	if worst.hop != nil {
		all[worst.hop.Hop].State = verify.Unknown // the finding knows better
		set(*worst.hop)
	}
	return all
}

func (c *stepCase) faultHop(set func(verify.Evidence), worst finding) {
	switch {
	case c.run.Control:
		set(verify.Evidence{Hop: verify.FaultEffective, Text: "negative control: nothing was broken"})
	case worst.verdict == Void:
		set(verify.Evidence{Hop: verify.FaultEffective, State: verify.Broken, Text: worst.reason})
	case !c.inForce.IsZero():
		text := "seen in force"
		if at := c.symptom(c.step); !at.IsZero() {
			text += fmt.Sprintf("; the steady state turned red %s after it", c.after(at))
		}
		set(verify.Evidence{Hop: verify.FaultEffective, State: verify.OK, At: c.inForce, Text: text})
	}
}

// incidentHops tells what a matching incident proves: that it is there, and that every hop before it worked.
func (c *stepCase) incidentHops(set func(verify.Evidence)) {
	if len(c.matched) == 0 || c.want.MustNot {
		return
	}
	in := c.matched[0]
	for _, h := range verify.Hops() {
		if h > verify.FaultEffective && h < verify.IncidentCreated {
			set(verify.Evidence{Hop: h, State: verify.OK, Text: "worked: the incident was opened"})
		}
	}
	set(verify.Evidence{
		Hop: verify.IncidentCreated, State: verify.OK, At: c.result.Detected,
		Text: fmt.Sprintf("%s %q opened %s after the fault", in.ID, in.Title, c.after(c.result.Detected)), Answer: in.URL,
	})
	for _, n := range in.Notified {
		state, text := verify.OK, fmt.Sprintf("%s was notified (%s)", n.Who, n.Channel)
		if n.Failed != "" {
			state, text = verify.Unknown, fmt.Sprintf("a message to %s (%s) was not delivered: %s", n.Who, n.Channel, n.Failed)
		}
		set(verify.Evidence{Hop: verify.ResponderNotified, State: state, At: c.ours(in.Source, n.At), Text: text})
		if state == verify.OK {
			break
		}
	}
	if !in.Acknowledged.IsZero() {
		set(verify.Evidence{Hop: verify.IncidentAcknowledged, State: verify.OK, At: c.result.Acknowledged, Text: "acknowledged by " + in.AcknowledgedBy})
	}
	if in.Status == verify.Resolved {
		set(verify.Evidence{Hop: verify.IncidentResolved, State: verify.OK, At: c.result.Resolved, Text: "resolved by " + in.ResolvedBy})
	}
}
