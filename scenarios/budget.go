package scenarios

import (
	"fmt"
	"strings"

	"github.com/failurefriday/friday/verify"
)

// foretell turns what the sources said of the way of the pages into warnings and budgets, and refuses what cannot be.
func (p *Plan) foretell(no *Refusal) {
	for _, e := range p.Evidence {
		if e.State == verify.Broken {
			p.warn("%s: %s", e.Hop, e.Text)
		}
	}
	for i, s := range p.Steps {
		for _, want := range s.Expect {
			if want.MustNot {
				continue
			}
			b := verify.BudgetOf(want, p.Evidence, verify.IncidentCreated)
			if len(b.Parts) == 0 {
				continue
			}
			p.Info.Steps[i].Budgets = append(p.Info.Steps[i].Budgets, b)
			p.weigh(no, s, want, b)
		}
	}
}

// weigh compares a budget with what is allowed: a page that cannot come in time is no experiment, and one that may come
// late by its configuration alone is said to be so.
func (p *Plan) weigh(no *Refusal, s PlannedStep, want verify.Expectation, b verify.Budget) {
	switch {
	case want.Within < b.Best:
		no.add(CannotTell, fmt.Errorf("IMPOSSIBLE: %s must fire within %s, and takes at least %s: %s", want.ID, want.Within, b.Best, addedUp(b.Parts)))
	case want.Within < b.Worst && verify.Seconds(s.Hold) >= b.Worst:
		p.warn("%s must fire within %s, and may take up to %s by its configuration alone: %s", want.ID, want.Within, b.Worst, addedUp(b.Parts))
	}
	if verify.Seconds(s.Hold) < b.Worst && !s.Momentary {
		p.warn("the hold of %s is shorter than the %s that %s may take by its configuration alone, so a silence may mean only that it was slow: %s",
			verify.Seconds(s.Hold), b.Worst, want.ID, addedUp(b.Parts))
	}
}

// addedUp is a budget in words: "collected 0s to 16s, firing 5s".
func addedUp(parts []verify.Evidence) string {
	texts := make([]string, len(parts))
	for i, e := range parts {
		texts[i] = fmt.Sprintf("%s %s to %s (%s)", e.Hop, e.Delay, e.Worst, e.Text)
		if e.Delay == e.Worst {
			texts[i] = fmt.Sprintf("%s %s (%s)", e.Hop, e.Worst, e.Text)
		}
	}
	return strings.Join(texts, ", ")
}
