package ci

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/reports/compare"
	"github.com/failurefriday/friday/reports/show"
)

// Text writes for the log of a job: what did not pass and where to read on, what changed since the last green run, and the
// count as the last line. Each line stands alone, and none is an order to the system that shows the log.
func Text(w io.Writer, r Report) error {
	if len(r.Runs) == 0 {
		return errNoRun
	}
	var b strings.Builder
	line := func(lead, text string) { b.WriteString(lead + show.Harmless(show.OneLine(text)) + "\n") }
	for _, run := range r.Runs {
		rec := run.Record
		bad := run.bad()
		line(rec.Verdict.String()+"  ", strings.TrimSuffix(reports.ScenarioOf(rec)+": "+summaryBeside(rec, bad), ": "))
		for _, p := range bad {
			line("- "+p.head()+": ", p.name+": "+p.reason)
			if p.advice != "" {
				line("  do: ", p.advice)
			}
		}
		if len(bad) > 0 {
			line("  more: ", "friday report "+rec.Run.ID)
		}
		for _, text := range run.changes() {
			line("~ ", text)
		}
	}
	b.WriteString(r.counts().String() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// view is the comparison as it is shown, with the limits of a pipeline that has set none.
func (r Run) view() (compare.View, bool) {
	if r.Diff == nil {
		return compare.View{}, false
	}
	return compare.View{Diff: *r.Diff, Brief: true}, true
}

// against says which run it is compared with.
func (r Run) against() string {
	v, ok := r.view()
	if !ok || v.Before == nil {
		return compare.NoGreen
	}
	return fmt.Sprintf("compared with the green run %s of %s", v.Before.Run, show.Date(v.Before.Started))
}

// changes are what changed since the last green run, one line each; the first says which run that is.
func (r Run) changes() []string {
	all := []string{r.against()}
	for _, note := range r.notes() {
		all = append(all, "note: "+note)
	}
	v, ok := r.view()
	if !ok || v.Before == nil {
		return all
	}
	lines := v.Lines()
	if len(lines) == 0 {
		lines = []string{unchanged(v)}
	}
	return append(all, lines...)
}

// unchanged says what it means that no change is to be seen.
func unchanged(v compare.View) string {
	switch {
	case v.CannotTell():
		return "nobody can tell whether anything changed for the worse"
	case v.Unrestored():
		return "no expectation changed for the worse, but the green run was restored, and this one is not"
	default:
		return "nothing changed for the worse"
	}
}

// notes are what a reader must know to judge the changes, without what against says.
func (r Run) notes() []string {
	var all []string
	if r.Diff != nil {
		all = slices.DeleteFunc(slices.Clone(r.Diff.Notes), func(note string) bool { return note == compare.NoGreen })
	}
	return all
}
