package docker

import (
	"context"
	"errors"
	"fmt"

	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/several"
)

// Local is a running container whose main process is one of this host.
type Local struct {
	Container
	Process proc.ID
}

// List is Find at the engine that the selector names. It tells which one that was.
func List(ctx context.Context, m Match) ([]Container, Endpoint, error) {
	endpoint, err := Current(m.Engine)
	if err != nil {
		return nil, endpoint, err
	}
	engine, err := Open(endpoint)
	if err != nil {
		return nil, endpoint, err
	}
	found, err := engine.Find(ctx, m)
	return found, endpoint, several.Errors(err, engine.Close())
}

// OnThisHost lists those of the containers that run, and says how many there are in all. An engine elsewhere is an error,
// and so is one that counts processes otherwise than this host does: a pid would mean a stranger.
func OnThisHost(ctx context.Context, m Match) (running []Local, of int, err error) {
	found, endpoint, err := List(ctx, m)
	if err != nil {
		return nil, 0, err
	}
	if !endpoint.Local() {
		return nil, 0, fmt.Errorf("the Docker engine at %s is not on this host: the processes and networks of its containers cannot be reached from here", endpoint)
	}
	var failed []error
	for _, c := range found {
		if c.PID == 0 {
			continue
		}
		id, err := c.Process(endpoint)
		switch {
		case errors.Is(err, proc.ErrGone): // it has just ended
		case err != nil:
			failed = append(failed, fmt.Errorf("cannot look at the main process of %s: %w", c, err))
		case id.PID == 0:
			failed = append(failed, fmt.Errorf("the main process of %s cannot be seen from here: the Docker engine at %s counts processes otherwise", c, endpoint))
		default:
			running = append(running, Local{c, id})
		}
	}
	return running, len(found), several.Errors(failed...)
}
