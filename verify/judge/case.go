package judge

import (
	"fmt"
	"slices"
	"time"

	"github.com/failurefriday/friday/verify"
)

// scene is one step with what its expectations share.
type scene struct {
	*reading
	step    *step
	find    finder
	inForce time.Time // all deadlines count from here
	symptom time.Time
	lives   []life // of the watchers, as planned
}

func (r *reading) scene(s *step) *scene {
	sc := &scene{reading: r, step: s, find: r.find(s), inForce: r.inForce(s), symptom: r.symptom(s)}
	for _, w := range r.plan.Watchers {
		sc.lives = append(sc.lives, r.life(w, s))
	}
	return sc
}

// stepCase is one expectation in front of the judge.
type stepCase struct {
	*scene
	want    verify.Expectation
	matched []*incident
	later   []*incident // would have matched, and are not held against a must_not_fire
	known   []traced    // what the sources said of it
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

func (sc *scene) newCase(want verify.Expectation) *stepCase {
	c := &stepCase{scene: sc, want: want, result: Result{Expectation: want}}
	c.matched = sc.find.after.matches(want)
	if end := sc.step.reverted(); want.MustNot && !end.IsZero() {
		// What must not fire must not do so while the fault is in force.
		i := slices.IndexFunc(c.matched, func(in *incident) bool { return in.opened.After(end) })
		if i >= 0 {
			c.matched, c.later = c.matched[:i], c.matched[i:]
		}
	}
	return c
}

func (c *stepCase) judge() Result {
	c.known = c.evidenceFor()
	if b := verify.BudgetOf(c.want, c.foretold(), verify.IncidentCreated); len(b.Parts) > 0 {
		c.result.Budget = &b
	}
	if !c.want.MustNot {
		c.result.Deadline = c.deadline()
	}
	if len(c.matched) > 0 {
		c.times()
	}
	for _, in := range c.matched {
		c.result.Matched = append(c.result.Matched, in.ID)
	}
	c.conclude(c.findings())
	return c.result
}

func (c *stepCase) findings() []finding {
	switch {
	case !c.step.begun:
		return []finding{c.neverBegun()}
	case c.run.Control:
		return []finding{c.control()}
	case c.want.MustNot:
		return []finding{c.mustNot()}
	default:
		return c.fires()
	}
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
	c.result.Broken = firstBroken(c.result.Hops, worst)
	if c.result.Advice == "" && c.result.Broken != nil {
		c.result.Advice = c.result.Broken.Advice
	}
}

// times fills in when the first matching incident was opened and what happened to the incidents, by our clock.
func (c *stepCase) times() {
	res, first := &c.result, c.matched[0]
	res.Detected, res.FirstSeen = latest(first.opened, c.inForce), first.firstSeen
	res.Notified, res.Acknowledged = c.first((*incident).notified), c.first((*incident).acknowledged)
	res.Resolved = first.resolvedTo
	// A time stamp of whole seconds may lie just before the moment it belongs to; nothing happens before its cause.
	for _, t := range []*time.Time{&res.Notified, &res.Acknowledged, &res.Resolved} {
		if !t.IsZero() {
			*t = latest(*t, res.Detected)
		}
	}
	res.TimeToDetect = between(c.inForce, res.Detected)
	res.TimeToNotify = between(c.inForce, res.Notified)
	res.TimeToAcknowledge = between(res.Detected, res.Acknowledged)
	res.TimeToResolve = between(res.Detected, res.Resolved)
	res.ResetTime = between(c.step.healthy, res.Resolved)
	if !c.want.MustNot {
		res.Margin = between(res.Detected, res.Deadline)
	}
}

// first is the earliest time among the matches; zero if none has one.
func (c *stepCase) first(of func(*incident) time.Time) time.Time {
	var first time.Time
	for _, in := range c.matched {
		if at := of(in); !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

func between(from, to time.Time) *verify.Seconds {
	if from.IsZero() || to.IsZero() {
		return nil
	}
	s := verify.Seconds(to.Sub(from))
	return &s
}

// due is a deadline, counted from the fault; zero if there was none.
func (sc *scene) due(within verify.Seconds) time.Time {
	if sc.inForce.IsZero() {
		return time.Time{}
	}
	return sc.inForce.Add(within.Duration())
}

// held is the moment up to which the fault was to be held.
func (sc *scene) held() time.Time { return sc.due(sc.step.Hold) }

// deadline is when the page is due: by default at the end of the hold.
func (c *stepCase) deadline() time.Time {
	if c.want.Within == 0 {
		return c.held()
	}
	return c.due(c.want.Within)
}

// after is a time since the fault, for people.
func (sc *scene) after(t time.Time) verify.Seconds { return verify.Seconds(t.Sub(sc.inForce)) }

// stopped reports whether the run was stopped before this step came to its end.
func (sc *scene) stopped() bool {
	return sc.abort != nil && (sc.step.ended.IsZero() || !sc.abort.At.After(sc.step.ended))
}

// cutShort reports whether the run was stopped with the fault not held until t.
func (sc *scene) cutShort(t time.Time) bool {
	if !sc.stopped() {
		return false
	}
	end := sc.step.holdEnd
	if end.IsZero() {
		end = sc.abort.At
	}
	return sc.inForce.IsZero() || end.Before(t)
}

// readAfter reports whether the source was read by a poll that was asked at or after a moment, while the step went on.
func (c *stepCase) readAfter(t time.Time) bool {
	read := c.readTo(c.want.Source, c.step)
	return !read.IsZero() && !read.Before(t)
}

func (sc *scene) aborted() finding {
	return finding{verdict: Aborted, reason: "the run was stopped before this was known: " + sc.abort.Reason}
}

func (sc *scene) neverBegun() finding {
	why := "the step was never begun"
	if sc.abort != nil {
		why += ": " + sc.abort.Reason
	}
	return finding{verdict: Aborted, reason: why}
}

func (sc *scene) voided(why string) finding {
	return finding{verdict: Void, kind: "SF-28", reason: why, advice: "see whether the attack hits what the steady state is about"}
}

// blind: we could not look, so nothing that was not seen is known.
func (c *stepCase) blind() finding {
	why := c.looks[lookKey{c.want.Source, c.step.index}].failed
	if why == "" {
		why = "it was not read after the deadline"
	}
	return finding{
		verdict: Inconclusive, kind: "SF-29",
		reason: fmt.Sprintf("%s could not be read when it mattered: %s", c.want.Source, why),
		advice: "run it again once the source can be read; nothing is known about the page",
	}
}
