package judge

import (
	"time"

	"github.com/failurefriday/friday/verify"
)

// lanes draws the run as rows of spans: faults, services, watchers, hops, sources, incidents.
func (r *reading) lanes(rec Record) []Lane {
	if len(r.events) == 0 {
		return nil
	}
	end := r.last()
	var all []Lane
	for _, s := range r.steps {
		for _, f := range s.faults {
			if spans := f.spans(end); len(spans) > 0 {
				all = append(all, Lane{Name: f.Target, Kind: LaneFault, Step: s.index, Spans: spans})
			}
		}
	}
	for _, name := range r.plan.Steady {
		all = append(all, r.pulseLane(LaneService, verify.Steady, name, end)...)
	}
	for _, w := range r.plan.Watchers {
		all = append(all, r.pulseLane(LaneWatcher, verify.Watcher, w.Name, end)...)
	}
	for _, s := range rec.Steps {
		for _, res := range s.Results {
			if lane := hopLane(s, res); len(lane.Spans) > 0 {
				all = append(all, lane)
			}
		}
	}
	for _, src := range rec.Sources {
		if len(src.Blind) > 0 {
			all = append(all, Lane{Name: src.Name, Kind: LaneSource, Spans: src.Blind})
		}
	}
	for _, in := range r.pages() {
		all = append(all, in.lane(end))
	}
	return all
}

// spans are the stretches in which the fault was seen in force, or could not be looked at.
func (f *fault) spans(end time.Time) []Span {
	var spans []Span
	for i, s := range f.samples {
		state := ""
		switch {
		case s.unknown:
			state = "unknown"
		case s.active:
			state = "active"
		}
		to := end
		if !f.reverted.IsZero() {
			to = f.reverted
		}
		if i+1 < len(f.samples) {
			to = f.samples[i+1].at
		}
		spans = extend(spans, Span{From: s.at, To: to, State: state, Text: f.Kind})
	}
	return spans
}

// extend adds a span, as one with the last if they touch in the same state. A span of no state is a gap.
func extend(spans []Span, s Span) []Span {
	if s.State == "" || s.To.Before(s.From) {
		return spans
	}
	if n := len(spans); n > 0 && spans[n-1].State == s.State && !spans[n-1].To.Before(s.From) {
		spans[n-1].To = s.To
		return spans
	}
	return append(spans, s)
}

// pulseLane is the lane of a probe; none if its pulse was never taken.
func (r *reading) pulseLane(kind LaneKind, role verify.Role, name string, end time.Time) []Lane {
	lane := Lane{Name: name, Kind: kind}
	pulses := r.pulses[pulseKey{role, name}]
	for i, p := range pulses {
		state := "red"
		switch {
		case p.unknown:
			state = "unknown"
		case p.ok:
			state = "green"
		}
		to := end
		if i+1 < len(pulses) {
			to = pulses[i+1].at
		}
		lane.Spans = extend(lane.Spans, Span{From: p.at, To: to, State: state, Text: p.detail})
	}
	if len(lane.Spans) == 0 {
		return nil
	}
	return []Lane{lane}
}

// hopLane marks the moments of a page on its way.
func hopLane(s Step, res Result) Lane {
	lane := Lane{Name: res.ID + " hops", Kind: LaneHop, Step: s.Index}
	for _, e := range res.Hops {
		if !e.At.IsZero() && (e.State == verify.OK || e.State == verify.Broken) {
			state := "green"
			if e.State == verify.Broken {
				state = "red"
			}
			lane.Spans = append(lane.Spans, Span{From: e.At, To: e.At, State: state, Text: e.Hop.String() + ": " + e.Text})
		}
	}
	return lane
}

func (in *incident) lane(end time.Time) Lane {
	lane := Lane{Name: in.ID + " " + in.Title, Kind: LaneIncident}
	acked, resolved := in.acknowledged(), in.resolvedTo
	until := end
	if !resolved.IsZero() && resolved.After(in.opened) {
		until = resolved
	}
	first := until
	if !acked.IsZero() && acked.After(in.opened) && acked.Before(until) {
		first = acked
	}
	lane.Spans = append(lane.Spans, Span{From: in.opened, To: first, State: string(verify.Triggered), Text: in.Title})
	if first.Before(until) {
		lane.Spans = append(lane.Spans, Span{From: first, To: until, State: string(verify.Acknowledged), Text: "acknowledged by " + in.AcknowledgedBy})
	}
	for _, n := range in.Notified {
		at := in.ours(n.At)
		lane.Spans = append(lane.Spans, Span{From: at, To: at, State: "notified", Text: n.Who + " by " + n.Channel})
	}
	if !resolved.IsZero() {
		lane.Spans = append(lane.Spans, Span{From: until, To: until, State: string(verify.Resolved), Text: "resolved by " + in.ResolvedBy})
	}
	return lane
}
