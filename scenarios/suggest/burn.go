package suggest

import (
	"time"

	"github.com/failurefriday/friday/internal/promql"
)

// BurnTime is how long an alert on the burn rate of an error budget takes to fire: ((1 − SLO) ÷ error ratio) · window · burn
// rate (The Site Reliability Workbook, chapter 5). The SLO is a share of 0 to 1, as is the ratio of errors while the fault
// lasts; 0 errors never fire, which is told as 0. It is never longer than the window.
func BurnTime(slo, errorRatio float64, window time.Duration, burnRate float64) time.Duration {
	if errorRatio <= 0 || burnRate <= 0 || slo >= 1 {
		return 0
	}
	return min(window, time.Duration((1-slo)/errorRatio*burnRate*float64(window)))
}

// burnTime is the BurnTime of a rule in a full outage, where every request fails: for a ratio over a window that is compared
// with a threshold, which is (1 − SLO) · burn rate. 0 for rules of another shape.
func burnTime(expr string) time.Duration {
	parsed, err := promql.Parse(expr)
	if err != nil {
		return 0
	}
	var longest time.Duration
	for _, c := range parsed.Comparisons() {
		if c.Op != ">" && c.Op != ">=" || c.Threshold <= 0 || c.Threshold >= 1 {
			continue
		}
		left, err := promql.Parse(c.Left)
		if err != nil {
			continue
		}
		for _, s := range left.Selectors() {
			longest = max(longest, BurnTime(1-c.Threshold, 1, s.Range+s.Window, 1))
		}
	}
	return longest
}
