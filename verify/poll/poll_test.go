package poll

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/verify"
)

// fake is a source that answers from a script and notes when it was asked.
type fake struct {
	answer func(n int) ([]verify.Incident, error) // nil answers with nothing
	takes  time.Duration

	mu    sync.Mutex
	asked []time.Time
	since []time.Time
}

func (f *fake) Ready(context.Context) error                     { return nil }
func (f *fake) Open(context.Context) ([]verify.Incident, error) { return nil, nil }

func (f *fake) Since(ctx context.Context, t time.Time) ([]verify.Incident, error) {
	f.mu.Lock()
	n := len(f.asked)
	f.asked, f.since = append(f.asked, time.Now()), append(f.since, t)
	f.mu.Unlock()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(f.takes):
	}
	if f.answer == nil {
		return nil, nil
	}
	return f.answer(n)
}

// clocked is a fake whose clock is ahead of ours.
type clocked struct {
	*fake
	ahead time.Duration
	known bool
}

func (c clocked) Offset() (time.Duration, bool) { return c.ahead, c.known }
func (c clocked) Requests() int                 { return 3 * len(c.asked) }

// bench is a poller that runs in a bubble of time.
type bench struct {
	*Poller
	start  time.Time
	stop   func()
	mu     sync.Mutex
	events []verify.Event
}

// run starts a poller; stop ends it.
func run(t *testing.T, o Options) *bench {
	t.Helper()
	b := &bench{start: time.Now()}
	o.Name = "src"
	o.Emit = func(e verify.Event) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.events = append(b.events, e)
	}
	if o.Since.IsZero() {
		o.Since = b.start
	}
	b.Poller = New(o)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.Run(ctx)
	}()
	b.stop = func() {
		cancel()
		<-done
	}
	return b
}

// after lets time pass in the bubble.
func (b *bench) after(d time.Duration) {
	time.Sleep(d) // the bubble's clock: nothing waits
	synctest.Wait()
}

// of are the events of one type.
func (b *bench) of(kind verify.Type) []verify.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.events), func(e verify.Event) bool { return e.Type != kind })
}

// times are when the source was asked, counted from the start.
func (f *fake) times(start time.Time) []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []time.Duration
	for _, t := range f.asked {
		all = append(all, t.Sub(start))
	}
	return all
}

const s = time.Second

func expectTimes(t *testing.T, got []time.Duration, want ...time.Duration) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("asked at %v, want %v", got, want)
	}
}

func TestSlowWhileNothingIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &fake{}
		b := run(t, Options{Source: src})
		b.after(17 * s)
		b.stop()
		expectTimes(t, src.times(b.start), 0, 5*s, 10*s, 15*s)
	})
}

func TestFastAfterTheFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &fake{}
		b := run(t, Options{Source: src, Fast: 4 * s, Slow: 20 * s})
		b.after(s)
		b.Expect(b.start.Add(s))
		b.after(50 * s)
		b.stop()
		// Fast up to 15 s after the fault; the poll before that ended takes the fast interval along.
		expectTimes(t, src.times(b.start), 0, 4*s, 8*s, 12*s, 16*s, 36*s)
	})
}

func TestOnePollJustAfterEachDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &fake{}
		b := run(t, Options{Source: src, Fast: s, Slow: 10 * s})
		b.Expect(b.start.Add(-time.Minute), b.start.Add(23*s), b.start.Add(40*s))
		b.after(45 * s)
		b.stop()
		all := src.times(b.start)
		for _, due := range []time.Duration{23 * s, 40 * s} {
			first, ok := firstAfter(all, due)
			if !ok || first != due+justAfter {
				t.Errorf("first asked after the deadline at %s: %s; all: %v", due, first, all)
			}
		}
		if len(all) > 20 { // fast all along would be more than 40
			t.Errorf("asked %d times: %v", len(all), all)
		}
	})
}

func firstAfter(all []time.Duration, t time.Duration) (time.Duration, bool) {
	i := slices.IndexFunc(all, func(a time.Duration) bool { return a > t })
	if i < 0 {
		return 0, false
	}
	return all[i], true
}

func TestBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &fake{answer: func(int) ([]verify.Incident, error) { return nil, errors.New("down") }}
		b := run(t, Options{Source: src})
		b.after(101 * s)
		b.stop()
		expectTimes(t, src.times(b.start), 0, 10*s, 30*s, 60*s, 90*s)
		polls := b.of(verify.Polled)
		if len(polls) != 5 || polls[0].Error != "down" || !b.ReadTo().IsZero() {
			t.Errorf("%d polls, the first %+v; read to %s", len(polls), polls[0], b.ReadTo())
		}
	})
}

func TestBackOffEndsWithTheTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &fake{answer: func(n int) ([]verify.Incident, error) {
			if n < 2 {
				return nil, errors.New("down")
			}
			return nil, nil
		}}
		b := run(t, Options{Source: src})
		b.after(41 * s)
		b.stop()
		expectTimes(t, src.times(b.start), 0, 10*s, 30*s, 35*s, 40*s)
		if want := b.start.Add(40 * s); !b.ReadTo().Equal(want) {
			t.Errorf("read to %s, want %s", b.ReadTo(), want)
		}
	})
}

func TestDeadlineIsReadInSpiteOfBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &fake{answer: func(int) ([]verify.Incident, error) { return nil, errors.New("down") }}
		b := run(t, Options{Source: src})
		b.after(31 * s) // it would be asked next after 60 s
		b.Expect(b.start.Add(-time.Hour), b.start.Add(47*s))
		b.after(17 * s)
		b.stop()
		if at, ok := firstAfter(src.times(b.start), 47*s); !ok || at != 47*s+justAfter {
			t.Errorf("asked at %v", src.times(b.start))
		}
	})
}

func TestRetryAfterIsObeyedEvenAtADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &fake{answer: func(n int) ([]verify.Incident, error) {
			if n == 0 {
				return nil, &httpapi.Error{Kind: httpapi.RateLimit, RetryAfter: 40 * s}
			}
			return nil, nil
		}}
		b := run(t, Options{Source: src})
		b.after(s)
		b.Expect(b.start, b.start.Add(10*s))
		b.after(10 * s)
		b.Kick()
		b.after(29*s + 500*time.Millisecond)
		b.stop()
		expectTimes(t, src.times(b.start), 0, 40*s)
	})
}

func TestKick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &fake{}
		b := run(t, Options{Source: src, Fast: 2 * s, Slow: 30 * s})
		b.after(500 * time.Millisecond)
		b.Kick() // not sooner than Fast after the last
		b.Kick()
		b.after(9500 * time.Millisecond)
		b.Kick() // at once
		b.after(s)
		b.stop()
		expectTimes(t, src.times(b.start), 0, 2*s, 10*s)
	})
}

func TestCancelIsNoEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := run(t, Options{Source: &fake{takes: time.Hour}})
		b.after(s)
		b.stop()
		if time.Since(b.start) != s || len(b.events) != 0 {
			t.Errorf("stopped after %s with %v", time.Since(b.start), b.events)
		}
	})
}
