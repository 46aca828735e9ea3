package scenarios

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/journal"
	"github.com/failurefriday/friday/internal/clock"
	"github.com/failurefriday/friday/verify"
)

const (
	firstLooks   = 5 * time.Millisecond   // pace of the looks at a fault until it is in force
	sampleEvery  = 100 * time.Millisecond // and from then on
	effectWithin = 30 * time.Second       // a fault that is not in force by then never took effect
	revertWithin = 30 * time.Second       // bound on one revert
)

// faults are the changes of one step, from the journal to the last look.
type faults struct {
	run     *runner
	step    int
	changes []PlannedChange

	mu       sync.Mutex
	intended bool // the undo of every change is on disk
	injected []PlannedChange
	active   map[string]bool
	looked   map[string]bool
	written  map[string]time.Time
	inForce  chan struct{} // closed when the first fault was seen in force
	once     sync.Once
}

func (r *runner) newFaults(step int, changes []PlannedChange) *faults {
	return &faults{
		run: r, step: step, changes: changes, inForce: make(chan struct{}),
		active: map[string]bool{}, looked: map[string]bool{}, written: map[string]time.Time{},
	}
}

// inject writes every undo to disk in one go and then makes the changes, one after the other. It stops at the first
// failure: what was made until then is reverted by the caller.
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
	for _, c := range f.changes {
		if ctx.Err() != nil {
			return nil // the abort is recorded by who caused it
		}
		err := c.Attack.Attack.Inject(ctx, c.Change)
		f.mu.Lock()
		f.injected = append(f.injected, c) // a failed injection may be half made: it is reverted too
		f.mu.Unlock()
		jerr := f.run.undo.Journal.Injected(c.ID, err)
		f.tell(verify.FaultMade, c, err)
		if err != nil {
			return fmt.Errorf("cannot inject %s into %s: %w", c.Kind, c.Target, err)
		}
		if jerr != nil {
			return jerr
		}
	}
	return nil
}

// sample looks at the injected faults until ctx is done: fast until one is in force, then at a steady pace, striking
// again where the attack is sustained.
func (f *faults) sample(ctx context.Context) {
	for pace := firstLooks; clock.Pause(ctx, pace); {
		f.look(ctx, false)
		f.sustain(ctx)
		select {
		case <-f.inForce:
			pace = sampleEvery
		default:
			pace = min(2*pace, sampleEvery)
		}
	}
}

// look asks every injected change whether it is in force, and writes down what is new, or everything if asked to.
func (f *faults) look(ctx context.Context, all bool) (inForce []string) {
	f.mu.Lock()
	injected := slices.Clone(f.injected)
	f.mu.Unlock()
	for _, c := range injected {
		active, err := c.Attack.Attack.Active(ctx, c.Change)
		if ctx.Err() != nil {
			return inForce
		}
		if err != nil || active {
			inForce = append(inForce, c.Target)
		}
		if f.fresh(c.ID, active, err) || all {
			e := faultEvent(verify.FaultLook, f.step, c, err)
			e.Fault.Active = active && err == nil
			f.run.emit(e)
		}
		if active && err == nil {
			f.once.Do(func() { close(f.inForce) })
		}
	}
	return inForce
}

// fresh reports whether a look says something new.
func (f *faults) fresh(id string, active bool, err error) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	now, looked := time.Now(), err == nil
	_, known := f.active[id]
	if known && f.active[id] == active && f.looked[id] == looked && now.Sub(f.written[id]) < heartbeat {
		return false
	}
	f.active[id], f.looked[id], f.written[id] = active, looked, now
	return true
}

// sustain strikes again at what a supervisor has brought back.
func (f *faults) sustain(ctx context.Context) {
	f.mu.Lock()
	injected := slices.Clone(f.injected)
	f.mu.Unlock()
	for _, c := range injected {
		if !c.Sustained || ctx.Err() != nil {
			continue
		}
		hits, err := c.Attack.Attack.(attacks.Sustainer).Sustain(ctx, c.Change)
		if hits > 0 || (err != nil && ctx.Err() == nil) {
			e := faultEvent(verify.FaultAgain, f.step, c, err)
			e.Fault.Hits = hits
			f.run.emit(e)
		}
	}
}

// revert undoes all that was injected, last first, each with its own time limit; one failure does not stop the rest.
// It runs on a context of its own: being interrupted is no reason not to clean up.
func (f *faults) revert(ctx context.Context) {
	f.mu.Lock()
	injected := slices.Clone(f.injected)
	f.mu.Unlock()
	slices.Reverse(injected)
	for _, c := range injected {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), revertWithin)
		err := c.Attack.Attack.Revert(ctx, c.Change)
		cancel()
		f.tell(verify.FaultUndone, c, err)
	}
}

// settle looks until no fault is in force any more, for at most the given time, and closes the accounts of each change
// with the journal. What is still in force is residue.
func (f *faults) settle(ctx context.Context, within time.Duration) (clean bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	clean = true
	for i, c := range f.changes {
		if !f.intended {
			break
		}
		if c.Irreversible || i >= len(f.injected) { // nothing of ours to undo, or never made: an earlier one failed
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
			last = fmt.Errorf("still in force after the revert")
		default:
			return nil
		}
		if !clock.Pause(ctx, 20*time.Millisecond) {
			return last
		}
	}
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
