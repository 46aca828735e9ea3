package verify

import (
	"cmp"
	"slices"
)

// Budget is how long a page takes on its way, as the live configuration foretells it: at least Best, at most Worst. What
// nobody could foretell counts for nothing, so the truth may be longer, never shorter than Best.
type Budget struct {
	Expectation string     `json:"expectation"`
	Best        Seconds    `json:"best_s"`
	Worst       Seconds    `json:"worst_s"`
	Parts       []Evidence `json:"parts"` // what adds up, in the order of the hops
}

// BudgetOf adds up what the sources foretold for one expectation, up to a hop. Where several speak of one hop, the slowest counts:
// a page takes one way, and nobody knows which.
func BudgetOf(want Expectation, foretold []Evidence, last Hop) Budget {
	b := Budget{Expectation: want.ID}
	slowest := map[Hop]Evidence{}
	for _, e := range foretold {
		e.Worst = max(e.Worst, e.Delay)
		if e.Worst == 0 || e.Hop > last || !e.About(want) {
			continue
		}
		if old, ok := slowest[e.Hop]; !ok || cmp.Or(cmp.Compare(old.Worst, e.Worst), cmp.Compare(old.Delay, e.Delay)) < 0 {
			slowest[e.Hop] = e
		}
	}
	for _, e := range slowest {
		b.Best += e.Delay
		b.Worst += e.Worst
		b.Parts = append(b.Parts, e)
	}
	slices.SortFunc(b.Parts, func(x, y Evidence) int { return int(x.Hop) - int(y.Hop) })
	return b
}

// About reports whether the evidence speaks of an expectation: of it alone, or of all on its source.
func (e Evidence) About(want Expectation) bool {
	if e.Expectation != "" {
		return e.Expectation == want.ID
	}
	return e.Source == "" || e.Source == want.Source
}
