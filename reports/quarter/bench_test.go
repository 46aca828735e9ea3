package quarter_test

import (
	"io"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/quarter"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/store"
	"github.com/failurefriday/friday/reports/todo"
)

// manyRuns are as many as a large organisation makes in two years.
const manyRuns = 10_000

// all10k are the options of a report on all of them.
func all10k(runs []digest.Run) quarter.Options {
	return quarter.Options{Since: until.Add(-2 * quarterLong), Until: until, Now: until, MaxAge: quarterLong, Items: todo.List(runs, nil)}
}

// BenchmarkOf: the model, from digests.
func BenchmarkOf(b *testing.B) {
	runs := world(manyRuns, 60)
	o := all10k(runs)
	b.ReportAllocs()
	for b.Loop() {
		if r := quarter.Of(runs, o); r.Activity.Runs != manyRuns {
			b.Fatalf("%d runs", r.Activity.Runs)
		}
	}
	b.ReportMetric(peak(func() { quarter.Of(runs, o) }), "peak-MiB")
}

// BenchmarkWhole: the findings, the model and every format.
func BenchmarkWhole(b *testing.B) {
	runs := world(manyRuns, 60)
	for _, f := range quarter.Formats() {
		b.Run(f.Name, func(b *testing.B) {
			whole := func() {
				if err := f.Render(io.Discard, quarter.Of(runs, all10k(runs))); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				whole()
			}
			b.ReportMetric(peak(whole), "peak-MiB")
		})
	}
}

// BenchmarkFromTheStore: reading the digests of all runs, the findings, the model and the page.
func BenchmarkFromTheStore(b *testing.B) {
	runs := store.Store{Dir: b.TempDir()}
	sample.Fill(b, runs.Dir, manyRuns)
	if _, _, err := runs.Reindex(b.Context()); err != nil {
		b.Fatal(err)
	}
	whole := func() {
		read, unread, err := runs.Digests(b.Context(), store.Filter{})
		if err != nil || len(read) != manyRuns || len(unread) > 0 {
			b.Fatal(len(read), len(unread), err)
		}
		o := all10k(read)
		o.Since = time.Time{}.AddDate(1990, 0, 0)
		if err := quarter.HTML(io.Discard, quarter.Of(read, o)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		whole()
	}
	b.ReportMetric(peak(whole), "peak-MiB")
}

// peak is how much more of the heap is in use while do works, as far as one who looks every millisecond can tell.
func peak(do func()) float64 {
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var most atomic.Uint64
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		for tick := time.NewTicker(time.Millisecond); ; {
			select {
			case <-done:
				return
			case <-tick.C:
				runtime.ReadMemStats(&now)
				most.Store(max(most.Load(), now.HeapInuse))
			}
		}
	}()
	do()
	close(done)
	<-gone
	return (float64(most.Load()) - float64(before.HeapInuse)) / (1 << 20)
}
