package scenarios

import (
	"context"
	"sync"
	"time"

	"github.com/failurefriday/friday/verify"
)

// heartbeat is how often an unchanged observation is written down all the same: the judge can then tell a steady state
// from a look that stopped.
const heartbeat = 5 * time.Second

// pulseState is the latest pulse of one probe.
type pulseState struct {
	pulse   verify.Pulse
	failed  bool // could not look
	greens  int  // green pulses in a row
	taken   int
	written time.Time
}

// takePulses looks at every probe of the step at its own pace until ctx is done. first is closed once each has been
// looked at once; the returned function waits for all looks to end.
func (r *runner) takePulses(ctx context.Context, step int, s *PlannedStep) (first <-chan struct{}, wait func()) {
	var all, firsts sync.WaitGroup
	start := func(role verify.Role, probes []Probe) {
		for _, probe := range probes {
			firsts.Add(1)
			all.Go(func() { r.follow(ctx, step, role, probe, sync.OnceFunc(firsts.Done)) })
		}
	}
	start(verify.Steady, r.plan.Scenario.Steady)
	start(verify.Watcher, r.plan.Scenario.Watchers)
	start(verify.AbortIf, r.plan.Scenario.AbortIf)
	start(verify.AbortIf, s.AbortIf)
	done := make(chan struct{})
	go func() { firsts.Wait(); close(done) }()
	return done, all.Wait
}

// follow takes one probe's pulse until ctx is done.
func (r *runner) follow(ctx context.Context, step int, role verify.Role, probe Probe, first func()) {
	defer first()
	tick := time.NewTicker(probe.Every)
	defer tick.Stop()
	for ctx.Err() == nil {
		pulse, err := check(ctx, probe)
		if ctx.Err() != nil {
			return // a look that was cut off says nothing
		}
		r.keepPulse(step, role, probe.Name, pulse, err)
		first()
		if role == verify.AbortIf && err == nil && !pulse.OK {
			r.stop(&Stop{verify.ByProbe, "abort_if " + probe.Name + " turned red: " + pulse.Detail})
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// keepPulse remembers a pulse and writes it down if it says something new.
func (r *runner) keepPulse(step int, role verify.Role, name string, pulse verify.Pulse, err error) {
	now := time.Now()
	r.mu.Lock()
	key := string(role) + " " + name
	state, known := r.pulses[key]
	if !known {
		state = &pulseState{}
		r.pulses[key] = state
	}
	fresh := !known || state.pulse.OK != pulse.OK || state.failed != (err != nil) || state.pulse.Subject != pulse.Subject ||
		now.Sub(state.written) >= heartbeat
	state.pulse, state.failed = pulse, err != nil
	state.taken++
	state.greens++
	if err != nil || !pulse.OK {
		state.greens = 0
	}
	if fresh {
		state.written = now
	}
	r.mu.Unlock()
	if !fresh {
		return
	}
	e := verify.Event{At: now, Type: verify.PulseTaken, Step: step, Pulse: &verify.PulseEvent{Role: role, Name: name, Pulse: pulse}}
	if err != nil {
		e.Error = err.Error()
	}
	r.emit(e)
}

// restart forgets the counts of green pulses, so that green means green from now on.
func (r *runner) restartCounts() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.pulses {
		s.greens = 0
	}
}

// red lists the steady-state probes that have not been green `times` times in a row.
func (r *runner) red(times int) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var red []string
	for _, probe := range r.plan.Scenario.Steady {
		s := r.pulses[string(verify.Steady)+" "+probe.Name]
		if s == nil || s.greens < times {
			detail := "not looked at"
			if s != nil {
				detail = s.pulse.Detail
			}
			red = append(red, probe.Name+" ("+detail+")")
		}
	}
	return red
}
