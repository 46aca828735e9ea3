package journal

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// orphaned leaves a run that was killed with its faults in force, while its guard was stopped: wake lets it go on.
func orphaned(t *testing.T, p play) (wake func()) {
	t.Helper()
	p.stop = "injected"
	a := p.start(t)
	guard := a.pid("guard")
	a.await("injected")
	send(t, guard, syscall.SIGSTOP)
	a.kill()
	return func() { t.Helper(); send(t, guard, syscall.SIGCONT) }
}

// TestANewRunComesBeforeTheGuard: it gets the lock, but sees that something is owed, and the guard waits for its turn.
func TestANewRunComesBeforeTheGuard(t *testing.T) {
	p := stage(t)
	wake := orphaned(t, p)
	lock, err := Acquire(p.state, "next")
	if err != nil {
		t.Fatal(err)
	}
	if got := owedIDs(t, p.state); len(got) != p.changes {
		t.Errorf("the new run sees that %q is owed", got)
	}
	wake()
	p.awaitLog(t, "end of the pipe is closed")
	if n := p.faults(t); n != p.changes {
		t.Errorf("%d faults are in force: the guard did not wait for the lock", n)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "everything is undone", func() bool { return p.clean(t) })
}

// TestRecoveriesRaceTheGuard: whoever comes first settles, and every fault is settled once.
func TestRecoveriesRaceTheGuard(t *testing.T) {
	for range 5 {
		p := stage(t)
		wake := orphaned(t, p)
		one, two := startPart(t, "settle", p.state), startPart(t, "settle", p.state)
		wake()
		_, _ = one.Wait(), two.Wait() // one that comes too late says that somebody else is at it
		eventually(t, "everything is undone", func() bool { return p.clean(t) })
		p.awaitLog(t, "the guard ends: <nil>")
		text, err := os.ReadFile(settledPath(p.state, p.run))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), `"verb":"settled"`); n != p.changes {
			t.Errorf("%d faults were settled, want %d:\n%s", n, p.changes, text)
		}
	}
}

type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

// TestARunnerThatDiesBeforeItIsGuarded has broken nothing, and owes nothing.
func TestARunnerThatDiesBeforeItIsGuarded(t *testing.T) {
	p := stage(t)
	p.stop = "created"
	a := p.start(t)
	a.await("created")
	a.kill()
	o := GuardOptions{State: p.state, Run: p.run, Lookup: lookup, In: strings.NewReader(""), Out: closedPipe{}, Log: io.Discard}
	if err := RunGuard(t.Context(), o); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("error %v, want that nobody listens", err)
	}
	if got := owedIDs(t, p.state); got != nil {
		t.Errorf("owed %q", got)
	}
	o.Out = io.Discard // it died only after it was told
	if err := RunGuard(t.Context(), o); err != nil || !p.clean(t) {
		t.Errorf("error %v; everything is put away: %v", err, p.clean(t))
	}
}

// TestAGuardThatCannotEndTheRunnerStays, as there is nobody else who would undo its faults.
func TestAGuardThatCannotEndTheRunnerStays(t *testing.T) {
	dir := t.TempDir()
	state, path := filepath.Join(dir, "state"), filepath.Join(dir, "a")
	lock, err := Acquire(state, "r")
	if err != nil {
		t.Fatal(err)
	}
	e := entry("1", faultUndo{Path: path})
	e.Deadline = time.Now()
	broken(t, state, "r", e)
	holder, err := ReadHolder(state)
	if err != nil {
		t.Fatal(err)
	}
	holder.Process.PID = 0 // nobody can signal this one
	rewriteHolder(t, state, holder)
	in, out := io.Pipe()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	ended := make(chan error, 1)
	go func() {
		ended <- RunGuard(t.Context(), GuardOptions{State: state, Run: "r", Lookup: lookup, In: in, Out: io.Discard, Log: log})
	}()
	eventually(t, "the guard cannot end the runner", func() bool {
		text, err := os.ReadFile(log.Name())
		return err == nil && strings.Contains(string(text), "cannot end the hung runner")
	})
	if !exists(path) {
		t.Error("the guard reverts while the runner may live")
	}
	if err := errors.Join(lock.Release(), out.Close()); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil || exists(path) {
		t.Errorf("error %v; the fault is in force: %v", err, exists(path))
	}
}

// TestARunnerThatTellsOfItsFailureDoesNotHang: it gets time to report, and no more than that.
func TestARunnerThatTellsOfItsFailureDoesNotHang(t *testing.T) {
	state := t.TempDir()
	j := create(t, state, "r")
	e := entry("1", faultUndo{Path: "/a"})
	e.Deadline = time.Now().Add(-time.Second)
	forever := entry("2", faultUndo{Path: "/b"})
	forever.Deadline = time.Time{}
	overdue := func(after time.Duration) bool {
		g := &guard{GuardOptions: GuardOptions{State: state, Run: "r", Log: io.Discard}, limits: map[entryKey]time.Time{}}
		return g.overdue(time.Now().Add(after))
	}
	if err := j.Intend(forever); err != nil {
		t.Fatal(err)
	}
	if overdue(1000 * time.Hour) {
		t.Error("a fault with no time limit is overdue")
	}
	if err := j.Intend(e); err != nil {
		t.Fatal(err)
	}
	if !overdue(0) {
		t.Error("a fault whose time is up is not overdue")
	}
	if err := j.Reverted("1", errors.New("stuck")); err != nil {
		t.Fatal(err)
	}
	if overdue(0) {
		t.Error("the runner gets no time to report")
	}
	if !overdue(reportWithin + time.Second) {
		t.Error("the runner gets all the time in the world")
	}
}

// TestAGuardThatHangsIsKilledInTheEnd: the run is over and must not wait for it for ever.
func TestAGuardThatHangsIsKilledInTheEnd(t *testing.T) {
	if testing.Short() {
		t.Skipf("takes %s", releaseWithin)
	}
	t.Parallel()
	g, err := StartGuard(GuardStart{State: t.TempDir(), Run: "r", Command: []string{"/bin/sh", "-c", "echo armed; exec sleep 300", "sh"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Release(); err == nil || !strings.Contains(err.Error(), "was killed") {
		t.Errorf("error %v", err)
	}
	<-g.Done()
	if err := g.Release(); err != nil {
		t.Errorf("again: %v", err)
	}
}
