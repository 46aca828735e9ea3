package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// Explain walks the hops of every page that was expected in a run and tells where it was lost: the first broken hop in
// one sentence, the evidence for it, and what to do. Only expectations whose id is in which are told; of none, those
// that did not pass, or all if every one did.
func Explain(w io.Writer, color bool, r judge.Record, which []string) error {
	s := &sheet{Sheet: show.Sheet{Color: color}}
	r = show.Clean([]judge.Record{r})[0]
	told := explained(r, which)
	if len(told) == 0 {
		return fmt.Errorf("run %s expects nothing called %s: it has %s", r.Run.ID, strings.Join(which, ", "), strings.Join(expectationIDs(r), ", "))
	}
	s.Lead(0, r.Verdict.String(), paintOf(r.Verdict), named(r))
	s.Colored(0, "", show.Dim, identity(r))
	for _, f := range told {
		s.explain(f)
	}
	s.watchers(r)
	s.unseen(r, told)
	s.meanings()
	_, err := io.WriteString(w, s.String())
	return err
}

// explained are the findings to tell of.
func explained(r judge.Record, which []string) []finding {
	var all, failed []finding
	for _, step := range r.Steps {
		for _, result := range step.Results {
			f := finding{result, step, r}
			if len(which) > 0 && !slices.Contains(which, result.ID) {
				continue
			}
			all = append(all, f)
			if result.Verdict != judge.Pass {
				failed = append(failed, f)
			}
		}
	}
	if len(which) == 0 && len(failed) > 0 {
		return failed
	}
	return all
}

func expectationIDs(r judge.Record) []string {
	var ids []string
	for _, f := range explained(r, nil) {
		ids = append(ids, f.ID)
	}
	return ids
}

// explain tells of one page.
func (s *sheet) explain(f finding) {
	s.Heading(fmt.Sprintf("%s  %s", f.ID, f.Text))
	s.Lead(2, sign(f.Verdict)+" "+f.Verdict.String(), paintOf(f.Verdict), f.Reason)
	s.WriteByte('\n')
	for _, hop := range f.hops() {
		s.hop(f, hop)
	}
	s.WriteByte('\n')
	if f.Broken != nil {
		s.Entry("lost at", f.Broken.Hop.String()+": "+f.Broken.Text)
		s.Entry("asked", f.Broken.Request)
		s.Entry("answer", show.Shortened(show.OneLine(f.Broken.Answer), 600))
	}
	if kind, ok := verify.FindSilentFailure(f.Kind); ok {
		s.Entry("kind", kindWords(f.Kind)+": "+kind.Summary)
	}
	s.Entry("do", advice(f.Result))
	s.Entry("budget", budgetWords(f.Budget))
	s.measures(f.Result)
}

// hop writes one line of the way: its sign, when the page passed, who saw it, and what.
func (s *sheet) hop(f finding, hop verify.Evidence) {
	p, at := show.Dim, ""
	switch hop.State {
	case verify.OK:
		p = show.Green
	case verify.Broken:
		p = show.Red
	case verify.Waiting:
		p = show.Yellow
	case verify.Unknown:
	}
	if !hop.At.IsZero() && (hop.State == verify.OK || hop.State == verify.Broken) {
		at = offset(f.Step, hop.At)
	}
	text := hop.Text
	if hop.Source != "" && hop.Source != f.Expectation.Source {
		text += " (" + hop.Source + ")"
	}
	lead := s.Paint(p, hopSign(hop.State)+" "+show.Padded(hop.Hop.String(), 22)) + show.Padded(at, 9)
	s.Line(2, lead, text)
}

// unseen names the hops that nobody could see, and the sources that could not be looked at: what is not known here is
// not known, and no accusation.
func (s *sheet) unseen(r judge.Record, told []finding) {
	s.Heading("What could be seen")
	for _, src := range r.Sources {
		s.Line(2, show.Padded(show.Shortened(show.OneLine(src.Name), 20), 20)+"  ", sourceWords(src)+seenHops(src))
	}
	for _, f := range told {
		var names []string
		for _, hop := range f.hops() {
			if hop.State == verify.Unknown {
				names = append(names, hop.Hop.String())
			}
		}
		if len(names) > 0 {
			s.Line(2, show.Padded(f.ID, 20)+"  ", "nobody saw: "+strings.Join(names, ", "))
		}
	}
}

// seenHops are the hops that a source can tell of.
func seenHops(src judge.Source) string {
	if len(src.Sees) == 0 {
		return ""
	}
	names := make([]string, len(src.Sees))
	for i, h := range src.Sees {
		names[i] = h.String()
	}
	return "; sees " + strings.Join(names, ", ")
}
