package journal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestOnlyOneHoldsTheLock(t *testing.T) {
	state := filepath.Join(t.TempDir(), "new", "state")
	lock, err := Acquire(state, "first")
	if err != nil {
		t.Fatal(err)
	}
	for name, acquire := range map[string]func(string, string) (*Lock, error){"run": Acquire, "settle": AcquireToSettle} {
		_, err := acquire(state, "second")
		var busy *Busy
		if !errors.As(err, &busy) || busy.Holder.Run != "first" || busy.Holder.Settling {
			t.Fatalf("%s: error %v, want that first is busy", name, err)
		}
		if !strings.Contains(err.Error(), "first") || !strings.Contains(err.Error(), "friday halt") {
			t.Errorf("%s: the error does not help: %v", name, err)
		}
	}
	holder, err := ReadHolder(state)
	if err != nil || holder.Run != "first" || time.Since(holder.Since) > time.Minute {
		t.Errorf("holder %+v, error %v", holder, err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadHolder(state); !errors.Is(err, ErrIdle) {
		t.Errorf("released: error %v, want that nothing is running", err)
	}
	lock, err = AcquireToSettle(state, "third")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Acquire(state, "fourth"); err == nil || !strings.Contains(err.Error(), "being undone") {
		t.Errorf("error %v, want that third is undoing", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
}

// TestWaitToSettle: who undoes waits for the other one that does, for as long as there is time, and never for a run.
func TestWaitToSettle(t *testing.T) {
	state := t.TempDir()
	guard, err := AcquireToSettle(state, "guard")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = WaitToSettle(ctx, state, "recover", func(Holder) { cancel() })
	var busy *Busy
	if !errors.As(err, &busy) || !busy.Holder.Settling {
		t.Errorf("no time left: error %v, want that the guard is undoing", err)
	}
	told := 0
	lock, err := WaitToSettle(t.Context(), state, "recover", func(h Holder) {
		told++
		if h.Run != "guard" {
			t.Errorf("it waits for %+v", h)
		}
		if err := guard.Release(); err != nil {
			t.Error(err)
		}
	})
	if err != nil || told != 1 {
		t.Fatalf("error %v, told %d times", err, told)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	run, err := Acquire(state, "run")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := WaitToSettle(t.Context(), state, "recover", func(Holder) { t.Error("it waits for a run") }); !errors.As(err, &busy) {
		t.Errorf("error %v, want that a run is going on", err)
	}
	if err := run.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestALongHolderBeforeAShortOne(t *testing.T) {
	state := t.TempDir()
	if err := os.WriteFile(lockPath(state), []byte(`{"run":"`+strings.Repeat("x", 1000)+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	lock, err := Acquire(state, "r") // its holder was killed: the kernel has dropped the lock
	if err != nil {
		t.Fatal(err)
	}
	if holder, err := ReadHolder(state); err != nil || holder.Run != "r" {
		t.Errorf("holder %+v, error %v", holder, err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestReadHolderSurvivesRubbish(t *testing.T) {
	state := t.TempDir()
	if err := os.WriteFile(lockPath(state), []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadHolder(state); err == nil || errors.Is(err, ErrIdle) || !strings.Contains(err.Error(), lockPath(state)) {
		t.Errorf("error %v, want one with the path", err)
	}
	if _, err := Acquire(put(t, filepath.Join(state, "file")), "r"); err == nil || !strings.Contains(err.Error(), "file") {
		t.Errorf("a file in place of the state directory: error %v", err)
	}
}

func TestHaltReason(t *testing.T) {
	state := t.TempDir()
	began := time.Now()
	if reason, err := HaltReason(state, began); reason != "" || err != nil {
		t.Errorf("nobody left word: %q, %v", reason, err)
	}
	for _, tc := range []struct{ reason, want string }{{"customers", "halted by ann: customers"}, {"", "halted by ann"}} {
		if err := leaveWord(HaltOptions{State: state, Reason: tc.reason, By: "ann"}); err != nil {
			t.Fatal(err)
		}
		if got, err := HaltReason(state, began); got != tc.want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, tc.want)
		}
	}
	if reason, err := HaltReason(state, time.Now().Add(time.Second)); reason != "" || err != nil {
		t.Errorf("an old word is taken for a new one: %q, %v", reason, err)
	}
	if err := os.WriteFile(haltPath(state), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := HaltReason(state, began); err == nil || !strings.Contains(err.Error(), haltPath(state)) {
		t.Errorf("rubbish: error %v", err)
	}
}
