package network

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/proc"
)

// atOnceDo calls f for 0 to n-1, as many at the same time as the runner does.
func atOnceDo(b *testing.B, n int, f func(i int) error) {
	b.Helper()
	var done sync.WaitGroup
	next := make(chan int)
	for range PartitionKind.AtOnce {
		done.Go(func() {
			for i := range next {
				if err := f(i); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	done.Wait()
}

// BenchmarkPartitionOfFifty measures the time until 50 namespaces are cut and seen to be, against that of writing the same
// rules to the same namespaces when they are open already, and nothing else.
func BenchmarkPartitionOfFifty(b *testing.B) {
	const n = 50
	var names []string
	var all []*station
	for range n {
		s := newStation(b)
		all, names = append(all, s), append(names, s.name)
	}
	p := &Partition{In: Where{Process: proc.Match{Name: match.Must(names...)}}, Filter: Filter{Peers: []string{"10.0.0.0/8", "fd00::/8"}, Ports: []Ports{{5432, 5432}}}}
	changes, err := p.Plan(b.Context())
	if err != nil || len(changes) != n {
		b.Fatalf("got %d changes, %v", len(changes), err)
	}
	u, err := readTable(changes[0])
	must(b, err)
	revert := func(i int) error { return p.Revert(b.Context(), changes[i]) }
	var ours, bare, renewed, reverted time.Duration
	timed := func(sum *time.Duration, f func(i int) error) {
		begin := time.Now()
		atOnceDo(b, n, f)
		*sum += time.Since(begin)
	}
	for b.Loop() {
		timed(&ours, func(i int) error {
			if err := p.Inject(b.Context(), changes[i]); err != nil {
				return err
			}
			active, err := p.Active(b.Context(), changes[i])
			if err == nil && !active {
				err = fmt.Errorf("%s is not in force", changes[i].Target)
			}
			return err
		})
		timed(&renewed, func(i int) error { return p.Renew(b.Context(), changes[i]) })
		timed(&reverted, revert)
		timed(&bare, func(i int) error { return install(all[i].ns, u) })
		atOnceDo(b, n, func(i int) error { return remove(all[i].ns, u.Table) })
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(b.N) }
	b.ReportMetric(ms(ours), "ms/inforce50")
	b.ReportMetric(ms(bare), "ms/bare50")
	b.ReportMetric(ms(renewed), "ms/renewed50")
	b.ReportMetric(ms(reverted), "ms/reverted50")
	b.ReportMetric(float64(ours)/float64(bare), "ratio")
}

// BenchmarkTenThousandNetworks measures one table with 10,000 networks in it.
func BenchmarkTenThousandNetworks(b *testing.B) {
	a := newStation(b)
	p := cutOff(a, Filter{Peers: manyNetworks(10_000)})
	changes, err := p.Plan(b.Context())
	must(b, err)
	c := changes[0]
	var inject, active, renew, revert time.Duration
	timed := func(sum *time.Duration, f func() error) {
		begin := time.Now()
		must(b, f())
		*sum += time.Since(begin)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		timed(&inject, func() error { return p.Inject(b.Context(), c) })
		timed(&active, func() error { return orNotActive(p.Active(b.Context(), c)) })
		timed(&renew, func() error { return p.Renew(b.Context(), c) })
		timed(&revert, func() error { return p.Revert(b.Context(), c) })
	}
	runtime.ReadMemStats(&after)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(b.N) }
	b.ReportMetric(ms(inject), "ms/inject")
	b.ReportMetric(ms(active), "ms/active")
	b.ReportMetric(ms(renew), "ms/renew")
	b.ReportMetric(ms(revert), "ms/revert")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N)/(1<<20), "MiB/op")
	b.ReportMetric(float64(len(c.Undo))/1024, "KiB/undo")
}

func orNotActive(active bool, err error) error {
	if err == nil && !active {
		return attacks.ErrNoTarget
	}
	return err
}
