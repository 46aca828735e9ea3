// Package poll looks at a source again and again: one poller a source, shared by every expectation on it.
package poll

import (
	"context"
	"reflect"
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/verify"
)

// Options say what to poll, and how.
type Options struct {
	Name   string
	Source verify.Source
	Since  time.Time          // our clock: what was opened before is of no interest
	Known  map[string]bool    // ids of the incidents that were open before
	Fast   time.Duration      // shortest time between two polls; by default 1 s
	Slow   time.Duration      // longest one while nothing is due; by default 5 × Fast
	Emit   func(verify.Event) // takes the events; it must not call back
}

// Poller polls one source until its context ends.
type Poller struct {
	Options
	kick chan struct{}

	mu        sync.Mutex
	busyUntil time.Time   // poll fast until then
	due       []time.Time // one poll must be asked soon after each
	readTo    time.Time   // when the last poll that succeeded was asked
	seen      map[string]verify.Incident
	requests  int
}

const (
	busyFor    = 15 * time.Second // polled fast after the fault
	dueMargin  = 3 * time.Second  // and around each deadline
	justAfter  = 50 * time.Millisecond
	maxBackOff = 30 * time.Second
)

// New makes a poller that has not asked anything yet.
func New(o Options) *Poller {
	if o.Fast == 0 {
		o.Fast = time.Second
	}
	if o.Slow == 0 {
		o.Slow = 5 * o.Fast
	}
	return &Poller{Options: o, kick: make(chan struct{}, 1), seen: map[string]verify.Incident{}}
}

// Expect tells when the fault came into force and what is due when: around these moments the source is polled fast, and
// once just after each deadline. It may be called again with better knowledge.
func (p *Poller) Expect(fault time.Time, due ...time.Time) {
	p.mu.Lock()
	p.busyUntil, p.due = fault.Add(busyFor), due
	p.mu.Unlock()
	p.Kick()
}

// Kick asks for a poll now. It never waits.
func (p *Poller) Kick() {
	select {
	case p.kick <- struct{}{}:
	default:
	}
}

// ReadTo is when the last poll that succeeded was asked: up to then, what was not seen was not there.
func (p *Poller) ReadTo() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.readTo
}

// Run polls until ctx is done. A failed poll is an event like a good one, and never the end.
func (p *Poller) Run(ctx context.Context) {
	failures := 0
	for {
		asked := time.Now()
		err := p.poll(ctx)
		if ctx.Err() != nil {
			return
		}
		failures++
		if err == nil {
			failures = 0
		}
		if !p.wait(ctx, asked, failures, httpapi.RetryAfter(err)) {
			return
		}
	}
}

// poll asks once.
func (p *Poller) poll(ctx context.Context) error {
	asked := time.Now()
	offset, _ := p.offset()
	incidents, err := p.Source.Since(ctx, p.Since.Add(offset).Add(-time.Second))
	if ctx.Err() != nil {
		return context.Cause(ctx) // cut off: it says nothing
	}
	now := time.Now()
	offset, known := p.offset()
	e := verify.Event{At: now.UTC(), Type: verify.Polled, Poll: &verify.PollEvent{
		Source: p.Name, Asked: asked.UTC(), Since: p.Since.UTC(), Incidents: len(incidents), Requests: p.spent(),
		Offset: verify.Seconds(offset), OffsetKnown: known,
	}}
	if err != nil {
		e.Error = err.Error()
		p.Emit(e)
		return err
	}
	for _, in := range incidents {
		if !p.before(in, offset, known) {
			p.tell(now, in)
		}
	}
	p.mu.Lock()
	p.readTo = asked.UTC()
	p.mu.Unlock()
	p.Emit(e)
	return nil
}

// before reports whether an incident was certainly opened before Since. A stamp without a fraction is one that was cut
// off: it means any moment of that second. As long as nobody knows how far the source's clock is off, nothing is certain.
func (p *Poller) before(in verify.Incident, offset time.Duration, known bool) bool {
	if _, clocked := p.Source.(verify.Clocked); clocked && !known {
		return false
	}
	latest := in.Opened.Add(-offset)
	if in.Opened.Nanosecond() == 0 {
		latest = latest.Add(time.Second - time.Nanosecond)
	}
	return latest.Before(p.Since)
}

// tell emits an incident that is new or has changed. Those that were open before are not told again.
func (p *Poller) tell(now time.Time, in verify.Incident) {
	if p.Known[in.ID] {
		return
	}
	old, known := p.seen[in.ID]
	if known && reflect.DeepEqual(old, in) {
		return
	}
	p.seen[in.ID] = in
	seen := &verify.SeenIncident{Incident: in}
	if !known {
		seen.Before = p.ReadTo()
	}
	p.Emit(verify.Event{At: now.UTC(), Type: verify.IncidentSeen, Incident: seen})
}

func (p *Poller) offset() (time.Duration, bool) {
	if c, ok := p.Source.(verify.Clocked); ok {
		return c.Offset()
	}
	return 0, false
}

// spent is how many requests the source has made since it was last asked, where it counts them.
func (p *Poller) spent() int {
	c, ok := p.Source.(interface{ Requests() int })
	if !ok {
		return 0
	}
	before := p.requests
	p.requests = c.Requests()
	return p.requests - before
}

// wait waits until the next poll is due. It returns false when ctx is done.
func (p *Poller) wait(ctx context.Context, asked time.Time, failures int, retryAfter time.Duration) bool {
	next := p.next(asked, failures)
	floor := time.Now().Add(retryAfter)
	for {
		at := next
		if retryAfter > 0 && at.Before(floor) {
			at = floor // the server has asked for it: not even a deadline is a reason to hammer
		}
		timer := time.NewTimer(time.Until(at))
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-timer.C:
			return true
		case <-p.kick:
			timer.Stop()
			// A kick may bring the next poll forward, but two polls never come closer than Fast.
			if soon := asked.Add(p.Fast); soon.Before(next) {
				next = soon
			}
		}
	}
}

// next is when to ask next: fast while something is going on, slow otherwise, later after failures, and in any case just
// after a deadline that has not been read past.
func (p *Poller) next(asked time.Time, failures int) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	interval := p.Slow
	if asked.Before(p.busyUntil) {
		interval = p.Fast
	}
	for _, d := range p.due {
		if asked.After(d.Add(-dueMargin)) && asked.Before(d.Add(dueMargin)) {
			interval = p.Fast
		}
	}
	for range min(failures, 10) {
		interval = min(2*interval, maxBackOff)
	}
	next := asked.Add(interval)
	for _, d := range p.due {
		if after := d.Add(justAfter); after.After(asked) && after.Before(next) {
			next = after
		}
	}
	return next
}
