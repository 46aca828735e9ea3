package coverage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// try is one expectation of one run that somebody is paged.
type try struct {
	run string
	at  time.Time // when the run was started
	digest.Result
	inForce time.Time
	holdEnd time.Time
	fits    int // how many rules may be the alert, where it is given by a pattern
}

// tries are those of all runs, found by what they speak of.
type tries struct {
	byName    map[string][]*try // alerts that the incidents named
	byService map[string][]*try
	following []*try // those that name an alert themselves
}

func gather(runs []digest.Run) tries {
	all := tries{map[string][]*try{}, map[string][]*try{}, nil}
	for _, run := range runs {
		if run.Control {
			continue // nothing was broken
		}
		for _, step := range run.Steps {
			for _, x := range step.Results {
				if !x.MustNot {
					all.add(&try{run: run.ID, at: run.Started, Result: x, inForce: step.InForce, holdEnd: step.HoldEnd})
				}
			}
		}
	}
	return all
}

func (all *tries) add(t *try) {
	for _, name := range t.Names {
		all.byName[name] = append(all.byName[name], t)
	}
	for _, service := range t.Services {
		all.byService[service] = append(all.byService[service], t)
	}
	if name, exact := t.Alert.Name.Exact(); exact && !slices.Contains(t.Names, name) {
		all.byName[name] = append(all.byName[name], t)
	} else if !exact && !t.Alert.Name.Empty() {
		all.following = append(all.following, t)
	}
	if t.Service != "" && !slices.Contains(t.Services, t.Service) {
		all.byService[t.Service] = append(all.byService[t.Service], t)
	}
}

// weigh counts for every try that gives its alert by a pattern how many different alerts that may be.
func (all tries) weigh(called map[string][]Rule) {
	known := map[string]int{}
	for _, t := range all.following {
		key := fmt.Sprint(t.Alert.Name, t.Alert.Labels) // maps are printed in order
		n, counted := known[key]
		if !counted {
			for _, namesakes := range called {
				for _, r := range namesakes {
					if fits(t.Alert, r) {
						n++
					}
				}
			}
			known[key] = n
		}
		t.fits = n
	}
}

// ofRule are the tries that speak of a rule. Where several different ones have its name, only those do that tell this one from
// the others by its labels; where a pattern fits several, only those whose incident carries its name.
func (all tries) ofRule(r Rule, namesakes []Rule) (meant []*try, unclear int) {
	candidates := slices.Clone(all.byName[r.Name])
	for _, t := range all.following {
		if !slices.Contains(t.Names, r.Name) { // it is among them already
			candidates = append(candidates, t)
		}
	}
	for _, t := range candidates {
		named := !t.Alert.Name.Empty()
		switch {
		case named && !fits(t.Alert, r), !named && !slices.Contains(t.Names, r.Name):
		case len(namesakes) > 1 && !tells(t.Alert, r, namesakes), t.fits > 1 && !slices.Contains(t.Names, r.Name):
			unclear++
		default:
			meant = append(meant, t)
		}
	}
	return meant, unclear
}

// fits reports whether a rule may be the alert that is meant. Labels that the rule does not set come from its series.
func fits(a verify.AlertMatch, r Rule) bool {
	if !a.Name.Match(r.Name) {
		return false
	}
	for label, want := range a.Labels {
		if is, set := r.Labels[label]; set && !want.Match(is) {
			return false
		}
	}
	return true
}

// tells reports whether the labels that are asked for are a rule's own, and those of none of its namesakes.
func tells(a verify.AlertMatch, r Rule, namesakes []Rule) bool {
	own := func(r Rule) bool {
		for label := range a.Labels {
			if _, set := r.Labels[label]; set {
				return fits(a, r)
			}
		}
		return false
	}
	n := 0
	for _, o := range namesakes {
		if own(o) {
			n++
		}
	}
	return n == 1 && own(r)
}

// ofService are the tries that speak of a service. That the incident was this service's is seen in the incident.
func (all tries) ofService(s Service) []told {
	var meant []*try
	for _, t := range all.byService[s.Name] {
		if t.Source == "" || t.Source == s.Source {
			meant = append(meant, t)
		}
	}
	oldestFirst(meant)
	var out []told
	for _, t := range meant {
		out = append(out, told{t, slices.Contains(t.Services, s.Name)})
	}
	return out
}

// outcome is what a try says: nothing, that it failed, or that the page came, and whether it went again.
type outcome int

const (
	cannotTell outcome = iota
	failed
	fired
	resolved
)

// outcome of a try. Seen says whether somebody saw that the page was the one that is asked about.
func (t try) outcome(seen bool) outcome {
	switch t.Verdict {
	case judge.Silent, judge.Late, judge.Wrong, judge.Unexpected:
		return failed
	case judge.Pass, judge.Noisy, judge.Stuck, judge.FalseRecovery:
	default:
		return cannotTell
	}
	switch {
	case t.Detected.IsZero() || t.inForce.IsZero():
		return failed // it went wrong, and no page came
	case t.Within > 0 && t.Detected.Sub(t.inForce) > time.Duration(t.Within):
		return failed
	case !seen:
		return cannotTell
	case t.Resolved.IsZero() || t.holdEnd.IsZero() || t.Resolved.Before(t.holdEnd) || t.Verdict == judge.Stuck || t.Verdict == judge.FalseRecovery:
		return fired
	}
	return resolved
}

// oldestFirst sorts tries, those of a run in the order of its expectations.
func oldestFirst(all []*try) {
	slices.SortStableFunc(all, func(a, b *try) int {
		return cmp.Or(a.at.Compare(b.at), strings.Compare(a.run, b.run), strings.Compare(a.ID, b.ID))
	})
}
