package container

import (
	"context"
	"errors"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/clock"
	"github.com/failurefriday/friday/internal/site"
)

// PauseKind is container.pause.
var PauseKind = attacks.Kind{
	Name:    "container.pause",
	Summary: "Freeze all processes of containers, as if they hung; connections are still accepted. Undone by thawing them.",
	Example: "{match: {labels: {tier: front}}, pick: 1}",
	New:     func() attacks.Attack { return &Pause{} },
	AtOnce:  atOnce,
}

// Pause freezes containers and thaws them.
type Pause struct {
	Targets `yaml:",inline"`
}

var (
	_ attacks.Attack  = (*Pause)(nil)
	_ attacks.Limited = (*Pause)(nil)
	_ attacks.Sited   = (*Pause)(nil)
)

// Plan finds the containers. One that is paused already is refused: the revert would set free what somebody else froze.
func (p *Pause) Plan(ctx context.Context) ([]attacks.Change, error) {
	found, err := p.choose(ctx, aim{})
	if err != nil {
		return nil, err
	}
	return found.changes(PauseKind.Name, func(target, *undo) error { return nil })
}

// Inject freezes the container and returns once it is frozen.
func (p *Pause) Inject(ctx context.Context, c attacks.Change) error {
	h, err := p.hold(c)
	if err != nil {
		return err
	}
	if err := h.sure(ctx); err != nil {
		return err
	}
	return call(ctx, answersWithin, func(ctx context.Context) error { return h.engine.Pause(ctx, h.ID) })
}

// Active reports whether the container is paused. A pause ends with the run in which it began.
func (p *Pause) Active(ctx context.Context, c attacks.Change) (bool, error) {
	h, err := p.hold(c)
	if err != nil {
		return false, err
	}
	is, here, err := h.look(ctx)
	return here && h.sameRun(is) && is.Paused, err
}

// Revert thaws the container and sees that it is thawed. One that was ended, frozen or not, or started anew is left as it
// is. One that does not look frozen is watched for a moment: a freeze may be on its way.
func (p *Pause) Revert(ctx context.Context, c attacks.Change) error {
	return p.revert(c, func(h hand) error { return h.thaw(ctx) })
}

// thaw ends the pause, if there is one or comes one. What an engine says of a pause may be a moment old, so a failure is
// not believed at once.
func (h hand) thaw(ctx context.Context) error {
	failed := errors.New("the Docker engine says that it was unpaused, and it was not")
	for thaws, limit := 0, time.Now().Add(comesWithin); ; {
		is, here, err := h.look(ctx)
		const enough = 10
		switch {
		case err != nil || !here || !h.sameRun(is):
			return err
		case is.Paused && thaws == enough:
			return failed
		case is.Paused:
			thaws++
			err := call(ctx, answersWithin, func(ctx context.Context) error { return h.engine.Unpause(ctx, h.ID) })
			if err != nil {
				failed = err
			}
		case thaws > 0 || time.Now().After(limit):
			return nil
		}
		if !clock.Pause(ctx, looksEvery) {
			return context.Cause(ctx)
		}
	}
}

// Sites tells where the main process lives.
func (p *Pause) Sites(_ context.Context, c attacks.Change) ([]site.Site, error) { return p.sites(c) }
