package journal

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/proc"
)

func TestHaltWithNothingToHalt(t *testing.T) {
	o := HaltOptions{State: t.TempDir(), By: "ann", Patience: patience}
	if _, err := Halt(t.Context(), o); !errors.Is(err, ErrIdle) {
		t.Errorf("no lock: error %v", err)
	}
	lock, err := Acquire(o.State, "r")
	if err != nil {
		t.Fatal(err)
	}
	me, err := ReadHolder(o.State)
	if err != nil {
		t.Fatal(err)
	}
	// What stays when a holder is killed; somebody else may have its pid by now.
	for name, change := range map[string]func(*proc.ID){
		"a stranger with the same pid": func(id *proc.ID) { id.Start++ },
		"the same pid, an older boot":  func(id *proc.ID) { id.Boot = "older" },
		"a pid that nobody has":        func(id *proc.ID) { id.PID = 1 << 22 },
	} {
		holder := me
		change(&holder.Process)
		rewriteHolder(t, o.State, holder)
		if _, err := Halt(t.Context(), o); !errors.Is(err, ErrIdle) { // a signal would end this very test
			t.Errorf("%s: error %v", name, err)
		}
	}
	if exists(haltPath(o.State)) {
		t.Error("word is left for nobody")
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
}

func rewriteHolder(t *testing.T, state string, h Holder) {
	t.Helper()
	data, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(lockPath(state), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestHalt(t *testing.T) {
	p := stage(t)
	p.rounds = 0
	a := p.start(t)
	a.await("injected")
	out, err := Halt(t.Context(), HaltOptions{State: p.state, Reason: "customers", By: "ann", Patience: patience})
	if err != nil || out != (Halted{Run: "r"}) {
		t.Errorf("halted %+v, error %v", out, err)
	}
	if !p.clean(t) {
		t.Errorf("%d faults are left", p.faults(t))
	}
	if got := a.await("halted"); got != "halted by ann: customers" {
		t.Errorf("the run was told %q", got)
	}
	if err := a.Wait(); err != nil {
		t.Error(err)
	}
}

func TestHaltKillsARunThatDoesNotObey(t *testing.T) {
	p := stage(t)
	p.stop = "injected"
	a := p.start(t)
	a.await("injected")
	out, err := Halt(t.Context(), HaltOptions{State: p.state, By: "ann", Patience: 100 * time.Millisecond})
	if err != nil || out != (Halted{Run: "r", Killed: true}) {
		t.Errorf("halted %+v, error %v", out, err)
	}
	if p.faults(t) != 0 || len(owedIDs(t, p.state)) != 0 { // at once: Halt has waited for the guard
		t.Errorf("%d faults are left, owed %q", p.faults(t), owedIDs(t, p.state))
	}
	_ = a.Wait() // killed, as is checked now
	if status := a.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
		t.Errorf("the runner ended with %v", a.ProcessState)
	}
}

// TestHaltCanBeInterrupted: giving up waiting is no reason to kill.
func TestHaltCanBeInterrupted(t *testing.T) {
	p := stage(t)
	p.stop = "injected"
	a := p.start(t)
	a.await("injected")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	out, err := Halt(ctx, HaltOptions{State: p.state, By: "ann", Patience: patience})
	if !errors.Is(err, context.DeadlineExceeded) || out.Killed {
		t.Errorf("halted %+v, error %v", out, err)
	}
	if !alive(t, a.Process.Pid) || p.faults(t) != p.changes {
		t.Error("the run was killed")
	}
}

// TestHaltNeverEndsARecovery: somebody who undoes is waited for.
func TestHaltNeverEndsARecovery(t *testing.T) {
	state := t.TempDir()
	broken(t, state, "r", entry("1", faultUndo{Path: t.TempDir() + "/a"}))
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	a := startPartWith(t, in, "hold", state, "r")
	a.await("held")
	done := make(chan error, 1)
	go func() {
		_, err := Halt(t.Context(), HaltOptions{State: state, By: "ann"}) // no patience at all
		done <- err
	}()
	select {
	case err := <-done:
		t.Fatalf("halt did not wait: %v", err)
	case <-time.After(5 * haltEvery):
	}
	if err := errors.Join(out.Close(), in.Close()); err != nil {
		t.Fatal(err)
	}
	if err := a.Wait(); err != nil {
		t.Errorf("the recovery was ended: %v", err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestTheLockOfADeadRunIsFree although its name still stands in it.
func TestTheLockOfADeadRunIsFree(t *testing.T) {
	p := stage(t)
	p.stop = "locked"
	a := p.start(t)
	a.await("locked")
	var busy *Busy
	if _, err := Acquire(p.state, "second"); !errors.As(err, &busy) || busy.Holder.Process.PID != a.Process.Pid {
		t.Fatalf("error %v, want that pid %d is busy", err, a.Process.Pid)
	}
	a.kill()
	lock, err := Acquire(p.state, "second")
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
}
