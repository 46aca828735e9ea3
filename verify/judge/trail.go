package judge

import (
	"fmt"
	"slices"
	"time"

	"github.com/failurefriday/friday/verify"
)

// evidenceFor is what the sources said about this expectation: what they saw during the step, then what they foretold.
// Of a source that followed the page, its last word on each hop counts, as of the end of the hold; the recovery comes
// after that.
func (c *stepCase) evidenceFor() []traced {
	var seen, foretold []traced
	for _, e := range slices.Concat(c.evidence[c.want.ID], c.evidence[""]) {
		switch {
		case !e.About(c.want), e.late && e.Hop != verify.IncidentResolved:
		case e.step == c.step.index:
			if c.followed[e.Source] {
				seen = slices.DeleteFunc(seen, func(old traced) bool { return old.Source == e.Source && old.Hop == e.Hop })
			}
			seen = append(seen, e)
		case e.step == 0:
			foretold = append(foretold, e)
		}
	}
	foretold = slices.DeleteFunc(foretold, func(e traced) bool {
		return e.Worst == 0 && slices.ContainsFunc(seen, func(s traced) bool {
			return s.Source == e.Source && s.Hop == e.Hop && s.State != verify.Unknown && c.followed[s.Source]
		})
	})
	return c.withoutStrangers(append(seen, foretold...))
}

// uncovered is the kind of a silence that no rule is there for.
const uncovered = "SF-25"

// withoutStrangers leaves out those sources that know no such alert, if another one does: it has only one home.
func (c *stepCase) withoutStrangers(all []traced) []traced {
	stranger := map[string]bool{}
	known := false
	for _, e := range all {
		if e.Kind == uncovered {
			stranger[e.Source] = true
		}
	}
	for _, e := range all {
		known = known || !stranger[e.Source] && e.State != verify.Unknown && e.Hop >= verify.RuleEvaluated && e.Hop <= verify.Firing
	}
	if !known {
		return all
	}
	return slices.DeleteFunc(all, func(e traced) bool { return stranger[e.Source] })
}

// passed is the last hop that the page was seen to pass on its way to the incident; FaultEffective if it was not seen at
// all. That a rule is evaluated does not mean that the page has come so far.
func (c *stepCase) passed() verify.Hop {
	passed := verify.FaultEffective
	for _, e := range c.known {
		if e.step == 0 || e.State != verify.OK || e.Hop < verify.Pending || e.Hop >= verify.IncidentCreated || e.Hop <= passed {
			continue
		}
		if !slices.ContainsFunc(c.known, func(o traced) bool { return o.Hop == e.Hop && o.step != 0 && o.holdsUp(c) }) {
			passed = e.Hop
		}
	}
	return passed
}

// holdsUp reports whether evidence says that the page does not come past its hop. That it is still waited for counts
// only if whoever says so could look to the end: nobody knows what happened since.
func (e traced) holdsUp(c *stepCase) bool {
	switch e.State {
	case verify.Broken:
		return true
	case verify.Waiting:
		return e.step != 0 && c.followLooks[lookKey{e.Source, c.step.index}].failed == ""
	default:
		return false
	}
}

// lost is where the page was lost, as far as the sources have seen: the first hop up to a given one, behind all that it
// was seen to pass, that does not let it past. Nil if none was seen.
func (c *stepCase) lost(last verify.Hop) *verify.Evidence {
	passed := c.passed()
	var found *verify.Evidence
	for i := range c.known {
		e := c.known[i]
		if e.Hop > last || e.Hop <= passed || !e.holdsUp(c) {
			continue
		}
		if found == nil || e.Hop < found.Hop || e.Hop == found.Hop && e.State == verify.Broken && found.State != verify.Broken {
			found = &e.Evidence
		}
	}
	if found == nil {
		return nil
	}
	broken := *found
	broken.State = verify.Broken
	return &broken
}

// slowestHop is the hop before which a page that came late lost the most time, as far as the hops have been seen.
func (c *stepCase) slowestHop() *verify.Evidence {
	var slowest *verify.Evidence
	var most time.Duration
	before, seen := c.inForce, false
	for h := verify.SignalEmitted; h <= verify.IncidentCreated; h++ {
		e, ok := c.firstPassed(h)
		if !ok || e.At.Before(before) {
			continue
		}
		seen = seen || h < verify.IncidentCreated
		if took := e.At.Sub(before); took > most {
			most, slowest = took, &e
		}
		before = e.At
	}
	if slowest == nil || !seen {
		return nil
	}
	slowest.State = verify.Broken
	slowest.Text = fmt.Sprintf("%s of %s went by before this hop (%s)", verify.Seconds(most), c.after(c.result.Detected), slowest.Text)
	return slowest
}

// firstPassed is the earliest that anybody saw the page pass a hop.
func (c *stepCase) firstPassed(h verify.Hop) (verify.Evidence, bool) {
	if h == verify.IncidentCreated {
		return verify.Evidence{Hop: h, At: c.result.Detected, Text: "the incident was opened"}, true
	}
	var first verify.Evidence
	for _, e := range c.known {
		if e.Hop == h && e.step != 0 && e.State == verify.OK && !e.At.IsZero() && (first.At.IsZero() || e.At.Before(first.At)) {
			first = e.Evidence
		}
	}
	return first, !first.At.IsZero()
}

// sentAs are the keys under which the sources saw the page being sent.
func (c *stepCase) sentAs() []string {
	var keys []string
	for _, e := range c.known {
		if e.step != 0 && e.Key != "" && e.State == verify.OK && !slices.Contains(keys, e.Key) {
			keys = append(keys, e.Key)
		}
	}
	return keys
}

// takenIn is an incident that was open before the fault under the very key that the page was sent with: the provider adds
// the page to it and opens none. Nil if there is none.
func (c *stepCase) takenIn() *verify.Incident {
	keys := c.sentAs()
	for _, in := range c.find.before.all(c.want.Source) {
		if in.Key != "" && slices.Contains(keys, in.Key) {
			return &in.Incident
		}
	}
	return nil
}
