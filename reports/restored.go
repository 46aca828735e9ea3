package reports

import (
	"fmt"
	"strings"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// restoration says whether a run has put everything back, and what to do if not.
type restoration struct {
	Good  bool
	Head  string   // RESTORED
	Text  string   // one sentence
	Do    string   // a command
	Items []string // what is left, one line each
}

func restored(r judge.Record) restoration {
	if r.Restored {
		return restoration{Good: true, Head: "RESTORED", Text: "Everything was undone, and nothing of Friday's is in force."}
	}
	out := restoration{Head: "NOT RESTORED", Do: "friday recover"}
	for _, left := range r.Residue {
		out.Items = append(out.Items, fmt.Sprintf("%s on %s: %s", left.Fault, left.Target, left.Why))
	}
	for _, s := range r.Steps {
		if s.Unhealthy != "" {
			out.Items = append(out.Items, fmt.Sprintf("step %d, %s: %s", s.Index, s.Name, s.Unhealthy))
		}
	}
	switch {
	case len(r.Residue) > 0:
		out.Text = show.Count(len(r.Residue), "fault") + " may still be in force."
	case r.Finished.IsZero():
		out.Text = "The runner died before it could say that everything was undone."
	case len(out.Items) > 0:
		out.Text = "The faults are undone, but the system is not healthy again."
	default:
		out.Text = "Nobody saw that everything was undone."
	}
	return out
}

// restoredAll sums up many runs.
func restoredAll(runs []told) restoration {
	if len(runs) == 1 {
		return restored(runs[0].Record)
	}
	var bad restoration
	var names []string
	for _, r := range runs {
		one := restored(r.Record)
		if one.Good {
			continue
		}
		names = append(names, r.Run.Scenario)
		for _, item := range append([]string{one.Text}, one.Items...) {
			bad.Items = append(bad.Items, r.Run.Scenario+": "+item)
		}
	}
	if len(names) == 0 {
		return restored(runs[0].Record)
	}
	bad.Head, bad.Do = "NOT RESTORED", "friday recover"
	bad.Text = fmt.Sprintf("%d of %s left something behind: %s.", len(names), show.Count(len(runs), "run"), strings.Join(names, ", "))
	return bad
}
