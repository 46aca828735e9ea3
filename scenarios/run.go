package scenarios

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/failurefriday/friday/attacks/journal"
	"github.com/failurefriday/friday/verify"
)

// Stop is the cause with which the context of a run is cancelled: who stopped it and why. A context that is cancelled
// with another cause counts as a signal.
type Stop struct {
	By     verify.Cause
	Reason string
}

// Error says who stopped the run.
func (s *Stop) Error() string { return fmt.Sprintf("stopped by %s: %s", s.By, s.Reason) }

// Undo is the part of a run that must not fail: the write-ahead journal and the guard behind it.
type Undo struct {
	Journal *journal.Journal
	Guard   *journal.Guard
}

// Run executes a plan. Whatever happens, every fault is reverted before it returns, and history holds what was seen.
// Cancelling ctx, best with a *Stop as its cause, reverts everything and ends the run. The error is only for what the
// history could not take; verdicts come from judging the history.
func Run(ctx context.Context, p *Plan, undo Undo, history *History) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &runner{plan: p, undo: undo, history: history, stop: cancel, pulses: map[string]*pulseState{}}
	r.emit(verify.Event{Type: verify.RunStarted, Run: &p.Run})
	r.emit(verify.Event{Type: verify.RunPlanned, Plan: &p.Info})
	r.recordPlanning()
	go r.watchGuard(ctx)
	for i := range p.Steps {
		if !r.step(ctx, i+1, &p.Steps[i]) {
			break
		}
	}
	r.recordAbort(ctx)
	r.emit(verify.Event{Type: verify.RunEnded})
	return r.failed()
}

// runner is the state of one run.
type runner struct {
	plan    *Plan
	undo    Undo
	history *History
	stop    context.CancelCauseFunc

	mu      sync.Mutex
	pulses  map[string]*pulseState // by role and name
	broken  error                  // the history could not be written
	aborted bool                   // the abort is in the history
}

// emit writes an event. A history that cannot be written stops the run: what nobody can read proves nothing.
func (r *runner) emit(e verify.Event) {
	if err := r.history.Add(e); err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.broken == nil {
			r.broken = err
			r.stop(&Stop{verify.ByFailure, err.Error()})
		}
	}
}

func (r *runner) failed() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.broken
}

func (r *runner) recordPlanning() {
	for _, e := range r.plan.Seen {
		r.emit(e)
	}
	for _, e := range r.plan.Evidence {
		r.emit(verify.Event{Type: verify.Traced, Evidence: &e})
	}
	for _, w := range r.plan.Info.Warnings {
		r.emit(verify.Event{Type: verify.Warned, Text: w})
	}
	if r.undo.Guard != nil {
		r.emit(verify.Event{Type: verify.GuardArmed, Text: fmt.Sprintf("guard armed (pid %d)", r.undo.Guard.PID())})
	}
}

// watchGuard stops the run when the guard dies: from then on nobody would undo the fault if the runner died as well.
func (r *runner) watchGuard(ctx context.Context) {
	if r.undo.Guard == nil {
		return
	}
	select {
	case <-ctx.Done():
	case <-r.undo.Guard.Done():
		r.stop(&Stop{verify.ByGuard, "the guard died, so nobody would undo the fault if the runner died too"})
	}
}

// recordAbort writes down, once, why the run was stopped before its time.
func (r *runner) recordAbort(ctx context.Context) {
	if ctx.Err() == nil {
		return
	}
	r.mu.Lock()
	done := r.aborted
	r.aborted = true
	r.mu.Unlock()
	if done {
		return
	}
	stop := &Stop{By: verify.BySignal, Reason: "interrupted"}
	errors.As(context.Cause(ctx), &stop)
	r.emit(verify.Event{Type: verify.Aborted, Text: stop.Reason, Abort: &verify.AbortEvent{By: stop.By, Reason: stop.Reason}})
}
