package reports

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// Line is the verdict on a run in one line, safe for a terminal:
// "SILENT  payments-dies  nobody was paged: payments-check died with payments".
func Line(r judge.Record) string {
	why := show.OneLine(r.Summary)
	if all := sections(r); why == "" && len(all) > 0 {
		why = show.OneLine(all[0].Findings[0].Reason)
	}
	return strings.TrimRight(fmt.Sprintf("%-6s  %-14s  %s", r.Verdict, show.OneLine(r.Run.Scenario), why), " ")
}

// ScenarioOf is the scenario of a run, with a word if the run broke nothing: a negative control that passed proves
// something else than a page that came.
func ScenarioOf(r judge.Record) string {
	if r.Run.Control {
		return r.Run.Scenario + " (negative control)"
	}
	return r.Run.Scenario
}

// tally counts the verdicts of records, in the order of the runs: "1 SILENT, 2 PASS".
func tally(runs []told) string {
	counts := map[judge.Verdict]int{}
	for _, r := range runs {
		counts[r.Verdict]++
	}
	var parts []string
	for _, r := range runs {
		if n := counts[r.Verdict]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, r.Verdict))
			delete(counts, r.Verdict)
		}
	}
	return strings.Join(parts, ", ")
}

// named is the title of a run with the name of its scenario before it.
func named(r judge.Record) string {
	if r.Run.Title == "" || r.Run.Title == r.Run.Scenario {
		return r.Run.Scenario
	}
	return r.Run.Scenario + ": " + r.Run.Title
}

// title is what people call a run.
func title(r judge.Record) string {
	if r.Run.Title != "" {
		return r.Run.Title
	}
	return r.Run.Scenario
}

// notices are the pages somebody was sent during the run: who, how, when.
func notices(in verify.Incident) string {
	var all []string
	for _, n := range in.Notified {
		text := n.Who
		if n.Channel != "" {
			text += " by " + n.Channel
		}
		text += " at " + show.Clock(n.At)
		if n.Failed != "" {
			text += " (failed: " + n.Failed + ")"
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// about are the facts that identify a run.
func about(r judge.Record) []fact {
	mode := ""
	if r.Run.Control {
		mode = "negative control: no fault is injected"
	}
	seed := ""
	if r.Run.Seed != 0 {
		seed = strconv.FormatUint(r.Run.Seed, 10)
	}
	facts := []fact{
		{"run", r.Run.ID},
		{"scenario", r.Run.Scenario},
		{"service", r.Run.Service},
		{"owner", r.Run.Owner},
		{"environment", r.Run.Environment},
		{"mode", mode},
		{"started", show.Date(r.Started)},
		{"took", took(r)},
		{"host", r.Run.Host},
		{"user", r.Run.User},
		{"file", r.Run.File},
		{"definition", r.Run.Definition},
		{"seed", seed},
		{"friday", r.Run.Friday},
	}
	return slices.DeleteFunc(facts, func(f fact) bool { return f.Value == "" })
}

// kindWords is a kind of silent failure with its name: "SF-12, forgotten silence".
func kindWords(id string) string {
	if kind, ok := verify.FindSilentFailure(id); ok {
		return id + ", " + kind.Name
	}
	return id
}

// budgetWords is how long the configuration lets a page take.
func budgetWords(b *verify.Budget) string {
	if b == nil {
		return ""
	}
	return fmt.Sprintf("%s at best, %s at worst", show.Span(b.Best), show.Span(b.Worst))
}

// fact is one named value.
type fact struct{ Name, Value string }
