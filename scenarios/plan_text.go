package scenarios

import (
	"fmt"
	"io"
	"strings"

	"github.com/failurefriday/friday/verify"
)

// WritePlan writes the plan for people: what will be hit, what is expected, who watches, and what to mind.
func WritePlan(w io.Writer, p *Plan) error {
	var b strings.Builder
	title := p.Scenario.Name
	if p.Scenario.Title != "" {
		title += ": " + p.Scenario.Title
	}
	fmt.Fprintf(&b, "Plan of %s\n", title)
	fmt.Fprintf(&b, "  environment  %s\n", p.Run.Environment)
	fmt.Fprintf(&b, "  seed         %d\n", p.Seed)
	for _, s := range p.Info.Sources {
		role := ""
		if s.Follows {
			role = ", follows the pages"
		}
		fmt.Fprintf(&b, "  source       %s (%s%s)\n", s.Name, s.Kind, role)
	}
	for _, name := range p.Info.Steady {
		fmt.Fprintf(&b, "  steady       %s\n", name)
	}
	for _, watcher := range p.Info.Watchers {
		writeWatcher(&b, watcher)
	}
	for i, s := range p.Info.Steps {
		writeStep(&b, i+1, s, p.Control)
	}
	for _, warning := range p.Info.Warnings {
		fmt.Fprintf(&b, "  warning: %s\n", warning)
	}
	_, err := io.WriteString(w, plain(b.String()))
	return err
}

func writeWatcher(b *strings.Builder, watcher verify.WatcherPlan) {
	fmt.Fprintf(b, "  watcher      %s\n", watcher.Name)
	for _, f := range watcher.Fates {
		verb := "shares its " + f.Shares + " with"
		if f.Dies {
			verb = "will die with"
		}
		fmt.Fprintf(b, "                 %s %s: %s\n", verb, f.Target, f.Detail)
	}
}

func writeStep(b *strings.Builder, number int, s verify.StepPlan, control bool) {
	fmt.Fprintf(b, "  step %d: %s\n", number, s.Name)
	switch {
	case control:
		fmt.Fprintf(b, "    breaks     nothing (negative control)\n")
	case len(s.Faults) == 0:
		fmt.Fprintf(b, "    breaks     cannot be planned, see below\n")
	}
	for _, f := range s.Faults {
		note := ""
		if f.Irreversible {
			note = ", cannot be undone"
		}
		if f.Sustained {
			note += ", struck again whenever it comes back"
		}
		fmt.Fprintf(b, "    breaks     %s: %s%s\n", f.Kind, f.Target, note)
	}
	fmt.Fprintf(b, "    hold       at most %s\n", s.Hold)
	for _, e := range s.Expect {
		fmt.Fprintf(b, "    expects    %s %s\n", e.ID, e.Text)
	}
	for _, budget := range s.Budgets {
		fmt.Fprintf(b, "    budget     %s takes %s at best and %s at worst:\n", budget.Expectation, budget.Best, budget.Worst)
		for _, e := range budget.Parts {
			fmt.Fprintf(b, "                 %-22s %6s to %-6s %s\n", e.Hop, e.Delay, e.Worst, e.Text)
		}
	}
	for _, name := range s.AbortIf {
		fmt.Fprintf(b, "    aborts if  %s turns red\n", name)
	}
}

// plain takes control characters out of text that came from outside, line breaks aside.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (r < 0x20 || r == 0x7f || (r >= 0x80 && r < 0xa0)) {
			return '�'
		}
		return r
	}, text)
}
