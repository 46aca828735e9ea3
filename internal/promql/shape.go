package promql

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

// Calls reports whether the expression calls one of these functions anywhere.
func (e *Expr) Calls(functions ...string) bool {
	found := false
	parser.Inspect(e.root, func(node parser.Node, _ []parser.Node) error {
		call, ok := node.(*parser.Call)
		found = found || ok && slices.Contains(functions, call.Func.Name)
		return nil
	})
	return found
}

// raw is the selector that an expression consists of, with nothing around it but aggregations that keep the kind of its
// values, and parentheses.
func raw(node parser.Expr) *Selector {
	switch n := node.(type) {
	case *parser.ParenExpr:
		return raw(n.Expr)
	case *parser.AggregateExpr:
		if slices.Contains([]parser.ItemType{parser.SUM, parser.MIN, parser.MAX, parser.AVG, parser.TOPK, parser.BOTTOMK}, n.Op) {
			return raw(n.Expr)
		}
	case *parser.VectorSelector:
		s := selector(n, place{})
		return &s
	}
	return nil
}

// function is the outermost function or aggregation of an expression, inside of parentheses and arithmetic with numbers.
func function(node parser.Expr) string {
	switch n := node.(type) {
	case *parser.ParenExpr:
		return function(n.Expr)
	case *parser.AggregateExpr:
		return n.Op.String()
	case *parser.Call:
		return n.Func.Name
	}
	return ""
}
