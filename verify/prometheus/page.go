package prometheus

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/verify"
)

// rules are the rules that make the alert of the page.
func (p *page) rules(all []*rule) []*rule {
	return slices.DeleteFunc(slices.Clone(all), func(r *rule) bool { return !p.fits(r) })
}

// fits reports whether a rule can make the alert: labels that only the series bring are not known yet.
func (p *page) fits(r *rule) bool {
	if !p.alert.Name.Match(r.Name) {
		return false
	}
	for label, want := range p.alert.Labels {
		if value, fixed := r.Labels[label]; fixed && !strings.Contains(value, "{{") && !want.Match(value) {
			return false
		}
	}
	return true
}

// alerts are the lives of the page's alert.
func (p *page) alerts(all tracks) []*track {
	var found []*track
	for _, t := range all {
		if p.alert.Fits(t.labels["alertname"], t.labels) {
			found = append(found, t)
		}
	}
	slices.SortFunc(found, func(a, b *track) int { return cmp.Compare(fingerprint(a.labels), fingerprint(b.labels)) })
	return found
}

// evidence is one word on every hop that Prometheus sees.
func (t *trail) evidence(p *page, now *look) []verify.Evidence {
	rules := p.rules(now.rules)
	if len(rules) == 0 {
		return []verify.Evidence{p.keep(p.steady(missing(p, now), now))}
	}
	life := p.life(t.tracks, rules, now)
	r := life.rule(rules)
	all := []verify.Evidence{t.signal(r, now), t.collected(r, now), t.evaluated(r, now), life.pending(t, r), life.firing(t, r, now)}
	all = append(all, t.handed(p, life, now))
	if p.want.Source == t.s.name && !now.fault.IsZero() {
		all = append(all, life.resolved(r))
	}
	_, noticed := p.passed[verify.Pending]
	for i := range all {
		all[i] = p.steady(all[i], now)
		if _, passed := p.passed[all[i].Hop]; !passed && all[i].Hop < verify.Pending && !noticed {
			continue // before it is pending, nobody knows that it is the page that passed
		}
		all[i] = p.keep(all[i])
	}
	return all
}

// keep remembers the first time that the page was seen to pass a hop, and says so from then on.
func (p *page) keep(e verify.Evidence) verify.Evidence {
	if old, passed := p.passed[e.Hop]; passed {
		return old
	}
	if e.State == verify.OK {
		p.passed[e.Hop] = e
	}
	return e
}

// steady leaves the time of what was said before and is still so, unless the fault lies between.
func (p *page) steady(e verify.Evidence, now *look) verify.Evidence {
	if old, ok := p.said[e.Hop]; ok && old.State == e.State && old.Kind == e.Kind && old.Text == e.Text && !(old.At.Before(now.fault) && e.At.After(now.fault)) {
		e.At = old.At
	}
	p.said[e.Hop] = e
	return e
}

// missing tells of an alert that no rule makes.
func missing(p *page, now *look) verify.Evidence {
	var names []string
	for _, r := range now.rules {
		names = append(names, r.Name)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	e := verify.Evidence{
		Hop: verify.RuleEvaluated, State: verify.Broken, Kind: "SF-25", At: now.at, Request: "GET /api/v1/rules?type=alert",
		Answer: fmt.Sprintf("%d alerting rules, none of that name", len(names)),
		Text:   fmt.Sprintf("no rule is loaded that makes the alert %s", p.alert.Name),
		Advice: "load a rule for it, and see that its file is among rule_files",
	}
	if slices.ContainsFunc(names, p.alert.Name.Match) {
		e.Text += " with the labels that are expected"
		e.Advice = "give the rule these labels, or expect those that it has"
	} else if name, ok := p.alert.Name.Exact(); ok {
		if hint := diag.DidYouMean(name, names); hint != "" {
			e.Text += " (" + hint + ")"
		}
	}
	return e
}

// evaluated tells whether the rule is evaluated, can be, and finds anything to look at.
func (t *trail) evaluated(r *rule, now *look) verify.Evidence {
	e := verify.Evidence{
		Hop: verify.RuleEvaluated, Request: "GET /api/v1/rules?type=alert",
		Answer: short(fmt.Sprintf("%s: health %s, lastEvaluation %s, interval %s %s", r.Name, r.Health, stamp(r.LastEvaluation), verify.Seconds(r.group.interval()), r.LastError)),
	}
	late := now.at.Sub(r.LastEvaluation)
	switch {
	case r.Health == "err":
		e.State, e.Kind, e.At = verify.Broken, "SF-07", r.LastEvaluation
		e.Text = fmt.Sprintf("the rule %s cannot be evaluated: %s", r.Name, r.LastError)
		e.Advice = "mend the expression; an error is no alert"
	case r.LastEvaluation.Year() <= 1 || r.LastEvaluation.IsZero():
		e.State, e.Kind, e.Text = verify.Waiting, "SF-03", fmt.Sprintf("the rule %s has not been evaluated yet", r.Name)
		e.Advice = "find out what holds up its group"
	case late > 2*r.group.interval()+2*time.Second:
		e.State, e.Kind, e.At = verify.Broken, "SF-03", r.LastEvaluation
		e.Text = fmt.Sprintf("the group %s of the rule %s was last evaluated at %s, and should be every %s", r.group.Name, r.Name, stamp(t.s.ours(r.LastEvaluation)), verify.Seconds(r.group.interval()))
		if missed := now.missed(t.first, r.group); missed > 0 {
			e.Text += fmt.Sprintf("; %v evaluations were missed", missed)
		}
		e.Advice = "find out what holds up the group: an expression that takes too long, storage that does not answer"
	default:
		if empty := t.neverSeen(r); empty != nil {
			e.At = now.at
			return t.neverFires(e, r, empty)
		}
		e.State, e.At, e.Text = verify.OK, r.LastEvaluation, fmt.Sprintf("the rule %s is evaluated every %s without error", r.Name, verify.Seconds(r.group.interval()))
	}
	return e
}

// missed is how many evaluations of a group were missed since a look.
func (l *look) missed(since *look, g *group) float64 {
	if l.counters == nil || since == nil || since.counters == nil {
		return 0
	}
	name := g.File + ";" + g.Name
	return l.counters.missed[name] - since.counters.missed[name]
}

// stamp is a moment for people.
func stamp(t time.Time) string { return t.UTC().Format("15:04:05.000Z") }

const answerLength = 300

// short trims an answer.
func short(text string) string {
	if len(text) > answerLength {
		return strings.ToValidUTF8(text[:answerLength], "") + "…"
	}
	return text
}
