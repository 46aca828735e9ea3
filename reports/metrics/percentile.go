package metrics

import (
	"math"
	"slices"
	"time"

	"github.com/failurefriday/friday/verify"
)

// FewestForPercentiles is how many values percentiles need; of fewer, the values themselves are told.
const FewestForPercentiles = 5

// Quantile is a length of time that may be +∞.
type Quantile struct {
	Seconds *verify.Seconds `json:"seconds"` // null if it is never
	Never   bool            `json:"never"`   // +∞
	// Over is, of one that is never, what it is longer than at least: the longest time that was measured beside it or, if
	// that is longer, the shortest time for which somebody looked. 0 is not known.
	Over verify.Seconds `json:"over_s,omitempty"`
}

// Times is the distribution of lengths of time over faults or pages.
type Times struct {
	N        int `json:"n"`         // values, those that never came among them
	Never    int `json:"never"`     // of these
	NotKnown int `json:"not_known"` // no values: nobody could see them
	// P50 to Max are there from FewestForPercentiles values on; type-7 interpolation with never as +∞.
	P50 *Quantile `json:"p50,omitempty"`
	P90 *Quantile `json:"p90,omitempty"`
	P95 *Quantile `json:"p95,omitempty"`
	Max *Quantile `json:"max,omitempty"`
	// Raw are all values, shortest first, where there are fewer.
	Raw []Quantile `json:"raw,omitempty"`

	Values []Took `json:"-"` // all of them, shortest first
}

// TimesOf makes the distribution of values in any order.
func TimesOf(all []Took) Times {
	var t Times
	for _, v := range all {
		switch v.Known {
		case Unseen:
			t.NotKnown++
		case Never:
			t.Never++
			t.Values = append(t.Values, v)
		case Exactly:
			t.Values = append(t.Values, v)
		}
	}
	t.N = len(t.Values)
	slices.SortFunc(t.Values, order)
	if t.N < FewestForPercentiles {
		for _, v := range t.Values {
			t.Raw = append(t.Raw, quantileOf(v))
		}
		return t
	}
	at := func(p float64) *Quantile { q := Percentile(t.Values, p); return &q }
	t.P50, t.P90, t.P95, t.Max = at(0.5), at(0.9), at(0.95), at(1)
	return t
}

// Percentile is the p-th part (0 to 1) of values that are sorted as Times.Values are, interpolated as type 7 of Hyndman and
// Fan (1996) has it: at position (n−1)·p, linear between neighbours. Values that are Never are +∞, and so is everything
// between a number and one of them. No values make the zero Quantile.
func Percentile(sorted []Took, p float64) Quantile {
	if len(sorted) == 0 {
		return Quantile{}
	}
	position := float64(len(sorted)-1) * min(1, max(0, p))
	low := int(math.Floor(position))
	high := int(math.Ceil(position))
	if sorted[high].Known == Never {
		return Quantile{Never: true, Over: over(sorted)}
	}
	part := position - float64(low)
	a, b := sorted[low].For, sorted[high].For
	return quantileOf(Took{Exactly, a + time.Duration(math.Round(part*float64(b-a)))})
}

func quantileOf(t Took) Quantile {
	if t.Known == Never {
		return Quantile{Never: true, Over: verify.Seconds(t.For)}
	}
	s := verify.Seconds(t.For)
	return Quantile{Seconds: &s}
}

// over is what values that never came are longer than, see Quantile.
func over(sorted []Took) verify.Seconds {
	var longest, looked time.Duration
	first := true
	for _, v := range sorted {
		switch {
		case v.Known == Exactly:
			longest = max(longest, v.For)
		case first:
			looked, first = v.For, false // they are sorted
		}
	}
	return verify.Seconds(max(longest, looked))
}
