package promql

import (
	"github.com/prometheus/prometheus/promql/parser"
)

// Comparison is a result against a number, on which the whole expression turns.
type Comparison struct {
	Left      string // an expression that can be evaluated by itself
	Op        string // ==, !=, <, <=, > or >=, with Left to its left
	Threshold float64
	// Raw is the selector whose values are compared, where Left is nothing but that and aggregations of it; else nil.
	Raw *Selector
	Pos Pos
}

// Comparisons are those that decide whether the expression has a result: the outermost ones, of which all (and) or one (or)
// must be true. What stands to the right of `unless` is left out: it keeps a result from coming.
func (e *Expr) Comparisons() []Comparison { return comparisons(e.root, nil) }

func comparisons(node parser.Expr, all []Comparison) []Comparison {
	switch n := node.(type) {
	case *parser.ParenExpr:
		return comparisons(n.Expr, all)
	case *parser.BinaryExpr:
		switch {
		case n.Op == parser.LAND || n.Op == parser.LOR:
			return comparisons(n.RHS, comparisons(n.LHS, all))
		case n.Op == parser.LUNLESS:
			return comparisons(n.LHS, all)
		case n.Op.IsComparisonOperator():
			return compared(n, all)
		}
	}
	return all
}

// compared takes one comparison in, and before it what the left side compares itself: 0 < x < 5.
func compared(n *parser.BinaryExpr, all []Comparison) []Comparison {
	if limit, ok := constant(n.RHS); ok && n.LHS.Type() == parser.ValueTypeVector {
		return append(comparisons(n.LHS, all), Comparison{n.LHS.String(), n.Op.String(), limit, raw(n.LHS), at(n)})
	}
	if limit, ok := constant(n.LHS); ok && n.RHS.Type() == parser.ValueTypeVector {
		return append(comparisons(n.RHS, all), Comparison{n.RHS.String(), turned(n.Op).String(), limit, raw(n.RHS), at(n)})
	}
	return all
}

// turned is the operator with its sides exchanged.
func turned(op parser.ItemType) parser.ItemType {
	switch op {
	case parser.GTR:
		return parser.LSS
	case parser.GTE:
		return parser.LTE
	case parser.LSS:
		return parser.GTR
	case parser.LTE:
		return parser.GTE
	}
	return op
}

// constant is the value of an expression that is made of numbers only.
func constant(node parser.Expr) (float64, bool) {
	if node.Type() != parser.ValueTypeScalar {
		return 0, false
	}
	b := valuesOf(node)
	return b.low, b.low == b.high
}
