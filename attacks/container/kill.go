package container

import (
	"context"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/site"
)

// KillKind is container.kill.
var KillKind = attacks.Kind{
	Name:    "container.kill",
	Summary: "Kill containers as docker kill does; their restart policies keep still. Undone by starting them.",
	Example: "{match: {name: checkout}}",
	New:     func() attacks.Attack { return &Kill{Signal: "KILL"} },
	AtOnce:  atOnce,
}

// Kill ends the main process of containers with a signal, by their engine, and starts them again.
type Kill struct {
	Targets `yaml:",inline"`
	Signal  Signal `yaml:"signal" default:"KILL" doc:"signal that it ends with, by name or number; the main process must handle any other than KILL"`
}

var (
	_ attacks.Attack  = (*Kill)(nil)
	_ attacks.Limited = (*Kill)(nil)
	_ attacks.Sited   = (*Kill)(nil)
)

// Plan finds the containers. A signal that would not end one is refused, as far as that can be seen from here.
func (k *Kill) Plan(ctx context.Context) ([]attacks.Change, error) {
	p, err := k.choose(ctx, aim{ends: true, signal: string(k.Signal)})
	if err != nil {
		return nil, err
	}
	return p.changes(KillKind.Name, func(_ target, u *undo) error {
		u.Signal, u.Timeout = string(k.Signal), gentle
		return nil
	})
}

// Inject sends the signal. After KILL it returns once the container is dead; after others that may take a while.
func (k *Kill) Inject(ctx context.Context, c attacks.Change) error {
	h, err := k.hold(c)
	if err != nil {
		return err
	}
	if err := h.sure(ctx); err != nil {
		return err
	}
	return call(ctx, answersWithin, func(ctx context.Context) error { return h.engine.Kill(ctx, h.ID, h.Signal) })
}

// Active reports whether the container does not run.
func (k *Kill) Active(ctx context.Context, c attacks.Change) (bool, error) { return k.down(ctx, c) }

// Revert starts the container, whatever ended it since, and sees that it runs. One that got the signal and lives on is
// restarted: it may end at any moment, and its engine believes that it was ended by hand.
func (k *Kill) Revert(ctx context.Context, c attacks.Change) error {
	return k.revert(c, func(h hand) error { return h.bringBack(ctx) })
}

// Sites tells where the main process lives.
func (k *Kill) Sites(_ context.Context, c attacks.Change) ([]site.Site, error) { return k.sites(c) }
