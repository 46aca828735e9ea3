// Package ci tells runs to a pipeline: JUnit, annotations and the job summary of GitHub, the code quality report of
// GitLab, TAP, JSON, and plain text. What nobody could tell is shown as a failure in each of them, never as passed and
// never as skipped. It asks no system and no clock: the same report gives the same bytes.
package ci

import (
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/reports/compare"
	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// Run is one run with what changed since the last green one.
type Run struct {
	Record judge.Record
	Diff   *compare.Diff // nil: it was not compared
}

// Report is what is told.
type Report struct {
	Runs []Run
	// Dir is the folder from which the scenario files were named, Root the top of the repository, to which the paths in
	// annotations are relative. Both are absolute; empty ones leave the paths as they are.
	Dir, Root string
}

// Renderer writes a report. It returns what w returns; after an error the output is incomplete and must be thrown away.
// No runs at all is an error.
type Renderer func(w io.Writer, r Report) error

// Format is one way to tell a pipeline.
type Format struct {
	Name    string
	File    string // name of the file in a folder of all formats; empty: it has none
	Summary string // one line of help
	Render  Renderer
}

// Formats lists all formats, the one for the log of a job first.
func Formats() []Format {
	return []Format{
		{"text", "", "for the job's log: what changed since the last green run, and the count", Text},
		{"junit", "junit.xml", "JUnit XML, a test case an expectation", JUnit},
		{"github", "", "annotations of GitHub Actions; the job summary goes to GITHUB_STEP_SUMMARY", GitHub},
		{"gitlab", "code-quality.json", "code quality report of GitLab", GitLab},
		{"tap", "results.tap", "TAP version 14", TAP},
		{"markdown", "summary.md", "the job summary, at most 1 MiB", Markdown},
		{"json", "results.json", "verdicts, hashes, budgets, counts and the difference, with a stable schema", JSON},
	}
}

var errNoRun = errors.New("no run to tell of")

// JUnit writes what reports.JUnit does.
func JUnit(w io.Writer, r Report) error { return reports.JUnit(w, r.Records()) }

// Records returns the records of the runs.
func (r Report) Records() []judge.Record {
	var records []judge.Record
	for _, run := range r.Runs {
		records = append(records, run.Record)
	}
	return records
}

// Counts are numbers of expectations. What was stopped before its answer could not tell either.
type Counts struct {
	Expectations int `json:"expectations"`
	Passed       int `json:"passed"`
	Failed       int `json:"failed"`
	CannotTell   int `json:"could_not_tell"`
	Unrestored   int `json:"not_restored"` // runs that left something behind
	// AsAWhole counts the runs that did not pass though no expectation says so: one that was stopped after the last answer,
	// or before it knew what to ask for.
	AsAWhole int `json:"runs_not_passed_as_a_whole"`
}

func (c Counts) plus(d Counts) Counts {
	return Counts{
		c.Expectations + d.Expectations, c.Passed + d.Passed, c.Failed + d.Failed, c.CannotTell + d.CannotTell,
		c.Unrestored + d.Unrestored, c.AsAWhole + d.AsAWhole,
	}
}

func (r Run) counts() Counts {
	var c Counts
	for _, p := range r.points() {
		switch {
		case p.result != nil:
			c.Expectations++
			switch p.verdict.Class() {
			case judge.Passed:
				c.Passed++
			case judge.Failed:
				c.Failed++
			default:
				c.CannotTell++
			}
		case p.passed:
		case p.key == restored:
			c.Unrestored = 1
		default:
			c.AsAWhole = 1
		}
	}
	return c
}

func (r Report) counts() Counts {
	var c Counts
	for _, run := range r.Runs {
		c = c.plus(run.counts())
	}
	return c
}

// String is the last line of a log: "3 passed, 1 failed", with what could not be told, and what was not restored, only
// where there is some.
func (c Counts) String() string {
	text := fmt.Sprintf("%d passed, %d failed", c.Passed, c.Failed)
	if c.CannotTell > 0 {
		text += fmt.Sprintf(", %d could not tell", c.CannotTell)
	}
	if c.AsAWhole > 0 {
		text += fmt.Sprintf("; NOT PASSED as a whole: %s", show.Count(c.AsAWhole, "run"))
	}
	if c.Unrestored > 0 {
		text += fmt.Sprintf("; NOT RESTORED: %s, run friday recover", show.Count(c.Unrestored, "run"))
	}
	return text
}

// point is one thing that is tested: an expectation, that everything is restored, or the run as a whole.
type point struct {
	run     judge.Record
	name    string // what is tested
	key     string // the same in all runs
	line    int    // in the scenario's file; 0 is not known
	verdict judge.Verdict
	step    string
	result  *judge.Result // nil: it is no expectation
	reason  string
	advice  string
	lostHop string
	passed  bool
}

// The keys of the points that are no expectations.
const (
	restored = "restored"
	whole    = "run"
)

// points are the things that are tested in a run, in its order. If all of them passed, the run is a PASS.
func (r Run) points() []point {
	rec := r.Record
	d := digest.Of(rec)
	var all []point
	bad := false
	for i, s := range rec.Steps {
		for j, x := range s.Results {
			p := point{
				run: rec, name: fmt.Sprintf("%d. %s: %s", s.Index, s.Name, x.Text), key: d.Steps[i].Results[j].Key, line: x.Line,
				verdict: x.Verdict, step: s.Name, result: &x, reason: x.Reason, advice: d.Steps[i].Results[j].Advice, passed: x.Verdict.Class() == judge.Passed,
			}
			if x.Broken != nil {
				p.lostHop = x.Broken.Hop.String()
			}
			bad = bad || !p.passed
			all = append(all, p)
		}
	}
	back := point{run: rec, name: "everything is restored", key: restored, verdict: judge.Pass, passed: rec.Restored}
	if !rec.Restored {
		bad = true
		brief := reports.BriefOf(rec)
		back.verdict, back.reason, back.advice = judge.Unrestored, strings.TrimSuffix(brief.StateText, "."), "run "+brief.Do
		if len(brief.Left) > 0 {
			back.reason += ": " + strings.Join(brief.Left, "; ")
		}
	}
	all = append(all, back)
	if !bad && rec.Verdict.Class() != judge.Passed {
		all = append(all, point{run: rec, name: "the run as a whole", key: whole, verdict: rec.Verdict, reason: rec.Summary})
	}
	return all
}

// bad are the points of a run that did not pass.
func (r Run) bad() []point {
	return slices.DeleteFunc(r.points(), func(p point) bool { return p.passed })
}

// named is the point with the scenario before it, in one line.
func (p point) named() string {
	return show.OneLine(reports.ScenarioOf(p.run) + ": " + p.name)
}

// head is the verdict in words: what nobody could tell says so.
func (p point) head() string {
	switch p.verdict.Class() {
	case judge.CannotTell:
		return "could not tell (" + p.verdict.String() + ")"
	case judge.Stopped:
		if p.key == whole {
			return "stopped (" + p.verdict.String() + ")"
		}
		return "stopped before the answer (" + p.verdict.String() + ")"
	default:
		return p.verdict.String()
	}
}

// failures are the points of all runs that did not pass, the worst first.
func (r Report) failures() []point {
	var all []point
	for _, run := range r.Runs {
		all = append(all, run.bad()...)
	}
	slices.SortStableFunc(all, func(a, b point) int { return worstFirst(a.verdict, b.verdict) })
	return all
}

// worstFirst is the order in which verdicts are told.
func worstFirst(a, b judge.Verdict) int {
	switch {
	case a == b:
		return 0
	case judge.Worst(a, b) == a:
		return -1
	default:
		return 1
	}
}

// path is where a scenario lies below the root, with slashes; as it was named where it lies elsewhere, and empty where it
// came from no file.
func (r Report) path(rec judge.Record) string {
	file := show.OneLine(rec.Run.File)
	if file == "" || file == "stdin" {
		return ""
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(r.Dir, file)
	}
	if r.Root != "" && filepath.IsAbs(file) {
		if below, err := filepath.Rel(r.Root, file); err == nil && filepath.IsLocal(below) {
			file = below
		}
	}
	return path.Clean(filepath.ToSlash(file))
}
