package judge

import (
	"slices"
	"time"

	"github.com/failurefriday/friday/verify"
)

// step is one step as it went.
type step struct {
	verify.StepPlan
	index     int // from 1
	begun     bool
	started   time.Time
	holdEnd   time.Time
	holdWhy   string
	healthy   time.Time
	unhealthy string
	residue   bool
	ended     time.Time
	faults    []*fault
	byID      map[string]*fault
}

// fault is one change as it went.
type fault struct {
	verify.FaultPlan
	injected time.Time // also if the injection failed: it may be half made
	reverted time.Time // also if the revert failed
	samples  []sample
	again    int
	effect   *verify.Effect // the last that was measured
	err      string
	undoErr  string

	meant, made, undone bool // whatever the clock said
}

// sample is one look at a fault.
type sample struct {
	at      time.Time
	active  bool
	unknown bool
}

// step is the step of that number. One that the plan does not know is added: what was broken must not get lost with a
// damaged plan.
func (r *reading) step(number int) *step {
	i := 0
	for ; i < len(r.steps) && r.steps[i].index <= number; i++ {
		if r.steps[i].index == number {
			return r.steps[i]
		}
	}
	made := &step{index: number, byID: map[string]*fault{}}
	r.steps = slices.Insert(r.steps, i, made)
	return made
}

func (r *reading) takePlan(p verify.PlanInfo) {
	r.plan = p
	for i, plan := range p.Steps {
		s := r.step(i + 1)
		s.StepPlan = plan
		for _, f := range plan.Faults {
			s.fault(verify.FaultEvent{ID: f.ID}).FaultPlan = f
		}
	}
}

// takeStep takes the events of a step and of its faults.
func (r *reading) takeStep(e verify.Event) {
	if e.Step < 1 {
		return
	}
	switch e.Type {
	case verify.StepStarted:
		s := r.step(e.Step)
		s.begun, s.started = true, e.At
	case verify.HoldEnded:
		s := r.step(e.Step)
		s.holdEnd, s.holdWhy = e.At, e.Text
	case verify.Restored:
		r.step(e.Step).healthy = e.At
	case verify.NotRestored:
		s := r.step(e.Step)
		if s.unhealthy = e.Text; e.Text == "" {
			s.unhealthy = "the steady state did not come back"
		}
	case verify.StepEnded:
		r.step(e.Step).ended = e.At
	case verify.FaultIntent, verify.FaultMade, verify.FaultLook, verify.FaultAgain, verify.FaultMeasured, verify.FaultUndone, verify.Residue:
		if e.Fault != nil {
			r.takeFault(r.step(e.Step), e)
		}
	default:
	}
}

func (r *reading) takeFault(s *step, e verify.Event) {
	f := s.fault(*e.Fault)
	s.begun = true
	switch e.Type {
	case verify.FaultIntent:
		// The targets were resolved anew: what counts is what was really meant.
		f.meant, f.Target = true, e.Fault.Target
	case verify.FaultMade:
		f.made, f.injected, f.err = true, e.At, e.Error
	case verify.FaultLook:
		f.samples = append(f.samples, sample{e.At, e.Fault.Active, e.Error != ""})
	case verify.FaultAgain:
		f.again += e.Fault.Hits
	case verify.FaultMeasured:
		f.effect = e.Fault.Effect
	case verify.FaultUndone:
		f.undone, f.reverted, f.undoErr = true, e.At, e.Error
	case verify.Residue:
		why := e.Error
		if why == "" {
			why = "still in force after the revert"
		}
		s.residue = true
		r.residue = append(r.residue, Residue{Fault: f.Kind, Target: f.Target, Why: why})
	default:
	}
}

// fault is the fault of that id; one that the plan did not know is added.
func (s *step) fault(e verify.FaultEvent) *fault {
	f := s.byID[e.ID]
	if f == nil {
		f = &fault{FaultPlan: verify.FaultPlan{ID: e.ID, Kind: e.Kind, Target: e.Target}}
		s.byID[e.ID] = f
		s.faults = append(s.faults, f)
	}
	return f
}

// until is when the next step began, zero if none did: what is opened from then on is not of this step.
func (r *reading) until(s *step) time.Time {
	for _, next := range r.steps {
		if next.index > s.index && !next.started.IsZero() {
			return next.started
		}
	}
	return time.Time{}
}

// readTo is when the source was last asked with success while the step went on.
func (r *reading) readTo(source string, s *step) time.Time {
	// A poll of another step asks for what was opened since that step began, and tells nothing of this one.
	in, outside := r.looks[lookKey{source, s.index}].readTo, r.looks[lookKey{source, 0}].readTo
	if outside.After(in) {
		return outside
	}
	return in
}
