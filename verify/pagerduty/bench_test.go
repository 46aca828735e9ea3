package pagerduty

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

const many = 10_000

func BenchmarkOpen(b *testing.B) {
	measure(b, func(ctx context.Context, s *Source, _ time.Time) ([]verify.Incident, error) { return s.Open(ctx) })
}

func BenchmarkSince(b *testing.B) {
	measure(b, func(ctx context.Context, s *Source, from time.Time) ([]verify.Incident, error) {
		return s.Since(ctx, from)
	})
}

// measure reads 10,000 incidents again and again, and tells how much larger the heap is while they are held. The fake
// server runs in the same process, so its own garbage is part of B/op.
func measure(b *testing.B, ask func(context.Context, *Source, time.Time) ([]verify.Incident, error)) {
	fake := &verifytest.PagerDuty{}
	from := time.Now().Add(-many * time.Second).Truncate(time.Second)
	fake.Add(crowd(from, many, time.Second)...)
	src := serve(b, fake, Params{timeout: calm})
	before, peak := heap(), uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		found, err := ask(b.Context(), src, from)
		if err != nil || len(found) != many {
			b.Fatalf("%d incidents, %v", len(found), err)
		}
		b.StopTimer()
		if now := heap(); now > before {
			peak = max(peak, now-before)
		}
		runtime.KeepAlive(found)
		b.StartTimer()
	}
	b.ReportMetric(float64(peak)/(1<<20), "held-MiB")
}

// heap is what is reachable now.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
