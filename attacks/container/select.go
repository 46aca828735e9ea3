// Package container attacks Docker containers through their engine: it stops, kills, pauses, restarts and disconnects
// them, and crashes their main processes.
//
// A container is its full id, and one run of it is the time at which that run began: what was started anew since the plan
// was made is never hit. An undo takes whatever run there is, for a container is owed to those who need it and not to one
// life of it.
//
// A container cannot be marked while it runs, so there is nothing that could be found without a journal.
package container

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/radius"
	"github.com/failurefriday/friday/internal/clock"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/several"
)

// Targets are the parameters that every attack on containers has. Its methods and those of the attacks are safe for
// concurrent use.
type Targets struct {
	Match         docker.Match `yaml:"match" required:"true" doc:"which containers; every field that is set must match"`
	radius.Radius `yaml:",inline"`

	engines engines
}

var _ diag.Checker = (*Targets)(nil)

// Check finds what the types of the parameters do not tell.
func (t *Targets) Check() []diag.FieldError {
	var bad []diag.FieldError
	if t.Match.Empty() {
		bad = append(bad, diag.FieldError{Field: "match", Msg: "at least one of " + docker.Fields + " is needed"})
	}
	return append(bad, t.Radius.Check()...)
}

// target is a container that is to be hit.
type target struct {
	docker.Container
	process proc.ID // the main process; zero unless it is one of this host
}

// targetOf is a container and its main process. One that has just ended has none.
func targetOf(endpoint docker.Endpoint, c docker.Container) (target, error) {
	id, err := c.Process(endpoint)
	if errors.Is(err, proc.ErrGone) {
		err = nil
	}
	return target{Container: c, process: id}, err
}

// plan is what all that are to be hit have in common.
type plan struct {
	engine  *docker.Engine
	about   docker.About
	targets []target
}

// aim says what a kind needs of its targets.
type aim struct {
	ends   bool                                                  // its main process ends
	signal string                                                // and with this signal, if it is one that can be ignored
	refuse func(context.Context, plan, target) ([]string, error) // further reasons
}

// choose finds the targets, within all limits, and tells every reason against every one of them.
func (t *Targets) choose(ctx context.Context, a aim) (plan, error) {
	if err := ctx.Err(); err != nil {
		return plan{}, err
	}
	p, all, err := t.find(ctx)
	if err != nil {
		return plan{}, err
	}
	up, err := candidates(t.Match, all)
	if err != nil {
		return plan{}, err
	}
	picked, _, err := radius.Choose(&t.Radius, up)
	failed := []error{err}
	guarded, err := t.protection(ctx)
	failed = append(failed, err)
	sharers := map[string][]string{}
	if a.ends {
		sharers, err = p.engine.Sharers(ctx)
		failed = append(failed, err)
	}
	if err := several.Errors(failed...); guarded == nil || sharers == nil {
		return plan{}, err
	}
	for _, c := range up {
		to, err := targetOf(p.engine.Endpoint, c)
		why := guarded(to)
		failed = append(failed, err)
		if slices.ContainsFunc(picked, func(o docker.Container) bool { return o.ID == c.ID }) {
			p.targets = append(p.targets, to)
			more, err := a.reasons(ctx, p, to, sharers)
			why = append(why, more...)
			failed = append(failed, err)
		}
		if len(why) > 0 {
			failed = append(failed, fmt.Errorf("%s: %s", c, strings.Join(why, "; ")))
		}
	}
	return p, several.Errors(failed...)
}

// find asks the engine.
func (t *Targets) find(ctx context.Context) (plan, []docker.Container, error) {
	endpoint, err := docker.Current(t.Match.Engine)
	if err != nil {
		return plan{}, nil, err
	}
	engine, err := t.engines.at(endpoint)
	if err != nil {
		return plan{}, nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, planWithin, noAnswer(planWithin))
	defer cancel()
	about, err := engine.About(ctx)
	if err != nil {
		return plan{}, nil, because(ctx, err)
	}
	all, err := engine.Find(ctx, t.Match)
	return plan{engine: engine, about: about}, all, because(ctx, err)
}

// planWithin bounds how long an engine may take to tell what containers it has.
const planWithin = time.Minute

// candidates are those that have not done their work yet, as a migration of a Compose project has.
func candidates(m docker.Match, all []docker.Container) ([]docker.Container, error) {
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: no container has %s", attacks.ErrNoTarget, m)
	}
	if !slices.ContainsFunc(all, func(c docker.Container) bool { return c.Running || c.Restarting }) {
		var states []string
		for _, c := range all {
			states = append(states, fmt.Sprintf("%s is %s", c, state(c)))
		}
		return nil, fmt.Errorf("%w: %d with %s, and none runs: %s", attacks.ErrNoTarget, len(all), m, strings.Join(states, ", "))
	}
	return slices.DeleteFunc(slices.Clone(all), func(c docker.Container) bool { return c.Status == "exited" && c.ExitCode == 0 }), nil
}

// isPaused does not believe at once that a container is paused: an engine may say so for a moment after a pause has ended.
func isPaused(ctx context.Context, engine *docker.Engine, c docker.Container) (bool, error) {
	limit, cancel := context.WithTimeout(ctx, comesWithin)
	defer cancel()
	for c.Paused && clock.Pause(limit, looksEvery) {
		err := call(ctx, answersWithin, func(ctx context.Context) (err error) {
			c, err = engine.Inspect(ctx, c.ID)
			return err
		})
		if err != nil {
			return false, err
		}
	}
	return c.Paused, ctx.Err()
}

// state is the state of a container for people.
func state(c docker.Container) string {
	if c.Status == "exited" {
		return fmt.Sprintf("exited (code %d)", c.ExitCode)
	}
	return c.Status
}

// reasons are all that speak against one target, its protection aside.
func (a aim) reasons(ctx context.Context, p plan, to target, sharers map[string][]string) ([]string, error) {
	var why []string
	paused, err := isPaused(ctx, p.engine, to.Container)
	if err != nil {
		return nil, err
	}
	switch {
	case to.Restarting:
		why = append(why, "its engine is restarting it already, again and again: mend it first")
	case paused:
		why = append(why, "it is paused, and not by this run: unpause it first")
	case !to.Running || to.PID == 0:
		why = append(why, "it is "+state(to.Container)+" and does not run: start it, or select more narrowly")
	}
	if a.ends && to.AutoRemove {
		why = append(why, "it was made with --rm, so it would be deleted when it ends and nothing could bring it back")
	}
	if with := append(sharers[to.ID], sharers[to.Name]...); a.ends && len(with) > 0 {
		why = append(why, fmt.Sprintf("%s live in its network and would be without one for good when it ends: disconnect or pause it instead", strings.Join(with, ", ")))
	}
	if a.ends && a.signal != "" && to.process.PID != 0 {
		ignored, err := ignores(to.process.PID, a.signal)
		if err != nil {
			return why, err
		}
		if ignored {
			why = append(why, fmt.Sprintf("its main process does not listen to %s and would live on: use KILL, or a signal that it handles", a.signal))
		}
	}
	if a.refuse == nil {
		return why, nil
	}
	more, err := a.refuse(ctx, p, to)
	return append(why, more...), err
}

// guard is the label that keeps Friday away from a container.
const guard = "friday.protected"

// protection tells why a container must never be attacked, whether it is picked or not: the selector means more than its
// author thinks, and another seed would have picked it.
func (t *Targets) protection(ctx context.Context) (func(target) []string, error) {
	reason, err := t.Protected()
	if err != nil {
		return nil, err
	}
	own, err := ownContainers()
	if err != nil {
		return nil, err
	}
	return func(to target) (why []string) {
		if to.Labels[guard] == "true" {
			why = append(why, "protected by its label "+guard)
		}
		if slices.Contains(own, to.ID) {
			why = append(why, "protected: Friday itself runs in it")
		}
		if to.process.PID != 0 {
			if r := reason(to.process.PID); r != "" {
				why = append(why, "its main process is protected: "+r)
			}
		}
		return why
	}, ctx.Err()
}
