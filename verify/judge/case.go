package judge

import (
	"fmt"
	"slices"
	"time"

	"github.com/failurefriday/friday/verify"
)

// stepCase is one expectation in front of the judge.
type stepCase struct {
	*reading
	step    *step
	find    *finder
	inForce time.Time
	want    verify.Expectation
	matched []*incident
	result  Result
}

// finding is one thing to be said about an expectation; the worst is its verdict.
type finding struct {
	verdict Verdict
	reason  string
	advice  string
	kind    string
	hop     *verify.Evidence // the broken one, where the finding knows it
}

func (c *stepCase) judge() Result {
	c.result = Result{Expectation: c.want}
	c.matched = c.find.matches(c.want)
	if len(c.matched) > 0 {
		c.times(c.matched[0])
	}
	for _, in := range c.matched {
		c.result.Matched = append(c.result.Matched, in.ID)
	}
	var all []finding
	switch {
	case c.run.Control:
		all = c.control()
	case c.want.MustNot:
		all = c.mustNot()
	default:
		all = c.fires()
	}
	c.conclude(all)
	return c.result
}

// conclude keeps the worst finding, mentions the others, and lays out the hops.
func (c *stepCase) conclude(all []finding) {
	slices.SortStableFunc(all, func(a, b finding) int { return rank(a.verdict) - rank(b.verdict) })
	worst := all[0]
	c.result.Verdict, c.result.Reason, c.result.Advice, c.result.Kind = worst.verdict, worst.reason, worst.advice, worst.kind
	for _, f := range all[1:] {
		if f.verdict != Pass {
			c.result.Reason += "; also " + f.verdict.String() + ": " + f.reason
		}
	}
	c.result.Hops = c.hops(worst)
	if worst.verdict.Class() == Failed {
		i := slices.IndexFunc(c.result.Hops, func(e verify.Evidence) bool { return e.State == verify.Broken })
		if i >= 0 {
			broken := c.result.Hops[i]
			c.result.Broken = &broken
			if c.result.Advice == "" {
				c.result.Advice = broken.Advice
			}
		}
	}
}

// times fills in when the first matching incident was opened and what happened to it, by our clock.
func (c *stepCase) times(in *incident) {
	res := &c.result
	res.Detected, res.FirstSeen = in.opened, in.firstSeen
	for _, n := range in.Notified {
		if n.Failed == "" {
			res.Notified = c.ours(in.Source, n.At)
			break
		}
	}
	res.Acknowledged, res.Resolved = c.ours(in.Source, in.Acknowledged), in.resolved
	// A time stamp of whole seconds may lie just before the moment it belongs to; nothing happens before its cause.
	for _, t := range []*time.Time{&res.Notified, &res.Acknowledged, &res.Resolved} {
		if !t.IsZero() && t.Before(res.Detected) {
			*t = res.Detected
		}
	}
	if res.Detected.Before(c.inForce) {
		res.Detected = c.inForce
	}
	res.TimeToDetect = between(c.inForce, res.Detected)
	res.TimeToNotify = between(c.inForce, res.Notified)
	res.TimeToAcknowledge = between(res.Detected, res.Acknowledged)
	res.TimeToResolve = between(res.Detected, res.Resolved)
	res.ResetTime = between(c.step.healthy, res.Resolved)
	if !c.want.MustNot {
		res.Margin = between(res.Detected, c.due(c.want.Within))
	}
}

func between(from, to time.Time) *verify.Seconds {
	if from.IsZero() || to.IsZero() {
		return nil
	}
	s := verify.Seconds(to.Sub(from))
	return &s
}

// due is a deadline, counted from the fault; zero without one.
func (c *stepCase) due(within verify.Seconds) time.Time {
	if within == 0 || c.inForce.IsZero() {
		return time.Time{}
	}
	return c.inForce.Add(within.Duration())
}

// held is the moment up to which the fault was to be held.
func (c *stepCase) held() time.Time { return c.due(c.step.Hold) }

// control judges a run without a fault: an alert that fires all the same proves nothing.
func (c *stepCase) control() []finding {
	switch {
	case len(c.matched) > 0 && !c.want.MustNot:
		return []finding{{
			verdict: Unexpected, reason: fmt.Sprintf("fired with no fault (%s): the alert proves nothing", c.matched[0].ID),
			advice: "find out what makes it fire, and let it depend on the service",
		}}
	case len(c.matched) > 0:
		return []finding{{verdict: Unexpected, reason: fmt.Sprintf("fired with no fault (%s)", c.matched[0].ID)}}
	case c.stopped():
		return []finding{c.aborted()}
	case !c.readAfter(c.want.Source, c.inForce):
		return []finding{c.blind()}
	default:
		return []finding{{verdict: Pass, reason: "stayed silent without a fault"}}
	}
}

// mustNot judges must_not_fire.
func (c *stepCase) mustNot() []finding {
	switch {
	case len(c.matched) > 0:
		return []finding{{verdict: Unexpected, reason: fmt.Sprintf("%s %q fired %s after the fault, and must not",
			c.matched[0].ID, c.matched[0].Title, c.after(c.matched[0].opened)), advice: "narrow the alert to what it is for"}}
	case c.stopped():
		return []finding{c.aborted()}
	case c.inForce.IsZero():
		return []finding{c.voided(c.held())}
	case !c.readAfter(c.want.Source, c.held()):
		return []finding{c.blind()}
	default:
		return []finding{{verdict: Pass, reason: "stayed silent while the fault was in force"}}
	}
}

// stopped reports whether the run was stopped before this step had its answers.
func (c *stepCase) stopped() bool {
	return c.abort != nil && (c.step.ended.IsZero() || !c.abort.At.After(c.step.ended))
}

func (c *stepCase) aborted() finding {
	return finding{verdict: Aborted, reason: "the run was stopped before this was known: " + c.abort.Reason}
}

func (c *stepCase) voided(deadline time.Time) finding {
	why := c.void(c.step, deadline)
	if why == "" {
		why = "the fault never took effect"
	}
	return finding{verdict: Void, reason: why, advice: "see whether the attack hits what the steady state is about"}
}

// blind: we could not look, so nothing that was not seen is known.
func (c *stepCase) blind() finding {
	why := c.lastError(c.want.Source)
	if why == "" {
		why = "it was not read after the deadline"
	}
	return finding{
		verdict: Inconclusive, kind: "SF-29",
		reason: fmt.Sprintf("%s could not be read when it mattered: %s", c.want.Source, why),
		advice: "run it again once the source can be read; nothing is known about the page",
	}
}

// after is a time since the fault, for people.
func (c *stepCase) after(t time.Time) verify.Seconds { return verify.Seconds(t.Sub(c.inForce)) }
