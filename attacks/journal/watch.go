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

	"github.com/failurefriday/friday/internal/proc"
)

// GuardOptions are what a guard works with.
type GuardOptions struct {
	State, Run string
	Lookup     Lookup
	In         io.Reader // the pipe from the runner: its end is the runner's end
	Out        io.Writer // where to say that it is armed
	Log        io.Writer
	Patience   time.Duration // as in SettleOptions
	Stubborn   time.Duration // how long to try again what cannot be undone at once, 2 min by default
}

const (
	deadlineEvery = 250 * time.Millisecond // how often the guard looks whether a time limit has passed
	lastWord      = 250 * time.Millisecond // what a dead runner said may still be in the pipe for so long
	killWithin    = 10 * time.Second
	reportWithin  = 2 * time.Minute
	stubborn      = 2 * time.Minute
)

// guard is the state of a guard process.
type guard struct {
	GuardOptions
	runner Holder
	limits map[entryKey]time.Time // on the monotonic clock: the faults may move the other one
}

type entryKey struct {
	id       string
	deadline int64
}

// RunGuard is the life of a guard process. It returns nil when the runner said that all is done, or when everything is
// settled after the runner's death; an error tells what is left to friday recover. Cancelling ctx ends it with nothing
// undone.
func RunGuard(ctx context.Context, o GuardOptions) error {
	// Caught and dropped, not ignored: a service that is revived from here would inherit that.
	deaf := make(chan os.Signal, 1)
	signal.Notify(deaf, syscall.SIGINT, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGPIPE, HaltSignal)
	defer signal.Stop(deaf)
	if o.Stubborn == 0 {
		o.Stubborn = stubborn
	}
	holder, err := ReadHolder(o.State)
	if err != nil {
		return fmt.Errorf("cannot tell whom to watch: %w", err)
	}
	if holder.Run != o.Run {
		return fmt.Errorf("the lock is held by %s, and not by %s", holder.Run, o.Run)
	}
	g := &guard{GuardOptions: o, runner: holder, limits: map[entryKey]time.Time{}}
	word, dead := g.listen(), g.watchProcess(ctx)
	if _, err := io.WriteString(o.Out, armed); err != nil {
		return fmt.Errorf("cannot tell the runner that it is guarded: %w", err)
	}
	return g.watch(ctx, word, dead)
}

// watch waits for the runner's last word, its death, or the end of a fault's time, whichever comes first.
func (g *guard) watch(ctx context.Context, word <-chan string, dead <-chan struct{}) error {
	tick := time.NewTicker(deadlineEvery)
	defer tick.Stop()
	for {
		select {
		case last := <-word:
			if g.finished(last) {
				return nil
			}
			word = nil
		case <-dead:
			if last, ok := lastWords(word); ok && g.finished(last) {
				return nil
			}
			g.say("the runner is dead")
			dead, word = nil, nil
		case now := <-tick.C:
			if !g.overdue(now) {
				continue
			}
			if err := g.killRunner(ctx); err != nil {
				g.say("%v; trying again in %s", err, killWithin)
				tick.Reset(killWithin) // as long as it lives there is nobody else to watch it
				continue
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		err := g.settle(ctx)
		if !errors.Is(err, errLives) {
			return err
		}
		g.say("%v", err)
	}
}

// listen tells what the runner said last; nothing if the pipe just closed.
func (g *guard) listen() <-chan string {
	word := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(g.In).ReadString('\n') // any end but the last word is a death
		word <- text
	}()
	return word
}

// finished reports whether what the runner said last, on the pipe that is closed now, is that all is done.
func (g *guard) finished(last string) bool {
	if last == allDone {
		return true
	}
	g.say("the runner's end of the pipe is closed")
	return false
}

// lastWords returns what a dead runner said last, if that was not heard before; word is nil then. Somebody else may hold
// the pipe open.
func lastWords(word <-chan string) (last string, ok bool) {
	if word == nil {
		return "", false
	}
	limit := time.NewTimer(lastWord)
	defer limit.Stop()
	select {
	case last = <-word:
		return last, true
	case <-limit.C:
		return "", false
	}
}

// watchProcess is closed when the runner is dead. It is a second net: the pipe usually knows first.
func (g *guard) watchProcess(ctx context.Context) <-chan struct{} {
	dead := make(chan struct{})
	go func() {
		err := g.runner.Process.Wait(ctx)
		if err == nil {
			close(dead)
		} else if ctx.Err() == nil {
			g.say("only the pipe tells whether the runner lives: %v", err)
		}
	}()
	return dead
}

// overdue reports whether a fault has been in force for longer than it may be. Lines that cannot be read have no time
// limit that could pass; the others have.
func (g *guard) overdue(now time.Time) bool {
	a, _ := read(g.State, g.Run)
	for _, d := range a.debts {
		due, ok := d.due()
		if !ok {
			continue
		}
		key := entryKey{d.Entry.ID, due.UnixNano()}
		limit, known := g.limits[key]
		if !known {
			limit = now.Add(due.Sub(now))
			g.limits[key] = limit
		}
		if now.After(limit) {
			g.say("%s of %s has been in force for longer than it may be", d.Entry.Change.Kind, d.Entry.Change.Target)
			return true
		}
	}
	return false
}

// due is when a debt is overdue; not ok if it never is. A runner that has just told that it could not undo a fault does
// not hang: it gets time to report that.
func (d Debt) due() (at time.Time, ok bool) {
	at = d.Entry.Deadline
	if later := d.failed.Add(reportWithin); !d.failed.IsZero() && later.After(at) {
		at = later
	}
	return at, !d.Entry.Deadline.IsZero()
}

// killRunner ends a runner that hangs: it must not break anything more after the revert.
func (g *guard) killRunner(ctx context.Context) error {
	g.say("killing the runner (%v)", g.runner.Process)
	ctx, cancel := context.WithTimeout(ctx, killWithin)
	defer cancel()
	err := g.runner.Process.Signal(syscall.SIGKILL)
	if err == nil || errors.Is(err, proc.ErrGone) {
		err = g.runner.Process.Wait(ctx)
	}
	if err != nil {
		return fmt.Errorf("cannot end the hung runner: %w", err)
	}
	return nil
}

func (g *guard) say(format string, args ...any) {
	fmt.Fprintf(g.Log, "%s guard %d: %s\n", time.Now().UTC().Format(time.RFC3339Nano), os.Getpid(), fmt.Sprintf(format, args...))
}
