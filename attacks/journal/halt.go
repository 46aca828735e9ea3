package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"time"

	"github.com/failurefriday/friday/internal/clock"
	"github.com/failurefriday/friday/internal/proc"
)

// HaltSignal tells a run to revert everything and to stop.
const HaltSignal = syscall.SIGUSR1

// HaltOptions say which run to stop, and why.
type HaltOptions struct {
	State      string
	Reason, By string
	Patience   time.Duration // how long the run may take to revert before it is killed; 0 kills it at once
}

// Halted is what came of it. What is left in force, Owed tells.
type Halted struct {
	Run    string
	Killed bool // it did not obey
}

const (
	haltEvery = 20 * time.Millisecond
	// A guard that tries again lets go of the lock for at most lastRetry. If nobody has held it for longer, nobody will.
	nobodyComes = 2 * lastRetry
)

// Halt tells the run that is going on to revert and stop, and returns when it has. A run that does not obey is killed,
// and its guard reverts; Halt waits for that. Somebody who only undoes what a dead run has left is waited for, and never
// killed. ErrIdle means that nothing is running. When ctx is cancelled it stops waiting, and kills nobody.
func Halt(ctx context.Context, o HaltOptions) (Halted, error) {
	holder, err := running(o.State)
	if err != nil {
		return Halted{}, err
	}
	out := Halted{Run: holder.Run}
	if holder.Settling {
		return out, awaitSettled(ctx, o.State, holder.Run)
	}
	_ = leaveWord(o) // a full disk must not keep anybody from stopping the run; it then stops without a reason
	if err := signalHolder(holder, HaltSignal); err != nil {
		return out, err
	}
	over, err := awaitEnd(ctx, o.State, holder, o.Patience)
	if err != nil {
		return out, err
	}
	if !over {
		out.Killed = true
		if err := signalHolder(holder, syscall.SIGKILL); err != nil {
			return out, err
		}
	}
	return out, awaitSettled(ctx, o.State, holder.Run)
}

// running returns the living holder of the lock; ErrIdle if there is none.
func running(state string) (Holder, error) {
	holder, err := ReadHolder(state)
	if err != nil {
		return Holder{}, err
	}
	alive, err := holder.Process.Alive()
	if err != nil {
		return Holder{}, fmt.Errorf("cannot look at the run: %w", err)
	}
	if !alive {
		return Holder{}, ErrIdle
	}
	return holder, nil
}

func signalHolder(h Holder, sig syscall.Signal) error {
	if err := h.Process.Signal(sig); err != nil && !errors.Is(err, proc.ErrGone) { // gone: it ended by itself in this moment
		return fmt.Errorf("cannot stop the run: %w", err)
	}
	return nil
}

// awaitEnd waits until the holder has let go of the lock.
func awaitEnd(ctx context.Context, state string, h Holder, patience time.Duration) (over bool, err error) {
	for limit := time.Now().Add(patience); time.Now().Before(limit); {
		if now, err := running(state); errors.Is(err, ErrIdle) || err == nil && now.Process != h.Process {
			return true, nil
		}
		if !clock.Pause(ctx, haltEvery) {
			return false, context.Cause(ctx)
		}
	}
	return false, nil
}

// awaitSettled waits until a run that is over owes nothing, or nobody is left who would undo it.
func awaitSettled(ctx context.Context, state, run string) error {
	lonely := time.Now()
	for time.Since(lonely) < nobodyComes {
		holder, err := running(state)
		switch {
		case err == nil && (holder.Run == run || holder.Settling): // friday recover undoes it as well
			lonely = time.Now()
		case err == nil, released(state), owesNothing(state, run):
			return nil
		}
		if !clock.Pause(ctx, haltEvery) {
			return context.Cause(ctx)
		}
	}
	return nil
}

// released reports whether the last holder of the lock gave it back, other than by dying.
func released(state string) bool {
	_, err := ReadHolder(state)
	return errors.Is(err, ErrIdle)
}

// owesNothing reports whether a run is known to owe nothing.
func owesNothing(state, run string) bool {
	a, err := read(state, run)
	return errors.Is(err, fs.ErrNotExist) || err == nil && len(a.debts) == 0
}
