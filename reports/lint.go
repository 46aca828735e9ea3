package reports

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify"
)

// Findings are what a lint has found, and what it could not look at.
type Findings struct {
	Found  []verify.Finding `json:"findings"`
	Unseen []string         `json:"could_not_look,omitempty"`
	Looked string           `json:"looked_at"` // in words
}

// LintFormat is one way to write findings.
type LintFormat struct {
	Name, Summary string
	Render        func(io.Writer, Findings) error
}

// LintFormats lists all formats of findings.
func LintFormats() []LintFormat {
	return []LintFormat{
		{"text", "for people, one finding after the other, as a compiler tells them", lintText},
		{"json", "every finding with all its fields", lintJSON},
		{"junit", "a test case a finding, for CI servers", lintJUnit},
		{"sarif", "SARIF 2.1.0, for code scanning on the lines of the files", lintSARIF},
	}
}

// cleanFindings takes control characters out of everything that came from outside.
func cleanFindings(f Findings) Findings {
	f.Found = slices.Clone(f.Found)
	for i := range f.Found {
		x := &f.Found[i]
		for _, text := range []*string{&x.Subject, &x.Text, &x.Advice, &x.File, &x.Source} {
			*text = show.OneLine(*text)
		}
	}
	f.Unseen = slices.Clone(f.Unseen)
	for i := range f.Unseen {
		f.Unseen[i] = show.OneLine(f.Unseen[i])
	}
	return f
}

func lintText(w io.Writer, f Findings) error {
	f = cleanFindings(f)
	var b strings.Builder
	for _, x := range f.Found {
		fmt.Fprintf(&b, "%s%s: %s: %s [%s %s]\n", where(x), x.Severity, x.Subject, x.Text, x.Kind, x.Check)
		if x.Advice != "" {
			fmt.Fprintf(&b, "        %s\n", x.Advice)
		}
	}
	for _, why := range f.Unseen {
		fmt.Fprintf(&b, "could not look: %s\n", why)
	}
	fmt.Fprintf(&b, "%s\n", summed(f))
	_, err := io.WriteString(w, b.String())
	return err
}

// summed is the last line: what was found, where, and that it may not be all.
func summed(f Findings) string {
	text := lintTally(f.Found)
	if f.Looked != "" {
		text += " in " + f.Looked
	}
	if n := len(f.Unseen); n > 0 {
		text += fmt.Sprintf("; %s could not be looked at", show.Count(n, "thing"))
	}
	return text
}

// where is the place of a finding: file:line:column, or the server that was asked.
func where(x verify.Finding) string {
	switch {
	case x.File != "" && x.Line > 0:
		return fmt.Sprintf("%s:%d:%d: ", x.File, x.Line, max(1, x.Column))
	case x.File != "" && x.Source != "":
		return fmt.Sprintf("%s (%s): ", x.Source, x.File)
	case x.File != "":
		return x.File + ": "
	case x.Source != "":
		return x.Source + ": "
	}
	return ""
}

// lintTally counts findings by severity: "2 errors, 1 warning".
func lintTally(found []verify.Finding) string {
	if len(found) == 0 {
		return "nothing found"
	}
	var parts []string
	for _, severity := range []verify.Severity{verify.Severe, verify.Risky, verify.Remark} {
		n := 0
		for _, x := range found {
			if x.Severity == severity {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, show.Count(n, string(severity)))
		}
	}
	return strings.Join(parts, ", ")
}

func lintJSON(w io.Writer, f Findings) error {
	f = cleanFindings(f)
	if f.Found == nil {
		f.Found = []verify.Finding{}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(f)
}

// lintJUnit makes a test case of each finding: one that fails, unless it is a note. What could not be looked at is an
// error; where nothing was found, one case says so.
func lintJUnit(w io.Writer, f Findings) error {
	f = cleanFindings(f)
	suite := junitSuite{Name: "friday lint", Time: "0"}
	for _, x := range f.Found {
		c := junitCase{Name: where(x) + x.Subject + ": " + x.Check, Classname: "lint." + x.Kind, Out: x.Advice}
		if x.Severity != verify.Remark {
			c.Failure = &junitProblem{Message: x.Text, Type: x.Kind, Text: x.Advice}
			suite.Fails++
		}
		suite.Cases = append(suite.Cases, c)
	}
	for _, why := range f.Unseen {
		suite.Cases = append(suite.Cases, junitCase{Name: "could not look", Classname: "lint", Error: &junitProblem{Message: why, Type: "INCONCLUSIVE"}})
		suite.Errors++
	}
	if len(suite.Cases) == 0 {
		suite.Cases = append(suite.Cases, junitCase{Name: summed(f), Classname: "lint"})
	}
	suite.Tests = len(suite.Cases)
	out, err := xml.MarshalIndent(junitSuites{
		Name: "friday", Tests: suite.Tests, Fails: suite.Fails, Errors: suite.Errors, Time: "0", Suites: []junitSuite{suite},
	}, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(out)+"\n")
	return err
}
