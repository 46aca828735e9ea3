package scenarios

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/clock"
	"github.com/failurefriday/friday/verify"
)

const (
	firstPulses = 10 * time.Second // all probes must have been looked at once by then
	greenTimes  = 2                // green pulses in a row that make a steady state
	afterward   = 3 * time.Second  // time for a page that was opened in time to become visible
)

// step runs one step. It reports whether the next one may go on: only from a healthy system, and only if nobody has
// stopped the run.
func (r *runner) step(ctx context.Context, number int, s *PlannedStep) (goOn bool) {
	r.emit(verify.Event{Type: verify.StepStarted, Step: number, Text: s.Name})
	defer func() { r.emit(verify.Event{Type: verify.StepEnded, Step: number}) }()

	// What watches goes on watching while the faults are reverted, abort or not.
	watching, enough := context.WithCancel(context.WithoutCancel(ctx))
	looked, waitPulses := r.takePulses(watching, number, s)
	w := r.watchSources(watching, number)
	defer func() { enough(); waitPulses(); w.wait() }()

	f, err := r.ready(ctx, number, s, looked)
	if err == nil {
		err = r.breakAndHold(ctx, number, s, f, w)
	}
	if err != nil {
		r.stop(&Stop{verify.ByFailure, err.Error()})
	}
	r.recordAbort(ctx)
	if f == nil {
		return false
	}
	healthy := r.mend(ctx, number, s, f)
	if ctx.Err() == nil && healthy {
		r.awaitResolved(ctx, number, s, w)
	}
	r.recordAbort(ctx)
	return healthy && ctx.Err() == nil
}

// ready resolves the targets anew, as an earlier step may have replaced them, and sees that the steady state is green.
func (r *runner) ready(ctx context.Context, number int, s *PlannedStep, looked <-chan struct{}) (*faults, error) {
	if !r.plan.Control {
		changes, err := r.plan.PlanAttacks(ctx, number, s.Step)
		if err != nil {
			return nil, fmt.Errorf("cannot plan the step again: %w", err)
		}
		s.Changes = changes
	}
	limit := time.NewTimer(firstPulses)
	defer limit.Stop()
	select {
	case <-looked:
	case <-limit.C:
		return nil, fmt.Errorf("the probes have not all answered within %s: nothing was touched", firstPulses)
	case <-ctx.Done():
		return nil, nil
	}
	if red := r.red(1); len(red) > 0 {
		return nil, fmt.Errorf("the steady state is red before the attack: %s", strings.Join(red, ", "))
	}
	return r.newFaults(number, s.Changes), nil
}

// breakAndHold injects, and holds until every answer is known or the hold is over.
func (r *runner) breakAndHold(ctx context.Context, number int, s *PlannedStep, f *faults, w *watch) error {
	w.baseline(ctx)
	if err := ctx.Err(); err != nil {
		return nil
	}
	settle := min(effectWithin, s.Hold)
	// After the hold there is still the revert, and the time that a supervisor may take to bring the target back.
	limit := time.Now().Add(settle + s.Hold + r.plan.recoverWithin(s.Step) + r.plan.Config.Limits.Margin)
	sampling, enough := context.WithCancel(ctx)
	var sampler sync.WaitGroup
	defer func() { enough(); sampler.Wait() }()
	began := time.Now()
	w.faultAt(began, s)
	if len(s.Changes) > 0 {
		sampler.Go(func() { f.keep(sampling) }) // what was made first must be kept while the rest is being made
		if err := f.inject(ctx, limit); err != nil {
			return err
		}
		began = r.awaitEffect(ctx, f, settle)
	}
	if began.IsZero() {
		r.emit(verify.Event{Type: verify.HoldEnded, Step: number, Text: fmt.Sprintf("the fault was not seen in force within %s", settle)})
		return nil
	}
	w.faultAt(began, s)
	w.inForce(began)
	why := r.hold(ctx, number, s, w, began)
	f.look(ctx, true)
	f.measure(context.WithoutCancel(ctx))
	w.trace(ctx, number)
	r.emit(verify.Event{Type: verify.HoldEnded, Step: number, Text: why})
	return nil
}

// awaitEffect returns the moment at which the first fault was seen in force, or the zero time.
func (r *runner) awaitEffect(ctx context.Context, f *faults, within time.Duration) time.Time {
	t := time.NewTimer(within)
	defer t.Stop()
	select {
	case <-f.inForce:
		return f.since
	case <-t.C:
	case <-ctx.Done():
	}
	return time.Time{}
}

// hold waits until nothing more can be learnt from holding, and says why it ended.
func (r *runner) hold(ctx context.Context, number int, s *PlannedStep, w *watch, began time.Time) string {
	over := time.NewTimer(time.Until(began.Add(s.Hold)))
	defer over.Stop()
	for {
		select {
		case <-ctx.Done():
			return "the run was stopped"
		case <-over.C:
			r.lookPastDeadlines(ctx, s, w, began)
			return fmt.Sprintf("the hold of %s is over", s.Hold)
		case <-w.news:
			if waiting := w.waiting(number); len(waiting) == 0 {
				return "every answer is known"
			}
		}
	}
}

// lookPastDeadlines makes sure that each source was read once after the last deadline: a page is only missing if
// somebody looked after it was due. A source that lags a little gets a moment more.
func (r *runner) lookPastDeadlines(ctx context.Context, s *PlannedStep, w *watch, began time.Time) {
	if len(w.pollers) == 0 {
		return
	}
	end := time.Now()
	for _, e := range s.Expect {
		for _, span := range []verify.Seconds{e.Within, e.Notified, e.Acknowledged} {
			if due := began.Add(span.Duration()); due.After(end) {
				end = due
			}
		}
	}
	ctx, cancel := context.WithDeadline(ctx, end.Add(afterward))
	defer cancel()
	w.kick()
	for !w.readAfter(end) && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-w.news:
		}
	}
}

// mend reverts the faults and waits until the steady state is green again.
func (r *runner) mend(ctx context.Context, number int, s *PlannedStep, f *faults) (healthy bool) {
	f.revert(ctx)
	r.restartCounts()
	within := r.plan.recoverWithin(s.Step)
	limit := time.Now().Add(within)
	clean := f.settle(ctx, within)
	for {
		red := r.red(greenTimes)
		if clean && len(red) == 0 {
			r.emit(verify.Event{Type: verify.Restored, Step: number, Text: "nothing is in force and the steady state is green"})
			return true
		}
		if !clean || time.Now().After(limit) {
			text := "a fault is still in force"
			if len(red) > 0 {
				text = fmt.Sprintf("not healthy within %s after the revert: %s", within, strings.Join(red, ", "))
			}
			r.emit(verify.Event{Type: verify.NotRestored, Step: number, Text: text})
			return false
		}
		clock.Pause(context.WithoutCancel(ctx), 20*time.Millisecond)
	}
}

// awaitResolved waits for the incidents to be resolved, where that is expected.
func (r *runner) awaitResolved(ctx context.Context, number int, s *PlannedStep, w *watch) {
	var longest time.Duration
	for _, e := range s.Expect {
		longest = max(longest, e.Resolves.Duration())
	}
	if longest == 0 {
		return
	}
	healthy := time.Now()
	ctx, cancel := context.WithDeadline(ctx, healthy.Add(longest+afterward))
	defer cancel()
	w.kick()
	for {
		if !w.unresolved(number) {
			return
		}
		if w.readAfter(healthy.Add(longest)) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-w.news:
		}
	}
}
