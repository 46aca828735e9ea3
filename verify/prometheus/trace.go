package prometheus

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/verify"
)

// Sees lists the hops that Prometheus can tell of.
func (s *Source) Sees() []verify.Hop {
	return []verify.Hop{
		verify.SignalEmitted, verify.Collected, verify.RuleEvaluated, verify.Pending, verify.Firing, verify.HandedToRouter, verify.IncidentResolved,
	}
}

// Trace tells what would keep a page from coming as things are (a rule that is not loaded, cannot be evaluated or looks
// at nothing, no Alertmanager), and foretells from the configuration that is loaded how long each hop holds a page back.
func (s *Source) Trace(ctx context.Context, expected []verify.Expectation) ([]verify.Evidence, error) {
	t := s.follow(expected)
	recorded, err := s.rules(ctx, "record")
	if err != nil {
		return nil, err
	}
	if _, err := t.Look(ctx, time.Time{}); err != nil {
		return nil, err
	}
	for _, p := range t.pages {
		for _, r := range p.rules(t.last.rules) {
			for _, sel := range t.source(r.Query, recorded).selectors {
				t.inputs.watch(sel, t.last)
			}
		}
	}
	seen, err := t.Look(ctx, time.Time{}) // knows what to ask of a rule that looks at nothing, or at recorded series
	if err != nil {
		return nil, err
	}
	seen = slices.DeleteFunc(seen, func(e verify.Evidence) bool { return e.State != verify.Broken })
	for _, p := range t.pages {
		for _, e := range t.foretell(p, recorded) {
			e.Expectation, e.Source, e.At = p.want.ID, s.name, time.Now().UTC()
			seen = append(seen, e)
		}
	}
	return seen, nil
}

// foretell is the budget of a page, hop by hop: of several rules that make its alert, that of the slowest.
func (t *trail) foretell(p *page, recorded []*rule) []verify.Evidence {
	rules := p.rules(t.last.rules)
	if len(rules) == 0 {
		return nil
	}
	r := slices.MaxFunc(rules, func(a, b *rule) int { return int(a.wait() - b.wait()) })
	every, from := r.group.interval(), t.source(r.Query, recorded)
	found := t.scraped(from.selectors)
	evaluated := verify.Evidence{
		Hop: verify.RuleEvaluated, Worst: verify.Seconds(every + from.delay), Request: "GET /api/v1/rules",
		Text: fmt.Sprintf("evaluation every %s", verify.Seconds(every)) + from.by,
	}
	found = append(found, evaluated)
	if wait := r.wait(); wait+from.lag > 0 {
		firing := verify.Evidence{Hop: verify.Firing, Request: "GET /api/v1/rules", Delay: verify.Seconds(wait + from.soonest), Worst: verify.Seconds(atEvaluation(wait, every) + from.lag)}
		firing.Text = fmt.Sprintf("for %s, at an evaluation every %s", verify.Seconds(wait), verify.Seconds(every))
		if from.lag > 0 {
			firing.Text += fmt.Sprintf(" + smoothing over up to %s", verify.Seconds(from.lag))
		}
		found = append(found, firing)
	}
	if keep := duration(r.KeepFiringFor); keep > 0 && p.want.Resolves > 0 {
		found = append(found, verify.Evidence{
			Hop: verify.IncidentResolved, Request: "GET /api/v1/rules", Worst: verify.Seconds(keep + every),
			Text: fmt.Sprintf("keep_firing_for %s", verify.Seconds(keep)),
		})
	}
	return found
}

// atEvaluation is the first evaluation at which a wait is over.
func atEvaluation(wait, every time.Duration) time.Duration {
	if every <= 0 {
		return wait
	}
	return time.Duration(math.Ceil(float64(wait)/float64(every))) * every
}

// origin is what a rule looks at in the end, behind the recording rules that lie between.
type origin struct {
	selectors []selector
	soonest   time.Duration // all offsets hold it back for so long, at least
	lag       time.Duration // and all smoothing and offsets at most
	delay     time.Duration // of all recording rules
	by        string        // who they are
}

// source follows an expression through recording rules to what is scraped. Where several feed it, the slowest counts.
func (t *trail) source(query string, recorded []*rule, through ...*rule) origin {
	e := t.inputs.parse(query)
	var all, slowest origin
	for _, sel := range e.selectors {
		all.selectors = append(all.selectors, sel)
		for _, rec := range named(recorded, sel.metric) {
			if slices.Contains(through, rec) {
				continue // it feeds itself
			}
			behind := t.source(rec.Query, recorded, append(through, rec)...)
			all.selectors = append(all.selectors, behind.selectors...)
			behind.delay += rec.group.interval()
			behind.by = fmt.Sprintf(" + recording rule %s every %s%s", rec.Name, verify.Seconds(rec.group.interval()), behind.by)
			if behind.delay+behind.lag > slowest.delay+slowest.lag {
				slowest = behind
			}
		}
	}
	all.soonest, all.lag, all.delay, all.by = e.soonest+slowest.soonest, e.lag+slowest.lag, slowest.delay, slowest.by
	return all
}

// scraped is how long it may take until a change is collected by the slowest of the jobs that feed the rule.
func (t *trail) scraped(selectors []selector) []verify.Evidence {
	var jobs []string
	for _, sel := range selectors {
		if in := t.inputs.known[sel.text]; in != nil {
			jobs = append(jobs, in.jobs...)
		}
	}
	worst := verify.Evidence{Hop: verify.Collected, Request: "GET /api/v1/targets"}
	for _, x := range t.last.targets {
		interval, timeout := x.within()
		if total := verify.Seconds(interval + timeout); slices.Contains(jobs, x.Labels["job"]) && total > worst.Worst {
			worst.Worst = total
			worst.Text = fmt.Sprintf("scrape of job %s every %s + timeout %s", x.Labels["job"], verify.Seconds(interval), verify.Seconds(timeout))
		}
	}
	if worst.Worst == 0 {
		return nil
	}
	slices.Sort(jobs)
	worst.Answer = short("jobs: " + strings.Join(slices.Compact(jobs), ", "))
	return []verify.Evidence{worst}
}
