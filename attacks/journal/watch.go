package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// GuardOptions are what a guard works with.
type GuardOptions struct {
	State, Run string
	Lookup     Lookup
	In         io.Reader // the pipe from the runner: its end is the runner's end
	Out        io.Writer // where to say that it is armed
	Log        io.Writer
}

const (
	deadlineEvery = 250 * time.Millisecond // how often the guard looks whether a time limit has passed
	lockEvery     = time.Millisecond
	stubborn      = 2 * time.Minute // how long the guard tries to undo what cannot be undone at once
)

// guard is the state of a guard process.
type guard struct {
	GuardOptions
	runner Holder
}

// RunGuard is the life of a guard process. It returns nil when the runner said that all is done, or when the guard has
// settled everything after the runner's death; an error tells what is left to friday recover.
func RunGuard(ctx context.Context, o GuardOptions) error {
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGPIPE, HaltSignal)
	holder, err := ReadHolder(o.State)
	if err != nil {
		return fmt.Errorf("cannot tell whom to watch: %w", err)
	}
	if holder.Run != o.Run {
		return fmt.Errorf("the lock is held by %s, and not by %s", holder.Run, o.Run)
	}
	g := guard{o, holder}
	died, done := g.listen(), g.watchProcess(ctx)
	if _, err := io.WriteString(o.Out, armed); err != nil {
		return fmt.Errorf("cannot tell the runner: %w", err)
	}
	tick := time.NewTicker(deadlineEvery)
	defer tick.Stop()
	for {
		select {
		case released := <-died:
			if released {
				return nil
			}
			g.say("the runner's end of the pipe is closed")
			return g.settle(ctx)
		case <-done:
			// The pipe may hold a last word that came just before.
			select {
			case released := <-died:
				if released {
					return nil
				}
			case <-time.After(deadlineEvery):
			}
			g.say("the runner is dead")
			return g.settle(ctx)
		case now := <-tick.C:
			if g.overdue(now) {
				return errors.Join(g.killRunner(ctx), g.settle(ctx))
			}
		}
	}
}

// listen tells how the pipe ended: true after the runner's last word, false if it just closed.
func (g guard) listen() <-chan bool {
	told := make(chan bool, 1)
	go func() {
		text, _ := bufio.NewReader(g.In).ReadString('\n') // any end but the last word is a death
		told <- text == allDone
	}()
	return told
}

// watchProcess is closed when the runner is dead. It is a second net: the pipe usually knows first.
func (g guard) watchProcess(ctx context.Context) <-chan struct{} {
	dead := make(chan struct{})
	go func() {
		if g.runner.Process.Wait(ctx) == nil {
			close(dead)
		}
	}()
	return dead
}

// overdue reports whether a fault has been in force for longer than it may be. A journal that cannot be read has no
// deadline that could pass; the pipe is still watched.
func (g guard) overdue(now time.Time) bool {
	a, err := read(openPath(g.State, g.Run))
	if err != nil {
		return false
	}
	limit := a.firstDeadline()
	return !limit.IsZero() && now.After(limit)
}

// killRunner ends a runner that hangs: it must not break anything more after the revert.
func (g guard) killRunner(ctx context.Context) error {
	g.say("the runner has held a fault for longer than it may: killing it")
	if err := g.runner.Process.Signal(syscall.SIGKILL); err != nil {
		return fmt.Errorf("cannot end the hung runner: %w", err)
	}
	return g.runner.Process.Wait(ctx)
}

// settle takes the lock, which the kernel has dropped or is about to drop, and undoes what is owed. What cannot be undone
// at once is tried again for a while.
func (g guard) settle(ctx context.Context) error {
	limit := time.Now().Add(stubborn)
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
		err := g.settleOnce(ctx, limit)
		if err == nil {
			g.say("everything is undone")
			return nil
		}
		g.say("%v", err)
		if time.Now().Add(wait).After(limit) {
			g.say("giving up: friday recover tries again")
			return err
		}
		time.Sleep(wait)
	}
}

func (g guard) settleOnce(ctx context.Context, limit time.Time) error {
	lock, err := Acquire(g.State, g.Run)
	for ; err != nil; lock, err = Acquire(g.State, g.Run) {
		if time.Now().After(limit) {
			return err
		}
		time.Sleep(lockEvery)
	}
	report, err := Settle(ctx, SettleOptions{State: g.State, Run: g.Run, Lookup: g.Lookup})
	for _, d := range report.Settled {
		g.say("undone: %s of %s", d.Entry.Change.Kind, d.Entry.Change.Target)
	}
	return errors.Join(err, lock.Release())
}

func (g guard) say(format string, args ...any) {
	fmt.Fprintf(g.Log, "%s guard %d: %s\n", time.Now().UTC().Format(time.RFC3339Nano), os.Getpid(), fmt.Sprintf(format, args...))
}
