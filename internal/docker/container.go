package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"

	"github.com/failurefriday/friday/internal/match"
)

// Container is a container as the engine described it at one moment.
type Container struct {
	ID      string // full
	Name    string // without the slash in front
	Image   string
	Labels  map[string]string
	Running bool // true for a paused one too
	Paused  bool
	// Restarting means that it is dead and its restart policy will start it again after a pause.
	Restarting bool
	Status     string // the engine's word: created, running, paused, restarting, removing, exited, dead
	ExitCode   int
	PID        int // of the main process, in the process namespace of the engine; 0 if it does not run
	StartedAt  time.Time
	Health     string // "" without a health check; else starting, healthy or unhealthy
	AutoRemove bool   // it is removed as soon as it stops
	Restart    string // restart policy: no, always, unless-stopped, on-failure
	// StopSignal and StopTimeout are how it wants to be stopped: by which signal, and how many seconds after which it is
	// killed; -1 means never.
	StopSignal  string
	StopTimeout int
	// NetworkMode is how it came by its network: bridge, host, none, container:ID, or the name of a network.
	NetworkMode string
	Networks    map[string]*network.EndpointSettings // by name
}

// String is the container for people: shop-web-1 (container 0a1b2c3d4e5f).
func (c Container) String() string { return fmt.Sprintf("%s (container %.12s)", c.Name, c.ID) }

// Find lists the containers that the selector means, running or not, by name and id. None is no error.
func (e *Engine) Find(ctx context.Context, m Match) ([]Container, error) {
	if m.Empty() {
		return nil, errors.New("a container selector needs at least one of " + Fields)
	}
	list, err := e.api.ContainerList(ctx, container.ListOptions{All: true, Filters: m.filters()})
	if err != nil {
		return nil, e.told(fmt.Sprintf("list the containers of the Docker engine at %s", e.Endpoint), err)
	}
	brief := m
	brief.Image = match.Pattern{} // the list has an id there once the name means a newer image
	var found []Container
	for _, s := range list {
		if !brief.Empty() && !brief.Fits(Container{ID: s.ID, Name: nameOf(s.Names), Labels: s.Labels}) {
			continue
		}
		c, err := e.Inspect(ctx, s.ID)
		if errors.Is(err, ErrGone) {
			continue // removed between the two looks
		}
		if err != nil {
			return nil, err
		}
		if m.Fits(c) {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b Container) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return found, nil
}

// filters lets the engine leave out what certainly is not meant; Fits decides about the rest.
func (m Match) filters() filters.Args {
	args := filters.NewArgs()
	exact := func(key string, value interface{ Exact() (string, bool) }) {
		if text, ok := value.Exact(); ok {
			args.Add("label", key+"="+text)
		}
	}
	exact(projectLabel, m.Project)
	exact(serviceLabel, m.Service)
	for key, value := range m.Labels {
		exact(key, value)
	}
	return args
}

// nameOf picks the container's own name among those that links gave it.
func nameOf(names []string) string {
	for _, n := range names {
		if own := strings.TrimPrefix(n, "/"); !strings.Contains(own, "/") {
			return own
		}
	}
	return ""
}

// stopTimeout is how many seconds a container is given that does not say.
const stopTimeout = 10

// Inspect looks at one container. ErrGone if there is none of that id.
func (e *Engine) Inspect(ctx context.Context, id string) (Container, error) {
	in, err := e.api.ContainerInspect(ctx, id)
	if err != nil {
		return Container{}, e.told(one("inspect", id), err)
	}
	if in.ContainerJSONBase == nil || in.State == nil || in.HostConfig == nil || in.Config == nil || in.NetworkSettings == nil {
		return Container{}, fmt.Errorf("cannot inspect container %.12s: the engine's answer is not whole", id)
	}
	c := Container{
		ID: in.ID, Name: strings.TrimPrefix(in.Name, "/"), Image: in.Config.Image, Labels: in.Config.Labels,
		Running: in.State.Running, Paused: in.State.Paused, Restarting: in.State.Restarting, Status: in.State.Status,
		ExitCode: in.State.ExitCode, PID: in.State.Pid, AutoRemove: in.HostConfig.AutoRemove,
		StopSignal: cmp.Or(in.Config.StopSignal, "TERM"), StopTimeout: stopTimeout,
		Restart: string(in.HostConfig.RestartPolicy.Name), NetworkMode: string(in.HostConfig.NetworkMode), Networks: in.NetworkSettings.Networks,
	}
	c.StartedAt, _ = time.Parse(time.RFC3339Nano, in.State.StartedAt) // one that never ran has none
	if in.Config.StopTimeout != nil {
		c.StopTimeout = *in.Config.StopTimeout
	}
	if in.State.Health != nil {
		c.Health = in.State.Health.Status
	}
	return c, nil
}
