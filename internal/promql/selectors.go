package promql

import (
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Selector picks series in an expression.
type Selector struct {
	Text     string // as Prometheus writes it, without range, offset and @
	Metric   string // empty if the name is not given exactly
	Matchers []Matcher
	Range    time.Duration // 0 for one that picks the newest sample
	Offset   time.Duration
	// Window is the range of the subqueries around it, all together.
	Window time.Duration
	// Absent is true inside of absent() and absent_over_time(), which look for its emptiness.
	Absent bool
	// Optional is true where the whole can have a result although this selector has none: in a branch of `or`, to the right of
	// `unless`, inside of absent.
	Optional bool
	// Under are the functions and aggregations around it, from the inside out.
	Under []string
	Pos   Pos
}

// Matcher is one condition on a label.
type Matcher struct {
	Name, Op, Value string // Op is =, !=, =~ or !~

	m *labels.Matcher
}

// Matches reports whether a label with this value satisfies it. A label that is missing is empty.
func (m Matcher) Matches(value string) bool { return m.m.Matches(value) }

// String is the matcher as Prometheus writes it.
func (m Matcher) String() string { return m.m.String() }

// Selectors are all selectors of the expression, from left to right.
func (e *Expr) Selectors() []Selector {
	var all []Selector
	walk(e.root, place{}, func(v *parser.VectorSelector, p place) { all = append(all, selector(v, p)) })
	slices.SortStableFunc(all, func(a, b Selector) int { return a.Pos.Start - b.Pos.Start })
	return all
}

// place is where in an expression a node stands.
type place struct {
	absent, optional bool
	under            []string
	span, window     time.Duration
}

func (p place) inside(function string) place {
	p.under = append([]string{function}, p.under...)
	return p
}

// walk calls found for every selector below a node.
func walk(node parser.Node, p place, found func(*parser.VectorSelector, place)) {
	switch n := node.(type) {
	case *parser.VectorSelector:
		found(n, p)
		return
	case *parser.MatrixSelector:
		p.span = n.Range
	case *parser.SubqueryExpr:
		p.window += n.Range
	case *parser.AggregateExpr:
		p = p.inside(n.Op.String())
	case *parser.Call:
		p = p.inside(n.Func.Name)
		if n.Func.Name == "absent" || n.Func.Name == "absent_over_time" {
			p.absent, p.optional = true, true
		}
	case *parser.BinaryExpr:
		left, right := p, p
		left.optional = p.optional || n.Op == parser.LOR
		right.optional = p.optional || n.Op == parser.LOR || n.Op == parser.LUNLESS
		walk(n.LHS, left, found)
		walk(n.RHS, right, found)
		return
	}
	for _, child := range parser.Children(node) {
		walk(child, p, found)
	}
}

func selector(v *parser.VectorSelector, p place) Selector {
	s := Selector{
		Text: bare(v), Metric: v.Name, Range: p.span, Window: p.window, Offset: v.OriginalOffset,
		Absent: p.absent, Optional: p.optional, Under: p.under, Pos: at(v),
	}
	for _, m := range v.LabelMatchers {
		if m.Name != labels.MetricName {
			s.Matchers = append(s.Matchers, Matcher{m.Name, m.Type.String(), m.Value, m})
			continue
		}
		if m.Type == labels.MatchEqual {
			s.Metric = m.Value
		}
	}
	return s
}

// bare is a selector without range, offset and @.
func bare(v *parser.VectorSelector) string {
	return (&parser.VectorSelector{Name: v.Name, LabelMatchers: v.LabelMatchers}).String()
}

// Without is the text of the selector without its matchers of one label.
func (s Selector) Without(label string) string {
	left := []*labels.Matcher{}
	for _, m := range s.Matchers {
		if m.Name != label {
			left = append(left, m.m)
		}
	}
	if s.Metric != "" {
		left = append(left, labels.MustNewMatcher(labels.MatchEqual, labels.MetricName, s.Metric))
	}
	return (&parser.VectorSelector{LabelMatchers: left}).String()
}

// In reports whether one of these functions or aggregations stands around the selector.
func (s Selector) In(functions ...string) bool {
	return slices.ContainsFunc(s.Under, func(name string) bool { return slices.Contains(functions, name) })
}
