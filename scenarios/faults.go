package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/journal"
	"github.com/failurefriday/friday/verify"
)

const effectWithin = 30 * time.Second // a fault that is not in force by then never took effect

// faults are the changes of one step, from the journal to the last look.
type faults struct {
	run     *runner
	step    int
	changes []PlannedChange

	mu       sync.Mutex
	intended bool            // the undo of every change is on disk
	tried    map[string]bool // by id: it was made, or half made
	injected []PlannedChange // the same, in the order in which they were made
	active   map[string]bool
	looked   map[string]bool
	written  map[string]time.Time
	renewal  map[string]bool // by id: the last renewal of its lease failed, and that was told
	inForce  chan struct{}   // closed when the first fault was seen in force
	since    time.Time       // when that was; read it once inForce is closed
	once     sync.Once
}

func (r *runner) newFaults(step int, changes []PlannedChange) *faults {
	return &faults{
		run: r, step: step, changes: changes, inForce: make(chan struct{}), tried: map[string]bool{},
		active: map[string]bool{}, looked: map[string]bool{}, written: map[string]time.Time{}, renewal: map[string]bool{},
	}
}

// inject writes every undo to disk in one go and then makes the changes: one attack after the other, and the changes of
// one attack as many at once as its kind allows. It begins no more after the first failure: what was made until then is
// reverted by the caller.
func (f *faults) inject(ctx context.Context, limit time.Time) error {
	entries := make([]journal.Entry, len(f.changes))
	for i, c := range f.changes {
		entries[i] = journal.Entry{ID: c.ID, Change: c.Change, Deadline: limit}
	}
	if err := f.run.undo.Journal.Intend(entries...); err != nil {
		return fmt.Errorf("nothing was touched: %w", err)
	}
	f.intended = true
	for _, c := range f.changes {
		f.tell(verify.FaultIntent, c, nil)
	}
	for _, group := range byAttack(f.changes) {
		if err := together(group, func(c PlannedChange) error { return f.make(ctx, c) }); err != nil {
			return err
		}
	}
	return nil
}

// byAttack cuts changes into those of one attack each, which stand next to each other.
func byAttack(changes []PlannedChange) [][]PlannedChange {
	var groups [][]PlannedChange
	for i, c := range changes {
		if i > 0 && changes[i-1].Attack.Attack == c.Attack.Attack {
			last := len(groups) - 1
			groups[last] = append(groups[last], c)
			continue
		}
		groups = append(groups, []PlannedChange{c})
	}
	return groups
}

// together calls f for the changes of one attack, as many at once as its kind allows, and begins no more after the first
// error.
func together(changes []PlannedChange, f func(PlannedChange) error) error {
	group, failed := errgroup.WithContext(context.Background())
	group.SetLimit(max(1, changes[0].Attack.AtOnce))
	for _, c := range changes {
		group.Go(func() error {
			if failed.Err() != nil {
				return nil
			}
			return f(c)
		})
	}
	return group.Wait()
}

// make makes one change, unless the run was stopped meanwhile.
func (f *faults) make(ctx context.Context, c PlannedChange) error {
	if ctx.Err() != nil {
		return nil // the abort is recorded by who caused it
	}
	err := c.Attack.Attack.Inject(ctx, c.Change)
	jerr := f.run.undo.Journal.Injected(c.ID, err)
	f.tell(verify.FaultMade, c, err) // before anybody looks at it
	f.mu.Lock()
	f.injected = append(f.injected, c) // a failed injection may be half made: it is reverted too
	f.tried[c.ID] = true
	f.mu.Unlock()
	if err != nil {
		return fmt.Errorf("cannot inject %s into %s: %w", c.Kind, c.Target, err)
	}
	if w, ok := c.Attack.Attack.(attacks.Witness); ok && w.Witnessed() {
		f.saw(c, true, nil, false)
	}
	return jerr
}

// made are the changes that were made, or half made, so far.
func (f *faults) made() []PlannedChange {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.injected)
}

func (f *faults) tell(t verify.Type, c PlannedChange, err error) {
	f.run.emit(faultEvent(t, f.step, c, err))
}

func faultEvent(t verify.Type, step int, c PlannedChange, err error) verify.Event {
	e := verify.Event{Type: t, Step: step, Fault: &verify.FaultEvent{ID: c.ID, Kind: c.Kind, Target: c.Target}}
	if err != nil {
		e.Error = err.Error()
	}
	return e
}

// note writes a warning about something that is no reason to stop.
func (r *runner) note(err error) {
	if err != nil {
		r.emit(verify.Event{Type: verify.Warned, Text: err.Error()})
	}
}

var errInForce = errors.New("still in force after the revert")
