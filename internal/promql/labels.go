package promql

import (
	"maps"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Labels are the labels that results of the expression can have, in order and without the name, where the expression alone
// tells: sum by (job) (x) has no other label than job. Known is false where it hangs on the series.
func (e *Expr) Labels() (names []string, known bool) {
	set, known := labelsOf(e.root)
	return slices.Sorted(maps.Keys(set)), known
}

func labelsOf(node parser.Expr) (set map[string]bool, known bool) {
	switch n := node.(type) {
	case *parser.ParenExpr:
		return labelsOf(n.Expr)
	case *parser.UnaryExpr:
		return labelsOf(n.Expr)
	case *parser.AggregateExpr:
		return labelsOfAggregate(n)
	case *parser.Call:
		return labelsOfCall(n)
	case *parser.BinaryExpr:
		return labelsOfBinary(n)
	}
	return nil, false
}

func labelsOfAggregate(n *parser.AggregateExpr) (map[string]bool, bool) {
	switch n.Op {
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO:
		return labelsOf(n.Expr) // they keep the labels of what they pick
	}
	if n.Without {
		inner, known := labelsOf(n.Expr)
		for _, name := range n.Grouping {
			delete(inner, name)
		}
		return inner, known
	}
	set := map[string]bool{}
	for _, name := range n.Grouping {
		set[name] = true
	}
	if n.Op == parser.COUNT_VALUES {
		if name, ok := n.Param.(*parser.StringLiteral); ok {
			set[name.Val] = true
		}
	}
	return set, true
}

func labelsOfCall(n *parser.Call) (map[string]bool, bool) {
	switch n.Func.Name {
	case "vector", "time":
		return map[string]bool{}, true
	case "absent", "absent_over_time":
		set := map[string]bool{}
		walk(n.Args[0], place{}, func(v *parser.VectorSelector, _ place) {
			for _, m := range v.LabelMatchers {
				if m.Type == labels.MatchEqual && m.Name != labels.MetricName {
					set[m.Name] = true
				}
			}
		})
		return set, true
	case "label_replace", "label_join":
		inner, known := labelsOf(n.Args[0])
		if to, ok := n.Args[1].(*parser.StringLiteral); ok && known {
			inner[to.Val] = true
			return inner, true
		}
	case "info":
		return nil, false // takes labels from other series
	default:
		for _, arg := range n.Args {
			if t := arg.Type(); t == parser.ValueTypeVector || t == parser.ValueTypeMatrix {
				if sub, ok := arg.(*parser.SubqueryExpr); ok {
					return labelsOf(sub.Expr)
				}
				return labelsOf(arg)
			}
		}
	}
	return nil, false
}

func labelsOfBinary(n *parser.BinaryExpr) (map[string]bool, bool) {
	left, leftKnown := labelsOf(n.LHS)
	right, rightKnown := labelsOf(n.RHS)
	switch {
	case n.Op == parser.LAND || n.Op == parser.LUNLESS || n.RHS.Type() == parser.ValueTypeScalar:
		return left, leftKnown
	case n.LHS.Type() == parser.ValueTypeScalar:
		return right, rightKnown
	case n.VectorMatching != nil && n.VectorMatching.Card == parser.CardManyToOne:
		right, rightKnown = included(n), true
	case n.VectorMatching != nil && n.VectorMatching.Card == parser.CardOneToMany:
		left, leftKnown = included(n), true
	}
	if !leftKnown || !rightKnown {
		return nil, false
	}
	maps.Copy(left, right) // no more than these
	return left, true
}

// included are the labels that group_left and group_right bring along.
func included(n *parser.BinaryExpr) map[string]bool {
	set := map[string]bool{}
	for _, name := range n.VectorMatching.Include {
		set[name] = true
	}
	return set
}
