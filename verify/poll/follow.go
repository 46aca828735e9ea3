package poll

import (
	"context"
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/clock"
	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/verify"
)

// Trail says what to follow, and how.
type Trail struct {
	Name   string
	Source verify.Follower
	Every  time.Duration      // time between two looks
	Emit   func(verify.Event) // takes the events; it must not call back
}

// Follower looks at one trail again and again: every hop is sampled while the step runs, and what is new is told.
type Follower struct {
	Trail
	first   chan struct{}
	looking sync.Mutex // one look at a time
	trail   verify.Trail
	told    map[told]verify.Evidence

	mu       sync.Mutex
	fault    time.Time
	requests int
	bytes    int64
}

// told says what evidence is about.
type told struct {
	expectation string
	hop         verify.Hop
}

// Follow makes a follower of the pages that are expected. It has not looked yet.
func Follow(t Trail, expected []verify.Expectation) *Follower {
	f := &Follower{Trail: t, trail: t.Source.Follow(expected), told: map[told]verify.Evidence{}, first: make(chan struct{})}
	f.spent() // what was asked before is not ours
	return f
}

// FaultAt tells when the fault came into force, our clock.
func (f *Follower) FaultAt(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = t
}

// baselineLooks are taken at once: what is asked at one look may come from the answers to the one before.
const baselineLooks = 3

// First is closed after the first looks: what they saw is the baseline.
func (f *Follower) First() <-chan struct{} { return f.first }

// Run looks until ctx is done. A look that failed is an event like a good one, and never the end.
func (f *Follower) Run(ctx context.Context) {
	failures := 0
	tell := sync.OnceFunc(func() { close(f.first) })
	defer tell()
	for looks := 1; ctx.Err() == nil; looks++ {
		err := f.Look(ctx)
		failures++
		if err == nil {
			failures = 0
		}
		if err == nil && looks < baselineLooks {
			continue
		}
		tell()
		pause := f.Every
		for range min(failures, 10) {
			pause = min(2*pause, maxBackOff)
		}
		clock.Pause(ctx, max(pause, httpapi.RetryAfter(err)))
	}
}

// Look looks once, now, and tells what is new. It returns why it could not.
func (f *Follower) Look(ctx context.Context) error {
	f.looking.Lock()
	defer f.looking.Unlock()
	f.mu.Lock()
	fault := f.fault
	f.mu.Unlock()
	asked := time.Now()
	found, err := f.trail.Look(ctx, fault)
	if err != nil && ctx.Err() != nil {
		return err // cut off: it says nothing
	}
	now := time.Now().UTC()
	e := verify.Event{At: now, Type: verify.Followed, Poll: &verify.PollEvent{Source: f.Name, Asked: asked.UTC()}}
	e.Poll.Requests, e.Poll.Bytes = f.spent()
	if c, ok := f.Source.(verify.Clocked); ok {
		offset, known := c.Offset()
		e.Poll.Offset, e.Poll.OffsetKnown = verify.Seconds(offset), known
	}
	if err != nil {
		e.Error = err.Error()
	}
	for _, seen := range found {
		f.tell(now, seen)
	}
	f.Emit(e)
	return err
}

// tell emits evidence that is new, or says something else than before.
func (f *Follower) tell(now time.Time, e verify.Evidence) {
	about := told{e.Expectation, e.Hop}
	old, known := f.told[about]
	if known && old.State == e.State && old.Kind == e.Kind && old.Text == e.Text && old.At.Equal(e.At) {
		return
	}
	f.told[about] = e
	f.Emit(verify.Event{At: now, Type: verify.Traced, Evidence: &e})
}

// spent is what the source has asked and been answered since the last call, where it counts that.
func (f *Follower) spent() (requests int, bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c, ok := f.Source.(interface{ Requests() int }); ok {
		now := c.Requests()
		requests, f.requests = now-f.requests, now
	}
	if c, ok := f.Source.(interface{ Bytes() int64 }); ok {
		now := c.Bytes()
		bytes, f.bytes = now-f.bytes, now
	}
	return requests, bytes
}
