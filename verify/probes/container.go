package probes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/site"
	"github.com/failurefriday/friday/verify"
)

// ContainerKind is the probe `container`.
var ContainerKind = verify.ProbeKind{
	Name:    "container",
	Summary: "looks for a container that runs; one that is paused, restarting or not healthy does not count",
	Example: `{project: shop, service: web, count: 2}`,
	New:     func() verify.Probe { return &Container{Count: 1} },
}

// Container looks for containers that run.
type Container struct {
	docker.Match `yaml:",inline"`
	Count        int    `yaml:"count" default:"1" min:"1" doc:"how many must run, at least"`
	Health       Health `yaml:"health" doc:"healthy: one without a health check does not count; any: what the health check says does not matter; by default those that have one must be healthy"`
}

var (
	_ verify.Sited   = (*Container)(nil)
	_ diag.Validator = (*Container)(nil)
)

// Health says what a container's own health check must say. The zero Health takes those that have none.
type Health string

// Healthy demands a health check, and that it be content. AnyHealth does not care.
const (
	Healthy   Health = "healthy"
	AnyHealth Health = "any"
)

// UnmarshalText reads healthy or any.
func (h *Health) UnmarshalText(text []byte) error {
	*h = Health(text)
	if *h != Healthy && *h != AnyHealth {
		return errors.New("want healthy or any")
	}
	return nil
}

// Validate lists all faults in the parameters.
func (p *Container) Validate() []diag.FieldError {
	var faults []diag.FieldError
	if p.Empty() {
		faults = append(faults, diag.FieldError{Msg: "needs at least one of " + docker.Fields})
	}
	if p.Count < 1 {
		faults = append(faults, diag.FieldError{Field: "count", Msg: fmt.Sprintf("%d containers are always there: write 1 or more", p.Count)})
	}
	return faults
}

// Check asks the engine once. An engine that does not answer is an error: its containers may run all the same.
func (p *Container) Check(ctx context.Context) (verify.Pulse, error) {
	found, _, err := docker.List(ctx, p.Match)
	if err != nil {
		return verify.Pulse{}, err
	}
	return p.judge(found), nil
}

// judge tells what is there. The subject is who has processes: another container, or the same one started anew, is a
// restart; one that is paused and goes on is none.
func (p *Container) judge(found []docker.Container) verify.Pulse {
	var subjects, others []string
	running := 0
	for _, c := range found {
		if c.PID != 0 {
			subjects = append(subjects, fmt.Sprintf("%s (container %.12s, pid %d)", c.Name, c.ID, c.PID))
		}
		if why := p.wrong(c); why != "" {
			others = append(others, c.Name+" "+why)
		} else {
			running++
		}
	}
	pulse := verify.Pulse{OK: running >= p.Count, Subject: strings.Join(subjects, ", ")}
	switch {
	case len(found) == 0:
		pulse.Detail = "no such container"
		return pulse
	case running == len(found) && pulse.OK:
		pulse.Detail = fmt.Sprintf("%d running", running)
	default:
		pulse.Detail = fmt.Sprintf("%d of %d running", running, max(len(found), p.Count))
	}
	if len(others) > 0 {
		pulse.Detail += "; " + strings.Join(others, ", ")
	}
	return pulse
}

// wrong says in a few words why the container does not count, or nothing.
func (p *Container) wrong(c docker.Container) string {
	switch {
	case c.Restarting:
		return fmt.Sprintf("restarting (%d)", c.ExitCode)
	case c.Paused:
		return "paused"
	case !c.Running && c.Status == "exited":
		return fmt.Sprintf("exited (%d)", c.ExitCode)
	case !c.Running:
		return cmp.Or(c.Status, "not running")
	case p.Health == AnyHealth || c.Health == "healthy":
		return ""
	case c.Health == "" && p.Health == Healthy:
		return "without a health check"
	case c.Health == "starting":
		return "not healthy yet"
	default:
		return c.Health
	}
}

// Sites tells where the main processes of the containers live. Only those of an engine on this host can be looked at.
func (p *Container) Sites(ctx context.Context) ([]site.Site, error) {
	found, err := localContainers(ctx, p.Match)
	if err != nil {
		return nil, err
	}
	var running []proc.Info
	for _, c := range found {
		running = append(running, proc.Info{ID: c.Process, Name: c.Name})
	}
	return sitesOf(running)
}

// localContainers lists those that run on this host.
func localContainers(ctx context.Context, m docker.Match) ([]docker.Local, error) {
	running, of, err := docker.OnThisHost(ctx, m)
	switch {
	case err != nil:
		return nil, err
	case of == 0:
		return nil, errors.New("no such container: " + m.String())
	case len(running) == 0:
		return nil, fmt.Errorf("no container runs of %d with %s", of, m)
	}
	return running, nil
}
