package container

import (
	"context"
	"fmt"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/site"
)

// RestartKind is container.restart.
var RestartKind = attacks.Kind{
	Name:    "container.restart",
	Summary: "Restart containers as docker restart does: down for as long as they take. Over when it is done.",
	Example: "{match: {name: checkout}, timeout: 5s}",
	New:     func() attacks.Attack { return &Restart{} },
	AtOnce:  atOnce,
}

// Restart stops containers and starts them at once.
type Restart struct {
	Targets  `yaml:",inline"`
	Stopping `yaml:",inline"`
}

var (
	_ attacks.Attack  = (*Restart)(nil)
	_ attacks.Limited = (*Restart)(nil)
	_ attacks.Sited   = (*Restart)(nil)
	_ attacks.Witness = (*Restart)(nil)
)

// Check finds what the types of the parameters do not tell.
func (r *Restart) Check() []diag.FieldError { return append(r.Targets.Check(), r.check()...) }

// Plan finds the containers.
func (r *Restart) Plan(ctx context.Context) ([]attacks.Change, error) {
	p, err := r.choose(ctx, r.aim())
	if err != nil {
		return nil, err
	}
	return p.changes(RestartKind.Name, r.fill)
}

// Inject restarts the container and returns once it runs again, and has been seen to be another run. If ctx ends before,
// the engine may go on.
func (r *Restart) Inject(ctx context.Context, c attacks.Change) error {
	h, err := r.hold(c)
	if err != nil {
		return err
	}
	if _, err := h.asPlanned(ctx); err != nil {
		return err
	}
	err = call(ctx, stopsWithin(h.Timeout), func(ctx context.Context) error {
		return h.engine.Restart(ctx, h.ID, h.Signal, &h.Timeout)
	})
	if err != nil {
		return err
	}
	is, here, err := h.look(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("%s may have been restarted: %w", h, err)
	case !here:
		return fmt.Errorf("%s was removed while it was restarted", h)
	case is.StartedAt.Equal(h.StartedAt):
		return fmt.Errorf("the Docker engine says that %s was restarted, and it was not", h)
	case !is.Running || is.Restarting:
		return fmt.Errorf("%s was restarted and ended at once (code %d)", h, is.ExitCode)
	}
	return nil
}

// Witnessed is always true: a restart is over by the time anybody else looks.
func (r *Restart) Witnessed() bool { return true }

// Active reports whether the container is down at this moment.
func (r *Restart) Active(ctx context.Context, c attacks.Change) (bool, error) { return r.down(ctx, c) }

// Revert has nothing to do after a restart that went well. What did not come up, or is still being stopped, is started.
func (r *Restart) Revert(ctx context.Context, c attacks.Change) error {
	return r.revert(c, func(h hand) error { return h.bringBack(ctx) })
}

// Sites tells where the main process lives.
func (r *Restart) Sites(_ context.Context, c attacks.Change) ([]site.Site, error) { return r.sites(c) }
