package journal

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"
)

// points at which a run may be killed; "" is any moment in the 30 ms after it is guarded.
var points = []string{"", "locked", "", "created", "", "armed", "", "intended", "", "half", "", "injected", "", "reverted", "", "settled"}

// TestTorture kills runners, and of every third the guard too, and proves that nothing is left in force and nothing is
// owed: by the guard's doing, or after a recovery in a new process.
func TestTorture(t *testing.T) {
	rounds := 120
	if testing.Short() {
		rounds = 24
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	p := stage(t)
	p.rounds = 0
	inForce, recovered := 0, 0
	for round := range rounds {
		p.run = fmt.Sprintf("run-%03d", round)
		p.stop = points[round%len(points)]
		both := round%3 == 2
		p.undo.Slow = time.Duration(random.IntN(3)) * time.Millisecond
		left := p.strike(t, both, time.Duration(random.Int64N(int64(30*time.Millisecond))))
		if left > 0 {
			inForce++
		}
		if both || p.stop == "locked" || p.stop == "created" {
			p.recover(t)
			if left > 0 {
				recovered++
			}
		}
		eventually(t, fmt.Sprintf("%s, killed when %q, is undone", p.run, p.stop), func() bool { return p.clean(t) })
		if got := owedIDs(t, p.state); got != nil {
			t.Fatalf("%s, killed when %q: owed %q", p.run, p.stop, got)
		}
	}
	t.Logf("%d rounds; %d with a fault in force after the kill; %d of those without a guard", rounds, inForce, recovered)
	if inForce < rounds/8 || recovered < rounds/24 {
		t.Errorf("%d rounds, of which %d left a fault, %d of them with nobody to undo it: that proves too little", rounds, inForce, recovered)
	}
}

// strike starts a runner and kills it, perhaps after its guard. It returns how many faults were in force just after.
func (p play) strike(t *testing.T, both bool, delay time.Duration) int {
	t.Helper()
	a := p.start(t)
	if p.stop == "locked" || p.stop == "created" {
		a.await(p.stop) // there is no guard yet
		a.kill()
		return p.faults(t)
	}
	guard := a.pid("guard")
	if p.stop != "" {
		a.await(p.stop)
	} else {
		a.await("armed")
		time.Sleep(delay)
	}
	if both {
		send(t, guard, syscall.SIGKILL)
	}
	send(t, a.Process.Pid, syscall.SIGKILL)
	left := p.faults(t)
	a.kill()
	return left
}

// recover settles in a new process. The lock of a runner that has just been killed is free.
func (p play) recover(t *testing.T) {
	t.Helper()
	a := startPart(t, "settle", p.state)
	if err := a.Wait(); err != nil {
		t.Fatalf("%s, killed when %q: recovery failed: %v", p.run, p.stop, err)
	}
}
