package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/clock"
)

// BenchmarkGuard measures the time from the SIGKILL of a runner to the moment at which its fault is gone.
func BenchmarkGuard(b *testing.B) {
	p := stage(b)
	p.stop, p.changes = "injected", 1
	var took []time.Duration
	for round := range max(b.N, 200) {
		p.run = fmt.Sprintf("run-%03d", round)
		a := p.start(b)
		a.await("injected")
		killed := time.Now()
		send(b, a.Process.Pid, syscall.SIGKILL)
		for p.faults(b) > 0 {
			if time.Since(killed) > patience {
				b.Fatal("the fault is still in force")
			}
			clock.Pause(b.Context(), 100*time.Microsecond) // looking all the time would keep the guard from its work
		}
		took = append(took, time.Since(killed))
		a.kill()
		eventually(b, "nothing is owed", func() bool { return p.clean(b) })
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkIntend measures what the promise to be on disk costs before every injection: in itself, and as a multiple of
// writing and syncing the same bytes with nothing around it.
func BenchmarkIntend(b *testing.B) {
	for _, changes := range []int{1, 100} {
		b.Run(fmt.Sprintf("changes=%d", changes), func(b *testing.B) {
			dir := b.TempDir()
			j := create(b, dir, "r")
			bare, err := os.OpenFile(filepath.Join(dir, "bare"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
			if err != nil {
				b.Fatal(err)
			}
			defer bare.Close()
			entries := make([]Entry, changes)
			var ours, theirs []time.Duration
			for n := 0; b.Loop(); n++ {
				for i := range entries {
					entries[i] = entry(fmt.Sprintf("%d.%d", n, i), faultUndo{Path: "/a"})
				}
				before := j.size
				ours = append(ours, timed(b, func() error { return j.Intend(entries...) }))
				theirs = append(theirs, timed(b, func() error {
					if _, err := bare.Write(make([]byte, j.size-before)); err != nil {
						return err
					}
					return bare.Sync()
				}))
			}
			b.ReportMetric(0, "ns/op") // half of it is the bare write
			b.ReportMetric(float64(median(ours).Microseconds()), "p50-µs")
			b.ReportMetric(float64(median(ours))/float64(median(theirs)), "times-bare")
			if info, err := os.Stat(j.file.Name()); err != nil || info.Size() != j.size {
				b.Fatalf("error %v, the journal is not %d bytes long", err, j.size)
			}
		})
	}
}

func timed(b *testing.B, f func() error) time.Duration {
	b.Helper()
	began := time.Now()
	if err := f(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
