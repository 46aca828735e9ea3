package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/failurefriday/friday/internal/proc"
)

// HaltSignal tells a run to revert everything and to stop.
const HaltSignal = syscall.SIGUSR1

// HaltOptions say which run to stop, and why.
type HaltOptions struct {
	State      string
	Reason, By string
	Patience   time.Duration // how long the run may take to revert before it is killed
}

// Halted is what came of it.
type Halted struct {
	Run    string
	Killed bool // it did not obey
}

// word is what the halt file holds.
type word struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
}

const haltEvery = 20 * time.Millisecond

// Halt tells the run that is going on to revert and stop, and returns when it has. A run that does not obey is killed,
// and its guard reverts. ErrIdle means that there is none.
func Halt(ctx context.Context, o HaltOptions) (Halted, error) {
	holder, err := ReadHolder(o.State)
	if err != nil {
		return Halted{}, err
	}
	alive, err := holder.Process.Alive()
	if err != nil {
		return Halted{}, fmt.Errorf("cannot look at the run: %w", err)
	}
	if !alive {
		return Halted{}, ErrIdle
	}
	if err := writeWord(o); err != nil {
		return Halted{}, err
	}
	out := Halted{Run: holder.Run}
	if err := holder.Process.Signal(HaltSignal); err != nil {
		return out, haltError(err)
	}
	if o.await(ctx, o.Patience) {
		return out, nil
	}
	out.Killed = true
	if err := holder.Process.Signal(syscall.SIGKILL); err != nil {
		return out, haltError(err)
	}
	o.awaitSettled(ctx)
	return out, nil
}

func haltError(err error) error {
	if errors.Is(err, proc.ErrGone) {
		return nil // it ended by itself in this moment
	}
	return fmt.Errorf("cannot stop the run: %w", err)
}

// await waits until the lock is free.
func (o HaltOptions) await(ctx context.Context, patience time.Duration) bool {
	for limit := time.Now().Add(patience); time.Now().Before(limit) && ctx.Err() == nil; time.Sleep(haltEvery) {
		if free(o.State) {
			return true
		}
	}
	return false
}

// awaitSettled gives the guard time to revert what the killed run has left.
func (o HaltOptions) awaitSettled(ctx context.Context) {
	for limit := time.Now().Add(stubborn); time.Now().Before(limit) && ctx.Err() == nil; time.Sleep(haltEvery) {
		if debts, err := Owed(o.State); err == nil && len(debts) == 0 && free(o.State) {
			return
		}
	}
}

// free reports whether nobody holds the lock.
func free(state string) bool {
	f, err := os.OpenFile(lockPath(state), os.O_RDWR, 0)
	if err != nil {
		return errors.Is(err, os.ErrNotExist)
	}
	defer f.Close()
	return flock(f) == nil
}

func haltPath(state string) string { return filepath.Join(state, "halt") }

func writeWord(o HaltOptions) error {
	data, err := json.Marshal(word{At: time.Now().UTC(), Reason: o.Reason, By: o.By})
	if err == nil {
		err = os.WriteFile(haltPath(o.State), data, 0o600)
	}
	if err != nil {
		return fmt.Errorf("cannot leave word for the run: %w", err)
	}
	return nil
}

// HaltReason tells who halted a run that began at the given time, and why. It is empty if nobody left word since.
func HaltReason(state string, since time.Time) (string, error) {
	data, err := os.ReadFile(haltPath(state))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("cannot read why to stop: %w", err)
	}
	var w word
	if err := json.Unmarshal(data, &w); err != nil {
		return "", fmt.Errorf("cannot read why to stop: %w", err)
	}
	if w.At.Before(since) {
		return "", nil
	}
	if w.Reason == "" {
		return "halted by " + w.By, nil
	}
	return fmt.Sprintf("halted by %s: %s", w.By, w.Reason), nil
}
