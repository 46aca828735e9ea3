package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/failurefriday/friday/attacks"
)

// grace is what a verb of an attack gets to notice that its time is up.
const grace = time.Second

// bounded calls a verb of an attack with a time limit. One that does not keep to it, or panics, has failed: it must not
// keep the others from being called. Cancelling ctx does not stop halfway what has begun.
func bounded(ctx context.Context, limit time.Duration, verb func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	answer := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				answer <- fmt.Errorf("the attack panicked: %v", p)
			}
		}()
		answer <- verb(ctx)
	}()
	late := time.NewTimer(limit + grace)
	defer late.Stop()
	select {
	case err := <-answer:
		return err
	case <-late.C:
		return fmt.Errorf("no answer within %s", limit)
	}
}

// untilGone returns nil once a change is not in force, or why that could not be seen within the bound. When ctx is
// cancelled it looks just once more.
func untilGone(ctx, bound context.Context, a attacks.Attack, c attacks.Change) error {
	var last error
	for {
		active, err := a.Active(bound, c)
		switch {
		case err == nil && !active:
			return nil
		case last != nil && bound.Err() != nil:
			return last // a look that was cut short says less than the one before
		case err != nil:
			last = fmt.Errorf("cannot see whether it is still in force: %w", err)
		default:
			last = errors.New("still in force after the revert")
		}
		select {
		case <-ctx.Done():
			return last
		case <-bound.Done():
			return last
		case <-time.After(lookEvery):
		}
	}
}
