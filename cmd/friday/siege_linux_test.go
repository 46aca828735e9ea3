package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// sieges is how many rounds of the siege are fought: as many as the promise asks for in CI, fewer at a desk.
func sieges() int {
	switch {
	case os.Getenv("CI") != "":
		return 100
	case testing.Short():
		return 3
	default:
		return 15
	}
}

// TestSiege kills the runner, the guard, or both at random moments while containers and namespaces are under every kind of
// attack, and then looks whether rules, routes, qdiscs and containers are as they were.
func TestSiege(t *testing.T) {
	t.Parallel()
	r := newRack(t)
	scenario, before := r.siege(), r.settled()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	owed := 0
	for round := range sieges() {
		victims := round % 3 // the runner, the guard, both
		cmd, out := r.start("run", "--yes", "--quiet", scenario)
		time.Sleep(time.Duration(random.Int64N(int64(900 * time.Millisecond)))) // the moment is the point of the test
		if victims == 1 {
			eventually(t, "there is a guard to kill", func() bool { return killGuards(t, r.state()) > 0 })
		}
		if victims == 2 {
			killGuards(t, r.state()) // if there is one already
		}
		if victims != 1 {
			signalTo(t, cmd, syscall.SIGKILL)
		}
		_ = cmd.Wait()
		what := fmt.Sprintf("round %d, killed %d", round, victims)
		if code := cmd.ProcessState.ExitCode(); victims == 1 && code != exitAborted && code != exitCannotTell && code != exitUsage {
			t.Fatalf("%s: exit code %d\n%s", what, code, out)
		}
		if victims == 2 {
			killGuards(t, r.state())
			owed += len(r.journals())
		}
		eventually(t, what+": nothing is owed", func() bool { code, _ := r.run("recover"); return code == exitPass })
		r.whole(what, before)
		if left := r.journals(); len(left) > 0 {
			t.Fatalf("%s: journals are left: %v", what, left)
		}
	}
	if owed == 0 {
		t.Error("runner and guard never died with something owed: the siege has proven nothing")
	}
}

func (l *lab) journals() []string {
	l.t.Helper()
	open, err := filepath.Glob(filepath.Join(l.state(), "journal", "*"))
	if err != nil {
		l.t.Fatal(err)
	}
	return open
}
