package quarter

import (
	"cmp"
	"slices"
	"time"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// Of makes the report. Runs are all that are known, in any order: those of the period are told, those of as long a time
// before it are compared with, and what older ones have proved is known as well. It is a pure function.
func Of(runs []digest.Run, o Options) Report {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	runs, undated := picked(runs, o)
	overturned := todo.Overturned(o.Items)
	in := started(runs, o.Since, o.Until)
	now := metrics.SetOf(in, overturned)
	before := metrics.SetOf(started(runs, o.Since.Add(-o.Until.Sub(o.Since)), o.Since), overturned)
	known := metrics.SetOf(started(runs, time.Time{}, o.Until), overturned)
	valid := now.Valid()

	r := Report{
		Version: Version, Since: o.Since.UTC(), Until: o.Until.UTC(), Made: o.Now.UTC(), Zone: o.Zone.String(),
		MaxAge: verify.Seconds(o.MaxAge), Service: o.Service, Environment: o.Environment, zone: o.Zone, faults: now.Faults,
		Detection: metrics.TrendOf(metrics.Detection(valid), metrics.Detection(before.Valid())),
		Silent:    metrics.TrendOf(metrics.Silent(valid), metrics.Silent(before.Valid())),
		Outcomes:  metrics.Outcomes(valid), Left: left(runs, o), Coverage: metrics.CoverageOf(known.Faults, o.cells(), o.Since, o.asOf(), o.MaxAge),
		Kinds: kinds(valid), Hops: hops(valid), Lessons: lessons(valid), Repeats: repeats(valid),
		Times: timesOf(valid), MTTR: metrics.MTTRs(valid), Near: near(valid), Changes: metrics.ChangesOf(valid, before.Valid()),
		Redefined: redefined(in, runs, o.Since), AckOfTotal: metrics.AckBinsOf(metrics.Pages(valid)), Noise: metrics.NoiseOf(valid, o.Zone),
		Unwanted: now.Unwanted, Activity: activity(in, now, o), Todo: todos(len(valid), o), HopsSeen: metrics.HopsSeen(valid),
		Definitions: metrics.Definitions(),
		Excluded: Excluded{
			Faults: metrics.Exclusions(now.Faults), NotBroken: now.NotBroken, NoPage: now.NoPage, Estimated: estimated(valid),
			Silences: now.Silences, Controls: now.Controls, Undated: undated, Unread: o.Unread,
		},
	}
	r.Headline = r.headline()
	r.Actions = r.actions()
	return r
}

// asOf is up to when ages count: nobody knows what comes after the report was made.
func (o Options) asOf() time.Time {
	if !o.Now.IsZero() && o.Now.Before(o.Until) {
		return o.Now
	}
	return o.Until
}

// cells are those that are declared and fit what the report is about.
func (o Options) cells() []metrics.Cell {
	return slices.DeleteFunc(slices.Clone(o.Declared), func(c metrics.Cell) bool { return o.Service != "" && c.Service != o.Service })
}

// picked are the runs that the report is about, oldest first, and how many have no date.
func picked(runs []digest.Run, o Options) (fit []digest.Run, undated int) {
	for _, r := range runs {
		switch {
		case o.Service != "" && r.Service != o.Service, o.Environment != "" && r.Environment != o.Environment:
		case r.Started.IsZero():
			undated++
		default:
			fit = append(fit, r)
		}
	}
	slices.SortStableFunc(fit, func(a, b digest.Run) int { return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID)) })
	return fit, undated
}

// started are the runs, oldest first, that were started at or after since and before until.
func started(runs []digest.Run, since, until time.Time) []digest.Run {
	from := func(at time.Time) int {
		i, _ := slices.BinarySearchFunc(runs, at, func(r digest.Run, at time.Time) int { return r.Started.Compare(at) })
		return i
	}
	low := from(since)
	return runs[low:max(low, from(until))]
}

// left are the runs of the period whose scenario has not come back in the same environment since.
func left(runs []digest.Run, o Options) []Left {
	seen, all := map[place]bool{}, []Left{}
	for _, r := range slices.Backward(runs) {
		at := place{scenario: r.Scenario, environment: r.Environment}
		if !r.Started.Before(o.Until) || r.Control || seen[at] {
			continue
		}
		seen[at] = true
		if !r.Restored && !r.Started.Before(o.Since) {
			all = append(all, Left{Run: r.ID, Scenario: r.Scenario, Started: r.Started, Summary: r.Summary})
		}
	}
	return all
}

// redefined counts the scenarios of the period whose newest definition from before it was another one.
func redefined(in, runs []digest.Run, since time.Time) int {
	old := map[string]string{}
	for _, r := range started(runs, time.Time{}, since) {
		old[r.Scenario] = r.Definition
	}
	other := map[string]bool{}
	for _, r := range in {
		if was, ok := old[r.Scenario]; ok && was != r.Definition {
			other[r.Scenario] = true
		}
	}
	return len(other)
}

func estimated(valid []metrics.Fault) int {
	n := 0
	for _, f := range valid {
		if f.Estimated {
			n++
		}
	}
	return n
}

func timesOf(valid []metrics.Fault) Times {
	var t Times
	var detect, notify, toAck, recovery, ack, resolve, reset []metrics.Took
	for _, f := range valid {
		detect, notify = append(detect, f.Detect), append(notify, f.Notify)
		toAck, recovery = append(toAck, f.FaultToAck), append(recovery, f.Recovery)
		if f.SelfHealed {
			t.SelfHealed++
		}
	}
	for _, p := range metrics.Pages(valid) {
		ack, resolve, reset = append(ack, p.Ack), append(resolve, p.Resolve), append(reset, p.Reset)
		if p.Reset.Measured() {
			t.TooEarly.Of++
			if p.Reset.For < 0 {
				t.TooEarly.Hits++
			}
		}
	}
	t.Detect, t.Notify, t.Ack, t.FaultToAck = metrics.TimesOf(detect), metrics.TimesOf(notify), metrics.TimesOf(ack), metrics.TimesOf(toAck)
	t.Resolve, t.Recovery, t.Reset = metrics.TimesOf(resolve), metrics.TimesOf(recovery), metrics.TimesOf(reset)
	return t
}

// nearlyLate is the margin under which a page is told to be nearly late, as a share of its deadline.
const nearlyLate = 0.2

// near are the pages that came in time by less than nearlyLate, one for each expectation, the closest first.
func near(valid []metrics.Fault) []Near {
	type asked struct{ scenario, key string }
	closest := map[asked]Near{}
	for _, f := range valid {
		for _, p := range f.Pages {
			if p.Verdict != judge.Pass || !p.Margin.Measured() || p.Within <= 0 {
				continue
			}
			n := Near{
				Scenario: f.Scenario, Service: f.Service, Text: p.Text, Took: verify.Seconds(p.Detect.For), Within: p.Within,
				Margin: p.Margin.For.Seconds() / p.Within.Duration().Seconds(), Run: f.Run,
			}
			at := asked{f.Scenario, p.Key}
			if old, ok := closest[at]; n.Margin >= 0 && n.Margin < nearlyLate && (!ok || n.Margin < old.Margin) {
				closest[at] = n
			}
		}
	}
	all := []Near{}
	for _, n := range closest {
		all = append(all, n)
	}
	slices.SortFunc(all, func(a, b Near) int {
		return cmp.Or(cmp.Compare(a.Margin, b.Margin), cmp.Compare(a.Scenario, b.Scenario), cmp.Compare(a.Text, b.Text), cmp.Compare(a.Run, b.Run))
	})
	return all
}
