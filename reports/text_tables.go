package reports

import (
	"fmt"

	"github.com/charmbracelet/x/ansi"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// watchers says what became of each monitor, and what it shares with its target.
func (s *sheet) watchers(r judge.Record) {
	if len(r.Watchers) == 0 {
		return
	}
	s.Heading("Watchers")
	width := 0
	for _, w := range r.Watchers {
		width = max(width, ansi.StringWidth(show.OneLine(w.Name)))
	}
	width = min(width, show.Columns/3)
	for _, w := range r.Watchers {
		lead := show.Padded(show.Shortened(show.OneLine(w.Name), width), width) + "  "
		for _, said := range watcherWords(w) {
			s.Line(2, lead, said)
			lead = show.Padded("", ansi.StringWidth(lead))
		}
	}
}

// watcherWords are the sentences on a watcher: what became of it in each step, then what it shares.
func watcherWords(w judge.Watcher) []string {
	var all []string
	for _, step := range w.Steps {
		said := step.Says
		if len(w.Steps) > 1 {
			said = fmt.Sprintf("step %d: %s", step.Step, said)
		}
		all = append(all, said)
	}
	for _, fate := range w.Fates {
		all = append(all, fateWords(fate.Shares, fate.Target, fate.Detail, fate.Dies))
	}
	if len(all) == 0 {
		all = append(all, "not looked at")
	}
	return all
}

func fateWords(shares, target, detail string, dies bool) string {
	text := "may go down with " + target
	if dies {
		text = "goes down with " + target
	}
	text += ": same " + shares
	if detail != "" {
		text += ", " + detail
	}
	return text
}

// sources names the sources that could not be seen all the time.
func (s *sheet) sources(r judge.Record) {
	first := true
	for _, src := range r.Sources {
		if src.Failures == 0 && len(src.Blind) == 0 {
			continue
		}
		if first {
			s.Heading("Sources")
			first = false
		}
		s.Line(2, show.Shortened(show.OneLine(src.Name), show.Columns/3)+"  ", sourceWords(src))
	}
}

// sourceWords says how well a source could be seen.
func sourceWords(src judge.Source) string {
	noun := "poll"
	if src.Follows {
		noun = "look at the hops"
	}
	text := fmt.Sprintf("%s, %d failed", show.Count(src.Polls, noun), src.Failures)
	for _, b := range src.Blind {
		text += fmt.Sprintf("; blind from %s to %s", show.Clock(b.From), show.Clock(b.To))
	}
	if src.LastError != "" {
		text += "; last error: " + src.LastError
	}
	return text
}

// times gives the moments of each step, and how long each fault really was in force.
func (s *sheet) times(r judge.Record) {
	if len(r.Steps) > 0 {
		s.Heading("Times")
	}
	for _, step := range r.Steps {
		s.Line(2, "", fmt.Sprintf("step %d, %s", step.Index, step.Name))
		for _, f := range step.Faults {
			s.Line(4, "", faultWords(f))
		}
		for _, f := range times(step) {
			s.Line(4, s.Paint(show.Dim, show.Padded(f.Name, 14))+"  ", f.Value)
		}
	}
}

// faultWords says what a fault did to its target.
func faultWords(f judge.Fault) string {
	text := f.Kind + " on " + f.Target
	switch {
	case f.Injected.IsZero():
		text += ": not injected"
	case f.InForce.IsZero():
		text += ": never seen in force"
	default:
		text += fmt.Sprintf(": in force for %s (%s of the hold)", show.Span(f.DownFor), show.Percent(f.Share))
	}
	if f.Again > 0 {
		text += ", struck again " + show.Count(f.Again, "time")
	}
	if f.Effect != nil {
		text += ", " + f.Effect.Text
	}
	if f.Error != "" {
		text += ": " + f.Error
	}
	return text
}
