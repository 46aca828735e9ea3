package metrics

import (
	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// Set is what runs tell, sorted into what counts and what does not.
type Set struct {
	Runs       int // negative controls are not among them
	Unrestored int // of Runs: those that left something behind
	Faults     []Fault
	// NotBroken are steps that ask for a page and in which nothing was broken: they were never reached, or refused.
	NotBroken int
	// NoPage are steps in which something was broken and nobody was to be paged.
	NoPage int
	// Unwanted are the must_not_fire that could be judged, of steps in which something was broken; its hits are those that fired.
	Unwanted Rate
	Silences Rate // results that were judged SILENT; its hits are those that people overturned
	Controls Controls
}

// Controls are the negative controls: runs in which nothing was broken, and nobody may be paged.
type Controls struct {
	Runs  int  `json:"runs"`
	Fired Rate `json:"fired"` // runs that could tell; its hits are those in which a page came all the same
}

// SetOf sorts runs. Overturned is as for Of.
func SetOf(runs []digest.Run, overturned func(run, key string) bool) Set {
	var set Set
	for _, r := range runs {
		if r.Control {
			set.Controls.add(r)
			continue
		}
		set.Runs++
		if !r.Restored {
			set.Unrestored++
		}
		for _, s := range r.Steps {
			set.step(s)
		}
		faults := Of(r, overturned)
		set.Faults = append(set.Faults, faults...)
		for _, f := range faults {
			for _, p := range f.Pages {
				set.silence(p)
			}
		}
	}
	return set
}

func (set *Set) step(s digest.Step) {
	switch {
	case !broken(s) && asks(s):
		set.NotBroken++
	case broken(s) && !asks(s):
		set.NoPage++
	}
	if !broken(s) {
		return
	}
	for _, x := range s.Results {
		if x.MustNot && Valid(x.Verdict) {
			set.Unwanted.Of++
			if x.Verdict.Class() == judge.Failed {
				set.Unwanted.Hits++
			}
		}
	}
}

func (set *Set) silence(p Page) {
	if p.Verdict != judge.Silent {
		return
	}
	set.Silences.Of++
	if p.Overturned {
		set.Silences.Hits++
	}
}

// add counts a control: it fired if any of its pages came, and tells something if all of them could be judged.
func (c *Controls) add(r digest.Run) {
	c.Runs++
	var verdicts []judge.Verdict
	for _, s := range r.Steps {
		for _, x := range s.Results {
			verdicts = append(verdicts, x.Verdict)
		}
	}
	switch judge.Worst(verdicts...).Class() {
	case judge.Failed:
		c.Fired.Hits++
		c.Fired.Of++
	case judge.Passed:
		c.Fired.Of++
	default:
	}
}

// Valid are the faults of the set that count.
func (set Set) Valid() []Fault {
	var valid []Fault
	for _, f := range set.Faults {
		if f.Valid() {
			valid = append(valid, f)
		}
	}
	return valid
}

// Share is one verdict's share of the valid faults.
type Share struct {
	Verdict judge.Verdict `json:"verdict"`
	Rate    Rate          `json:"rate"`
}

// Outcomes are the shares of all verdicts that occur, PASS and NOISY first, then from the worst on. They sum to 1. Faults
// that are not valid have no part in it.
func Outcomes(faults []Fault) []Share {
	n, of := map[judge.Verdict]int{}, 0
	for _, f := range faults {
		if f.Valid() {
			n[f.Outcome]++
			of++
		}
	}
	var all []Share
	for _, v := range []judge.Verdict{
		judge.Pass, judge.Noisy, judge.Silent, judge.Wrong, judge.FalseRecovery, judge.Late, judge.Stuck, judge.Unexpected, judge.Unrestored,
	} {
		if n[v] > 0 {
			all = append(all, Share{v, Rate{n[v], of}})
		}
	}
	return all
}

// Detection is the detection rate (recall): PASS and NOISY ÷ valid faults.
func Detection(faults []Fault) Rate { return count(faults, Fault.Detected) }

// Silent is the silent rate: SILENT ÷ valid faults.
func Silent(faults []Fault) Rate {
	return count(faults, func(f Fault) bool { return f.Outcome == judge.Silent })
}

func count(faults []Fault, hit func(Fault) bool) Rate {
	var r Rate
	for _, f := range faults {
		if !f.Valid() {
			continue
		}
		r.Of++
		if hit(f) {
			r.Hits++
		}
	}
	return r
}

// Exclusion is a reason why faults do not count.
type Exclusion struct {
	Verdict    judge.Verdict `json:"verdict"`
	Overturned bool          `json:"overturned,omitempty"` // SILENT, and people decided that the page had come
	Faults     int           `json:"faults"`
}

// Exclusions tell which faults do not count, and why.
func Exclusions(faults []Fault) []Exclusion {
	n, overturned := map[judge.Verdict]int{}, 0
	for _, f := range faults {
		switch {
		case f.Valid():
		case f.Overturned:
			overturned++
		default:
			n[f.Outcome]++
		}
	}
	var all []Exclusion
	for _, v := range []judge.Verdict{judge.Void, judge.Inconclusive, judge.Impossible, judge.Aborted, judge.Unjudged} {
		if n[v] > 0 {
			all = append(all, Exclusion{Verdict: v, Faults: n[v]})
		}
	}
	if overturned > 0 {
		all = append(all, Exclusion{Verdict: judge.Silent, Overturned: true, Faults: overturned})
	}
	return all
}

// HopsSeen is the hop coverage: hops of which something was known ÷ all hops, over the pages of valid faults.
func HopsSeen(faults []Fault) Rate {
	var r Rate
	for _, p := range Pages(faults) {
		r.Hits += min(p.HopsSeen, len(verify.Hops()))
		r.Of += len(verify.Hops())
	}
	return r
}

// Pages are the pages of the valid faults that were judged themselves.
func Pages(faults []Fault) []Page {
	var all []Page
	for _, f := range faults {
		if !f.Valid() {
			continue
		}
		for _, p := range f.Pages {
			if Valid(p.Verdict) && !p.Overturned {
				all = append(all, p)
			}
		}
	}
	return all
}
