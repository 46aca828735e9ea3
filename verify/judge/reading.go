package judge

import (
	"time"

	"github.com/failurefriday/friday/verify"
)

// reading is a history sorted by what it speaks of. Nothing in it is judged yet.
type reading struct {
	events    []verify.Event
	run       verify.RunInfo
	plan      verify.PlanInfo
	steps     []*step
	baseline  []verify.Incident
	incidents []*incident // in the order in which they were first seen
	byID      map[string]*incident
	polls     map[string][]poll
	offsets   map[string]time.Duration
	pulses    map[pulseKey][]pulse
	evidence  []traced
	abort     *Abort
	residue   []Residue
	warnings  []string
	started   time.Time
	finished  time.Time
}

type step struct {
	verify.StepPlan
	index     int // from 1
	begun     bool
	started   time.Time
	holdEnd   time.Time
	holdWhy   string
	healthy   time.Time
	unhealthy string
	ended     time.Time
	faults    []*fault
}

type fault struct {
	verify.FaultPlan
	injected time.Time
	reverted time.Time
	samples  []sample
	again    int
	err      string
}

type sample struct {
	at      time.Time
	active  bool
	unknown bool
}

// incident is one incident in all the states in which it was seen, the last one kept.
type incident struct {
	verify.Incident
	firstSeen    time.Time
	before       time.Time // the last look that did not show it
	resolvedSeen time.Time // the first look that showed it resolved
	// earliest and opened bound and estimate the opening, by our clock; resolved does so for the closing.
	earliest, opened, resolved time.Time
}

type poll struct {
	asked, done time.Time
	err         string
	requests    int
}

type pulseKey struct {
	role verify.Role
	name string
}

type pulse struct {
	at      time.Time
	step    int
	ok      bool
	unknown bool
	subject string
	detail  string
}

type traced struct {
	verify.Evidence
	step int // 0: seen while planning
}

// read sorts a history. Whatever does not belong is left out: a reader of damaged files must not fall over.
func read(events []verify.Event) *reading {
	r := &reading{
		events: events, byID: map[string]*incident{}, polls: map[string][]poll{}, offsets: map[string]time.Duration{},
		pulses: map[pulseKey][]pulse{},
	}
	for _, e := range events {
		r.take(e)
	}
	for _, in := range r.incidents {
		in.place(r.offsets[in.Source])
		in.placeResolved(r.offsets[in.Source])
	}
	return r
}

func (r *reading) take(e verify.Event) {
	switch e.Type {
	case verify.RunStarted:
		r.started = e.At
		if e.Run != nil {
			r.run = *e.Run
		}
	case verify.RunPlanned:
		if e.Plan != nil {
			r.takePlan(*e.Plan)
		}
	case verify.RunEnded:
		r.finished = e.At
	case verify.Aborted:
		if r.abort == nil && e.Abort != nil {
			r.abort = &Abort{At: e.At, By: e.Abort.By, Reason: e.Abort.Reason}
		}
	case verify.Warned:
		r.warnings = append(r.warnings, e.Text)
	case verify.Polled, verify.SourceReady, verify.BaselineSeen:
		r.takePoll(e)
	case verify.IncidentSeen:
		r.takeIncident(e)
	case verify.PulseTaken:
		if p := e.Pulse; p != nil {
			key := pulseKey{p.Role, p.Name}
			r.pulses[key] = append(r.pulses[key], pulse{e.At, e.Step, p.OK, e.Error != "", p.Subject, p.Detail})
		}
	case verify.Traced:
		if e.Evidence != nil {
			r.evidence = append(r.evidence, traced{*e.Evidence, e.Step})
		}
	default:
		r.takeStep(e)
	}
}

func (r *reading) takePlan(p verify.PlanInfo) {
	r.plan, r.steps = p, nil
	for i, s := range p.Steps {
		made := &step{StepPlan: s, index: i + 1}
		for _, f := range s.Faults {
			made.faults = append(made.faults, &fault{FaultPlan: f})
		}
		r.steps = append(r.steps, made)
	}
}

func (r *reading) takePoll(e verify.Event) {
	if e.Poll == nil {
		return
	}
	p := e.Poll
	if p.OffsetKnown {
		r.offsets[p.Source] = p.Offset.Duration()
	}
	if e.Type == verify.Polled {
		r.polls[p.Source] = append(r.polls[p.Source], poll{p.Asked, e.At, e.Error, p.Requests})
	}
}

func (r *reading) takeIncident(e verify.Event) {
	if e.Incident == nil {
		return
	}
	seen := e.Incident
	if seen.Baseline {
		r.baseline = append(r.baseline, seen.Incident)
		return
	}
	id := seen.Source + "\x00" + seen.ID
	if known := r.byID[id]; known != nil {
		known.Incident = seen.Incident
		known.noteResolved(e.At)
		return
	}
	in := &incident{Incident: seen.Incident, firstSeen: e.At, before: seen.Before}
	in.noteResolved(e.At)
	r.byID[id] = in
	r.incidents = append(r.incidents, in)
}

// takeStep takes the events of a step and of its faults.
func (r *reading) takeStep(e verify.Event) {
	if e.Step < 1 || e.Step > len(r.steps) {
		return
	}
	s := r.steps[e.Step-1]
	switch e.Type {
	case verify.StepStarted:
		s.begun, s.started = true, e.At
	case verify.HoldEnded:
		s.holdEnd, s.holdWhy = e.At, e.Text
	case verify.Restored:
		s.healthy = e.At
	case verify.NotRestored:
		s.unhealthy = e.Text
	case verify.StepEnded:
		s.ended = e.At
	default:
		if e.Fault != nil {
			r.takeFault(s, e)
		}
	}
}

func (r *reading) takeFault(s *step, e verify.Event) {
	f := s.fault(*e.Fault)
	switch e.Type {
	case verify.FaultIntent:
		// The targets were resolved anew: what counts is what was really meant.
		f.Target = e.Fault.Target
	case verify.FaultMade:
		f.injected, f.err = e.At, e.Error
	case verify.FaultLook:
		f.samples = append(f.samples, sample{e.At, e.Fault.Active, e.Error != ""})
	case verify.FaultAgain:
		f.again += e.Fault.Hits
	case verify.FaultUndone:
		f.reverted = e.At
		if e.Error != "" {
			f.err = e.Error
		}
	case verify.Residue:
		r.residue = append(r.residue, Residue{Fault: f.Kind, Target: f.Target, Why: e.Error})
	default:
	}
}

// fault is the fault of that id; one that the plan did not know is added.
func (s *step) fault(e verify.FaultEvent) *fault {
	for _, f := range s.faults {
		if f.ID == e.ID {
			return f
		}
	}
	f := &fault{FaultPlan: verify.FaultPlan{ID: e.ID, Kind: e.Kind, Target: e.Target}}
	s.faults = append(s.faults, f)
	return f
}

// place works out when the incident was opened, by our clock. A time stamp of whole seconds has been cut off: the truth
// lies in the second that it begins, and the last look that did not show the incident narrows it.
func (in *incident) place(offset time.Duration) {
	in.earliest = in.Opened.Add(-offset)
	in.opened = in.earliest
	if in.Opened.Nanosecond() != 0 {
		return
	}
	latest := in.earliest.Add(time.Second)
	if in.before.After(in.opened) {
		in.opened = in.before
	}
	if in.opened.After(latest) {
		in.opened = latest
	}
	if in.firstSeen.After(in.earliest) && in.opened.After(in.firstSeen) {
		in.opened = in.firstSeen
	}
}

func (in *incident) noteResolved(seen time.Time) {
	if in.Status == verify.Resolved && in.resolvedSeen.IsZero() {
		in.resolvedSeen = seen
	}
}

// placeResolved works out when the incident was closed. What was cut off to a whole second is taken to be as late as it
// may be: a recovery is never told to be earlier than it was.
func (in *incident) placeResolved(offset time.Duration) {
	if in.Resolved.IsZero() {
		return
	}
	in.resolved = in.Resolved.Add(-offset)
	if in.Resolved.Nanosecond() != 0 {
		return
	}
	latest := in.resolved.Add(time.Second)
	if in.resolvedSeen.After(in.resolved) && in.resolvedSeen.Before(latest) {
		latest = in.resolvedSeen
	}
	in.resolved = latest
}

// ours turns a time of an incident's source into one of our clock; zero stays zero.
func (r *reading) ours(source string, t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(-r.offsets[source])
}
