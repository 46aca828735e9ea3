package judge

import (
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
)

// t0 is when every story begins; its fault is in force five seconds later.
var t0 = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

const faultAt = 5 * time.Second

// story builds a history, in seconds after t0.
type story struct {
	events []verify.Event
	plan   verify.PlanInfo
}

// expectCheckout is the usual expectation: checkout fires within 10 s.
func expectCheckout() verify.Expectation {
	return verify.Expectation{
		ID: "1.1", Step: 1, Source: "pd", Within: verify.Seconds(10 * time.Second),
		Match: verify.Match{Service: match.Must("checkout"), Title: match.Must("/down/")},
	}
}

// tell begins a story of one step that expects what is given.
func tell(expect ...verify.Expectation) *story {
	s := &story{plan: verify.PlanInfo{
		Sources: []verify.SourcePlan{{Name: "pd", Kind: "pagerduty"}},
		Steady:  []string{"answers"},
		Steps: []verify.StepPlan{{
			Name: "kill", Hold: verify.Seconds(20 * time.Second), RecoverWithin: verify.Seconds(time.Minute), Expect: expect,
			Faults: []verify.FaultPlan{{ID: "1.1.1", Kind: "process.kill", Target: "checkout (pid 7)"}},
		}},
	}}
	return s
}

func (s *story) add(seconds float64, e verify.Event) *story {
	e.At = t0.Add(time.Duration(seconds * float64(time.Second)))
	s.events = append(s.events, e)
	return s
}

func (s *story) begin() *story {
	s.add(0, verify.Event{Type: verify.RunStarted, Run: &verify.RunInfo{ID: "r", Scenario: "checkout-dies"}})
	s.add(0, verify.Event{Type: verify.RunPlanned, Plan: &s.plan})
	return s.add(1, verify.Event{Type: verify.StepStarted, Step: 1})
}

// breaks injects the fault, which is seen in force at 5 s, and turns the steady state red.
func (s *story) breaks() *story {
	s.pulse(2, verify.Steady, "answers", true, "")
	s.fault(4.9, verify.FaultMade, false)
	s.fault(5, verify.FaultLook, true)
	return s.pulse(5.2, verify.Steady, "answers", false, "")
}

func (s *story) fault(at float64, t verify.Type, active bool) *story {
	return s.add(at, verify.Event{Type: t, Step: 1, Fault: &verify.FaultEvent{
		ID: "1.1.1", Kind: "process.kill", Target: "checkout (pid 7)", Active: active,
	}})
}

func (s *story) pulse(at float64, role verify.Role, name string, ok bool, subject string) *story {
	return s.add(at, verify.Event{Type: verify.PulseTaken, Step: 1, Pulse: &verify.PulseEvent{
		Role: role, Name: name, Pulse: verify.Pulse{OK: ok, Subject: subject},
	}})
}

// poll is asked at one moment and answered a moment later; an error says that it failed.
func (s *story) poll(at float64, err string) *story {
	return s.add(at+0.05, verify.Event{Type: verify.Polled, Step: 1, Error: err, Poll: &verify.PollEvent{
		Source: "pd", Asked: t0.Add(time.Duration(at * float64(time.Second))),
	}})
}

// page tells of an incident that was opened at one moment and is seen right away.
func (s *story) page(at float64, change func(*verify.Incident)) *story {
	in := verify.Incident{
		ID: "P1", Source: "pd", Service: "checkout", Title: "checkout is down", Status: verify.Triggered, Urgency: "high",
		Opened: t0.Add(time.Duration(at*float64(time.Second)) + time.Millisecond), // not a whole second
	}
	if change != nil {
		change(&in)
	}
	return s.add(at+0.1, verify.Event{Type: verify.IncidentSeen, Step: 1, Incident: &verify.SeenIncident{Incident: in}})
}

func resolvedAt(at float64) func(*verify.Incident) {
	return func(in *verify.Incident) {
		in.Status, in.Resolved = verify.Resolved, t0.Add(time.Duration(at*float64(time.Second))+time.Millisecond)
	}
}

// ends reverts at 25 s and is healthy at 26 s.
func (s *story) ends() *story {
	s.add(25, verify.Event{Type: verify.HoldEnded, Step: 1, Text: "the hold is over"})
	s.fault(25, verify.FaultUndone, false)
	s.fault(25.5, verify.FaultLook, false)
	s.pulse(25.9, verify.Steady, "answers", true, "")
	s.add(26, verify.Event{Type: verify.Restored, Step: 1})
	return s.over(60)
}

func (s *story) over(at float64) *story {
	s.add(at, verify.Event{Type: verify.StepEnded, Step: 1})
	return s.add(at, verify.Event{Type: verify.RunEnded})
}

// watched adds a watcher to the plan, and a fate if it shares one.
func (s *story) watched(fates ...verify.Fate) *story {
	s.plan.Watchers = []verify.WatcherPlan{{Name: "check", Fates: fates}}
	return s
}

func judged(t *testing.T, s *story) (Record, Result) {
	t.Helper()
	for i := range s.events {
		s.events[i].Seq = i + 1
	}
	rec := Judge(s.events)
	if len(rec.Steps) == 0 || len(rec.Steps[0].Results) == 0 {
		t.Fatal("nothing was judged")
	}
	return rec, rec.Steps[0].Results[0]
}
