package promql

import (
	"math"

	"github.com/prometheus/prometheus/promql/parser"
)

// bounds are between which numbers every value of an expression lies, both included; NaN apart, which no comparison but !=
// is true for.
type bounds struct{ low, high float64 }

var infinity = math.Inf(1)

func anything() bounds           { return bounds{-infinity, infinity} }
func atLeast(low float64) bounds { return bounds{low, infinity} }
func just(v float64) bounds      { return bounds{v, v} }

func (b bounds) known() bool        { return b != anything() }
func (b bounds) has(v float64) bool { return b.low <= v && v <= b.high }
func (b bounds) with(o bounds) bounds {
	return bounds{min(b.low, o.low), max(b.high, o.high)}
}

// names whose values Prometheus itself writes.
func ofMetric(name string) bounds {
	switch name {
	case "up":
		return bounds{0, 1}
	case "ALERTS":
		return just(1)
	}
	return anything()
}

// valuesOf bounds the values of an expression. What is not known to be bounded is not.
func valuesOf(node parser.Expr) bounds {
	switch n := node.(type) {
	case *parser.NumberLiteral:
		if math.IsNaN(n.Val) {
			return anything()
		}
		return just(n.Val)
	case *parser.ParenExpr:
		return valuesOf(n.Expr)
	case *parser.StepInvariantExpr:
		return valuesOf(n.Expr)
	case *parser.UnaryExpr:
		b := valuesOf(n.Expr)
		if n.Op == parser.SUB {
			b = bounds{-b.high, -b.low}
		}
		return b
	case *parser.VectorSelector:
		return ofMetric(n.Name)
	case *parser.MatrixSelector:
		return valuesOf(n.VectorSelector)
	case *parser.SubqueryExpr:
		return valuesOf(n.Expr)
	case *parser.AggregateExpr:
		return ofAggregate(n)
	case *parser.Call:
		return ofCall(n)
	case *parser.BinaryExpr:
		return ofBinary(n)
	}
	return anything()
}

func ofAggregate(n *parser.AggregateExpr) bounds {
	inner := valuesOf(n.Expr)
	switch n.Op {
	case parser.COUNT, parser.COUNT_VALUES:
		return atLeast(1) // a group without series has no result at all
	case parser.GROUP:
		return just(1)
	case parser.STDDEV, parser.STDVAR:
		return atLeast(0)
	case parser.SUM:
		return sum(inner)
	case parser.MIN, parser.MAX, parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO, parser.AVG:
		return inner
	}
	return anything() // of a quantile, which may be ±Inf
}

// sum of one or more values: its bounds are known on the sides on which all have the same sign.
func sum(b bounds) bounds {
	all := anything()
	if b.low >= 0 {
		all.low = b.low
	}
	if b.high <= 0 {
		all.high = b.high
	}
	return all
}

func ofBinary(n *parser.BinaryExpr) bounds {
	left, right := valuesOf(n.LHS), valuesOf(n.RHS)
	switch {
	case n.Op == parser.LOR:
		return left.with(right)
	case n.Op == parser.LAND || n.Op == parser.LUNLESS:
		return left
	case n.Op.IsComparisonOperator():
		return ofComparison(n, left, right)
	case !left.known() || !right.known():
		return anything()
	}
	switch n.Op {
	case parser.ADD:
		return corners(left.low+right.low, left.high+right.high)
	case parser.SUB:
		return corners(left.low-right.high, left.high-right.low)
	case parser.MUL:
		return corners(left.low*right.low, left.low*right.high, left.high*right.low, left.high*right.high)
	case parser.DIV:
		if !right.has(0) {
			return corners(left.low/right.low, left.low/right.high, left.high/right.low, left.high/right.high)
		}
	case parser.POW:
		if left.low == left.high && right.low == right.high {
			return corners(math.Pow(left.low, right.low))
		}
	}
	return anything()
}

// corners bounds what lies between these values; one that is no number (0·∞) bounds nothing.
func corners(values ...float64) bounds {
	b := just(values[0])
	for _, v := range values {
		if math.IsNaN(v) {
			return anything()
		}
		b = b.with(just(v))
	}
	return b
}

// ofComparison: with bool a comparison is 0 or 1, else it lets through what it is true for.
func ofComparison(n *parser.BinaryExpr, left, right bounds) bounds {
	if n.ReturnBool {
		return bounds{0, 1}
	}
	op := n.Op
	if n.LHS.Type() == parser.ValueTypeScalar { // what is let through is the vector
		left, right, op = right, left, turned(op)
	}
	b := left
	switch op {
	case parser.GTR, parser.GTE:
		b.low = max(b.low, right.low)
	case parser.LSS, parser.LTE:
		b.high = min(b.high, right.high)
	case parser.EQLC:
		b = bounds{max(b.low, right.low), min(b.high, right.high)}
	}
	if b.low > b.high {
		return left // never true, which is told of this comparison and not of those around it
	}
	return b
}
