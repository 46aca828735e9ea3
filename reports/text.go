package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// Text renders for a terminal, at most 100 columns wide, with or without colour. The first line says whether everything
// is restored and what to run if not; then comes what is wrong, why, and what to do about it; passes take a line each.
func Text(color bool) Renderer {
	return func(w io.Writer, records []judge.Record) error {
		if err := checkSome(records); err != nil {
			return err
		}
		s := &sheet{color: color}
		records = worstFirst(cleaned(records))
		s.restored(restoredAll(records))
		for _, r := range records {
			s.record(r)
		}
		if len(records) > 1 {
			s.heading(count(len(records), "run") + ": " + tally(records))
		}
		_, err := io.WriteString(w, s.String())
		return err
	}
}

func (s *sheet) restored(r restoration) {
	p := green
	if !r.Good {
		p = red
		r.Text += " Run: " + r.Do
	}
	s.lead(0, r.Head, p, r.Text)
	for _, item := range r.Items {
		s.line(len(r.Head)+2, "· ", item)
	}
}

// lead writes a coloured word and a text after it.
func (s *sheet) lead(indent int, word string, p paint, text string) {
	s.line(indent, s.paint(p, word)+"  ", text)
}

func (s *sheet) record(r judge.Record) {
	s.WriteByte('\n')
	s.lead(0, r.Verdict.String(), paintOf(r.Verdict), named(r))
	s.line(0, "", r.Summary)
	s.colored(0, "", dim, identity(r))
	if r.Aborted != nil {
		s.line(0, "stopped by ", string(r.Aborted.By)+": "+r.Aborted.Reason)
	}
	for _, warning := range r.Warnings {
		s.line(0, s.paint(yellow, "warning: "), warning)
	}
	for _, sec := range sections(r) {
		s.heading(sec.Title)
		for _, f := range sec.Findings {
			if sec.Passed {
				s.pass(f)
			} else {
				s.finding(f, len(r.Steps) > 1)
			}
		}
	}
	s.watchers(r)
	s.sources(r)
	s.times(r)
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
	return strings.Join(append(parts, date(r.Started), took(r)), " · ")
}

func (s *sheet) pass(f finding) {
	text := f.Text
	if facts := measures(f.Result); len(facts) > 0 {
		text += " · " + facts[0].Name + " " + facts[0].Value
	}
	s.lead(2, "✓ "+f.Verdict.String(), green, text)
}

func (s *sheet) finding(f finding, manySteps bool) {
	s.lead(2, sign(f.Verdict)+" "+f.Verdict.String(), paintOf(f.Verdict), f.Text)
	s.line(4, "", f.Reason)
	if f.Broken != nil {
		s.entry("broken at", f.Broken.Hop.String()+": "+f.Broken.Text)
		s.entry("asked", f.Broken.Request)
		s.entry("answer", shortened(OneLine(f.Broken.Answer), 400))
	}
	for _, n := range f.Near {
		s.entry("nearly", n.ID+": "+strings.Join(n.Says, ", "))
	}
	s.entry("hops", hopLine(f))
	s.entry("budget", budgetWords(f.Budget))
	for _, m := range measures(f.Result) {
		s.entry(m.Name, m.Value)
	}
	if manySteps {
		s.entry("step", fmt.Sprintf("%d, %s", f.Step.Index, f.Step.Name))
	}
	s.entry("kind", kindWords(f.Kind))
	s.entry("do", advice(f.Result))
}

// entry writes a labelled line of a finding, unless there is nothing to say.
func (s *sheet) entry(label, text string) {
	if text != "" {
		s.line(4, s.paint(dim, padded(label, 14))+"  ", text)
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

func paintOf(v judge.Verdict) paint {
	switch v.Class() {
	case judge.Passed:
		return green
	case judge.CannotTell, judge.Stopped:
		return yellow
	default:
		return red
	}
}
