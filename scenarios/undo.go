package scenarios

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/failurefriday/friday/internal/clock"
	"github.com/failurefriday/friday/verify"
)

const revertWithin = 30 * time.Second // bound on one revert

// revert undoes all that was injected: the last attack first, and the changes of one attack as many at once as its kind
// allows, each with its own time limit. One failure does not stop the rest. It runs on a context of its own: being
// interrupted is no reason not to clean up.
func (f *faults) revert(ctx context.Context) {
	injected := f.made()
	slices.Reverse(injected)
	for _, group := range byAttack(injected) {
		_ = together(group, func(c PlannedChange) error {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), revertWithin)
			defer cancel()
			f.tell(verify.FaultUndone, c, c.Attack.Attack.Revert(ctx, c.Change))
			return nil // it is told, and the others are reverted all the same
		})
	}
}

// settle looks until no fault is in force any more, for at most the given time, and closes the accounts of each change
// with the journal. What is still in force is residue.
func (f *faults) settle(ctx context.Context, within time.Duration) (clean bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	clean = true
	for _, c := range f.changes {
		if !f.intended {
			break
		}
		if c.Irreversible || !f.tried[c.ID] { // nothing of ours to undo, or never made: an earlier one failed
			f.run.note(f.run.undo.Journal.Reverted(c.ID, nil))
			continue
		}
		err := untilGone(ctx, c)
		if err != nil {
			clean = false
			f.tell(verify.Residue, c, err)
		}
		f.run.note(f.run.undo.Journal.Reverted(c.ID, err))
	}
	return clean
}

// untilGone returns nil once the change is not in force, or why that could not be seen in time.
func untilGone(ctx context.Context, c PlannedChange) error {
	var last error
	for {
		active, err := c.Attack.Attack.Active(context.WithoutCancel(ctx), c.Change)
		switch {
		case err != nil:
			last = fmt.Errorf("cannot see whether it is still in force: %w", err)
		case active:
			last = errInForce
		default:
			return nil
		}
		if !clock.Pause(ctx, 20*time.Millisecond) {
			return last
		}
	}
}
