package ci

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// MaxSummary is how many bytes the job summary of a step of GitHub Actions may have; a longer one is not shown at all.
const MaxSummary = 1 << 20

// Markdown writes the job summary in at most MaxSummary bytes.
func Markdown(w io.Writer, r Report) error { return Summary(MaxSummary)(w, r) }

// Summary writes the job summary in at most limit bytes: the count, what was not restored, what did not pass and what
// changed since the last green run, then a table of all that was tested. Where that is too much for a run, it loses its
// table, then all but its verdict; where that is too much, runs are left out from the end, and their number is told. The
// count at the top is of all of them. Only the count is written whatever the limit.
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
			left := fmt.Sprintf("_%s left out: there is no room for more here._\n", show.Count(len(r.Runs)-i, "run"))
			room := limit - b.Len() - len(left)
			part, fits := fitting(r, run, room)
			if !fits {
				if room >= 0 {
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

// fitting is as much of a run as there is room for; false if not even its verdict fits.
func fitting(r Report, run Run, room int) (string, bool) {
	title, found := titleOf(run.Record), foundIn(run)
	for _, text := range []string{
		title + found + allOf(r, run), title + found + noRoom,
		title + fmt.Sprintf("%s: %s\n\n", show.MD(run.counts().String()), show.MD(run.Record.Summary)) + noRoom,
	} {
		if len(text) <= room {
			return text, true
		}
	}
	return "", false
}

const noRoom = "_There is no room for all of this run here._\n\n"

func titleOf(rec judge.Record) string {
	return fmt.Sprintf("### %s %s\n\n", rec.Verdict, show.MD(reports.ScenarioOf(rec)))
}

// summaryBeside is the summary of a run, empty where one of the points that stand beside it says the same.
func summaryBeside(rec judge.Record, bad []point) string {
	if slices.ContainsFunc(bad, func(p point) bool { return p.reason == rec.Summary }) {
		return ""
	}
	return rec.Summary
}

// foundIn is what a reader must know of a run: what did not pass, and what changed.
func foundIn(run Run) string {
	var b strings.Builder
	bad := run.bad()
	if summary := summaryBeside(run.Record, bad); summary != "" {
		b.WriteString(show.MD(summary) + "\n\n")
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
		switch points := v.Points(); {
		case v.Before == nil:
		case points == "":
			fmt.Fprintf(&b, "- %s\n\n", show.MD(unchanged(v)))
		default:
			b.WriteString(points)
		}
	}
	return b.String()
}

// allOf is a table of all that was tested in a run, folded up.
func allOf(r Report, run Run) string {
	rec := run.Record
	var b strings.Builder
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
