package prometheus

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/failurefriday/friday/verify"
)

// life is what has become of the page's alert since the fault.
type life struct {
	every     time.Duration
	tracks    []*track
	stretches []stretch // of all tracks, since the fault or going on at it; oldest first
	active    []active  // now
}

// life sums up the alert. An alert that was active before the fault, and is not any more, has nothing to do with it.
func (p *page) life(all tracks, rules []*rule, now *look) *life {
	l := &life{tracks: p.alerts(all), every: rules[0].group.interval()}
	for _, t := range l.tracks {
		for _, s := range t.stretches {
			if !now.fault.IsZero() && !s.to.Before(now.fault) {
				l.stretches = append(l.stretches, s)
			}
		}
	}
	slices.SortStableFunc(l.stretches, func(a, b stretch) int { return a.from.Compare(b.from) })
	for _, r := range rules {
		for _, a := range r.Alerts {
			if p.alert.Fits(r.Name, a.Labels) {
				l.active = append(l.active, active{a, r})
			}
		}
	}
	return l
}

// rule is the one that the page comes from: that which has made it, or else the first.
func (l *life) rule(rules []*rule) *rule {
	for _, a := range l.active {
		if a.State == "firing" {
			return a.rule
		}
	}
	if len(l.active) > 0 {
		return l.active[0].rule
	}
	return rules[0]
}

// fired is the first stretch in which it fired; ok is false if it has not.
func (l *life) fired() (first stretch, ok bool) {
	i := slices.IndexFunc(l.stretches, func(s stretch) bool { return s.firing })
	if i < 0 {
		return first, false
	}
	return l.stretches[i], true
}

func (l *life) pending(t *trail, r *rule) verify.Evidence {
	e := verify.Evidence{Hop: verify.Pending, Request: "GET /api/v1/query ALERTS[…]", Answer: r.Query}
	if len(l.stretches) == 0 {
		e.State, e.Text = verify.Waiting, fmt.Sprintf("the expression of %s has not come true so far", r.Name)
		return t.nearly(e, r)
	}
	e.State, e.At = verify.OK, l.stretches[0].from
	e.Text = fmt.Sprintf("the expression of %s came true", r.Name)
	return e
}

// nearly tells how near the expression came to be true under the fault.
func (t *trail) nearly(e verify.Evidence, r *rule) verify.Evidence {
	for _, c := range t.inputs.parse(r.Query).comparisons {
		p := t.inputs.peaks[c.text()]
		if p == nil || !p.moved() {
			continue
		}
		e.Kind = "SF-08"
		e.Advice = "let the rule look at less at once, or lower its threshold: the fault is thinned out by what still works"
		e.Answer = fmt.Sprintf("%s: %.4g before the fault, at most %.4g under it", c.left, p.before, p.best)
		switch {
		case p.up && p.threshold > 0:
			e.Text = fmt.Sprintf("%s peaked at %.0f%% of the threshold %.4g (%.4g)", c.left, math.Floor(100*p.best/p.threshold), p.threshold, p.best)
		case p.up:
			e.Text = fmt.Sprintf("%s peaked at %.4g, below the threshold %.4g", c.left, p.best, p.threshold)
		default:
			e.Text = fmt.Sprintf("%s sank to %.4g, above the threshold %.4g", c.left, p.best, p.threshold)
			e.Answer = fmt.Sprintf("%s: %.4g before the fault, at least %.4g under it", c.left, p.before, p.best)
		}
		return e
	}
	return e
}

// part is how much of the way to the threshold must have been gone before it counts as a move towards it.
const part = 0.1

// moved reports whether the fault moved the value towards the threshold, and not up to it.
func (p *peak) moved() bool {
	before := p.before
	if math.IsNaN(before) {
		before = 0 // there was nothing to compare
	}
	way, gone := p.threshold-before, p.best-before
	if !p.up {
		way, gone = -way, -gone
	}
	return way > 0 && gone >= part*way && gone <= way
}

func (l *life) firing(t *trail, r *rule, now *look) verify.Evidence {
	e := verify.Evidence{Hop: verify.Firing, Request: "GET /api/v1/query ALERTS[…]", Answer: fmt.Sprintf("for: %s", verify.Seconds(r.wait()))}
	if first, ok := l.fired(); ok {
		e.State, e.At, e.Text = verify.OK, first.from, fmt.Sprintf("%s fires", r.Name)
		return e
	}
	e.State = verify.Waiting
	if len(l.stretches) == 0 {
		e.Text = fmt.Sprintf("%s is not pending", r.Name)
		return e
	}
	last, longest := l.stretches[len(l.stretches)-1], time.Duration(0)
	for _, s := range l.stretches {
		longest = max(longest, s.to.Sub(s.from))
	}
	e.At = last.from
	isPending := slices.ContainsFunc(l.active, func(a active) bool { return a.State == "pending" })
	switch {
	case len(l.stretches) > 1:
		e.Kind = "SF-10"
		e.Text = fmt.Sprintf("%s went pending %d times, at the longest for %s, and needs %s at a stretch", r.Name, len(l.stretches), verify.Seconds(longest), verify.Seconds(r.wait()))
		e.Advice = "alert on how often it restarts or flaps, or on an average over a time longer than that; keep_firing_for does not help here"
	case isPending:
		e.Kind = "SF-09"
		e.Text = fmt.Sprintf("%s is pending since %s, and needs %s", r.Name, stamp(t.s.ours(last.from)), verify.Seconds(r.wait()))
		e.Advice = "shorten `for`, or hold the fault for longer"
	default:
		e.Kind = "SF-09"
		e.Text = fmt.Sprintf("%s was pending for %s from %s on, and needs %s", r.Name, verify.Seconds(longest), stamp(t.s.ours(last.from)), verify.Seconds(r.wait()))
		e.Advice = "shorten `for`: the fault is over sooner"
		if c := t.collected(r, now); c.State == verify.Broken {
			e.Kind, e.Advice = c.Kind, c.Advice
			e.Text += "; then " + c.Text
		}
	}
	return e
}

// resolved tells when an alert that had fired was over.
func (l *life) resolved(r *rule) verify.Evidence {
	e := verify.Evidence{Hop: verify.IncidentResolved, Request: "GET /api/v1/query ALERTS[…]", Text: "it has not fired, so it cannot resolve"}
	if _, ok := l.fired(); !ok {
		return e
	}
	if slices.ContainsFunc(l.active, func(a active) bool { return a.State == "firing" }) {
		e.State, e.Text = verify.Waiting, fmt.Sprintf("%s still fires", r.Name)
		return e
	}
	for _, t := range l.tracks {
		e.At = later(e.At, t.gone(false))
	}
	e.State, e.Text = verify.OK, fmt.Sprintf("%s does not fire any more", r.Name)
	return e
}
