package compare

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// View is a comparison as it is shown.
type View struct {
	Diff
	Conditions Conditions
	Brief      bool // leaves out the reasons of verdicts, which stand elsewhere
}

// Format is one way to write a comparison. It returns what w returns; the same view gives the same bytes.
type Format struct {
	Name, Summary string
	Render        func(w io.Writer, v View) error
}

// Formats lists all formats, the one for people at a terminal first.
func Formats() []Format {
	return []Format{
		{"text", "for people at a terminal", Text(false)},
		{"markdown", "for tickets, chat and the comments of a merge request", Markdown},
		{"json", "every expectation in both runs, for programs", JSON},
	}
}

// group is a part of the comparison with its title.
type group struct {
	title string
	paint show.Paint
	lines []string
}

// groups are what changed, what hurts most first, in words. Empty groups are left out.
func (v View) groups() []group {
	basis := v.basis()
	all := []group{
		{"newly silent" + basis, show.Red, v.says(v.Of(NewSilent))},
		{"newly late" + basis, show.Red, v.says(v.Of(NewLate))},
		{"newly failing" + basis, show.Red, v.says(v.Of(NewFailure))},
		{"coverage lost", show.Red, v.losses()},
		{"slower", show.Yellow, v.slow()},
		{"could not tell", show.Yellow, v.says(v.Of(CannotTell))},
		{"still failing", show.Yellow, v.says(v.Of(StillFailing))},
		{"mended", show.Green, v.says(v.Of(Mended))},
		{"not asked for any more", show.Plain, gone(v.Of(Gone))},
	}
	var kept []group
	for _, g := range all {
		if len(g.lines) > 0 {
			kept = append(kept, g)
		}
	}
	return kept
}

func (v View) says(pairs []Pair) []string {
	var all []string
	for _, p := range pairs {
		line := fmt.Sprintf("%s %s: %s", p.ID, p.Text, p.verdicts())
		if !v.Brief && p.Reason != "" && p.Now != judge.Pass {
			line += ": " + p.Reason
		}
		all = append(all, line)
	}
	return all
}

// gone are the expectations that left without a loss: they had not passed.
func gone(pairs []Pair) []string {
	var all []string
	for _, p := range pairs {
		if p.Before != judge.Pass {
			all = append(all, fmt.Sprintf("step %s: %s: was %s", p.Step, p.Text, p.Before))
		}
	}
	return all
}

func (v View) losses() []string {
	var all []string
	for _, l := range v.Lost {
		all = append(all, fmt.Sprintf("%s %s: proved in the older run, not asked for in the newer one", l.What, l.Text))
	}
	return all
}

func (v View) slow() []string {
	var all []string
	for _, p := range v.Slower(v.Conditions.limit()) {
		all = append(all, fmt.Sprintf("%s %s: detected in %s", p.ID, p.Text, p.Pace.Words()))
	}
	return all
}

// verdicts are the two verdicts in words.
func (p Pair) verdicts() string {
	switch p.Before {
	case judge.Unjudged:
		return p.Now.String()
	case p.Now:
		return p.Now.String() + " as before"
	}
	return fmt.Sprintf("%s, was %s", p.Now, p.Before)
}

// header and rows are the table of all expectations of the newer run.
func header() []string {
	return []string{"", "BEFORE", "NOW", "TOOK", "TOOK BEFORE", "USUAL", "EXPECTED"}
}

func (v View) rows() [][]string {
	var rows [][]string
	for _, p := range v.Results {
		if p.Change == Gone {
			continue
		}
		usual := "–"
		if p.Pace != nil {
			usual = fmt.Sprintf("too few (%d)", p.Pace.Of)
			if p.Pace.Median != nil {
				usual = fmt.Sprintf("%s (%d)", *p.Pace.Median, p.Pace.Of)
			}
		}
		before := "–"
		if p.Before != judge.Unjudged {
			before = p.Before.String()
		}
		rows = append(rows, []string{p.ID, before, p.Now.String(), span(p.DetectNow), span(p.DetectBefore), usual, p.Text})
	}
	return rows
}

// sides are the two runs, each with its label.
func (v View) sides() [][2]string {
	before := "no run to compare with"
	if v.Before != nil {
		before = v.Before.words()
	}
	return [][2]string{{"before", before}, {"now", v.Now.words()}}
}

func (s Side) words() string {
	text := fmt.Sprintf("%s · %s · %s", s.Verdict, show.Date(s.Started), s.Run)
	if s.Control {
		text += " · negative control"
	}
	return text
}

// sum is the last line.
func (v View) sum() string {
	broken := v.Conditions.Broken(v.Diff)
	switch {
	case v.Unrestored() && len(broken) > 0:
		return "NOT RESTORED: run friday recover; and it fails: " + strings.Join(broken, "; ")
	case v.Unrestored():
		return "NOT RESTORED: run friday recover"
	case len(broken) > 0:
		return "fails: " + strings.Join(broken, "; ")
	case v.CannotTell():
		return "cannot tell: nothing of " + v.Conditions.String() + " was seen, but not everything could be compared"
	case len(v.Conditions.String()) > 0 && v.Conditions.String() != none:
		return "nothing of " + v.Conditions.String()
	}
	return "compared; no condition was set"
}

// Text writes the comparison for people, with the colours of a terminal if it is one.
func Text(color bool) func(io.Writer, View) error {
	return func(w io.Writer, v View) error {
		s := &show.Sheet{Color: color}
		s.Colored(0, "", show.Bold, v.Now.Scenario)
		for _, side := range v.sides() {
			s.Line(2, s.Paint(show.Dim, show.Padded(side[0], 8)), side[1])
		}
		for _, note := range v.Notes {
			s.Line(2, s.Paint(show.Dim, show.Padded("note", 8)), note)
		}
		for _, g := range v.groups() {
			s.WriteByte('\n')
			s.Colored(0, "", g.paint, strings.ToUpper(g.title))
			for _, line := range g.lines {
				s.Line(2, "- ", line)
			}
		}
		if rows := v.rows(); len(rows) > 0 {
			s.WriteByte('\n')
			s.Table(header(), rows)
		}
		s.WriteByte('\n')
		s.Line(0, "", v.sum())
		_, err := io.WriteString(w, s.String())
		return err
	}
}

// Markdown writes the comparison for tickets and comments.
func Markdown(w io.Writer, v View) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n", show.MD(v.Now.Scenario))
	for _, side := range v.sides() {
		fmt.Fprintf(&b, "- %s: %s\n", side[0], show.MD(side[1]))
	}
	for _, note := range v.Notes {
		fmt.Fprintf(&b, "- note: %s\n", show.MD(note))
	}
	b.WriteByte('\n')
	b.WriteString(v.Points())
	if rows := v.rows(); len(rows) > 0 {
		titles := header()
		titles[0] = "ID"
		for i := range rows {
			for j := range rows[i] {
				rows[i][j] = show.MD(rows[i][j])
			}
		}
		show.MDTable(&b, titles, rows)
	}
	fmt.Fprintf(&b, "**%s**\n", show.MD(v.sum()))
	_, err := io.WriteString(w, b.String())
	return err
}

// Points are what changed as lists of Markdown, without the table and the runs; empty if nothing did.
func (v View) Points() string {
	var b strings.Builder
	for _, g := range v.groups() {
		fmt.Fprintf(&b, "**%s**\n\n", strings.ToUpper(g.title[:1])+g.title[1:])
		for _, line := range g.lines {
			fmt.Fprintf(&b, "- %s\n", show.MD(line))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Lines are what changed, one line each, safe for a terminal, with the group before it: "newly silent: 1.1 …".
func (v View) Lines() []string {
	var all []string
	for _, g := range v.groups() {
		for _, line := range g.lines {
			all = append(all, g.title+": "+show.OneLine(line))
		}
	}
	return all
}

// schema is the version of the JSON. It grows when a field changes its meaning or goes; new fields do not change it.
const schema = 1

// JSON writes the comparison as an object with a version.
func JSON(w io.Writer, v View) error {
	clean := show.Clean(v.Diff)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Version int `json:"version"`
		Diff
		FailOn     string   `json:"fail_on"`
		Broken     []string `json:"fails"`
		CannotTell bool     `json:"cannot_tell"`
	}{schema, clean, v.Conditions.String(), v.Conditions.Broken(clean), v.CannotTell()})
}
