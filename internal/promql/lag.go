package promql

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// Lag is how long the expression itself can hold back a change of what it looks at, after the sample that shows the change
// has been collected: at best, and at worst.
//
// Offsets hold back everything, so they count for both. A range (and the window of a subquery with its step) counts for
// worst alone: a function over it looks at samples from before the change until they have left the range. That is the truth
// for those that need all of it, such as min_over_time(x[5m]) > 3 or absent_over_time(x[5m]); an average or a rate passes its
// threshold somewhere on the way, sooner the larger the change is, and with a series that is new all of them at once. So for
// best a range counts nothing. Of several selectors the fastest decides what is best and the slowest what is worst.
func (e *Expr) Lag() (best, worst time.Duration) { return lag(e.root) }

func lag(node parser.Node) (best, worst time.Duration) {
	children := parser.Children(node)
	looks := false
	for _, child := range children {
		if !hasSelector(child) {
			continue
		}
		b, w := lag(child)
		if !looks || b < best {
			best = b
		}
		worst = max(worst, w)
		looks = true
	}
	switch n := node.(type) {
	case *parser.VectorSelector:
		shift := max(n.OriginalOffset, 0)
		return shift, shift
	case *parser.MatrixSelector:
		worst += n.Range
	case *parser.SubqueryExpr:
		shift := max(n.OriginalOffset, 0)
		best += shift
		worst += shift + n.Range + n.Step
	}
	return best, worst
}

func hasSelector(node parser.Node) bool {
	found := false
	walk(node, place{}, func(*parser.VectorSelector, place) { found = true })
	return found
}
