package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/verify/judge"
)

// lost is what the older run proved and the newer one does not ask for: expectations, classes of faults of a service,
// alerts. What the newer run asks for and could not tell is not lost; that is said elsewhere.
func lost(before, now digest.Run) []Loss {
	all := []Loss{}
	add := func(what Lost, text string) {
		if one := (Loss{what, text}); !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	asked := places(now)
	for _, p := range places(before) {
		if p.result.Verdict != judge.Pass {
			continue
		}
		if _, there := find(asked, p.result.Key); !there {
			add(LostExpectation, fmt.Sprintf("step %s: %s", p.step.Name, p.result.Text))
		}
		if p.result.MustNot {
			continue
		}
		if cell := cellOf(before, p.step); cell != "" && !asksFor(now, cell) {
			add(LostFault, cell)
		}
		if alert := alertOf(p.result); alert != "" && !slices.ContainsFunc(asked, func(q place) bool { return !q.result.MustNot && alertOf(q.result) == alert }) {
			add(LostAlert, alert)
		}
	}
	return all
}

// cellOf is the cell of the coverage matrix that a step with a fires is about; empty if it broke nothing.
func cellOf(r digest.Run, s digest.Step) string {
	class := s.Class()
	if class == "" || r.Control {
		return ""
	}
	return strings.TrimSpace(class + " " + ofService(r.Service))
}

func ofService(name string) string {
	if name == "" {
		return ""
	}
	return "on " + name
}

func asksFor(r digest.Run, cell string) bool {
	return slices.ContainsFunc(r.Steps, func(s digest.Step) bool {
		return cellOf(r, s) == cell && slices.ContainsFunc(s.Results, func(x digest.Result) bool { return !x.MustNot })
	})
}

// alertOf is the alert that an expectation names; empty if it names none.
func alertOf(x digest.Result) string {
	if x.Alert.Name.Empty() {
		return ""
	}
	return x.Alert.Name.String()
}
