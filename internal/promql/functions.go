package promql

import (
	"github.com/prometheus/prometheus/promql/parser"
)

// ranges are the values of functions, whatever they are called with; from Prometheus' documentation.
var ranges = map[string]bounds{
	"absent": just(1), "absent_over_time": just(1), "present_over_time": just(1),
	"count_over_time": atLeast(1), // without a sample there is no result
	"changes":         atLeast(0), "resets": atLeast(0), "rate": atLeast(0), "irate": atLeast(0), "increase": atLeast(0),
	"abs": atLeast(0), "sqrt": atLeast(0), "exp": atLeast(0), "stddev_over_time": atLeast(0), "stdvar_over_time": atLeast(0),
	"sgn": {-1, 1}, "sin": {-1, 1}, "cos": {-1, 1}, "tanh": {-1, 1}, "pi": just(3.141592653589793),
	"minute": {0, 59}, "hour": {0, 23}, "day_of_week": {0, 6}, "day_of_month": {1, 31}, "day_of_year": {1, 366},
	"days_in_month": {28, 31}, "month": {1, 12},
}

// kept are functions whose results lie between the values that they are given.
var kept = map[string]bool{
	"min_over_time": true, "max_over_time": true, "avg_over_time": true, "last_over_time": true, "first_over_time": true,
	"label_replace": true, "label_join": true, "sort": true, "sort_desc": true, "sort_by_label": true, "sort_by_label_desc": true,
	"scalar": true, "vector": true,
}

func ofCall(n *parser.Call) bounds {
	if b, ok := ranges[n.Func.Name]; ok {
		return b
	}
	if len(n.Args) == 0 {
		return anything()
	}
	first := valuesOf(n.Args[0])
	switch name := n.Func.Name; {
	case kept[name]:
		return first
	case name == "sum_over_time":
		return sum(first)
	case name == "clamp" && len(n.Args) == 3:
		return clamped(first, valuesOf(n.Args[1]).low, valuesOf(n.Args[2]).high)
	case name == "clamp_min" && len(n.Args) == 2:
		return clamped(first, valuesOf(n.Args[1]).low, infinity)
	case name == "clamp_max" && len(n.Args) == 2:
		return clamped(first, -infinity, valuesOf(n.Args[1]).high)
	}
	return anything()
}

func clamped(b bounds, low, high float64) bounds {
	return bounds{min(max(b.low, low), high), max(min(b.high, high), low)}
}
