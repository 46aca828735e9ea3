package judge

import (
	"fmt"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
)

// t0 is when every story begins; its fault is in force five seconds later.
var t0 = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

// story builds a history, in seconds after t0.
type story struct {
	events []verify.Event
	plan   verify.PlanInfo
	number int     // of the step that is being told
	shift  float64 // seconds by which its times are later than they say
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
	s := &story{number: 1, plan: verify.PlanInfo{
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
	e.At = s.at(seconds)
	s.events = append(s.events, e)
	return s
}

// at is a moment of the step that is being told.
func (s *story) at(seconds float64) time.Time {
	return t0.Add(time.Duration((s.shift + seconds) * float64(time.Second)).Round(time.Microsecond))
}

// next goes on with another step, which expects what is given, 100 s after this one. The
// plan, told or not, learns of it.
func (s *story) next(expect ...verify.Expectation) *story {
	s.number++
	s.shift += 100
	for i := range expect {
		expect[i].Step, expect[i].ID = s.number, fmt.Sprintf("%d.%d", s.number, i+1)
	}
	if s.number > len(s.plan.Steps) {
		step := s.plan.Steps[0]
		step.Expect = expect
		step.Faults = []verify.FaultPlan{{ID: s.faultID(), Kind: "process.kill", Target: "checkout (pid 7)"}}
		s.plan.Steps = append(s.plan.Steps, step)
	}
	return s.add(1, verify.Event{Type: verify.StepStarted, Step: s.number})
}

func (s *story) faultID() string { return fmt.Sprintf("%d.1.1", s.number) }

func (s *story) begin() *story {
	s.add(0, verify.Event{Type: verify.RunStarted, Run: &verify.RunInfo{ID: "r", Scenario: "checkout-dies"}})
	s.add(0, verify.Event{Type: verify.RunPlanned, Plan: &s.plan})
	return s.add(1, verify.Event{Type: verify.StepStarted, Step: s.number})
}

// breaks injects the fault, which is seen in force at 5 s, and turns the steady state red.
func (s *story) breaks() *story {
	s.pulse(2, verify.Steady, "answers", true, "")
	s.fault(4.9, verify.FaultMade, false)
	s.fault(5, verify.FaultLook, true)
	return s.pulse(5.2, verify.Steady, "answers", false, "")
}

func (s *story) fault(at float64, t verify.Type, active bool) *story {
	return s.add(at, verify.Event{Type: t, Step: s.number, Fault: &verify.FaultEvent{
		ID: s.faultID(), Kind: "process.kill", Target: "checkout (pid 7)", Active: active,
	}})
}

func (s *story) pulse(at float64, role verify.Role, name string, ok bool, subject string) *story {
	return s.add(at, verify.Event{Type: verify.PulseTaken, Step: s.number, Pulse: &verify.PulseEvent{
		Role: role, Name: name, Pulse: verify.Pulse{OK: ok, Subject: subject},
	}})
}

// felt is what was counted of the fault at the end of the hold.
func (s *story) felt(at float64, packets uint64) *story {
	return s.add(at, verify.Event{Type: verify.FaultMeasured, Step: s.number, Fault: &verify.FaultEvent{
		ID: s.faultID(), Kind: "network.partition", Target: "checkout (pid 7)",
		Effect: &verify.Effect{Hits: packets, Text: fmt.Sprintf("%d packets dropped", packets)},
	}})
}

// poll is asked at one moment and answered a moment later; an error says that it failed.
func (s *story) poll(at float64, err string) *story {
	return s.add(at+0.05, verify.Event{Type: verify.Polled, Step: s.number, Error: err, Poll: &verify.PollEvent{
		Source: "pd", Asked: s.at(at),
	}})
}

// page tells of an incident that was opened at one moment and is seen right away.
func (s *story) page(at float64, change func(*verify.Incident)) *story {
	in := verify.Incident{
		ID: "P1", Source: "pd", Service: "checkout", Title: "checkout is down", Status: verify.Triggered, Urgency: "high",
		Opened: s.at(at).Add(time.Millisecond), // not a whole second
	}
	if change != nil {
		change(&in)
	}
	return s.add(at+0.1, verify.Event{Type: verify.IncidentSeen, Step: s.number, Incident: &verify.SeenIncident{Incident: in}})
}

func resolvedAt(at float64) func(*verify.Incident) {
	return func(in *verify.Incident) {
		in.Status, in.Resolved = verify.Resolved, t0.Add(time.Duration(at*float64(time.Second))+time.Millisecond)
	}
}

// ends reverts at 25 s, is healthy at 26 s, and ends the run at 60 s.
func (s *story) ends() *story { return s.mends().over(60) }

func (s *story) mends() *story {
	s.add(25, verify.Event{Type: verify.HoldEnded, Step: s.number, Text: "the hold is over"})
	s.fault(25, verify.FaultUndone, false)
	s.fault(25.5, verify.FaultLook, false)
	s.pulse(25.9, verify.Steady, "answers", true, "")
	return s.add(26, verify.Event{Type: verify.Restored, Step: s.number})
}

func (s *story) stepOver(at float64) *story {
	return s.add(at, verify.Event{Type: verify.StepEnded, Step: s.number})
}

// stops is somebody or something that ends the run before its time.
func (s *story) stops(at float64, by verify.Cause, reason string) *story {
	return s.add(at, verify.Event{Type: verify.Aborted, Abort: &verify.AbortEvent{By: by, Reason: reason}})
}

// says is what a source has seen of a hop; step 0 is the plan.
func (s *story) says(at float64, step int, e verify.Evidence) *story {
	if e.Source == "" {
		e.Source = "pd"
	}
	return s.add(at, verify.Event{Type: verify.Traced, Step: step, Evidence: &e})
}

// open is an incident that was open before anything was broken.
func (s *story) open(change func(*verify.Incident)) *story {
	in := verify.Incident{
		ID: "P0", Source: "pd", Service: "checkout", Title: "checkout is down", Status: verify.Triggered, Opened: t0.Add(-time.Hour),
	}
	if change != nil {
		change(&in)
	}
	return s.add(0.5, verify.Event{Type: verify.IncidentSeen, Incident: &verify.SeenIncident{Incident: in, Baseline: true}})
}

func (s *story) over(at float64) *story {
	s.stepOver(at)
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
