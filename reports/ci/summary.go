package ci

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/failurefriday/friday/reports/show"
)

// MaxSummary is how many bytes the job summary of a step of GitHub Actions may have; a longer one is not shown at all.
const MaxSummary = 1 << 20

// Markdown writes the job summary in at most MaxSummary bytes.
func Markdown(w io.Writer, r Report) error { return Summary(MaxSummary)(w, r) }

// Summary writes the job summary in at most limit bytes: the count, what was not restored, what did not pass and what
// changed since the last green run, then a table of all that was tested. Where that is too much, runs are left out from
// the end, and their number is told; the count at the top is of all of them. Only the count is written whatever the limit.
func Summary(limit int) Renderer {
	return func(w io.Writer, r Report) error {
		if len(r.Runs) == 0 {
			return errNoRun
		}
		var b strings.Builder
		fmt.Fprintf(&b, "## Friday: %s\n\n", show.MD(r.counts().String()))
		sorted := slices.Clone(r.Runs) // so that nothing bad is left out for something good
		slices.SortStableFunc(sorted, func(a, b Run) int { return worstFirst(a.Record.Verdict, b.Record.Verdict) })
		for i, run := range sorted {
			part := summaryOf(r, run)
			left := fmt.Sprintf("_%s left out: there is no room for more here._\n", show.Count(len(r.Runs)-i, "run"))
			if b.Len()+len(part)+len(left) > limit {
				if b.Len()+len(left) <= limit {
					b.WriteString(left)
				}
				break
			}
			b.WriteString(part)
		}
		_, err := io.WriteString(w, b.String())
		return err
	}
}

func summaryOf(r Report, run Run) string {
	rec := run.Record
	var b strings.Builder
	fmt.Fprintf(&b, "### %s %s\n\n", rec.Verdict, show.MD(rec.Run.Scenario))
	bad := slices.DeleteFunc(run.points(), func(p point) bool { return p.passed })
	if rec.Summary != "" && !slices.ContainsFunc(bad, func(p point) bool { return p.reason == rec.Summary }) {
		b.WriteString(show.MD(rec.Summary) + "\n\n")
	}
	for _, p := range bad {
		fmt.Fprintf(&b, "- **%s** %s: %s\n", show.MD(p.head()), show.MD(p.name), show.MD(p.reason))
		if p.lostHop != "" {
			fmt.Fprintf(&b, "  - lost at: %s\n", show.MD(p.lostHop))
		}
		if p.advice != "" {
			fmt.Fprintf(&b, "  - to do: %s\n", show.MD(p.advice))
		}
	}
	if len(bad) > 0 {
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%s\n\n", strings.ToUpper(run.against()[:1])+show.MD(run.against()[1:]))
	if v, ok := run.view(); ok {
		for _, note := range run.notes() {
			fmt.Fprintf(&b, "- note: %s\n", show.MD(note))
		}
		if len(run.notes()) > 0 {
			b.WriteByte('\n')
		}
		if v.Before != nil {
			b.WriteString(v.Points())
		}
	}
	var rows [][]string
	for _, p := range run.points() {
		rows = append(rows, []string{show.MD(p.head()), show.MD(p.name), p.found(), place(r.path(rec), p.line)})
	}
	b.WriteString("<details><summary>All that was tested</summary>\n\n")
	show.MDTable(&b, []string{"verdict", "tested", "found in", "at"}, rows)
	fmt.Fprintf(&b, "run %s, friday %s, seed %d, definition %s\n\n</details>\n\n",
		show.MD(rec.Run.ID), show.MD(rec.Run.Friday), rec.Run.Seed, show.MD(rec.Run.Definition[:min(len(rec.Run.Definition), 12)]))
	return b.String()
}

// found is the time to detect, and within what it was to be.
func (p point) found() string {
	if p.result == nil || p.result.MustNot {
		return "–"
	}
	took := "–"
	if p.result.TimeToDetect != nil {
		took = p.result.TimeToDetect.String()
	}
	if p.result.Within > 0 {
		took += " of " + p.result.Within.String()
	}
	return took
}

func place(file string, line int) string {
	switch {
	case file == "":
		return "–"
	case line > 0:
		return show.MD(fmt.Sprintf("%s:%d", file, line))
	}
	return show.MD(file)
}
