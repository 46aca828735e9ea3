package poll_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/pagerduty"
	"github.com/failurefriday/friday/verify/poll"
	"github.com/failurefriday/friday/verify/verifytest"
)

// far is a server reached without a network, some way off, whose clock may differ from ours.
type far struct {
	handler http.Handler
	way     time.Duration // there, and as long back
	ahead   time.Duration
}

func (f far) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(f.way)
	rec := httptest.NewRecorder()
	rec.Header().Set("Date", time.Now().Add(f.ahead).UTC().Format(http.TimeFormat))
	f.handler.ServeHTTP(rec, r)
	time.Sleep(f.way)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return rec.Result(), nil
}

// watch polls PagerDuty for a time and returns what was told. The fault comes into force at once.
func watch(t *testing.T, server far, length time.Duration, due ...time.Time) []verify.Event {
	t.Helper()
	src, err := (&pagerduty.Params{URL: "http://127.0.0.1:1"}).Build("pd", verify.Env{Transport: server})
	if err != nil {
		t.Fatal(err)
	}
	var events []verify.Event
	p := poll.New(poll.Options{Name: "pd", Source: src, Since: time.Now(), Emit: func(e verify.Event) { events = append(events, e) }})
	p.Expect(time.Now(), due...)
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	p.Run(ctx)
	return events
}

// TestPagesAreSeenWhenTheyCame: whatever the clock of the server, each page is dated to the second of its truth, and the
// looks just before and just after it stand in the record.
func TestPagesAreSeenWhenTheyCame(t *testing.T) {
	for seed := range uint64(12) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			ahead := []time.Duration{0, time.Hour, -37 * time.Minute, 2500 * time.Millisecond}[seed%4]
			begun := time.Now()
			fake := &verifytest.PagerDuty{Now: func() time.Time { return time.Now().Add(ahead) }}
			truth := map[string]time.Time{}
			for i := range 10 {
				id := fmt.Sprint("P", i)
				truth[id] = begun.Add(time.Duration(1+r.IntN(59_999)) * time.Millisecond)
				fake.Add(verifytest.Incident{ID: id, Service: "Checkout", Title: "down", Opened: truth[id].Add(ahead), Resolved: truth[id].Add(ahead + 20*time.Second)})
			}
			events := watch(t, far{fake, 40 * time.Millisecond, ahead}, 2*time.Minute)
			opened, resolved := map[string]bool{}, map[string]bool{}
			for _, e := range events {
				if e.Error != "" {
					t.Fatalf("seed %d: %s", seed, e.Error)
				}
				if e.Type != verify.IncidentSeen {
					continue
				}
				in := e.Incident
				if in.Status == verify.Resolved {
					resolved[in.ID] = true
					continue
				}
				opened[in.ID] = true
				if off := truth[in.ID].Add(ahead).Sub(in.Opened); off < 0 || off >= time.Second {
					t.Errorf("seed %d: %s is dated %s before its truth, by the server's clock", seed, in.ID, off)
				}
				if in.Before.After(truth[in.ID]) || !truth[in.ID].Before(e.At) {
					t.Errorf("seed %d: %s was not there at %s and there at %s; the truth is %s", seed, in.ID, in.Before, e.At, truth[in.ID])
				}
				if late := e.At.Sub(truth[in.ID]); late > 5*time.Second+200*time.Millisecond {
					t.Errorf("seed %d: %s was seen %s after it came", seed, in.ID, late)
				}
			}
			if len(opened) != len(truth) || len(resolved) != len(truth) {
				t.Errorf("seed %d: %d pages were seen, %d of them resolved; want %d", seed, len(opened), len(resolved), len(truth))
			}
		})
	}
}

// TestRateLimitOfPagerDuty: ratelimit-reset is obeyed to the second, even at a deadline, and afterwards all is read.
func TestRateLimitOfPagerDuty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		fake := &verifytest.PagerDuty{}
		fake.Add(verifytest.Incident{ID: "P1", Opened: begun.Add(6 * time.Second)})
		limited := verifytest.Answer("429", http.StatusTooManyRequests, "", "ratelimit-reset: 17")
		faulty := &verifytest.Faulty{Good: fake}
		faulty.Script(func(n int) *verifytest.Fault {
			if n == 3 {
				return &limited
			}
			return nil
		})
		var refused, next time.Time
		for _, e := range watch(t, far{handler: faulty}, time.Minute, begun.Add(10*time.Second)) {
			switch {
			case e.Type != verify.Polled:
			case e.Error != "":
				refused = e.At
			case !refused.IsZero() && next.IsZero():
				next = e.Poll.Asked
				if e.Poll.Incidents != 1 {
					t.Errorf("the poll after the limit saw %d incidents", e.Poll.Incidents)
				}
			}
		}
		if wait := next.Sub(refused); refused.IsZero() || wait != 17*time.Second {
			t.Errorf("refused at %s, asked again %s later; want 17s", refused.Sub(begun), wait)
		}
	})
}

// TestEveryFaultLeavesATrace: a poll that could not look is told as one, never as a poll that saw nothing.
func TestEveryFaultLeavesATrace(t *testing.T) {
	for _, fault := range verifytest.Faults() {
		if fault.Kind == "timeout" || fault.Kind == "network" || fault.Kind == "" {
			continue // these need a network
		}
		synctest.Test(t, func(t *testing.T) {
			faulty := &verifytest.Faulty{Good: &verifytest.PagerDuty{}}
			faulty.Script(func(int) *verifytest.Fault { return &fault })
			polls := watch(t, far{handler: faulty}, time.Minute)
			for _, e := range polls {
				if e.Type != verify.Polled || e.Error == "" || e.Poll.Incidents != 0 {
					t.Errorf("%s: %s with %+v, error %q", fault.Name, e.Type, e.Poll, e.Error)
				}
			}
			if len(polls) < 3 || len(polls) > 10 {
				t.Errorf("%s: %d polls in a minute", fault.Name, len(polls))
			}
		})
	}
}
