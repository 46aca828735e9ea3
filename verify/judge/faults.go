package judge

import (
	"fmt"
	"time"

	"github.com/failurefriday/friday/verify"
)

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

func (f *fault) inForce() time.Time {
	for _, s := range f.samples {
		if s.active && !s.unknown {
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
		if f.reverted.After(last) {
			last = f.reverted
		}
	}
	return last
}

// down adds up how long the fault was seen in force between two moments, and how long it could be looked at. Between two
// looks the earlier one holds.
func (f *fault) down(from, to time.Time) (active, looked time.Duration) {
	for i, s := range f.samples {
		end := to
		if i+1 < len(f.samples) {
			end = f.samples[i+1].at
		}
		begin := s.at
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		if s.unknown || !end.After(begin) {
			continue
		}
		looked += end.Sub(begin)
		if s.active {
			active += end.Sub(begin)
		}
	}
	return active, looked
}

// activeAt reports whether a fault of the step was seen in force at the last look before a moment.
func (s *step) activeAt(t time.Time) bool {
	for _, f := range s.faults {
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
func (r *reading) void(s *step, deadline time.Time) string {
	from := r.inForce(s)
	if from.IsZero() {
		for _, f := range s.faults {
			if f.err != "" {
				return fmt.Sprintf("the fault was not made: %s", f.err)
			}
		}
		return "the fault never took effect"
	}
	to := deadline
	if end := s.holdEnd; !end.IsZero() && end.Before(to) {
		to = end
	}
	if !s.Momentary {
		if why := s.healed(from, to); why != "" {
			return why
		}
	}
	if len(r.plan.Steady) > 0 && r.symptom(s).IsZero() {
		return "no steady-state probe turned red: nothing shows that the service was hurt"
	}
	return ""
}

// healed says that no fault was in force for long enough.
func (s *step) healed(from, to time.Time) string {
	var most, of time.Duration
	for _, f := range s.faults {
		active, looked := f.down(from, to)
		if looked > 0 && active >= most {
			most, of = active, looked
		}
	}
	if of > 0 && float64(most) < enough*float64(of) {
		return fmt.Sprintf("the fault healed too soon: it was in force for %s of %s (sustain: true holds it, momentary: true accepts it)",
			verify.Seconds(most), verify.Seconds(of))
	}
	return ""
}

// symptom is the first red pulse of a steady-state probe between the injection and the revert.
func (r *reading) symptom(s *step) time.Time {
	from, to := s.injected(), s.reverted()
	var first time.Time
	for _, name := range r.plan.Steady {
		for _, p := range r.pulses[pulseKey{verify.Steady, name}] {
			late := !to.IsZero() && p.at.After(to)
			if p.step == s.index && !p.ok && !p.unknown && !from.IsZero() && !p.at.Before(from) && !late && (first.IsZero() || p.at.Before(first)) {
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
		end := f.reverted
		if end.IsZero() {
			end = s.ended
		}
		records[i] = Fault{
			ID: f.ID, Kind: f.Kind, Target: f.Target, Injected: f.injected, InForce: f.inForce(), Reverted: f.reverted,
			Again: f.again, Error: f.err,
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
