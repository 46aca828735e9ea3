package network

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/failurefriday/friday/attacks/attacktest"
)

// Of 600 packets, a share of 30 % is 180; five times its deviation is 56.
const sent, share, due, give = 600, 30, 180, 56

func wantAbout(t *testing.T, what string, got int) {
	t.Helper()
	if got < due-give || got > due+give {
		t.Errorf("%d of %d %s, want %d, give or take %d", got, sent, what, due, give)
	}
}

// flood sends all packets, and collects the answers until one is answered that was sent after them, and for the rest of
// the time beyond that.
func (l *line) flood(t *testing.T, addr string, rest time.Duration) *volley {
	t.Helper()
	v, ok := l.aim(t, addr)
	if !ok {
		t.Fatalf("there is no way to %s", addr)
	}
	const atOnce = 60
	for i := range sent {
		v.send(200)
		if i%atOnce == atOnce-1 {
			v.collect(t, math.MaxInt, time.Now().Add(time.Millisecond))
		}
	}
	attacktest.Eventually(t, "the end of the flood is answered", func() bool {
		v.send(200)
		return v.collect(t, sent, time.Now().Add(soon))
	})
	v.collect(t, math.MaxInt, time.Now().Add(rest))
	return v
}

// came counts the answers to the flood proper, and the spoilt ones.
func (v *volley) came() (came, spoilt int) {
	for _, n := range v.numbers {
		switch {
		case n == -1:
			spoilt++
		case n < sent:
			came++
		}
	}
	return came, spoilt
}

func TestNetemDuplicate(t *testing.T) {
	t.Parallel()
	needsNetem(t)
	l := newLine(t)
	a := &Duplicate{Devices: Devices{Targets: l.targets(), Peers: []string{far4}}, Percent: share}
	c := injected(t, a)
	came, _ := l.flood(t, far4, 0).came()
	wantAbout(t, "came twice", came-sent)
	if came, _ := l.flood(t, other4, 0).came(); came != sent {
		t.Errorf("%d of %d came from who is not meant", came, sent)
	}
	must(t, a.Revert(t.Context(), c))
	wantSoon(t, "it is over", l.sound, far4)
}

func TestNetemCorrupt(t *testing.T) {
	t.Parallel()
	needsNetem(t)
	l := newLine(t)
	a := &Corrupt{Devices: Devices{Targets: l.targets(), Peers: []string{far6}}, Percent: share}
	c := injected(t, a)
	came, _ := l.flood(t, far6, 0).came()
	wantAbout(t, "were lost or spoilt", sent-came)
	if came, spoilt := l.flood(t, other6, 0).came(); came != sent || spoilt > 0 {
		t.Errorf("%d of %d came from who is not meant, %d of them spoilt", came, sent, spoilt)
	}
	must(t, a.Revert(t.Context(), c))
	wantSoon(t, "it is over", l.sound, far6)
}

func TestNetemReorder(t *testing.T) {
	t.Parallel()
	needsNetem(t)
	l := newLine(t)
	const delay = time.Second
	a := &Reorder{Devices: Devices{Targets: l.targets()}, Percent: share, Delay: delay, Gap: 1}
	c := injected(t, a)
	v := l.flood(t, far4, 2*delay)
	early := 0
	for i, took := range v.took {
		if took < delay && v.numbers[i] < sent {
			early++
		}
	}
	wantAbout(t, "overtook", early)
	came, _ := v.came()
	if came != sent || slices.IsSorted(v.numbers) {
		t.Errorf("%d of %d came", came, sent)
	}
	must(t, a.Revert(t.Context(), c))
	wantSoon(t, "it is over", l.sound, far4)
}
