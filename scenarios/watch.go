package scenarios

import (
	"context"
	"sync"
	"time"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
	"github.com/failurefriday/friday/verify/poll"
)

// watch is all pollers of one step.
type watch struct {
	run       *runner
	pollers   []*poll.Poller
	followers []*poll.Follower
	news      chan struct{} // something was polled: see whether the answer is known
	all       sync.WaitGroup
}

// watchSources polls every source of the run until ctx is done. What has been open since before the step is known to the
// pollers and never told as new.
func (r *runner) watchSources(ctx context.Context, number int) *watch {
	w := &watch{run: r, news: make(chan struct{}, 1)}
	since := time.Now()
	for _, src := range r.plan.Sources {
		w.follow(ctx, number, src)
		if !src.Expected {
			continue
		}
		p := poll.New(poll.Options{
			Name: src.Name, Source: src.Source, Since: since, Known: r.known(src.Name), Fast: src.Poll,
			Emit: func(e verify.Event) {
				e.Step = number
				r.emit(e)
				if e.Type == verify.Polled {
					w.tell()
				}
			},
		})
		w.pollers = append(w.pollers, p)
		w.all.Go(func() { p.Run(ctx) })
	}
	return w
}

// follow follows the pages of the step through the hops that a source sees.
func (w *watch) follow(ctx context.Context, number int, src BoundSource) {
	source, ok := src.Source.(verify.Follower)
	if !ok {
		return
	}
	f := poll.Follow(poll.Trail{
		Name: src.Name, Source: source, Every: src.Poll,
		Emit: func(e verify.Event) {
			e.Step = number
			w.run.emit(e)
		},
	}, w.run.plan.Steps[number-1].Expect)
	w.followers = append(w.followers, f)
	w.all.Go(func() { f.Run(ctx) })
}

// known are the ids of all incidents of a source that have been seen so far.
func (r *runner) known(source string) map[string]bool {
	ids := map[string]bool{}
	for _, e := range r.history.Events() {
		if e.Type == verify.IncidentSeen && e.Incident.Source == source {
			ids[e.Incident.ID] = true
		}
	}
	return ids
}

func (w *watch) tell() {
	select {
	case w.news <- struct{}{}:
	default:
	}
}

func (w *watch) wait() { w.all.Wait() }

// faultAt tells the pollers when the fault came into force, and so what is due when.
func (w *watch) faultAt(t time.Time, s *PlannedStep) {
	var due []time.Time
	for _, e := range s.Expect {
		for _, span := range []verify.Seconds{e.Within, e.Notified, e.Acknowledged} {
			if span > 0 {
				due = append(due, t.Add(span.Duration()))
			}
		}
	}
	for _, p := range w.pollers {
		p.Expect(t, due...)
	}
}

// baseline waits until everyone who follows the pages has looked once, with nothing broken yet. One that does not come
// back in time will have seen no baseline, which costs its explanations and nothing else.
func (w *watch) baseline(ctx context.Context) {
	limit := time.NewTimer(firstPulses)
	defer limit.Stop()
	for _, f := range w.followers {
		select {
		case <-f.First():
		case <-limit.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// inForce tells who follows the pages since when the fault is in force.
func (w *watch) inForce(t time.Time) {
	for _, f := range w.followers {
		f.FaultAt(t)
	}
}

func (w *watch) kick() {
	for _, p := range w.pollers {
		p.Kick()
	}
}

// readAfter reports whether every source has been read by a poll that was asked after t.
func (w *watch) readAfter(t time.Time) bool {
	for _, p := range w.pollers {
		if p.ReadTo().Before(t) {
			return false
		}
	}
	return true
}

// waiting is what the hold still has to go on for.
func (w *watch) waiting(number int) []string {
	return judge.Waiting(w.run.history.Events(), number, time.Now())
}

func (w *watch) unresolved(number int) bool {
	return judge.Unresolved(w.run.history.Events(), number)
}

// traceWithin bounds the look at the hops of all sources at the end of a hold.
const traceWithin = 10 * time.Second

// trace asks the sources for evidence while the fault is still in force. What cannot be looked at stays unknown.
func (w *watch) trace(ctx context.Context, number int) {
	ctx, cancel := context.WithTimeout(ctx, traceWithin)
	defer cancel()
	var looking sync.WaitGroup
	for _, f := range w.followers {
		looking.Go(func() { _ = f.Look(ctx) }) // that it could not is an event
	}
	for _, src := range w.run.plan.Sources {
		if t, ok := src.Source.(verify.Tracer); ok && !follows(src) && ctx.Err() == nil {
			w.run.traceOnce(ctx, number, t, w.run.plan.expectedIn(number, src.Name))
		}
	}
	looking.Wait()
}

func follows(src BoundSource) bool {
	_, ok := src.Source.(verify.Follower)
	return ok
}

func (r *runner) traceOnce(ctx context.Context, number int, t verify.Tracer, expected []verify.Expectation) {
	evidence, err := t.Trace(ctx, expected)
	if err != nil {
		r.note(err)
		return
	}
	for _, e := range evidence {
		r.emit(verify.Event{Type: verify.Traced, Step: number, Evidence: &e})
	}
}

// expectedIn are the expectations of a step on a source.
func (p *Plan) expectedIn(number int, source string) []verify.Expectation {
	var expected []verify.Expectation
	for _, e := range p.Steps[number-1].Expect {
		if e.Source == source {
			expected = append(expected, e)
		}
	}
	return expected
}
