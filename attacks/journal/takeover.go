package journal

import (
	"context"
	"errors"
	"time"

	"github.com/failurefriday/friday/internal/clock"
)

const (
	lockEvery   = time.Millisecond      // pace of the first tries: the kernel drops the lock of a dead runner any moment now
	lockPatient = 50 * time.Millisecond // and later
	dyingWithin = 2 * time.Second       // a killed process may take so long to be gone
	firstRetry  = 100 * time.Millisecond
	lastRetry   = 5 * time.Second
)

// errLives means that the runner has closed the pipe and goes on, with the lock in its hand.
var errLives = errors.New("the runner lives: waiting for its death or the end of its time")

// settle undoes what the runner owes. What cannot be undone at once is tried again for a while.
func (g *guard) settle(ctx context.Context) error {
	limit := time.Now().Add(g.Stubborn)
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		err := g.settleOnce(ctx, limit)
		if err == nil {
			g.say("everything is undone")
			return nil
		}
		if errors.Is(err, errLives) {
			return err
		}
		g.say("%v", err)
		if time.Now().Add(wait).After(limit) {
			g.say("giving up: friday recover tries again")
			return err
		}
		if !clock.Pause(ctx, wait) {
			return context.Cause(ctx)
		}
	}
}

func (g *guard) settleOnce(ctx context.Context, limit time.Time) error {
	lock, err := g.lock(ctx, limit)
	if lock == nil {
		return err
	}
	report, err := Settle(ctx, SettleOptions{State: g.State, Run: g.Run, Lookup: g.Lookup, Patience: g.Patience})
	for _, d := range report.Settled {
		g.say("undone: %s of %s", d.Entry.Change.Kind, d.Entry.Change.Target)
	}
	return errors.Join(err, lock.Release())
}

// lock takes the lock, which the kernel has dropped or is about to drop. Another process may be faster: friday recover
// settles this run too, and a new run goes on only if nothing is owed. If it leaves nothing to do, lock returns nil, nil.
func (g *guard) lock(ctx context.Context, limit time.Time) (*Lock, error) {
	began := time.Now()
	for wait := lockEvery; ; {
		lock, err := AcquireToSettle(g.State, g.Run)
		if err == nil {
			return lock, nil
		}
		waited := time.Since(began)
		if waited > dyingWithin {
			wait = lockPatient
			if alive, _ := g.runner.Process.Alive(); alive {
				return nil, errLives
			}
			if owesNothing(g.State, g.Run) {
				return nil, nil
			}
		}
		if time.Now().After(limit) {
			return nil, err
		}
		if !clock.Pause(ctx, wait) {
			return nil, context.Cause(ctx)
		}
	}
}
