package promql

import (
	"fmt"
	"math"
	"strconv"

	"github.com/prometheus/prometheus/promql/parser"
)

// Contradiction is a comparison that can never be true, whatever the series are.
type Contradiction struct {
	Text string // the comparison
	Why  string // "count(up) is never less than 1"
	Of   string // the outermost function of what is compared: count
	// Either is true where the comparison is one branch of an `or`: the whole may come true all the same.
	Either bool
	Pos    Pos
}

// Contradictions are the comparisons of the expression that can be proved never to be true, out of what functions can
// return: absent(x) > 1, count(x) == 0, up == 2. What stands to the right of `unless` is left out.
func (e *Expr) Contradictions() []Contradiction { return contradictions(e.root, false, nil) }

func contradictions(node parser.Expr, either bool, all []Contradiction) []Contradiction {
	switch n := node.(type) {
	case *parser.ParenExpr:
		return contradictions(n.Expr, either, all)
	case *parser.AggregateExpr:
		return contradictions(n.Expr, either, all)
	case *parser.BinaryExpr:
		switch {
		case n.Op == parser.LOR:
			return contradictions(n.RHS, true, contradictions(n.LHS, true, all)) // each was written to come true some time
		case n.Op == parser.LUNLESS:
			return contradictions(n.LHS, either, all)
		}
		all = contradictions(n.RHS, either, contradictions(n.LHS, either, all))
		if c, ok := contradiction(n); ok {
			c.Either = either
			all = append(all, c)
		}
	}
	return all
}

func contradiction(n *parser.BinaryExpr) (Contradiction, bool) {
	if !n.Op.IsComparisonOperator() || n.ReturnBool {
		return Contradiction{}, false
	}
	left, op, right := n.LHS, n.Op, n.RHS
	if left.Type() == parser.ValueTypeScalar {
		left, op, right = right, turned(op), left
	}
	is, limit := valuesOf(left), valuesOf(right)
	if !is.known() || !limit.known() {
		return Contradiction{}, false
	}
	why := ""
	switch {
	case op == parser.GTR && is.high <= limit.low, (op == parser.GTE || op == parser.EQLC) && is.high < limit.low:
		why = never(left, "more", is.high)
	case op == parser.LSS && is.low >= limit.high, (op == parser.LTE || op == parser.EQLC) && is.low > limit.high:
		why = never(left, "less", is.low)
	}
	return Contradiction{Text: n.String(), Why: why, Of: function(left), Pos: at(n)}, why != ""
}

func never(of parser.Expr, than string, limit float64) string {
	if math.IsInf(limit, 0) {
		return "" // more than infinity is asked for, which is another matter
	}
	return fmt.Sprintf("%s is never %s than %s", of, than, strconv.FormatFloat(limit, 'g', -1, 64))
}
