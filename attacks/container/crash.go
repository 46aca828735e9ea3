package container

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/site"
)

// CrashKind is container.crash.
var CrashKind = attacks.Kind{
	Name:    "container.crash",
	Summary: "Kill the main process of containers behind their engine's back, so that their restart policies act. Undone by starting them.",
	Example: "{match: {name: checkout}, sustain: true}",
	New:     func() attacks.Attack { return &Crash{} },
	AtOnce:  atOnce,
}

// Crash kills the main process of containers as a fault of the program would: the engine does not know why it died.
type Crash struct {
	Targets `yaml:",inline"`
	Again   bool `yaml:"sustain" doc:"for the whole hold, crash again whatever the restart policy brings back"`
}

var (
	_ attacks.Attack    = (*Crash)(nil)
	_ attacks.Limited   = (*Crash)(nil)
	_ attacks.Sited     = (*Crash)(nil)
	_ attacks.Sustainer = (*Crash)(nil)
	_ attacks.Witness   = (*Crash)(nil)
)

// Plan finds the containers. Their processes must be within reach.
func (k *Crash) Plan(ctx context.Context) ([]attacks.Change, error) {
	p, err := k.choose(ctx, aim{ends: true, refuse: reachable})
	if err != nil {
		return nil, err
	}
	return p.changes(CrashKind.Name, func(target, *undo) error { return nil })
}

// reachable finds out whether the main process could be signalled, without doing so.
func reachable(_ context.Context, p plan, to target) (why []string, err error) {
	switch {
	case !to.Running || to.Restarting:
		return nil, nil // that is a reason already
	case to.process.PID == 0:
		return []string{fmt.Sprintf("its processes cannot be seen from here (engine %s): use container.kill", p.engine.Endpoint)}, nil
	}
	if err := to.process.Signal(0); err != nil && !errors.Is(err, proc.ErrGone) {
		return []string{err.Error()}, nil
	}
	return nil, nil
}

// diesWithin is how long a process may take to die of KILL. Only one that waits for a disk takes any time at all.
const diesWithin = 5 * time.Second

// Inject kills the main process and returns once it is dead.
func (k *Crash) Inject(ctx context.Context, c attacks.Change) error {
	h, err := k.hold(c)
	if err != nil {
		return err
	}
	if _, err := h.asPlanned(ctx); err != nil {
		return err
	}
	err = h.Process.Signal(syscall.SIGKILL)
	if errors.Is(err, proc.ErrGone) {
		return h.notTouched("its main process has ended since")
	}
	if err != nil {
		return err
	}
	limit, cancel := context.WithTimeoutCause(ctx, diesWithin, fmt.Errorf("it was killed and is not dead after %s", diesWithin))
	defer cancel()
	return h.Process.Wait(limit)
}

// Witnessed is always true: the restart policy may be quicker than the next look.
func (k *Crash) Witnessed() bool { return true }

// Active reports whether the main process is dead and no other one has taken its place.
func (k *Crash) Active(ctx context.Context, c attacks.Change) (bool, error) { return k.down(ctx, c) }

// Revert starts the container, if its restart policy has not done so, and sees that it runs. It does not wait for the
// policy, which takes longer after every crash.
func (k *Crash) Revert(ctx context.Context, c attacks.Change) error {
	return k.revert(c, func(h hand) error { return h.bringBack(ctx) })
}

// Sustained reports whether the attack strikes again.
func (k *Crash) Sustained() bool { return k.Again }

// Sustain kills the main process of the container if it is another one than the one that was killed first.
func (k *Crash) Sustain(ctx context.Context, c attacks.Change) (hits int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	h, err := k.hold(c)
	if err != nil {
		return 0, err
	}
	is, here, err := h.look(ctx)
	if err != nil || !here || !is.Running || is.Restarting || is.Paused {
		return 0, err
	}
	to, err := targetOf(h.Engine, is)
	if err != nil || to.process.PID == 0 || to.process == h.Process {
		return 0, err
	}
	err = to.process.Signal(syscall.SIGKILL)
	if errors.Is(err, proc.ErrGone) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return 1, nil
}

// Sites tells where the main process lives.
func (k *Crash) Sites(_ context.Context, c attacks.Change) ([]site.Site, error) { return k.sites(c) }
