// Package docker is all that Friday knows of Docker: which containers a selector means, what state they are in, and the
// few things that can be done to them. It works with Engine 20.10 and newer; the version of the API is negotiated.
package docker

import (
	"context"
	"errors"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
)

// ErrGone means that there is no such container, or network, any more.
var ErrGone = errors.New("it is not there any more")

// Engine is a Docker engine. It is safe for concurrent use.
type Engine struct {
	Endpoint Endpoint
	api      *client.Client
}

// Open makes ready to talk to an engine; it does not talk yet.
func Open(e Endpoint) (*Engine, error) {
	opts, err := e.options()
	if err != nil {
		return nil, err
	}
	api, err := client.NewClientWithOpts(opts...)
	if err != nil {
		return nil, fmt.Errorf("cannot use the Docker engine at %s: %w", e, err)
	}
	return &Engine{Endpoint: e, api: api}, nil
}

// Close ends idle connections. The engine can be used again afterwards.
func (e *Engine) Close() error { return e.api.Close() }

// Start starts a container; one that runs already is left alone.
func (e *Engine) Start(ctx context.Context, id string) error {
	return e.told(one("start", id), e.api.ContainerStart(ctx, id, container.StartOptions{}))
}

// Stop asks a container to stop and kills it after timeout seconds; nil means the container's own time. It returns once
// the container has stopped.
func (e *Engine) Stop(ctx context.Context, id, signal string, timeout *int) error {
	return e.told(one("stop", id), e.api.ContainerStop(ctx, id, container.StopOptions{Signal: signal, Timeout: timeout}))
}

// Restart is Stop and then Start.
func (e *Engine) Restart(ctx context.Context, id, signal string, timeout *int) error {
	return e.told(one("restart", id), e.api.ContainerRestart(ctx, id, container.StopOptions{Signal: signal, Timeout: timeout}))
}

// Kill sends a signal to the main process of a container.
func (e *Engine) Kill(ctx context.Context, id, signal string) error {
	return e.told(one("kill", id), e.api.ContainerKill(ctx, id, signal))
}

// Pause freezes all processes of a container.
func (e *Engine) Pause(ctx context.Context, id string) error {
	return e.told(one("pause", id), e.api.ContainerPause(ctx, id))
}

// Unpause thaws them.
func (e *Engine) Unpause(ctx context.Context, id string) error {
	return e.told(one("unpause", id), e.api.ContainerUnpause(ctx, id))
}

// Disconnect takes a container off a network.
func (e *Engine) Disconnect(ctx context.Context, networkID, id string) error {
	return e.told(one("disconnect", id), e.api.NetworkDisconnect(ctx, networkID, id, false))
}

// Connect puts a container on a network.
func (e *Engine) Connect(ctx context.Context, networkID, id string, how *network.EndpointSettings) error {
	return e.told(one("connect", id), e.api.NetworkConnect(ctx, networkID, id, how))
}

// one names what is done to a container.
func one(verb, id string) string { return fmt.Sprintf("%s container %.12s", verb, id) }

// told puts what the engine answered into words.
func (e *Engine) told(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errdefs.IsNotFound(err):
		return fmt.Errorf("cannot %s: %w", doing, ErrGone)
	case client.IsErrConnectionFailed(err):
		return fmt.Errorf("cannot reach the Docker engine at %s: is it running, and may this user talk to it? %w", e.Endpoint, err)
	default:
		return fmt.Errorf("cannot %s: %w", doing, err)
	}
}
