package promql

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/yamltree"
)

// loader is a RuleFile in the making.
type loader struct {
	file   *RuleFile
	report *diag.Report
	lines  []string
	groups map[string]bool
}

// The keys that Prometheus knows in a group and in a rule; it refuses a file with any other. The last ones of a group are
// those of Thanos and Mimir, whose rulers read the same files.
var (
	groupKeys = []string{
		"name", "interval", "query_offset", "limit", "rules", "labels",
		"partial_response_strategy", "source_tenants", "evaluation_delay", "align_evaluation_time_on_interval",
	}
	ruleKeys = []string{"record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"}
)

// document reads the groups of one document. The operator knows keys of its own, and checks them by itself.
func (l *loader) document(doc *yamltree.Node, operator bool) {
	if !operator {
		l.known(doc, []string{"groups"})
	}
	for _, g := range doc.List("groups") {
		name := g.Word("name")
		switch {
		case name == "":
			l.report.Add(g.Pos, "a group has no name", "")
		case l.groups[name] && !operator:
			l.report.Add(g.Pos, fmt.Sprintf("the group %q is there twice in this file", name), "")
		}
		l.groups[name] = true
		if !operator {
			l.known(g, groupKeys)
		}
		interval := l.duration(g, "interval")
		for _, r := range g.List("rules") {
			l.known(r, ruleKeys)
			l.rule(r, g, name, interval)
		}
	}
}

func (l *loader) known(n *yamltree.Node, keys []string) {
	for _, e := range n.Entries {
		if !slices.Contains(keys, e.Key) {
			l.report.Add(e.Pos, fmt.Sprintf("unknown key %q: Prometheus refuses the file", e.Key), diag.DidYouMean(e.Key, keys))
		}
	}
}

func (l *loader) duration(n *yamltree.Node, key string) time.Duration {
	v := n.Find(key)
	if v == nil {
		return 0
	}
	d, err := model.ParseDuration(v.Text)
	if err != nil {
		l.report.Add(v.Pos, fmt.Sprintf("%s: %q is no duration", key, v.Text), "want 30s, 5m, 1h30m or the like")
	}
	return time.Duration(d)
}

// rule reads one rule, and has Prometheus' own check judge it.
func (l *loader) rule(n, group *yamltree.Node, groupName string, interval time.Duration) {
	r := Rule{
		File: l.file.File, Group: groupName, Interval: interval, Alerting: n.Find("alert") != nil, Pos: n.Pos,
		For: l.duration(n, "for"), KeepFiringFor: l.duration(n, "keep_firing_for"),
		Labels: n.Map("labels"), Annotations: n.Map("annotations"),
	}
	name := n.Find("record")
	if r.Alerting {
		name = n.Find("alert")
	}
	if name != nil {
		r.Name, r.Pos = name.Text, name.Pos
	}
	for label, value := range group.Map("labels") {
		if _, own := r.Labels[label]; !own {
			r.label(label, value)
		}
	}
	if expr := n.Find("expr"); expr != nil {
		l.expr(&r, expr)
	}
	if l.judge(r, n) {
		l.file.Rules = append(l.file.Rules, r)
	}
}

func (r *Rule) label(name, value string) {
	if r.Labels == nil {
		r.Labels = map[string]string{}
	}
	r.Labels[name] = value
}

// expr takes the expression in, with where its characters stand.
func (l *loader) expr(r *Rule, n *yamltree.Node) {
	r.Expr, r.ExprPos, r.style = n.Text, n.Pos, n.Style
	if n.Style == yamltree.Quoted && n.Pos.Line <= len(l.lines) {
		line := []rune(l.lines[n.Pos.Line-1])
		if n.Pos.Col <= len(line) && strings.HasPrefix(string(line[n.Pos.Col:]), n.Text+string(line[n.Pos.Col-1])) {
			r.ExprPos.Col++
			r.style = yamltree.Plain // nothing is escaped in it
		}
	}
	if n.Style != yamltree.Literal && n.Style != yamltree.Folded {
		return
	}
	for line := n.Pos.Line; line < len(l.lines); line++ { // n.Pos is that of the bar, counted from 1: this is the line behind it
		text := strings.TrimLeft(l.lines[line], " ")
		if strings.TrimSpace(text) == "" {
			if strings.HasPrefix(n.Text, "\n") {
				r.style = yamltree.Folded // begins with empty lines, as few as they are: the place of the whole is enough
			}
			continue
		}
		r.indent = len(l.lines[line]) - len(text)
		r.ExprPos.Line, r.ExprPos.Col = line+1, r.indent+1
		return
	}
}

// judge tells what Prometheus would not load the rule for. Only one without name or expression is of no use to others.
func (l *loader) judge(r Rule, n *yamltree.Node) bool {
	checked := rulefmt.Rule{
		Record: n.Word("record"), Alert: n.Word("alert"), Expr: r.Expr, For: model.Duration(r.For), KeepFiringFor: model.Duration(r.KeepFiringFor),
		Labels: n.Map("labels"), Annotations: n.Map("annotations"),
	}
	good := r.Name != "" && r.Expr != ""
	for _, bad := range checked.Validate(rulefmt.RuleNode{}) {
		at, msg, hint := r.Pos, errors.Unwrap(&bad).Error(), ""
		if strings.Contains(msg, "is not enabled") {
			good = false // Prometheus can be told to know it, and here nobody knows whether it was
			continue
		}
		var syntax *SyntaxError
		if _, err := Parse(r.Expr); r.Expr != "" && strings.HasPrefix(msg, "could not parse") && errors.As(err, &syntax) {
			at, msg, good = r.At(syntax.Offset), "could not parse expression: "+syntax.Msg, false
			if strings.HasSuffix(msg, "'|'") {
				hint = "if this is LogQL, leave the file out: rules of Loki are not read here"
			}
		}
		l.report.Add(at, fmt.Sprintf("rule %q: %s", r.Name, msg), hint)
	}
	return good
}
