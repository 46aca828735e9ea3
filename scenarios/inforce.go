package scenarios

import (
	"context"
	"sync"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/clock"
	"github.com/failurefriday/friday/verify"
)

const (
	firstLooks  = 5 * time.Millisecond   // pace of the looks at a fault until it is in force
	sampleEvery = 100 * time.Millisecond // and from then on
	renewals    = 4                      // of a lease, in the time that it lasts
	renewEvery  = 100 * time.Millisecond // how often to see whether one is due
)

// keep looks at the injected faults and renews their leases until ctx is done.
func (f *faults) keep(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { f.sample(ctx) })
	both.Go(func() { f.renew(ctx) })
	both.Wait()
}

// sample looks fast until one is in force, then at a steady pace, striking again where the attack is sustained.
func (f *faults) sample(ctx context.Context) {
	for pace := firstLooks; clock.Pause(ctx, pace); {
		f.look(ctx, false)
		f.sustain(ctx)
		select {
		case <-f.inForce:
			pace = sampleEvery
		default:
			pace = min(2*pace, sampleEvery)
		}
	}
}

// look asks every injected change whether it is in force, and writes down what is new, or everything if asked to.
func (f *faults) look(ctx context.Context, all bool) {
	for _, group := range byAttack(f.made()) {
		_ = together(group, func(c PlannedChange) error {
			active, err := c.Attack.Attack.Active(ctx, c.Change)
			if ctx.Err() == nil {
				f.saw(c, active, err, all)
			}
			return nil // what could not be looked at is written down
		})
	}
}

// saw writes down what a look saw, if it is new or if it is to be written in any case.
func (f *faults) saw(c PlannedChange, active bool, err error, always bool) {
	if f.fresh(c.ID, active, err) || always {
		e := faultEvent(verify.FaultLook, f.step, c, err)
		e.Fault.Active = active && err == nil
		f.run.emit(e)
	}
	if active && err == nil {
		f.once.Do(func() { f.since = time.Now(); close(f.inForce) })
	}
}

// fresh reports whether a look says something new.
func (f *faults) fresh(id string, active bool, err error) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	now, looked := time.Now(), err == nil
	_, known := f.active[id]
	if known && f.active[id] == active && f.looked[id] == looked && now.Sub(f.written[id]) < heartbeat {
		return false
	}
	f.active[id], f.looked[id], f.written[id] = active, looked, now
	return true
}

// sustain strikes again at what a supervisor has brought back.
func (f *faults) sustain(ctx context.Context) {
	for _, c := range f.made() {
		if !c.Sustained || ctx.Err() != nil {
			continue
		}
		hits, err := c.Attack.Attack.(attacks.Sustainer).Sustain(ctx, c.Change)
		if hits > 0 || (err != nil && ctx.Err() == nil) {
			e := faultEvent(verify.FaultAgain, f.step, c, err)
			e.Fault.Hits = hits
			f.run.emit(e)
		}
	}
}

// renew keeps alive what the kernel would end by itself.
func (f *faults) renew(ctx context.Context) {
	due := map[string]time.Time{}
	for clock.Pause(ctx, renewEvery) {
		for _, c := range f.made() {
			leased, ok := c.Attack.Attack.(attacks.Leased)
			now := time.Now()
			if !ok || now.Before(due[c.ID]) || ctx.Err() != nil {
				continue
			}
			due[c.ID] = now.Add(leased.Lease() / renewals)
			f.renewed(c, leased.Renew(ctx, c.Change))
		}
	}
}

// renewed warns, once, of a lease that could not be renewed: the fault ends by itself soon.
func (f *faults) renewed(c PlannedChange, err error) {
	f.mu.Lock()
	told := f.renewal[c.ID]
	f.renewal[c.ID] = err != nil
	f.mu.Unlock()
	if err != nil && !told {
		e := faultEvent(verify.Warned, f.step, c, nil)
		e.Text = c.Kind + " of " + c.Target + " cannot be kept in force: " + err.Error()
		f.run.emit(e)
	}
}

// measure asks how much the faults have done to anybody.
func (f *faults) measure(ctx context.Context) {
	for _, c := range f.made() {
		m, ok := c.Attack.Attack.(attacks.Measured)
		if !ok {
			continue
		}
		effect, err := m.Measure(ctx, c.Change)
		e := faultEvent(verify.FaultMeasured, f.step, c, err)
		if err == nil {
			e.Fault.Effect = &verify.Effect{Hits: effect.Hits, Text: effect.Text}
		}
		f.run.emit(e)
	}
}
