package network

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/attacktest"
	"github.com/failurefriday/friday/internal/netns"
)

// shortLease plans a cut from everything with a lease of so many seconds.
func shortLease(t *testing.T, s *station, seconds int64) (attacks.Change, *Partition) {
	t.Helper()
	p := cutOff(s, Filter{Peers: []string{everything}})
	changes, err := p.Plan(t.Context())
	must(t, err)
	return alter(t, func(u *tableUndo) { u.LeaseMS = 1000 * seconds })(changes[0]), p
}

// TestTheKernelHealsByItself does what happens when the runner and its guard are killed: nothing more.
func TestTheKernelHealsByItself(t *testing.T) {
	t.Parallel()
	lan := newLAN(t, 2)
	a, b := lan[0], lan[1]
	c, p := shortLease(t, a, 1)
	begin := time.Now()
	must(t, p.Inject(t.Context(), c))
	if !isActive(t, p, c) || a.reaches(b.ip4, 7000) {
		t.Fatal("the fault is not in force")
	}
	attacktest.Eventually(t, "the fault is over", func() bool { return !isActive(t, p, c) })
	if took := time.Since(begin); took < 900*time.Millisecond || took > 5*time.Second {
		t.Errorf("the fault was over after %s, and its lease is 1 s", took)
	}
	if !a.answers(b.ip4, 7000) || !a.answers(b.ip6, 7000) {
		t.Error("the fault is over and the other one cannot be reached")
	}
	if err := p.Renew(t.Context(), c); err == nil || isActive(t, p, c) {
		t.Errorf("a fault that was over was renewed: %v", err)
	}
	if !strings.Contains(a.rules(t), "friday_") {
		t.Error("the table has gone by itself; then nothing was tested here")
	}
	mend(t, p, c, c)
	if rules := a.rules(t); rules != "" {
		t.Errorf("reverting left %s", rules)
	}
}

func TestRenewKeepsItInForce(t *testing.T) {
	t.Parallel()
	lan := newLAN(t, 2)
	a, b := lan[0], lan[1]
	c, p := shortLease(t, a, 2)
	must(t, p.Inject(t.Context(), c))
	t.Cleanup(func() { mend(t, p, c) })
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); {
		must(t, p.Renew(t.Context(), c))
		if !isActive(t, p, c) || a.reaches(b.ip4, 7000) { // takes as long as a packet is waited for
			t.Fatal("the fault is not in force although it was renewed")
		}
	}
	attacktest.Eventually(t, "the fault is over when nobody renews it", func() bool { return !isActive(t, p, c) })
}

// TestRenewLeavesNoGap floods the cut while it is renewed as fast as can be: not one packet comes through.
func TestRenewLeavesNoGap(t *testing.T) {
	t.Parallel()
	lan := newLAN(t, 2)
	a, b := lan[0], lan[1]
	arrived := a.listen(t, a.ip4, 7100)
	p := cutOff(a, Filter{Peers: []string{b.ip4.String()}, Direction: "in"})
	c := strike(t, p, 1)[0]
	const renewals = 100
	var done sync.WaitGroup
	over := make(chan struct{})
	done.Go(func() {
		defer close(over)
		for range renewals {
			if err := p.Renew(t.Context(), c); err != nil {
				t.Error(err)
				return
			}
		}
	})
	sent := 0
	for flooding := true; flooding; sent += 100 {
		select {
		case <-over:
			flooding = false
		default:
		}
		b.fling(t, 100, a.ip4, 7100, 0)
	}
	done.Wait()
	if n := arrived(); n != 0 || sent < 1000 {
		t.Errorf("%d of %d packets came through during %d renewals", n, sent, renewals)
	}
	e, err := p.Measure(t.Context(), c)
	if err != nil || e.Hits != uint64(sent) {
		t.Errorf("got %+v, %v, want %d packets", e, err, sent)
	}
}

func TestRenewNeverBringsBack(t *testing.T) {
	t.Parallel()
	a := newLAN(t, 1)[0]
	p := cutOff(a, Filter{Peers: []string{everything}})
	c := strike(t, p, 1)[0]
	mend(t, p, c)
	if err := p.Renew(t.Context(), c); err == nil || !strings.Contains(err.Error(), "not in force any more") {
		t.Errorf("got %v", err)
	}
	if _, err := p.Measure(t.Context(), c); err == nil {
		t.Error("a fault that is over is measured")
	}
	if rules := a.rules(t); rules != "" || isActive(t, p, c) {
		t.Errorf("renewing brought back %s", rules)
	}
	a.end(t)
	if err := p.Renew(t.Context(), c); !errors.Is(err, netns.ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
	if _, err := p.Measure(t.Context(), c); !errors.Is(err, netns.ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
}
