package poll

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failurefriday/friday/verify"
)

// path is a source whose pages take a scripted way: one list of evidence a look.
type path struct {
	verify.Source
	script func(look int, fault time.Time) ([]verify.Evidence, error)
	looks  int
	asked  int
}

func (p *path) Sees() []verify.Hop { return nil }
func (p *path) Trace(context.Context, []verify.Expectation) ([]verify.Evidence, error) {
	return nil, nil
}
func (p *path) Follow([]verify.Expectation) verify.Trail { return p }
func (p *path) Requests() int                            { return p.asked }
func (p *path) Bytes() int64                             { return int64(100 * p.asked) }

func (p *path) Look(_ context.Context, fault time.Time) ([]verify.Evidence, error) {
	p.looks++
	p.asked += 3
	return p.script(p.looks, fault)
}

// TestFollow looks for ten seconds: the baseline is taken at once, what has not changed is told once, failures are told
// and slow it down, and the moment of the fault gets through.
func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var events []verify.Event
		var faults []time.Time
		src := &path{asked: 7, script: func(look int, fault time.Time) ([]verify.Evidence, error) {
			faults = append(faults, fault)
			if look == 6 || look == 7 {
				return nil, errors.New("refused")
			}
			text := "up"
			if look > 7 {
				text = "down"
			}
			return []verify.Evidence{{Hop: verify.Collected, Text: text, Expectation: "1.1"}, {Hop: verify.Firing, Text: "same", Expectation: "1.1"}}, nil
		}}
		f := Follow(Trail{Name: "prom", Source: src, Every: time.Second, Emit: func(e verify.Event) { events = append(events, e) }}, nil)
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() { f.Run(ctx) })
		<-f.First()
		if src.looks != baselineLooks {
			t.Errorf("the baseline took %d looks", src.looks)
		}
		at := time.Now()
		f.FaultAt(at)
		time.Sleep(9500 * time.Millisecond)
		cancel()
		done.Wait()
		var told []string
		for _, e := range events {
			switch {
			case e.Type == verify.Traced:
				told = append(told, e.Evidence.Text)
			case e.Error != "":
				told = append(told, e.Error)
			}
			if e.Type == verify.Followed && (e.Poll.Requests != 3 || e.Poll.Bytes != 300) {
				t.Errorf("a look cost %d requests, %d bytes", e.Poll.Requests, e.Poll.Bytes)
			}
		}
		if got := fmt.Sprint(told); got != "[up same refused refused down]" {
			t.Errorf("told %s", got)
		}
		// three at 0, then at 1, 2, 3, 5 (after 2 s), 9 (after 4 s)
		if src.looks != 8 || !faults[2].IsZero() || !faults[3].Equal(at) {
			t.Errorf("%d looks, faults %v", src.looks, faults)
		}
	})
}

// TestALookThatIsCutOffSaysNothing: neither that it failed nor what it saw.
func TestALookThatIsCutOffSaysNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	src := &path{script: func(int, time.Time) ([]verify.Evidence, error) {
		cancel()
		return nil, ctx.Err()
	}}
	f := Follow(Trail{Source: src, Every: time.Second, Emit: func(e verify.Event) { t.Errorf("told %v", e) }}, nil)
	f.Run(ctx)
	select {
	case <-f.First():
	default:
		t.Error("who waits for the baseline waits for ever")
	}
}
