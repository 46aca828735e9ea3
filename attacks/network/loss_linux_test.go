package network

import (
	"math"
	"net/netip"
	"testing"
)

// within reports whether so many of n are lost when each is lost with that chance: five standard deviations around what is
// expected, which chance leaves once in two million times.
func within(lost, n int, chance float64) bool {
	mean, deviation := float64(n)*chance, math.Sqrt(float64(n)*chance*(1-chance))
	return math.Abs(float64(lost)-mean) <= 5*deviation
}

func TestLossLosesItsShare(t *testing.T) {
	t.Parallel()
	const n = 2000
	for _, percent := range []float64{30, 2.5} {
		lan := newLAN(t, 3)
		a, b, c := lan[0], lan[1], lan[2]
		for _, ends := range [][2]netip.Addr{{b.ip4, c.ip4}, {b.ip6, c.ip6}} {
			toB, toC := b.listen(t, ends[0], 7100), c.listen(t, ends[1], 7100)
			l := &Loss{Targets: Targets{In: a.in()}, Percent: percent, Filter: Filter{Peers: []string{ends[0].String()}, Direction: "out"}}
			changes := strike(t, l, 1)
			a.fling(t, n, ends[0], 7100, 0)
			a.fling(t, n, ends[1], 7100, 0)
			lost := n - toB()
			if !within(lost, n, percent/100) {
				t.Errorf("%v%% to %s: %d of %d lost", percent, ends[0], lost, n)
			}
			if spared := toC(); spared != n {
				t.Errorf("to %s, who is not meant, %d of %d arrive", ends[1], spared, n)
			}
			e, err := l.Measure(t.Context(), changes[0])
			if err != nil || e.Hits != uint64(lost) {
				t.Errorf("got %+v, %v, and %d were lost", e, err, lost)
			}
			mend(t, l, changes...)
			a.fling(t, n, ends[0], 7100, 0)
			if arrived := toB(); arrived != n {
				t.Errorf("afterwards %d of %d arrive at %s", arrived, n, ends[0])
			}
		}
	}
}

// TestAPacketIsUpOnlyOnce: one whose ports are both named, from everybody, fits two rules.
func TestAPacketIsUpOnlyOnce(t *testing.T) {
	t.Parallel()
	const n = 2000
	lan := newLAN(t, 2)
	a, b := lan[0], lan[1]
	arrived := b.listen(t, b.ip4, 7100)
	strike(t, &Loss{Targets: Targets{In: a.in()}, Percent: 50, Filter: Filter{Ports: []Ports{{7100, 7100}}, Protocol: "udp"}}, 1)
	a.fling(t, n, b.ip4, 7100, 7100)
	if lost := n - arrived(); !within(lost, n, 0.5) {
		t.Errorf("%d of %d lost, want half", lost, n)
	}
}

func TestAllIsLostAtAHundred(t *testing.T) {
	t.Parallel()
	lan := newLAN(t, 2)
	a, b := lan[0], lan[1]
	arrived := b.listen(t, b.ip4, 7100)
	strike(t, &Loss{Targets: Targets{In: a.in()}, Percent: 100}, 1)
	a.fling(t, 500, b.ip4, 7100, 0)
	if n := arrived(); n > 0 {
		t.Errorf("%d arrived", n)
	}
	if !a.answers(netip.MustParseAddr("127.0.0.1"), 7000) {
		t.Error("loopback is hit")
	}
}
