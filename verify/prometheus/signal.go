package prometheus

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/verify"
)

// needed are the inputs that the rule needs to come to a result.
func (t *trail) needed(r *rule) []*input {
	var found []*input
	for _, sel := range t.inputs.parse(r.Query).selectors {
		if known := t.inputs.known[sel.text]; sel.needed && known != nil && known.seen {
			found = append(found, known)
		}
	}
	return found
}

// neverSeen is an input that has no series, and had none before the fault.
func (t *trail) neverSeen(r *rule) *input {
	for _, in := range t.needed(r) {
		if in.based && !in.before && in.now == 0 {
			return in
		}
	}
	return nil
}

// neverFires tells of a rule that looks at nothing.
func (t *trail) neverFires(e verify.Evidence, r *rule, empty *input) verify.Evidence {
	e.State, e.Kind, e.Request, e.Answer = verify.Broken, "SF-06", "GET /api/v1/query count("+empty.text+")", "no series"
	e.Text = fmt.Sprintf("the rule %s looks at %s, which no series matches, nor did before the fault", r.Name, empty.text)
	e.Advice = "correct the selector, or bring back what it selects; until then the rule cannot fire"
	for _, m := range empty.matchers {
		var there []string
		for _, one := range t.inputs.terms.told["instead "+m.Name+" "+empty.text] {
			if value := one.labels[m.Name]; value != "" {
				there = append(there, value)
			}
		}
		if len(there) > 0 {
			slices.Sort(there)
			e.Text += fmt.Sprintf(": %s matches none; there is %s", m, quoted(there))
			break
		}
	}
	return e
}

// collected tells whether the series that the rule needs are still there.
func (t *trail) collected(r *rule, now *look) verify.Evidence {
	e := verify.Evidence{Hop: verify.Collected, Request: "GET /api/v1/query count(…)"}
	inputs := t.needed(r)
	if len(inputs) == 0 {
		e.Text = "the rule needs no series, or nobody could look at them"
		return e
	}
	var seen []string
	for _, in := range inputs {
		switch {
		case in.now == 0 && in.before:
			return t.vanished(e, in, now)
		case in.now == 0:
			e.Text = fmt.Sprintf("no series matches %s", in.text)
			return e
		}
		seen = append(seen, fmt.Sprintf("%s has %d", in.text, in.now))
		if at := in.newest; now.fault.IsZero() || in.came.IsZero() {
			e.At = later(e.At, at)
		} else {
			e.At = later(e.At, in.came)
		}
	}
	e.State, e.Answer = verify.OK, short(strings.Join(seen, ", "))
	e.Text = fmt.Sprintf("the series that the rule needs are there (%s)", short(inputs[0].text))
	return e
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// vanished tells of series that were there before the fault.
func (t *trail) vanished(e verify.Evidence, in *input, now *look) verify.Evidence {
	e.State, e.Kind, e.At = verify.Broken, "SF-04", in.newest
	e.Text = fmt.Sprintf("%s has no series since %s: nothing is compared, so nothing can fire", in.text, stamp(t.s.ours(in.newest)))
	e.Advice = "alert on absent() of it or on up == 0, too: no data is no good news"
	down := slices.DeleteFunc(slices.Clone(now.targets), func(x target) bool {
		return x.Health != "down" || !slices.Contains(in.jobs, x.Labels["job"])
	})
	if len(down) == 0 {
		return e
	}
	x := down[0]
	e.Request = "GET /api/v1/targets?state=active"
	e.Answer = short(t.s.clean(fmt.Sprintf("%s %s: %s", x.Labels["job"], x.Labels["instance"], x.LastError)))
	e.Text += fmt.Sprintf("; the target %s of job %s cannot be scraped (%s)", x.Labels["instance"], x.Labels["job"], t.s.clean(x.LastError))
	if rule := t.onUp(now); rule == "" {
		e.Text += fmt.Sprintf("; up{job=%q} is 0, and no rule looks at up", x.Labels["job"])
	} else {
		e.Text += fmt.Sprintf("; the rule %s looks at up", rule)
	}
	return e
}

// onUp is an alerting rule that looks at up.
func (t *trail) onUp(now *look) string {
	for _, r := range now.rules {
		if slices.ContainsFunc(t.inputs.parse(r.Query).selectors, func(s selector) bool { return s.metric == "up" }) {
			return r.Name
		}
	}
	return ""
}

// signal tells whether the series that the rule needs still move, where they moved before the fault.
func (t *trail) signal(r *rule, now *look) verify.Evidence {
	e := verify.Evidence{Hop: verify.SignalEmitted, Request: "GET /api/v1/query changes(…)", Text: "whether the signal moves is not known"}
	if now.fault.IsZero() {
		return e
	}
	for _, in := range t.needed(r) {
		for _, watched := range append([]*input{in}, t.pushersOf(in)...) {
			if watched.frozen() {
				return t.stale(e, in, watched, now)
			}
		}
		if in.changesSince > 0 {
			e.State, e.At, e.Text = verify.OK, in.came, fmt.Sprintf("the series of %s have changed since the fault", in.text)
		}
	}
	return e
}

func (t *trail) pushersOf(in *input) []*input {
	var found []*input
	for _, sel := range t.inputs.pushers(in) {
		if known := t.inputs.known[sel.text]; known != nil {
			found = append(found, known)
		}
	}
	return found
}

// stale tells of series that stand still.
func (t *trail) stale(e verify.Evidence, in, watched *input, now *look) verify.Evidence {
	e.State, e.Kind, e.At = verify.Broken, "SF-05", now.fault
	e.Answer = fmt.Sprintf("%s: %v changes in %v samples before the fault, none in %v since", watched.text, watched.changes, watched.samples, watched.samplesSince)
	e.Text = fmt.Sprintf("the series of %s have not changed since the fault at %s, and did so all the time before it", in.text, stamp(t.s.ours(now.fault)))
	e.Advice = "alert on the age of the value as well: the last one is kept when its sender is dead"
	if watched != in {
		e.Text = fmt.Sprintf("the series of %s have not been pushed since the fault at %s, and were all the time before it: the Pushgateway keeps the last ones", in.text, stamp(t.s.ours(now.fault)))
		e.Advice = "alert on the age of " + pushTime + " as well"
	}
	return e
}
