package metrics_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/verify"
)

// TestWilson: against intervals that are printed elsewhere (Newcombe 1998a, table I: 81/263, 15/148, 0/20, 1/29), and the ends.
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		hits, of  int
		low, high float64
	}{
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0, 0.1611},
		{1, 29, 0.0061, 0.1718},
		{20, 20, 0.8389, 1},
		{1, 1, 0.2065, 1},
		{0, 1, 0, 0.7935},
		{0, 0, 0, 1},
	} {
		low, high := metrics.Rate{Hits: c.hits, Of: c.of}.Interval()
		if math.Abs(low-c.low) > 5e-5 || math.Abs(high-c.high) > 5e-5 {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f", c.hits, c.of, low, high, c.low, c.high)
		}
	}
}

// TestIntervalsHoldTheShare, and are never outside of 0 to 1.
func TestIntervalsHoldTheShare(t *testing.T) {
	for of := 1; of <= 60; of++ {
		for hits := range of + 1 {
			r := metrics.Rate{Hits: hits, Of: of}
			low, high := r.Interval()
			if p := r.Share(); low < 0 || high > 1 || p < low || p > high {
				t.Fatalf("%d of %d: %g is not in %g to %g", hits, of, p, low, high)
			}
		}
	}
}

// TestTrends: the difference of 56/70 and 48/80 (Newcombe 1998b, table II, example a, method 10: +0.0524 to +0.3339).
func TestTrends(t *testing.T) {
	got := metrics.TrendOf(metrics.Rate{Hits: 56, Of: 70}, metrics.Rate{Hits: 48, Of: 80})
	if !got.Told || got.Chance || math.Abs(got.Change-0.2) > 1e-6 || math.Abs(got.Low-0.0524) > 5e-5 || math.Abs(got.High-0.3339) > 5e-5 {
		t.Errorf("got %+v", got)
	}
	if got := metrics.TrendOf(metrics.Rate{Hits: 9, Of: 10}, metrics.Rate{Hits: 8, Of: 10}); !got.Told || !got.Chance {
		t.Errorf("one of ten more may be chance: %+v", got)
	}
	for _, c := range [][2]int{{9, 100}, {100, 9}, {0, 0}, {0, 100}} {
		got := metrics.TrendOf(metrics.Rate{Of: c[0]}, metrics.Rate{Of: c[1]})
		if got.Told || got.Change != 0 || got.Chance {
			t.Errorf("%v are too few to compare: %+v", c, got)
		}
	}
}

func TestRatesInJSON(t *testing.T) {
	for want, r := range map[string]metrics.Rate{
		`{"hits":0,"of":0,"share":null,"low":null,"high":null}`:              {},
		`{"hits":81,"of":263,"share":0.307985,"low":0.255268,"high":0.3662}`: {Hits: 81, Of: 263},
	} {
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var got, wanted map[string]*float64
		if json.Unmarshal(text, &got) != nil || json.Unmarshal([]byte(want), &wanted) != nil {
			t.Fatalf("no object: %s", text)
		}
		for key, value := range wanted {
			if (got[key] == nil) != (value == nil) || value != nil && math.Abs(*got[key]-*value) > 1e-3 {
				t.Errorf("%s: %s", key, text)
			}
		}
	}
}

// seconds are measured values; a negative one was looked for that long and never came.
func seconds(all ...float64) []metrics.Took {
	var took []metrics.Took
	for _, s := range all {
		if s < 0 {
			took = append(took, never(-s))
		} else {
			took = append(took, exactly(s))
		}
	}
	return took
}

func number(s float64) *metrics.Quantile {
	v := verify.Seconds(s * float64(time.Second))
	return &metrics.Quantile{Seconds: &v}
}

func over(s float64) *metrics.Quantile {
	return &metrics.Quantile{Never: true, Over: verify.Seconds(s * float64(time.Second))}
}

// TestPercentiles: type 7, by hand. Of 1 to 10, p90 is at 8.1: 9 + 0.1·(10−9).
func TestPercentiles(t *testing.T) {
	for name, c := range map[string]struct {
		values []metrics.Took
		want   metrics.Times
	}{
		"none":      {nil, metrics.Times{}},
		"too few":   {seconds(3, 1, -60), metrics.Times{N: 3, Never: 1, Raw: []metrics.Quantile{*number(1), *number(3), *over(60)}}},
		"ten":       {seconds(10, 9, 8, 7, 6, 5, 4, 3, 2, 1), metrics.Times{N: 10, P50: number(5.5), P90: number(9.1), P95: number(9.55), Max: number(10)}},
		"five":      {seconds(1, 2, 4, 8, 16), metrics.Times{N: 5, P50: number(4), P90: number(12.8), P95: number(14.4), Max: number(16)}},
		"all alike": {seconds(2, 2, 2, 2, 2), metrics.Times{N: 5, P50: number(2), P90: number(2), P95: number(2), Max: number(2)}},
		// p90 is at 3.6, between 4 and +∞; p50 at 2 is not touched. Longer than 4 was measured: the look was longer still.
		"one never":              {seconds(-60, 1, 2, 3, 4), metrics.Times{N: 5, Never: 1, P50: number(3), P90: over(60), P95: over(60), Max: over(60)}},
		"looked for too short":   {seconds(-2, 10, 20, 30, 40), metrics.Times{N: 5, Never: 1, P50: number(30), P90: over(40), P95: over(40), Max: over(40)}},
		"half of them never":     {seconds(-60, -90, -70, 1, 2), metrics.Times{N: 5, Never: 3, P50: over(60), P90: over(60), P95: over(60), Max: over(60)}},
		"all never":              {seconds(-60, -60, -60, -60, -300), metrics.Times{N: 5, Never: 5, P50: over(60), P90: over(60), P95: over(60), Max: over(60)}},
		"what nobody saw is out": {append(seconds(1, 2, 4, 8, 16), unseen, unseen), metrics.Times{N: 5, NotKnown: 2, P50: number(4), P90: number(12.8), P95: number(14.4), Max: number(16)}},
	} {
		t.Run(name, func(t *testing.T) {
			got := metrics.TimesOf(c.values)
			got.Values = nil
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	// With eleven values p90 is at 9.0 exactly: the one that never came beside it does not touch it.
	if got := metrics.TimesOf(seconds(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, -60)); *got.P90.Seconds != verify.Seconds(10*time.Second) || !got.P95.Never {
		t.Errorf("p90 %+v, p95 %+v", got.P90, got.P95)
	}
}

// TestPercentilesNeverFall: a higher one is never less, and +∞ stays above all.
func TestPercentilesNeverFall(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var values []metrics.Took
		for range 1 + random.IntN(40) {
			v := exactly(random.Float64() * 100)
			if random.IntN(4) == 0 {
				v.Known = metrics.Never
			}
			values = append(values, v)
		}
		sorted := metrics.TimesOf(values).Values
		last := metrics.Percentile(sorted, 0)
		for p := 0.01; p <= 1; p += 0.01 {
			q := metrics.Percentile(sorted, p)
			fell := !q.Never && (last.Never || *q.Seconds < *last.Seconds) || q.Never && !last.Never && q.Over < *last.Seconds
			if fell {
				t.Fatalf("at %.2f of %v: %+v after %+v", p, sorted, q, last)
			}
			last = q
		}
	}
}

func TestQuantilesInJSON(t *testing.T) {
	text, err := json.Marshal(metrics.TimesOf(seconds(1, 2, 3, 4, -60)))
	if err != nil || !strings.Contains(string(text), `"max":{"seconds":null,"never":true,"over_s":60}`) || !strings.Contains(string(text), `"p50":{"seconds":3,"never":false}`) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestFindings(t *testing.T) {
	f := metrics.FindingsOf(32, 10, 4, []time.Duration{48 * time.Hour, 24 * time.Hour, 96 * time.Hour, -time.Hour})
	y, ok := f.Yield()
	if !ok || y != 0.3125 || *f.MedianAge != verify.Seconds(36*time.Hour) {
		t.Errorf("yield %g, median %v", y, f.MedianAge)
	}
	if _, ok := metrics.FindingsOf(0, 3, 0, nil).Yield(); ok {
		t.Error("there is no yield without faults")
	}
	if f := metrics.FindingsOf(1, 0, 0, nil); f.MedianAge != nil {
		t.Error("there is no median of nothing")
	}
}

func TestDefinitions(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range metrics.Definitions() {
		if seen[d.ID] || d.ID == "" || d.Name == "" || d.Formula == "" || d.Source == "" {
			t.Errorf("%+v: twice, or not whole", d)
		}
		seen[d.ID] = true
		if found, ok := metrics.Define(d.ID); !ok || found != d {
			t.Errorf("%s is not found", d.ID)
		}
	}
	if _, ok := metrics.Define("nothing"); ok {
		t.Error("nothing is defined so")
	}
	for _, m := range metrics.MTTRs(nil) {
		if !seen[m.Definition] {
			t.Errorf("%s is not defined", m.Definition)
		}
	}
}
