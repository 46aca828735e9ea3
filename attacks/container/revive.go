package container

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/failurefriday/friday/internal/clock"
	"github.com/failurefriday/friday/internal/docker"
)

const (
	// comesWithin is how long a request that a dead runner has sent may take to show. An engine goes on with a request
	// whose sender is gone.
	comesWithin = 250 * time.Millisecond
	looksEvery  = 10 * time.Millisecond
	// gentle is how many seconds a container that was asked to end gets to do so before it is started anew.
	gentle = 10
)

// tries is how often a container is started that ends at once, or cannot be started: what it needs may be about to come
// back, too.
const tries = 5

// bringBack has the container run again, at once, and sees that it does.
func (h hand) bringBack(ctx context.Context) error {
	for try, wait := 0, looksEvery; ; {
		is, here, err := h.look(ctx)
		switch {
		case err != nil || !here:
			return err
		case h.sameRun(is):
			hit, err := h.hit(ctx)
			if err != nil || !hit {
				return err
			}
		case is.Running && !is.Restarting:
			return nil
		case is.Status == "removing": // gone in a moment
		case try == tries:
			return fmt.Errorf("it ends as soon as it is started (code %d): see what it says (docker logs %.12s) and start it", is.ExitCode, h.ID)
		default:
			// An engine that has just come back may still be clearing up what it left, and refuse.
			if err := h.start(ctx, is); err != nil && !errors.Is(err, docker.ErrGone) && (try+1 == tries || ctx.Err() != nil) {
				return err
			}
			try++
			wait *= 3
		}
		if !clock.Pause(ctx, wait) {
			return fmt.Errorf("it does not run: %w", context.Cause(ctx))
		}
	}
}

// start starts the container. One that waits for its restart policy, which may take a minute, does not care for a start.
func (h hand) start(ctx context.Context, is docker.Container) error {
	if is.Restarting {
		return h.restart(ctx, 0)
	}
	return call(ctx, answersWithin, func(ctx context.Context) error { return h.engine.Start(ctx, h.ID) })
}

// restart restarts the container. Its restart policy acts afterwards as before.
func (h hand) restart(ctx context.Context, timeout int) error {
	return call(ctx, stopsWithin(timeout), func(ctx context.Context) error { return h.engine.Restart(ctx, h.ID, "", &timeout) })
}

// hit finds out whether a container that runs as if nothing had happened was hit nevertheless: a request may still be on
// its way, and a process that was asked to end may take its time. If it has been hit, its fate is not left open.
func (h hand) hit(ctx context.Context) (bool, error) {
	ended, err := h.ends(ctx, comesWithin)
	if ended || err != nil || h.Signal == "" {
		return ended, err
	}
	var sent []int
	err = call(ctx, answersWithin, func(ctx context.Context) error {
		sent, err = h.engine.Signalled(ctx, h.ID, h.Planned)
		return err
	})
	if err != nil || !slices.ContainsFunc(sent, h.ours) {
		return false, err
	}
	return true, h.restart(ctx, min(h.Timeout, gentle))
}

// ours reports whether the attack may have sent the signal.
func (h hand) ours(signal int) bool { return signal == number(h.Signal) || signal == number("KILL") }

// ends reports whether the run of the container ends within the time.
func (h hand) ends(ctx context.Context, within time.Duration) (bool, error) {
	limit, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		c, here, err := h.look(ctx)
		if err != nil || !here || !h.sameRun(c) {
			return err == nil, err
		}
		if h.Process.PID != 0 {
			if alive, err := h.Process.Alive(); err != nil || !alive {
				return err == nil, err
			}
		}
		if !clock.Pause(limit, looksEvery) {
			return false, ctx.Err()
		}
	}
}

// stopsWithin bounds a stop that kills after so many seconds.
func stopsWithin(timeout int) time.Duration {
	return time.Duration(timeout)*time.Second + answersWithin
}
