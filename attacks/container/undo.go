package container

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/site"
)

// undo is one container in one run of it, and all that is needed to put back what was. Its restart policy and the like are
// not among it: nothing here changes them.
type undo struct {
	Engine    docker.Endpoint     `json:"engine"`
	EngineID  string              `json:"engine_id"`
	ID        string              `json:"id"`
	Name      string              `json:"name"`
	StartedAt time.Time           `json:"started_at"`
	Planned   time.Time           `json:"planned"` // by the engine's clock
	Process   proc.ID             `json:"process,omitzero"`
	Signal    string              `json:"signal,omitempty"`  // that a stop or kill is made with
	Timeout   int                 `json:"timeout,omitempty"` // seconds after which a stop kills
	Networks  []docker.Attachment `json:"networks,omitempty"`
}

// undo begins the undo of a target.
func (p plan) undo(to target) undo {
	return undo{
		Engine: p.engine.Endpoint, EngineID: p.about.ID, ID: to.ID, Name: to.Name, StartedAt: to.StartedAt, Planned: p.about.Now,
		Process: to.process,
	}
}

// changes makes a change of each target.
func (p plan) changes(kind string, fill func(target, *undo) error) ([]attacks.Change, error) {
	var all []attacks.Change
	for _, to := range p.targets {
		u := p.undo(to)
		if err := fill(to, &u); err != nil {
			return nil, err
		}
		c, err := attacks.NewChange(kind, to.String(), u)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// hand holds a container at its engine.
type hand struct {
	undo
	engine *docker.Engine
}

// hold reads the undo of a change. The engine is not asked yet.
func (t *Targets) hold(c attacks.Change) (hand, error) {
	u, err := attacks.ReadUndo[undo](c)
	if err != nil {
		return hand{}, err
	}
	if u.ID == "" || u.EngineID == "" || u.StartedAt.IsZero() {
		return hand{}, fmt.Errorf("the undo of %s is not whole: it names no container", c.Target)
	}
	engine, err := t.engines.at(u.Engine)
	return hand{u, engine}, err
}

// String is the container for people.
func (u undo) String() string { return docker.Container{ID: u.ID, Name: u.Name}.String() }

// look looks at the container; here is false once it is gone for good.
func (h hand) look(ctx context.Context) (c docker.Container, here bool, err error) {
	err = call(ctx, answersWithin, func(ctx context.Context) error {
		c, err = h.engine.Inspect(ctx, h.ID)
		return err
	})
	if errors.Is(err, docker.ErrGone) {
		return c, false, h.sameEngine(ctx)
	}
	return c, err == nil, err
}

// sameEngine is an error if another engine answers now: what it does not know may live on where it was.
func (h hand) sameEngine(ctx context.Context) error {
	var about docker.About
	err := call(ctx, answersWithin, func(ctx context.Context) (err error) {
		about, err = h.engine.About(ctx)
		return err
	})
	if err == nil && about.ID != h.EngineID {
		return fmt.Errorf("the Docker engine at %s does not know %s, and is another one than when that was attacked: bring back the earlier one", h.Engine, h)
	}
	return err
}

// revert undoes a change; an error says what to do about it.
func (t *Targets) revert(c attacks.Change, mend func(hand) error) error {
	h, err := t.hold(c)
	if err != nil {
		return err
	}
	if err := mend(h); err != nil {
		return fmt.Errorf("%s is not yet what it was: %w; see to that, then run friday recover", h, err)
	}
	return nil
}

// sameRun reports whether the container has not ended since the plan was made.
func (h hand) sameRun(c docker.Container) bool {
	return c.Running && !c.Restarting && c.StartedAt.Equal(h.StartedAt)
}

// sure makes sure that the container is still in the run that was planned for. Where its main process is within reach, that
// says so without a request to the engine, which would take as long as half of a kill. What it does not tell is whether
// somebody has paused the container since: such a pause ends with the run.
func (h hand) sure(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if h.Process.PID == 0 {
		_, err := h.asPlanned(ctx)
		return err
	}
	alive, err := h.Process.Alive()
	switch {
	case err != nil:
		return fmt.Errorf("nothing was touched: %w", err)
	case !alive:
		return h.notTouched("it has ended, or was restarted since")
	}
	return nil
}

// asPlanned returns the container if it is in the state that was planned for; otherwise nothing may be touched. All that
// it guards against is a container that was restarted or changed since: an id is never given away.
func (h hand) asPlanned(ctx context.Context) (docker.Container, error) {
	if err := ctx.Err(); err != nil {
		return docker.Container{}, err
	}
	c, here, err := h.look(ctx)
	if err != nil {
		return c, fmt.Errorf("nothing was touched: %w", err)
	}
	switch {
	case !here:
		return c, h.notTouched("it is not there any more")
	case c.Restarting || !c.Running:
		return c, h.notTouched("it is " + state(c) + " now")
	case !c.StartedAt.Equal(h.StartedAt):
		return c, h.notTouched("it has been restarted since")
	}
	paused, err := isPaused(ctx, h.engine, c)
	if err != nil {
		return c, fmt.Errorf("nothing was touched: %w", err)
	}
	if paused {
		return c, h.notTouched("it is paused now, and not by this run")
	}
	return c, nil
}

func (h hand) notTouched(why string) error {
	return fmt.Errorf("%s was planned for and nothing was touched: %s", h, why)
}

// down reports whether the container is there and its main process is not.
func (t *Targets) down(ctx context.Context, c attacks.Change) (bool, error) {
	h, err := t.hold(c)
	if err != nil {
		return false, err
	}
	is, here, err := h.look(ctx)
	if err != nil || !here {
		return false, err
	}
	if !is.Running || is.Restarting {
		return true, nil
	}
	if h.Process.PID == 0 || !h.sameRun(is) {
		return false, nil
	}
	alive, err := h.Process.Alive() // the engine hears of a death some time after it
	return err == nil && !alive, err
}

// sites tells where the main process lives.
func (t *Targets) sites(c attacks.Change) ([]site.Site, error) {
	h, err := t.hold(c)
	if err != nil {
		return nil, err
	}
	if h.Process.PID == 0 {
		return nil, fmt.Errorf("the processes of %s cannot be seen from here", h)
	}
	s, err := proc.SiteOf(h.Process)
	if err != nil {
		return nil, err
	}
	return []site.Site{s}, nil
}
