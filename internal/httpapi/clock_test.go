package httpapi

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// at is a moment of our clock, in milliseconds.
func at(ms int) time.Time { return time.Unix(1_800_000_000, int64(ms)*1e6) }

// stamp is how a server tells a moment of its clock.
func stamp(t time.Time) string { return t.UTC().Truncate(time.Second).Format(http.TimeFormat) }

func TestOffset(t *testing.T) {
	type answer struct{ server, sent, received int } // milliseconds
	for _, tc := range []struct {
		name    string
		answers []answer
		want    time.Duration
		known   bool
	}{
		{"none", nil, 0, false},
		{"one that agrees", []answer{{500, 400, 600}}, 0, true},
		{"agreement to the second is agreement", []answer{{1999, 1100, 1200}}, 0, true},
		{"an hour ahead", []answer{{3_600_500, 500, 500}}, time.Hour, true},
		{"an hour behind", []answer{{-3_599_500, 500, 500}}, -time.Hour, true},
		{"two answers narrow it down", []answer{{5_000, 100, 100}, {5_900, 1_000, 1_000}}, 4_950 * time.Millisecond, true},
		{"the clock was set: the older answers are void", []answer{{60_500, 500, 500}, {1_500, 1_500, 1_500}}, 0, true},
	} {
		var c clock
		for _, a := range tc.answers {
			c.observe(stamp(at(a.server)), at(a.sent), at(a.received))
		}
		got, known := c.offset()
		if off := (got - tc.want).Abs(); off > 50*time.Millisecond || known != tc.known {
			t.Errorf("%s: %s, %v; want %s, %v", tc.name, got, known, tc.want, tc.known)
		}
	}
}

func TestDatesThatAreNone(t *testing.T) {
	var c clock
	for _, date := range []string{"", "yesterday", "2026-01-02T03:04:05Z"} {
		c.observe(date, at(0), at(1))
	}
	if offset, known := c.offset(); known || offset != 0 {
		t.Errorf("%s, %v", offset, known)
	}
}

// TestOffsetIsAlwaysWithinItsBounds draws clocks and delays: the truth is never shut out, and after twenty answers it is
// known to a fraction of a second.
func TestOffsetIsAlwaysWithinItsBounds(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		truth := time.Duration(r.IntN(20_000)-10_000) * time.Millisecond
		var c clock
		now := at(0)
		for range 20 {
			sent := now
			there := sent.Add(time.Duration(r.IntN(100)) * time.Millisecond)
			now = there.Add(time.Duration(r.IntN(100)) * time.Millisecond)
			c.observe(stamp(there.Add(truth)), sent, now)
			if truth < c.low || truth > c.high {
				t.Fatalf("seed %d: the truth is %s, the bounds are %s and %s", seed, truth, c.low, c.high)
			}
			now = now.Add(time.Duration(r.IntN(3000)) * time.Millisecond)
		}
		got, known := c.offset()
		if off := (got - truth).Abs(); !known || off > 600*time.Millisecond {
			t.Errorf("seed %d: %s, %v; the truth is %s", seed, got, known, truth)
		}
		if got == 0 && truth.Abs() > time.Second {
			t.Errorf("seed %d: %s passes for no offset", seed, truth)
		}
	}
}

func TestCopiesDoNotTellTheTime(t *testing.T) {
	for age, known := range map[string]bool{"": true, "30": false} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if age != "" {
				w.Header().Set("Age", age)
			}
			fmt.Fprint(w, `{}`)
		}))
		c := New(Options{Base: server.URL})
		if err := c.Get(t.Context(), "/", nil, new(any)); err != nil {
			t.Fatal(err)
		}
		if offset, got := c.Offset(); got != known || offset != 0 {
			t.Errorf("age %q: %s, %v", age, offset, got)
		}
		server.Close()
	}
}
