package metrics

import (
	"encoding/json"
	"math"
)

// Rate is a share of things that were counted. With Of 0 there is no share.
type Rate struct{ Hits, Of int }

// z is the 97.5th percentile of the normal distribution: intervals are of 95%.
const z = 1.959963984540054

// Known reports whether there is a share at all.
func (r Rate) Known() bool { return r.Of > 0 }

// Share is Hits ÷ Of, from 0 to 1; 0 if nothing was counted.
func (r Rate) Share() float64 {
	if r.Of <= 0 {
		return 0
	}
	return float64(r.Hits) / float64(r.Of)
}

// Interval is Wilson's score interval of 95% (Wilson 1927), from 0 to 1: where the share may truly be, given how few were
// counted. Of nothing it is 0 to 1.
func (r Rate) Interval() (low, high float64) {
	if r.Of <= 0 {
		return 0, 1
	}
	n, p := float64(r.Of), r.Share()
	middle := p + z*z/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	low, high = (middle-half)/(1+z*z/n), (middle+half)/(1+z*z/n)
	// All and nothing reach the end exactly, whatever the last digit of the arithmetic.
	if r.Hits == 0 {
		low = 0
	}
	if r.Hits == r.Of {
		high = 1
	}
	return max(0, low), min(1, high)
}

// MarshalJSON writes the counts, the share and its interval, both null if nothing was counted.
func (r Rate) MarshalJSON() ([]byte, error) {
	var out struct {
		Hits  int      `json:"hits"`
		Of    int      `json:"of"`
		Share *float64 `json:"share"`
		Low   *float64 `json:"low"`
		High  *float64 `json:"high"`
	}
	out.Hits, out.Of = r.Hits, r.Of
	if r.Known() {
		share := digits(r.Share())
		low, high := r.Interval()
		low, high = digits(low), digits(high)
		out.Share, out.Low, out.High = &share, &low, &high
	}
	return json.Marshal(out)
}

// digits keeps six of them, so that every machine writes the same.
func digits(f float64) float64 { return math.Round(f*1e6) / 1e6 }

// FewestForTrends is how many must have been counted on both sides before they are compared.
const FewestForTrends = 10

// Trend compares a rate with the same one in the period before.
type Trend struct {
	Now    Rate `json:"now"`
	Before Rate `json:"before"`
	// Told: at least FewestForTrends were counted on both sides. Otherwise there is no trend, and what follows is zero.
	Told   bool    `json:"told"`
	Change float64 `json:"change"` // of the share: 0.05 is five percentage points more
	// Low and High bound the change with 95% (Newcombe 1998, method 10). Chance: the interval holds 0.
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Chance bool    `json:"may_be_chance"`
}

// TrendOf compares two rates.
func TrendOf(now, before Rate) Trend {
	t := Trend{Now: now, Before: before}
	if now.Of < FewestForTrends || before.Of < FewestForTrends {
		return t
	}
	p1, p2 := now.Share(), before.Share()
	l1, u1 := now.Interval()
	l2, u2 := before.Interval()
	d := p1 - p2
	t.Told, t.Change = true, digits(d)
	t.Low, t.High = digits(d-math.Hypot(p1-l1, u2-p2)), digits(d+math.Hypot(u1-p1, p2-l2))
	t.Chance = t.Low <= 0 && t.High >= 0
	return t
}
