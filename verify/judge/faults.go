package judge

import (
	"fmt"
	"time"

	"github.com/failurefriday/friday/verify"
)

// injected is when something was broken for the first time; zero if nothing was.
func (r *reading) injected() (first time.Time) {
	for _, s := range r.steps {
		for _, f := range s.faults {
			if !f.injected.IsZero() && (first.IsZero() || f.injected.Before(first)) {
				first = f.injected
			}
		}
	}
	return first
}

// inForce is the first moment at which a fault of the step was seen in force; zero if none was. In a negative control
// there is no fault, and everything counts from the start of the step.
func (r *reading) inForce(s *step) time.Time {
	if r.run.Control {
		return s.started
	}
	var first time.Time
	for _, f := range s.faults {
		if at := f.inForce(); !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// inForce is the first look after the injection that saw the fault in force.
func (f *fault) inForce() time.Time {
	if f.injected.IsZero() {
		return time.Time{}
	}
	for _, s := range f.samples {
		if s.active && !s.unknown && !s.at.Before(f.injected) {
			return s.at
		}
	}
	return time.Time{}
}

// injected is when the first fault was made, whether or not it took effect.
func (s *step) injected() time.Time {
	var first time.Time
	for _, f := range s.faults {
		if !f.injected.IsZero() && (first.IsZero() || f.injected.Before(first)) {
			first = f.injected
		}
	}
	return first
}

// reverted is when the last revert was done; zero while one is outstanding.
func (s *step) reverted() time.Time {
	var last time.Time
	for _, f := range s.faults {
		if f.injected.IsZero() {
			continue
		}
		if f.reverted.IsZero() {
			return time.Time{}
		}
		last = latest(last, f.reverted)
	}
	return last
}

// undone reports whether the history shows that nothing of the step can be in force any more.
func (r *reading) undone(s *step) bool {
	for _, f := range s.faults {
		if r.owed(s, f) {
			return false
		}
	}
	return true
}

// owed reports whether the fault may still be in force, as far as the history shows. What is beyond undoing is not owed.
func (r *reading) owed(s *step, f *fault) bool {
	died := r.finished.IsZero()
	switch {
	case f.Irreversible:
		return false
	case !f.undone && (f.made || len(f.samples) > 0):
		return true
	case !f.undone:
		// A runner that went on has told what it made; one that died may have made what it intended.
		return died && f.meant
	default:
		// After a revert that failed the runner looks again, and tells of residue.
		return died && f.undoErr != "" && s.healthy.IsZero()
	}
}

// down adds up how long the fault was seen in force between two moments, and how long it could be looked at. Between two
// looks the earlier one holds.
func (f *fault) down(from, to time.Time) (active, looked time.Duration) {
	for i, s := range f.samples {
		next := to
		if i+1 < len(f.samples) {
			next = f.samples[i+1].at
		}
		span := overlap(s.at, next, from, to)
		if s.unknown {
			continue
		}
		looked += span
		if s.active {
			active += span
		}
	}
	return active, looked
}

// overlap is how much of the stretch begin to end lies between from and to.
func overlap(begin, end, from, to time.Time) time.Duration {
	return max(0, earliest(end, to).Sub(latest(begin, from)))
}

// activeAt reports whether a fault of the step was seen in force at the last look before a moment, and had not been
// reverted by then.
func (s *step) activeAt(t time.Time) bool {
	for _, f := range s.faults {
		if f.injected.IsZero() || (!f.reverted.IsZero() && !t.Before(f.reverted)) {
			continue
		}
		active := false
		for _, look := range f.samples {
			if look.at.After(t) {
				break
			}
			active = look.active && !look.unknown
		}
		if active {
			return true
		}
	}
	return false
}

// enough is the share of the time for which a fault must have been in force for a silence to accuse anybody.
const enough = 0.5

// void says why the fault proves nothing about a page that was due by the deadline; "" if it was in force.
func (sc *scene) void(deadline time.Time) string {
	if sc.inForce.IsZero() {
		for _, f := range sc.step.faults {
			if f.err != "" {
				return "the fault was not made: " + f.err
			}
		}
		return "the fault never took effect"
	}
	to := deadline
	if end := sc.step.holdEnd; !end.IsZero() {
		to = earliest(to, end)
	}
	if !sc.step.Momentary {
		if why := sc.step.healed(sc.inForce, to); why != "" {
			return why
		}
	}
	if why := sc.step.unfelt(); why != "" {
		return why
	}
	if len(sc.plan.Steady) > 0 && sc.symptom.IsZero() {
		return "nobody noticed: no steady-state probe turned red, so nothing shows that the service was hurt"
	}
	return ""
}

// healed says that no fault was in force for long enough.
func (s *step) healed(from, to time.Time) string {
	var most, of time.Duration
	for _, f := range s.faults {
		if active, looked := f.down(from, to); looked > 0 && active >= most {
			most, of = active, looked
		}
	}
	if of > 0 && float64(most) < enough*float64(of) {
		return fmt.Sprintf("the fault healed too soon: it was in force for %s of %s (sustain: true holds it, momentary: true accepts it)",
			verify.Seconds(most), verify.Seconds(of))
	}
	return ""
}

// unfelt says that part of what was to be broken never was, or that nobody noticed any of it.
func (s *step) unfelt() string {
	var counted, missed int
	var effect string
	for _, f := range s.faults {
		if f.inForce().IsZero() {
			missed++
		}
		if f.effect != nil && f.effect.Hits == 0 {
			counted++
			effect = f.effect.Text
		}
	}
	switch {
	case missed > 0:
		return fmt.Sprintf("only %d of %d faults took effect", len(s.faults)-missed, len(s.faults))
	case counted > 0 && counted == len(s.faults):
		return "nobody felt the fault: " + effect
	default:
		return ""
	}
}

// symptom is the first red pulse of a steady-state probe between the injection and the revert.
func (r *reading) symptom(s *step) time.Time {
	from, to := s.injected(), s.reverted()
	var first time.Time
	if from.IsZero() {
		return first
	}
	for _, name := range r.plan.Steady {
		for _, p := range r.pulses[pulseKey{verify.Steady, name}] {
			late := !to.IsZero() && p.at.After(to)
			if p.step == s.index && !p.ok && !p.unknown && !p.at.Before(from) && !late && (first.IsZero() || p.at.Before(first)) {
				first = p.at
			}
		}
	}
	return first
}

// faultRecords tells how each fault went.
func (r *reading) faultRecords(s *step) []Fault {
	records := make([]Fault, len(s.faults))
	for i, f := range s.faults {
		records[i] = Fault{
			ID: f.ID, Kind: f.Kind, Target: f.Target, Injected: f.injected, InForce: f.inForce(), Reverted: f.reverted,
			Again: f.again, Effect: f.effect, Error: f.err,
		}
		if f.undoErr != "" {
			records[i].Error = f.undoErr
		}
		end := f.reverted
		if end.IsZero() {
			end = r.last()
		}
		if from := f.inForce(); !from.IsZero() {
			active, looked := f.down(from, end)
			records[i].DownFor = verify.Seconds(active)
			if looked > 0 {
				records[i].Share = float64(active) / float64(looked)
			}
		}
	}
	return records
}
