package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/promql"
	"github.com/failurefriday/friday/verify"
)

// say notes a finding of the check that runs.
func (l *look) say(f verify.Finding, text, advice string) {
	f.Kind, f.Check, f.Text, f.Advice = l.check.Kind, l.check.Name, text, advice
	l.found = append(l.found, f)
}

// at is a finding on a place in a file, or on a live server.
func at(severity verify.Severity, source, subject string, pos diag.Pos) verify.Finding {
	return verify.Finding{Severity: severity, Source: source, Subject: subject, File: pos.File, Line: pos.Line, Column: pos.Col}
}

// on is a finding on a rule, at a part of its expression.
func (e *Engine) on(severity verify.Severity, r promql.Rule, part promql.Pos) verify.Finding {
	f := at(severity, e.Name, titled(r), r.At(part.Start))
	if f.File == "" {
		f.File = r.File
	}
	return f
}

// named is a finding on a rule as a whole.
func (e *Engine) named(severity verify.Severity, r promql.Rule) verify.Finding {
	f := at(severity, e.Name, titled(r), r.Pos)
	if f.File == "" {
		f.File = r.File
	}
	return f
}

func titled(r promql.Rule) string {
	if r.Alerting {
		return "alert " + r.Name
	}
	return "record " + r.Name
}

// on is a finding on an expectation of a scenario.
func (e Expected) on(severity verify.Severity) verify.Finding {
	return at(severity, "", "expectation "+e.ID, e.Pos)
}

// few lists some of many words: a, b, c and 4 others.
func few(words []string) string {
	const most = 5
	words = slices.Compact(slices.Sorted(slices.Values(words)))
	switch n := len(words); {
	case n == 1:
		return words[0]
	case n <= most:
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	default:
		return fmt.Sprintf("%s and %d others", strings.Join(words[:most-1], ", "), n-most+1)
	}
}

// counted is a number of things.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
