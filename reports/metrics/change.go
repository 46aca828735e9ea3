package metrics

import (
	"cmp"
	"slices"

	"github.com/failurefriday/friday/verify"
)

// Change compares how long detection took in two periods, for one scenario whose definition is the same in both.
type Change struct {
	Scenario    string         `json:"scenario"`
	Definition  string         `json:"definition"`
	Environment string         `json:"environment,omitempty"`
	Now         Times          `json:"now"`
	Before      Times          `json:"before"`
	Slower      verify.Seconds `json:"slower_s"` // difference of the medians; negative is faster; 0 if one of them is never
}

// ChangesOf compares the medians of TTD of valid faults. Only the same scenario with the same definition in the same
// environment is compared, and only with at least FewestForTrends values on both sides. The slowest change comes first.
func ChangesOf(now, before []Fault) []Change {
	old, all := byScenario(before), []Change{}
	for key, values := range byScenario(now) {
		c := Change{Scenario: key.scenario, Definition: key.definition, Environment: key.environment, Now: TimesOf(values), Before: TimesOf(old[key])}
		if c.Now.N < FewestForTrends || c.Before.N < FewestForTrends {
			continue
		}
		if a, b := c.Now.P50.Seconds, c.Before.P50.Seconds; a != nil && b != nil {
			c.Slower = *a - *b
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Change) int {
		return cmp.Or(
			-cmp.Compare(worse(a), worse(b)), -cmp.Compare(a.Slower, b.Slower), cmp.Compare(a.Scenario, b.Scenario),
			cmp.Compare(a.Environment, b.Environment), cmp.Compare(a.Definition, b.Definition),
		)
	})
	return all
}

// worse puts medians that became never first, and those that no longer are last.
func worse(c Change) int {
	switch {
	case c.Now.P50.Never && !c.Before.P50.Never:
		return 1
	case !c.Now.P50.Never && c.Before.P50.Never:
		return -1
	}
	return 0
}

type definition struct{ scenario, definition, environment string }

// byScenario groups the times to detection of valid faults. A scenario whose definition is not known is like no other.
func byScenario(faults []Fault) map[definition][]Took {
	all := map[definition][]Took{}
	for _, f := range faults {
		if f.Valid() && f.Definition != "" {
			key := definition{f.Scenario, f.Definition, f.Environment}
			all[key] = append(all[key], f.Detect)
		}
	}
	return all
}
