package quarter

import (
	"cmp"
	"slices"
	"time"

	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// lead is the page that made the outcome of a fault: each fault is counted under one kind and one hop.
func lead(f metrics.Fault) metrics.Page {
	i := slices.IndexFunc(f.Pages, func(p metrics.Page) bool { return p.Verdict == f.Outcome && !p.Overturned })
	if i < 0 {
		return metrics.Page{}
	}
	return f.Pages[i]
}

// silents are the faults of which nobody heard, oldest first.
func silents(valid []metrics.Fault) []metrics.Fault {
	var all []metrics.Fault
	for _, f := range valid {
		if f.Outcome == judge.Silent {
			all = append(all, f)
		}
	}
	return all
}

func kinds(valid []metrics.Fault) []KindCount {
	n := map[string]*KindCount{}
	for _, f := range silents(valid) {
		id := lead(f).Kind
		k := n[id]
		if k == nil {
			k = &KindCount{ID: id, Name: cmp.Or(id, "not known")}
			if is, ok := verify.FindSilentFailure(id); ok {
				k.Name, k.Summary, k.Remedy = is.Name, is.Summary, is.Remedy
			}
			n[id] = k
		}
		k.Faults++
		if !slices.Contains(k.Services, f.Service) {
			k.Services = append(k.Services, f.Service)
		}
	}
	all := []KindCount{}
	for _, k := range n {
		slices.Sort(k.Services)
		all = append(all, *k)
	}
	slices.SortFunc(all, func(a, b KindCount) int {
		return cmp.Or(-cmp.Compare(a.Faults, b.Faults), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// hops counts all of them, and then, if there are any, the faults of which nobody could see where the page was lost.
func hops(valid []metrics.Fault) []HopCount {
	all := []HopCount{}
	for _, h := range verify.Hops() {
		all = append(all, HopCount{Hop: h.String()})
	}
	dark := 0
	for _, f := range silents(valid) {
		h := lead(f).Broken
		if h == nil || int(*h) < 0 || int(*h) >= len(verify.Hops()) {
			dark++
			continue
		}
		all[*h].Faults++
	}
	if dark > 0 {
		all = append(all, HopCount{Faults: dark})
	}
	return all
}

// expectation is what is the same in all runs of one place.
type expectation struct {
	place
	key string
}

func expectationOf(f metrics.Fault) expectation { return expectation{placeOf(f), lead(f).Key} }

// lessons tells silent faults: first those that nothing has shown to be mended, of these the most frequent, then the newest.
func lessons(valid []metrics.Fault) []Lesson {
	at, passed := map[expectation]int{}, passes(valid)
	all := []Lesson{}
	for _, f := range silents(valid) {
		p := lead(f)
		i, ok := at[expectationOf(f)]
		if !ok {
			i = len(all)
			at[expectationOf(f)] = i
			all = append(all, Lesson{})
		}
		told := Lesson{
			Service: f.Service, Scenario: f.Scenario, Title: f.Title, Owner: f.Owner, Sentence: cmp.Or(p.Reason, p.Text), Advice: p.Advice,
			Kind: p.Kind, Run: f.Run, At: f.Started, Faults: all[i].Faults + 1, Since: passed[placeOf(f)].After(f.Started),
		}
		if p.Broken != nil {
			told.Hop = p.Broken.String()
		}
		all[i] = told
	}
	slices.SortStableFunc(all, func(a, b Lesson) int {
		return cmp.Or(last(a.Since)-last(b.Since), -cmp.Compare(a.Faults, b.Faults), -a.At.Compare(b.At))
	})
	return all
}

// place is where the same thing is broken again and again.
type place struct{ scenario, environment, step string }

func placeOf(f metrics.Fault) place { return place{f.Scenario, f.Environment, f.Step} }

// passes are when the newest PASS was in each place.
func passes(valid []metrics.Fault) map[place]time.Time {
	newest := map[place]time.Time{}
	for _, f := range valid {
		if f.Outcome == judge.Pass {
			newest[placeOf(f)] = f.Started // they are sorted
		}
	}
	return newest
}

// last puts what is well again behind what is not.
func last(well bool) int {
	if well {
		return 1
	}
	return 0
}

// repeats are the steps that were no PASS more than once: first those that still are none, of these the most frequent.
func repeats(valid []metrics.Fault) []Repeat {
	all := map[place][]metrics.Fault{}
	for _, f := range valid {
		all[placeOf(f)] = append(all[placeOf(f)], f)
	}
	found := []Repeat{}
	for _, faults := range all {
		newest := faults[len(faults)-1]
		r := Repeat{Service: newest.Service, Scenario: newest.Scenario, Step: newest.Step, Owner: newest.Owner, Passing: newest.Outcome == judge.Pass}
		var failed []metrics.Fault
		for _, f := range faults {
			if f.Outcome != judge.Pass {
				failed = append(failed, f)
			}
		}
		r.Failed = metrics.Rate{Hits: len(failed), Of: len(faults)}
		r.Outcomes = metrics.Outcomes(failed)
		if len(failed) > 1 {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b Repeat) int {
		return cmp.Or(
			last(a.Passing)-last(b.Passing), -cmp.Compare(a.Failed.Hits, b.Failed.Hits), cmp.Compare(a.Failed.Of, b.Failed.Of), cmp.Compare(a.Service, b.Service),
			cmp.Compare(a.Scenario, b.Scenario), cmp.Compare(a.Step, b.Step),
		)
	})
	return found
}
