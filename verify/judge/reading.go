package judge

import (
	"cmp"
	"slices"
	"time"

	"github.com/failurefriday/friday/verify"
)

// reading is a history sorted by what it speaks of. Nothing in it is judged yet.
type reading struct {
	events    []verify.Event
	run       verify.RunInfo
	plan      verify.PlanInfo
	steps     []*step // by number
	baseline  []verify.Incident
	incidents []*incident // in the order in which they were first seen
	byID      map[incidentID]*incident
	open      map[incidentID]bool // in the baseline
	polls     map[string][]poll
	looks     map[lookKey]looks
	offsets   map[string]time.Duration
	spent     map[string]spent
	unplaced  map[string][]*incident // seen by a poll that has not told its clock offset yet
	pulses    map[pulseKey][]pulse
	evidence  map[string][]traced // by expectation; "" speaks of many
	followed  map[string]bool     // sources that followed the pages through the run
	// followLooks are the looks at the hops, up to the end of each hold.
	followLooks map[lookKey]looks
	abort       *Abort
	residue     []Residue
	warnings    []string
	started     time.Time
	finished    time.Time
}

// spent is what a source was asked for, and how much it answered.
type spent struct {
	requests int
	bytes    int64
}

// lookKey says in which step a source was looked at; step 0 is outside of all.
type lookKey struct {
	source string
	step   int
}

// looks sums up the polls of a source.
type looks struct {
	readTo time.Time // when the last one that succeeded was asked
	failed string    // why those after it failed
}

type poll struct {
	asked, done time.Time
	err         string
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
	heard   time.Time // of a canary
}

type traced struct {
	verify.Evidence
	step int  // 0: seen while planning
	late bool // seen after the hold had ended
}

// read sorts a history. Whatever does not belong is left out: a reader of damaged files must not fall over.
func read(events []verify.Event) *reading {
	r := &reading{
		events: inOrder(events), byID: map[incidentID]*incident{}, open: map[incidentID]bool{}, polls: map[string][]poll{},
		looks: map[lookKey]looks{}, offsets: map[string]time.Duration{}, spent: map[string]spent{}, unplaced: map[string][]*incident{},
		pulses: map[pulseKey][]pulse{}, evidence: map[string][]traced{}, followed: map[string]bool{}, followLooks: map[lookKey]looks{},
	}
	for _, e := range r.events {
		r.take(e)
	}
	r.incidents = slices.DeleteFunc(r.incidents, func(in *incident) bool { return r.open[in.identity()] })
	for _, in := range r.incidents {
		in.place()
		in.placeResolved()
	}
	return r
}

// inOrder is the history in the order in which it was written.
func inOrder(events []verify.Event) []verify.Event {
	bySeq := func(a, b verify.Event) int { return cmp.Compare(a.Seq, b.Seq) }
	if slices.IsSortedFunc(events, bySeq) {
		return events
	}
	return slices.SortedStableFunc(slices.Values(events), bySeq)
}

// last is when the history ends.
func (r *reading) last() time.Time {
	if len(r.events) == 0 {
		return time.Time{}
	}
	return r.events[len(r.events)-1].At
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
		r.takeAbort(e)
	case verify.Warned:
		r.warnings = append(r.warnings, e.Text)
	case verify.Polled, verify.SourceReady, verify.BaselineSeen:
		r.takePoll(e)
	case verify.IncidentSeen:
		r.takeIncident(e)
	case verify.PulseTaken:
		if p := e.Pulse; p != nil {
			key := pulseKey{p.Role, p.Name}
			r.pulses[key] = append(r.pulses[key], pulse{e.At, e.Step, p.OK, e.Error != "", p.Subject, p.Detail, p.Heard})
		}
	case verify.Traced:
		if v := e.Evidence; v != nil && v.Hop >= 0 && int(v.Hop) < len(verify.Hops()) {
			r.evidence[v.Expectation] = append(r.evidence[v.Expectation], traced{*v, e.Step, r.holdOver(e.Step)})
		}
	case verify.Followed:
		r.takeLook(e)
	default:
		r.takeStep(e)
	}
}

// takeLook takes a look at the hops.
func (r *reading) takeLook(e verify.Event) {
	if e.Poll == nil {
		return
	}
	r.followed[e.Poll.Source] = true
	r.polls[e.Poll.Source] = append(r.polls[e.Poll.Source], poll{e.Poll.Asked, e.At, e.Error})
	r.spend(*e.Poll)
	if r.holdOver(e.Step) {
		return
	}
	key := lookKey{e.Poll.Source, e.Step}
	l := r.followLooks[key]
	if l.failed = e.Error; e.Error == "" {
		l.readTo = latest(l.readTo, e.Poll.Asked)
	}
	r.followLooks[key] = l
}

// holdOver reports whether the hold of a step has ended, as far as the history has been read.
func (r *reading) holdOver(number int) bool {
	i := slices.IndexFunc(r.steps, func(s *step) bool { return s.index == number })
	return i >= 0 && !r.steps[i].holdEnd.IsZero()
}

// spend adds up what a source was asked, polls and looks.
func (r *reading) spend(p verify.PollEvent) {
	s := r.spent[p.Source]
	r.spent[p.Source] = spent{s.requests + p.Requests, s.bytes + p.Bytes}
}

// takeAbort keeps the first reason: what comes after it is a consequence.
func (r *reading) takeAbort(e verify.Event) {
	if r.abort != nil {
		return
	}
	r.abort = &Abort{At: e.At, Reason: e.Text}
	if e.Abort != nil {
		r.abort.By, r.abort.Reason = e.Abort.By, e.Abort.Reason
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
	if e.Type != verify.Polled {
		return
	}
	r.polls[p.Source] = append(r.polls[p.Source], poll{p.Asked, e.At, e.Error})
	r.spend(*p)
	key := lookKey{p.Source, e.Step}
	l := r.looks[key]
	if l.failed = e.Error; e.Error == "" && p.Asked.After(l.readTo) {
		l.readTo = p.Asked
	}
	r.looks[key] = l
	// The incidents that this poll showed were written before it.
	for _, in := range r.unplaced[p.Source] {
		in.offset = r.offsets[p.Source]
	}
	delete(r.unplaced, p.Source)
}

func (r *reading) takeIncident(e verify.Event) {
	if e.Incident == nil {
		return
	}
	seen := e.Incident
	id := incidentID{seen.Source, seen.ID}
	if seen.Baseline {
		r.baseline = append(r.baseline, seen.Incident)
		r.open[id] = true
		return
	}
	if known := r.byID[id]; known != nil {
		known.Incident = seen.Incident
		known.noteResolved(e.At)
		return
	}
	in := &incident{Incident: seen.Incident, firstSeen: e.At, before: seen.Before, offset: r.offsets[seen.Source]}
	in.noteResolved(e.At)
	r.byID[id] = in
	r.incidents = append(r.incidents, in)
	r.unplaced[seen.Source] = append(r.unplaced[seen.Source], in)
}
