package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// rounds of the torture: as many as the promise asks for in CI, fewer at a desk.
func rounds() int {
	switch {
	case os.Getenv("CI") != "":
		return 200
	case testing.Short():
		return 10
	default:
		return 60
	}
}

// TestTorture kills the runner at random moments, in every fourth round the guard too, and then looks whether anything is
// left in force. Where both died, friday recover has to mend it, and a new run has to refuse before.
func TestTorture(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	victims := []int{l.victim("rack-a").Process.Pid, l.victim("rack-b").Process.Pid, l.victim("rack-c").Process.Pid}
	scenario := l.freeze("1m", "rack-a", "rack-b", "rack-c")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	struck := 0
	for round := range rounds() {
		both := round%4 == 3
		cmd, _ := l.start("run", "--yes", "--quiet", scenario)
		if random.IntN(2) == 0 { // half of the time just after the first victim has stopped, else at any moment
			eventually(t, "a victim is stopped", func() bool { return anyStopped(victims) })
			time.Sleep(time.Duration(random.Int64N(int64(3 * time.Millisecond))))
		} else {
			time.Sleep(time.Duration(random.Int64N(int64(150 * time.Millisecond))))
		}
		if both {
			killGuards(t, l.state())
		}
		signalTo(t, cmd, syscall.SIGKILL)
		_ = cmd.Wait()
		if both {
			killGuards(t, l.state())
			struck += refusesAndRecovers(t, l, scenario, victims)
		}
		eventually(t, fmt.Sprintf("round %d: every victim runs", round), func() bool { return !anyStopped(victims) })
		// The guard may hold the lock for a moment longer; recover waits its turn, and then has nothing left to do.
		eventually(t, fmt.Sprintf("round %d: nothing is owed", round), func() bool { code, _ := l.run("recover"); return code == exitPass })
		if open, err := filepath.Glob(filepath.Join(l.state(), "journal", "*")); err != nil || len(open) > 0 {
			t.Fatalf("round %d: journals are left: %v %v", round, open, err)
		}
	}
	if code, out := l.run("recover"); code != 0 {
		t.Errorf("recover: exit code %d: %s", code, out)
	}
	if struck == 0 {
		t.Error("runner and guard never died with a fault in force: the torture has proven nothing")
	}
}

// refusesAndRecovers handles a round in which both died. It reports 1 if a fault was left in force.
func refusesAndRecovers(t *testing.T, l *lab, scenario string, victims []int) int {
	t.Helper()
	left := anyStopped(victims)
	if left {
		if code, out := l.run("run", "--yes", "--quiet", scenario); code != exitUnrestored || !strings.Contains(out, "friday recover") {
			t.Fatalf("a run on top of a fault that is owed: exit code %d\n%s", code, out)
		}
	}
	if code, out := l.run("recover"); code != 0 {
		t.Fatalf("recover: exit code %d\n%s", code, out)
	}
	if left {
		return 1
	}
	return 0
}

func anyStopped(pids []int) bool {
	return slices.ContainsFunc(pids, func(pid int) bool { return stateOf(pid) == "stopped" })
}

// killGuards kills every guard of a state directory, processes that we started, found by their command line, and returns
// how many.
func killGuards(t testing.TB, state string) (killed int) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		line, err := os.ReadFile(file)
		words := bytes.Split(line, []byte{0})
		if err != nil || len(words) < 2 || string(words[1]) != "guard" || !bytes.Contains(line, []byte(state)) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			t.Fatal(err)
		}
		_ = syscall.Kill(pid, syscall.SIGKILL) // gone already: fine
		eventually(t, "the guard is dead", func() bool { return stateOf(pid) == "dead" })
		killed++
	}
	return killed
}

// BenchmarkGuardReverts measures the time from the SIGKILL of the runner to the moment at which its fault is gone.
func BenchmarkGuardReverts(b *testing.B) {
	l := newLab(b)
	victim := l.victim("bench-a").Process.Pid
	scenario := l.freeze("1m", "bench-a")
	var took []time.Duration
	for range max(b.N, 200) {
		cmd, _ := l.start("run", "--yes", "--quiet", scenario)
		eventually(b, "the victim is stopped", func() bool { return stateOf(victim) == "stopped" })
		signalTo(b, cmd, syscall.SIGKILL)
		killed := time.Now()
		for stateOf(victim) == "stopped" {
			if time.Since(killed) > patience {
				b.Fatal("a leak: the fault is still in force")
			}
			time.Sleep(200 * time.Microsecond) // looking without a pause would keep the guard off its core
		}
		took = append(took, time.Since(killed))
		_ = cmd.Wait()
		eventually(b, "nothing is owed", func() bool { code, _ := l.run("recover"); return code == exitPass })
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op")
}
