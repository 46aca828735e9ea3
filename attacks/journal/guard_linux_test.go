package journal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/proc"
)

func stage(t testing.TB) play {
	t.Helper()
	root := t.TempDir()
	p := play{state: filepath.Join(root, "state"), run: "r", dir: filepath.Join(root, "faults"), changes: 3, rounds: 1}
	if err := os.Mkdir(p.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // the guard must not write into a folder that is being removed
		eventually(t, "the guard has gone", func() bool { return p.faults(t) == 0 && idle(p.state) })
	})
	return p
}

// idle reports whether nobody who lives holds the lock.
func idle(state string) bool {
	_, err := running(state)
	return errors.Is(err, ErrIdle)
}

// faults are those in force.
func (p play) faults(t testing.TB) int {
	t.Helper()
	files, err := os.ReadDir(p.dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// clean reports whether nothing is in force, nothing is owed, and whoever saw to that has finished.
func (p play) clean(t testing.TB) bool {
	t.Helper()
	return p.faults(t) == 0 && !exists(OpenPath(p.state, p.run)) && idle(p.state)
}

func (p play) log(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.state, runsDir, p.run, "guard.log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (p play) awaitLog(t testing.TB, words string) {
	t.Helper()
	eventually(t, "guard.log says: "+words, func() bool { return strings.Contains(p.log(t), words) })
}

func alive(t testing.TB, pid int) bool {
	t.Helper()
	_, err := proc.Identify(pid)
	if err != nil && !errors.Is(err, proc.ErrGone) {
		t.Fatal(err)
	}
	return err == nil
}

func send(t testing.TB, pid int, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, sig); err != nil {
		t.Fatal(err)
	}
}

func TestARunThatGoesWell(t *testing.T) {
	p := stage(t)
	p.rounds = 2
	a := p.start(t)
	guard := a.pid("guard")
	if err := a.Wait(); err != nil {
		t.Fatal(err)
	}
	if alive(t, guard) {
		t.Error("the guard outlives the run")
	}
	if !p.clean(t) || !exists(settledPath(p.state, p.run)) {
		t.Error("the journal is not put away")
	}
	if _, err := ReadHolder(p.state); !errors.Is(err, ErrIdle) {
		t.Errorf("the lock is not given back: %v", err)
	}
	if log := p.log(t); log != "the guard ends: <nil>\n" {
		t.Errorf("the guard has something to say:\n%s", log)
	}
}

// TestTheGuardRevertsWhenTheRunnerIsKilled at every point of a run.
func TestTheGuardRevertsWhenTheRunnerIsKilled(t *testing.T) {
	for _, point := range []string{"armed", "intended", "half", "injected", "reverted", "settled"} {
		t.Run(point, func(t *testing.T) {
			p := stage(t)
			p.stop = point
			a := p.start(t)
			a.await(point)
			a.kill()
			eventually(t, "everything is undone", func() bool { return p.clean(t) })
			p.awaitLog(t, "everything is undone")
		})
	}
}

// TestAChildOfTheRunnerDoesNotHoldThePipe: what the runner starts may outlive it, and must not keep the guard waiting.
func TestAChildOfTheRunnerDoesNotHoldThePipe(t *testing.T) {
	p := stage(t)
	p.stop = "with a child"
	a := p.start(t)
	child := a.pid("child")
	t.Cleanup(func() { _ = syscall.Kill(child, syscall.SIGKILL) }) // it ends by itself, later
	a.await("injected")
	a.kill()
	eventually(t, "everything is undone", func() bool { return p.clean(t) })
	if !alive(t, child) {
		t.Fatal("the child did not live long enough to prove anything")
	}
	if log := p.log(t); !strings.Contains(log, "end of the pipe is closed") {
		t.Errorf("it was not the pipe that told the guard:\n%s", log)
	}
}

// TestTheSecondNet: the pipe is closed too early, and the guard waits for the death of the process itself.
func TestTheSecondNet(t *testing.T) {
	t.Parallel() // it waits for the time that a dying process gets
	p := stage(t)
	p.stop = "without a pipe"
	a := p.start(t)
	a.await("injected")
	p.awaitLog(t, errLives.Error())
	if n := p.faults(t); n != p.changes {
		t.Fatalf("%d faults are in force, want %d: the guard reverts behind the back of a runner that lives", n, p.changes)
	}
	a.kill()
	eventually(t, "everything is undone", func() bool { return p.clean(t) })
}

// TestAHungRunnerIsKilled when its time is up.
func TestAHungRunnerIsKilled(t *testing.T) {
	p := stage(t)
	p.stop, p.deadline = "injected", 500*time.Millisecond
	a := p.start(t)
	a.await("injected")
	send(t, a.Process.Pid, syscall.SIGSTOP)
	eventually(t, "everything is undone", func() bool { return p.clean(t) })
	_ = a.Wait() // killed, as is checked now
	if status := a.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
		t.Errorf("the runner ended with %v", a.ProcessState)
	}
	p.awaitLog(t, "longer than it may be")
}

// TestTheGuardIsDeaf to everything that ends other programs, but what it starts is not.
func TestTheGuardIsDeaf(t *testing.T) {
	p := stage(t)
	trace := filepath.Join(t.TempDir(), "trace")
	p.stop, p.undo.Shell = "injected", `echo started >>`+trace+`; kill -TERM $$; echo deaf >>`+trace
	a := p.start(t)
	guard := a.pid("guard")
	a.await("injected")
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGPIPE, HaltSignal} {
		send(t, guard, sig)
	}
	if session, err := syscall.Getpgid(guard); err != nil || session != guard {
		t.Errorf("the guard is in process group %d, error %v: it does not lead its own", session, err)
	}
	a.kill()
	eventually(t, "everything is undone", func() bool { return p.clean(t) })
	text, err := os.ReadFile(trace)
	if err != nil || !strings.Contains(string(text), "started") || strings.Contains(string(text), "deaf") {
		t.Errorf("what the guard starts inherits its deafness: %q, error %v", text, err)
	}
}

func TestTheGuardTriesAgain(t *testing.T) {
	p := stage(t)
	reason := put(t, filepath.Join(t.TempDir(), "reason"))
	p.stop, p.undo.Fails = "injected", reason
	a := p.start(t)
	a.await("injected")
	a.kill()
	p.awaitLog(t, "no right to do that")
	if p.clean(t) {
		t.Fatal("there was nothing to try again")
	}
	if err := os.Remove(reason); err != nil {
		t.Fatal(err)
	}
	eventually(t, "everything is undone", func() bool { return p.clean(t) })
}

func TestTheGuardGivesUpInTheEnd(t *testing.T) {
	p := stage(t)
	p.stop, p.stubborn = "injected", "300ms"
	p.undo.Stuck = put(t, filepath.Join(t.TempDir(), "reason"))
	a := p.start(t)
	a.await("injected")
	a.kill()
	p.awaitLog(t, "giving up: friday recover tries again")
	p.awaitLog(t, "the guard ends: test.file of")
	if got := owedIDs(t, p.state); len(got) != p.changes {
		t.Errorf("owed %q", got)
	}
	if err := os.Remove(p.undo.Stuck); err != nil {
		t.Fatal(err)
	}
	if err := startPart(t, "settle", p.state).Wait(); err != nil || !p.clean(t) {
		t.Errorf("recover: %v, %d faults are left", err, p.faults(t))
	}
}

func TestTheRunnerLearnsThatItsGuardDied(t *testing.T) {
	p := stage(t)
	p.stop = "unguarded"
	a := p.start(t)
	send(t, a.pid("guard"), syscall.SIGKILL)
	a.await("unguarded")
	if err := a.Wait(); err != nil {
		t.Errorf("releasing a dead guard: %v", err)
	}
	if !p.clean(t) {
		t.Error("the runner did not settle by itself")
	}
}

func TestAGuardThatDoesNotArm(t *testing.T) {
	for name, tc := range map[string]struct {
		command []string
		err     string
	}{
		"ends at once":     {[]string{"/bin/false"}, "did not start"},
		"says other words": {[]string{"/bin/echo", "hello"}, `it said "hello`},
		"is not there":     {[]string{"/no/such/program"}, "/no/such/program"},
		"is no command":    {nil, "no command"},
		"says nothing":     {[]string{"/bin/sh", "-c", "exec sleep 300", "sh"}, "not armed within"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "says nothing" && testing.Short() {
				t.Skipf("takes %s", armedWithin)
			}
			g, err := StartGuard(GuardStart{State: t.TempDir(), Run: "r", Command: tc.command})
			if err == nil || g != nil || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("error %v, want %q", err, tc.err)
			}
		})
	}
}

func TestAGuardWithNobodyToWatch(t *testing.T) {
	state := t.TempDir()
	o := GuardOptions{State: state, Run: "r", Lookup: lookup, In: strings.NewReader(""), Out: &strings.Builder{}, Log: &strings.Builder{}}
	if err := RunGuard(t.Context(), o); !errors.Is(err, ErrIdle) {
		t.Errorf("error %v, want that nothing is running", err)
	}
	lock, err := Acquire(state, "another")
	if err != nil {
		t.Fatal(err)
	}
	if err := RunGuard(t.Context(), o); err == nil || !strings.Contains(err.Error(), "held by another") {
		t.Errorf("error %v", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
}
