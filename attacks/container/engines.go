package container

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/docker"
)

// engines are the connections of one attack, one for each engine, made when they are needed. Idle ones end by themselves.
type engines struct {
	mu   sync.Mutex
	open map[docker.Endpoint]*docker.Engine
}

func (e *engines) at(endpoint docker.Endpoint) (*docker.Engine, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if engine := e.open[endpoint]; engine != nil {
		return engine, nil
	}
	engine, err := docker.Open(endpoint)
	if err != nil {
		return nil, err
	}
	if e.open == nil {
		e.open = map[docker.Endpoint]*docker.Engine{}
	}
	e.open[endpoint] = engine
	return engine, nil
}

// answersWithin bounds one call to an engine that does nothing which takes time by itself.
const answersWithin = 20 * time.Second

// noAnswer is what a call that took too long has come to.
func noAnswer(limit time.Duration) error {
	return fmt.Errorf("the Docker engine has not answered within %s: is it stuck?", limit)
}

// because puts the reason why a context ended in the place of the bare words.
func because(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil || errors.Is(err, docker.ErrGone) {
		return err
	}
	if cause := context.Cause(ctx); !errors.Is(err, cause) {
		return fmt.Errorf("%w (%w)", cause, err)
	}
	return err
}

// call bounds one call to an engine.
func call(ctx context.Context, limit time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, noAnswer(limit))
	defer cancel()
	return because(ctx, do(ctx))
}
