package container

import (
	"context"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/site"
)

// StopKind is container.stop.
var StopKind = attacks.Kind{
	Name:    "container.stop",
	Summary: "Stop containers as docker stop does; their restart policies keep still. Undone by starting them.",
	Example: "{match: {project: shop, service: web}}",
	New:     func() attacks.Attack { return &Stop{} },
	AtOnce:  atOnce,
}

// atOnce is how many requests an engine gets at the same time. It does most of its work beside them.
const atOnce = 64

// Stop stops containers and starts them again.
type Stop struct {
	Targets  `yaml:",inline"`
	Stopping `yaml:",inline"`
}

var (
	_ attacks.Attack  = (*Stop)(nil)
	_ attacks.Limited = (*Stop)(nil)
	_ attacks.Sited   = (*Stop)(nil)
)

// Stopping are the parameters of attacks that ask before they kill.
type Stopping struct {
	Timeout *time.Duration `yaml:"timeout" doc:"kill what has not stopped by then, in whole seconds; by default the container's own time, mostly 10s"`
	Signal  Signal         `yaml:"signal" doc:"signal that asks it to stop, with Engine 23 and newer; by default the container's own, mostly TERM"`
}

func (s Stopping) check() []diag.FieldError {
	if t := s.Timeout; t != nil && (*t < 0 || *t%time.Second != 0) {
		return []diag.FieldError{{Field: "timeout", Msg: "must be whole seconds: 0s, 5s, 1m"}}
	}
	return nil
}

// aim refuses what could be waited for without end, and what the engine would pass over.
func (s Stopping) aim() aim {
	return aim{ends: true, refuse: func(_ context.Context, p plan, to target) (why []string, err error) {
		if s.Signal != "" && !p.about.StopSignal {
			why = append(why, "its engine is older than 23 and takes no signal for a stop: leave signal out, or use container.kill")
		}
		if s.Timeout == nil && to.StopTimeout < 0 {
			why = append(why, "its own stop timeout has no end: give timeout")
		}
		return why, nil
	}}
}

// fill writes down how the container will be stopped.
func (s Stopping) fill(to target, u *undo) error {
	u.Signal, u.Timeout = to.StopSignal, to.StopTimeout
	if s.Signal != "" {
		u.Signal = string(s.Signal)
	}
	if s.Timeout != nil {
		u.Timeout = int(*s.Timeout / time.Second)
	}
	return nil
}

// Check finds what the types of the parameters do not tell.
func (s *Stop) Check() []diag.FieldError { return append(s.Targets.Check(), s.check()...) }

// Plan finds the containers.
func (s *Stop) Plan(ctx context.Context) ([]attacks.Change, error) {
	p, err := s.choose(ctx, s.aim())
	if err != nil {
		return nil, err
	}
	return p.changes(StopKind.Name, s.fill)
}

// Inject stops the container and returns once it has stopped. If ctx ends before, the engine may go on.
func (s *Stop) Inject(ctx context.Context, c attacks.Change) error {
	h, err := s.hold(c)
	if err != nil {
		return err
	}
	if err := h.sure(ctx); err != nil {
		return err
	}
	return call(ctx, stopsWithin(h.Timeout), func(ctx context.Context) error {
		return h.engine.Stop(ctx, h.ID, h.Signal, &h.Timeout)
	})
}

// Active reports whether the container does not run.
func (s *Stop) Active(ctx context.Context, c attacks.Change) (bool, error) { return s.down(ctx, c) }

// Revert starts the container, whatever ended it since, and sees that it runs. One that was asked to stop and has not yet
// is restarted.
func (s *Stop) Revert(ctx context.Context, c attacks.Change) error {
	return s.revert(c, func(h hand) error { return h.bringBack(ctx) })
}

// Sites tells where the main process lives.
func (s *Stop) Sites(_ context.Context, c attacks.Change) ([]site.Site, error) { return s.sites(c) }
