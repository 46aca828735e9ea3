package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/failurefriday/friday/verify"
)

// readyWithin bounds the look at one source while planning, so that a dead one does not hold up the plan for ever.
const readyWithin = 60 * time.Second

// lookAtSources asks every source whether it is ready, what is open, and what it foretells.
func (p *Plan) lookAtSources(ctx context.Context, no *Refusal) {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	looks := make([]sourceLook, len(p.Sources))
	var wg sync.WaitGroup
	for i, src := range p.Sources {
		wg.Go(func() { looks[i] = p.lookAtSource(ctx, src) })
	}
	wg.Wait()
	var ready []BoundSource
	for i, look := range looks {
		src := p.Sources[i]
		switch {
		case look.err == nil:
			ready = append(ready, src)
		case src.Optional:
			p.warn("source %s is not ready, so its hops cannot be seen: %v", src.Name, look.err)
			continue
		default:
			ready = append(ready, src)
			no.add(CannotTell, fmt.Errorf("source %s is not ready, so its silence would prove nothing: %w", src.Name, look.err))
			continue
		}
		p.Seen = append(p.Seen, look.events...)
		p.Evidence = append(p.Evidence, look.evidence...)
		no.add(CannotTell, p.alreadyOpen(src.Name, look.open))
	}
	p.keepSources(ready)
}

type sourceLook struct {
	open     []verify.Incident
	events   []verify.Event
	evidence []verify.Evidence
	err      error
}

func (p *Plan) lookAtSource(ctx context.Context, src BoundSource) (look sourceLook) {
	asked := time.Now()
	if look.err = src.Ready(ctx); look.err != nil {
		return look
	}
	if src.Expected {
		if look.open, look.err = src.Open(ctx); look.err != nil {
			return look
		}
	}
	look.events = baseline(src, asked, look.open)
	if t, ok := src.Source.(verify.Tracer); ok {
		if look.evidence, look.err = t.Trace(ctx, p.traced(src)); look.err != nil {
			look.err = fmt.Errorf("cannot look at the way of the pages: %w", look.err)
		}
	}
	return look
}

// traced are the expectations that a source is asked about: one that follows pages is asked about all of them.
func (p *Plan) traced(src BoundSource) []verify.Expectation {
	if _, follows := src.Source.(verify.Follower); !follows {
		return p.expectedOf(src.Name)
	}
	var all []verify.Expectation
	for _, s := range p.Steps {
		all = append(all, s.Expect...)
	}
	return all
}

// baseline makes the events that record what was open before the fault.
func baseline(src BoundSource, asked time.Time, open []verify.Incident) []verify.Event {
	now := time.Now()
	poll := verify.PollEvent{Source: src.Name, Asked: asked, Incidents: len(open)}
	if c, ok := src.Source.(verify.Clocked); ok {
		offset, known := c.Offset()
		poll.Offset, poll.OffsetKnown = verify.Seconds(offset), known
	}
	events := []verify.Event{
		{At: now, Type: verify.SourceReady, Poll: &poll},
		{At: now, Type: verify.BaselineSeen, Poll: &poll},
	}
	for _, in := range open {
		events = append(events, verify.Event{At: now, Type: verify.IncidentSeen, Incident: &verify.SeenIncident{Incident: in, Baseline: true}})
	}
	return events
}

func (p *Plan) expectedOf(source string) []verify.Expectation {
	var all []verify.Expectation
	for _, s := range p.Steps {
		for _, e := range s.Expect {
			if e.Source == source {
				all = append(all, e)
			}
		}
	}
	return all
}

// alreadyOpen refuses a run whose page would be swallowed by an incident that is open already.
func (p *Plan) alreadyOpen(source string, open []verify.Incident) error {
	var found []error
	for _, e := range p.expectedOf(source) {
		if e.MustNot || e.AllowOpen {
			continue
		}
		if i := slices.IndexFunc(open, e.Match.Fits); i >= 0 {
			found = append(found, fmt.Errorf("incident %s %q is open on %s and would swallow the page that %s waits for: resolve it, or say allow_open: true",
				open[i].ID, open[i].Title, source, e.ID))
		}
	}
	return errors.Join(found...)
}

// lookAtSteadyState takes every pulse once: the steady state must be green, watchers may be red but are warned of, and
// an abort condition must not be red already.
func (p *Plan) lookAtSteadyState(ctx context.Context, no *Refusal) {
	type look struct {
		probe Probe
		role  verify.Role
		pulse verify.Pulse
		err   error
	}
	var looks []look
	for _, probe := range p.Scenario.Steady {
		looks = append(looks, look{probe: probe, role: verify.Steady})
	}
	for _, probe := range p.Scenario.Watchers {
		looks = append(looks, look{probe: probe, role: verify.Watcher})
	}
	for _, probe := range p.guardRails() {
		looks = append(looks, look{probe: probe, role: verify.AbortIf})
	}
	var wg sync.WaitGroup
	for i := range looks {
		wg.Go(func() { looks[i].pulse, looks[i].err = check(ctx, looks[i].probe) })
	}
	wg.Wait()
	for _, l := range looks {
		switch {
		case l.err != nil:
			no.add(CannotTell, fmt.Errorf("%s: cannot look at %s: %w", l.probe.Pos, l.probe.Name, l.err))
		case l.pulse.OK:
		case l.role == verify.Watcher:
			p.warn("watcher %s is not alive before the attack: %s", l.probe.Name, l.pulse.Detail)
		default:
			no.add(CannotTell, fmt.Errorf("%s: %s is red before the attack (%s): nothing is broken on top of a broken system", l.probe.Pos, l.probe.Name, l.pulse.Detail))
		}
	}
}

func (p *Plan) guardRails() []Probe {
	rails := slices.Clone(p.Scenario.AbortIf)
	for _, s := range p.Scenario.Steps {
		rails = append(rails, s.AbortIf...)
	}
	return rails
}

// check looks once, within the probe's timeout.
func check(ctx context.Context, probe Probe) (verify.Pulse, error) {
	ctx, cancel := context.WithTimeout(ctx, probe.Timeout)
	defer cancel()
	began := time.Now()
	pulse, err := probe.Probe.Check(ctx)
	pulse.Latency = verify.Seconds(time.Since(began))
	return pulse, err
}
