package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// Text renders for a terminal, at most 100 columns wide, with or without colour. The first line says whether everything
// is restored and what to run if not; then comes what is wrong, why, and what to do about it; passes take a line each.
func Text(color bool) Renderer {
	return func(w io.Writer, records []judge.Record, known ...todo.Item) error {
		if err := checkSome(records); err != nil {
			return err
		}
		s := &sheet{Sheet: show.Sheet{Color: color}}
		runs := prepare(records, known)
		s.restored(restoredAll(runs))
		for _, r := range runs {
			s.record(r)
		}
		if len(records) > 1 {
			s.Heading(show.Count(len(records), "run") + ": " + tally(runs))
		}
		s.meanings()
		_, err := io.WriteString(w, s.String())
		return err
	}
}

func (s *sheet) restored(r restoration) {
	p := show.Green
	if !r.Good {
		p = show.Red
		r.Text += " Run: " + r.Do
	}
	s.Lead(0, r.Head, p, r.Text)
	for _, item := range r.Items {
		s.Line(len(r.Head)+2, "· ", item)
	}
}

// sheet is a text page that knows how runs are told.
type sheet struct {
	show.Sheet
	measured []string // the names of the metrics that stand on it
}

func (s *sheet) record(r told) {
	s.WriteByte('\n')
	s.Lead(0, r.Verdict.String(), paintOf(r.Verdict), named(r.Record))
	s.Line(0, "", r.Summary)
	s.Colored(0, "", show.Dim, identity(r.Record))
	if r.Aborted != nil {
		s.Line(0, "stopped by ", string(r.Aborted.By)+": "+r.Aborted.Reason)
	}
	for _, warning := range r.Warnings {
		s.Line(0, s.Paint(show.Yellow, "warning: "), warning)
	}
	for _, sec := range sections(r.Record) {
		s.Heading(sec.Title)
		for _, f := range sec.Findings {
			if sec.Passed {
				s.pass(f)
			} else {
				s.finding(f, len(r.Steps) > 1)
			}
		}
	}
	s.tasks(r)
	s.watchers(r.Record)
	s.sources(r.Record)
	s.times(r.Record)
}

// identity says which run this is, in one line.
func identity(r judge.Record) string {
	parts := []string{r.Run.ID}
	if r.Run.Service != "" {
		parts = append(parts, "service "+r.Run.Service)
	}
	if r.Run.Owner != "" {
		parts = append(parts, "owner "+r.Run.Owner)
	}
	if r.Run.Environment != "" {
		parts = append(parts, r.Run.Environment)
	}
	if r.Run.Control {
		parts = append(parts, "negative control")
	}
	return strings.Join(append(parts, show.Date(r.Started), took(r)), " · ")
}

func (s *sheet) pass(f finding) {
	text := f.Text
	if facts := measures(f.Result); len(facts) > 0 {
		text += " · " + facts[0].Name + " " + facts[0].Value
		s.measured = append(s.measured, facts[0].Name)
	}
	s.Lead(2, "✓ "+f.Verdict.String(), show.Green, text)
}

func (s *sheet) finding(f finding, manySteps bool) {
	s.Lead(2, sign(f.Verdict)+" "+f.Verdict.String(), paintOf(f.Verdict), f.Text)
	if said := f.Say(); said != "" {
		s.Line(4, "", said)
	}
	if f.Broken != nil {
		s.Entry("broken at", f.lost())
		s.Entry("asked", f.Broken.Request)
		s.Entry("answer", show.Shortened(show.OneLine(f.Broken.Answer), 400))
	}
	for _, n := range f.Near {
		s.Entry("nearly", n.ID+": "+strings.Join(n.Says, ", "))
	}
	s.Entry("hops", hopLine(f))
	s.Entry("budget", budgetWords(f.Budget))
	s.measures(f.Result)
	if manySteps {
		s.Entry("step", fmt.Sprintf("%d, %s", f.Step.Index, f.Step.Name))
	}
	s.Entry("kind", kindWords(f.Kind))
	s.Entry("do", advice(f.Result))
	s.Entry("owner", f.Owner())
}

// measures writes the metrics of a result.
func (s *sheet) measures(r judge.Result) {
	for _, m := range measures(r) {
		s.Entry(m.Name, m.Value)
		s.measured = append(s.measured, m.Name)
	}
}

// meanings define the metrics that stand on the page.
func (s *sheet) meanings() {
	if len(s.measured) == 0 {
		return
	}
	s.Heading("What the numbers mean")
	for _, d := range definitions() {
		if slices.Contains(s.measured, d.Name) {
			s.Line(2, show.Padded(d.Name, 21), d.Value)
		}
	}
}

// advice is what to do about a result.
func advice(r judge.Result) string {
	if r.Advice == "" && r.Broken != nil {
		return r.Broken.Advice
	}
	return r.Advice
}

// hopLine shows the hops somebody saw, and counts the others.
func hopLine(f finding) string {
	var parts []string
	unknown := 0
	for _, hop := range f.hops() {
		switch hop.State {
		case verify.OK:
			parts = append(parts, "✓ "+hop.Hop.String())
		case verify.Broken:
			parts = append(parts, "✗ "+hop.Hop.String())
		case verify.Waiting:
			parts = append(parts, "… "+hop.Hop.String())
		default:
			unknown++
		}
	}
	if unknown > 0 {
		parts = append(parts, fmt.Sprintf("? %d not seen", unknown))
	}
	return strings.Join(parts, " · ")
}

// sign is a verdict as one character, so that colour is never alone in telling it.
func sign(v judge.Verdict) string {
	switch v.Class() {
	case judge.Passed:
		return "✓"
	case judge.CannotTell:
		return "?"
	case judge.Stopped:
		return "■"
	default:
		return "✗"
	}
}

func paintOf(v judge.Verdict) show.Paint {
	switch v.Class() {
	case judge.Passed:
		return show.Green
	case judge.CannotTell, judge.Stopped:
		return show.Yellow
	default:
		return show.Red
	}
}
