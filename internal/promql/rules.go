package promql

import (
	"fmt"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/yamltree"
)

// Rule is one rule, of a file or of a server.
type Rule struct {
	File     string // as the server names it, or as it was asked for
	Group    string
	Name     string // of the alert, or of the series that is recorded
	Alerting bool   // false: it records
	Expr     string

	For, KeepFiringFor time.Duration
	Interval           time.Duration // of its group; 0: the global one
	Labels             map[string]string
	Annotations        map[string]string

	Pos     diag.Pos // of its name; zero for one of a server
	ExprPos diag.Pos // of the first character of the expression

	// What only a server tells.
	Health         string // ok, err or unknown
	LastError      string
	LastEvaluation time.Time
	EvaluationTime time.Duration
	State          string // inactive, pending or firing

	style  yamltree.Style
	indent int // of the lines of a literal expression
}

// At is the place in the file of a byte of the expression. Where the file does not show the expression as it is, it is
// the place of the expression.
func (r Rule) At(offset int) diag.Pos {
	p := r.ExprPos
	if p.Line == 0 || offset < 0 || offset > len(r.Expr) {
		return p
	}
	before := r.Expr[:offset]
	switch r.style {
	case yamltree.Literal:
		p.Line += strings.Count(before, "\n")
		p.Col = r.indent + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	case yamltree.Plain:
		if !strings.Contains(r.Expr, "\n") {
			p.Col += utf8.RuneCountInString(before)
		}
	}
	return p
}

// RuleFile is what a file of rules says.
type RuleFile struct {
	File  string
	Rules []Rule // in the order of the file, those left out that cannot be understood
}

// LoadRules reads a file of rules: Prometheus' own, or a PrometheusRule of the Prometheus operator. A file that cannot be read is
// a problem too. Wherever a single rule is wrong the others are still there.
func LoadRules(path string) (*RuleFile, []diag.Problem) {
	data, err := os.ReadFile(path)
	if err != nil {
		return &RuleFile{File: path}, []diag.Problem{{Pos: diag.Pos{File: path}, Msg: fmt.Sprintf("cannot be read: %v", err)}}
	}
	return ParseRules(path, data)
}

// ParseRules is LoadRules for a file that has been read.
func ParseRules(path string, data []byte) (*RuleFile, []diag.Problem) {
	l := loader{file: &RuleFile{File: path}, report: diag.NewReport(data), lines: strings.Split(string(data), "\n"), groups: map[string]bool{}}
	docs, err := yamltree.Parse(path, data)
	if err != nil {
		return l.file, located(err, l.lines)
	}
	for i, doc := range docs {
		groups, operator := groupsOf(doc)
		if i > 0 && !operator {
			l.report.Add(doc.Pos, "Prometheus reads only the first document of a file", "make a file of its own of it")
			break
		}
		if groups != nil {
			l.document(groups, operator)
		}
	}
	return l.file, diag.All(l.report.Err())
}

// located shows the lines of problems that came without.
func located(err error, lines []string) []diag.Problem {
	all := diag.All(err)
	for i, p := range all {
		if p.Line == "" && p.Pos.Line > 0 && p.Pos.Line <= len(lines) {
			all[i].Line = strings.TrimSuffix(lines[p.Pos.Line-1], "\r")
		}
	}
	return all
}

// groupsOf is the part of a document that holds the groups; operator tells that it is a resource of Kubernetes.
func groupsOf(doc *yamltree.Node) (groups *yamltree.Node, operator bool) {
	switch {
	case doc.Find("spec").Has("groups"):
		return doc.Find("spec"), true
	case doc.Word("kind") != "":
		return nil, true // another resource
	}
	return doc, false
}

// IsRules reports whether a document is a file of rules.
func IsRules(doc *yamltree.Node) bool {
	groups, _ := groupsOf(doc)
	for _, g := range groups.List("groups") {
		if g.Has("rules") && g.Has("name") {
			return true
		}
	}
	return groups.Has("groups") && len(groups.List("groups")) == 0 && !groups.Has("scrape_configs")
}
