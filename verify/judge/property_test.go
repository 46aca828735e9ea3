package judge

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/verify"
)

// eventful is a history with a bit of everything in it.
func eventful() *story {
	notify := with(func(e *verify.Expectation) {
		e.Notified, e.Acknowledged, e.Resolves, e.AtMost = seconds(10), seconds(12), seconds(10), 1
	})
	s := tell(notify, mustNot).watched(tie).begin().open(func(in *verify.Incident) { in.Service = "search" })
	s.says(0.7, 0, verify.Evidence{Hop: verify.Routed, State: verify.Broken, Text: "in maintenance"})
	s.pulse(2, verify.Watcher, "check", true, "8").fault(4.5, verify.FaultIntent, false).breaks().pulse(5.3, verify.Watcher, "check", false, "")
	s.page(8, nil).poll(9, "").poll(11, "503").fault(12, verify.FaultAgain, false).fault(12.1, verify.FaultLook, true)
	s.page(13, func(in *verify.Incident) {
		in.Opened, in.Acknowledged = s.at(8).Add(1e6), s.at(12)
		in.Notified = []verify.Notification{{At: s.at(9), Who: "Ann"}}
	}).poll(16, "").mends()
	s.page(30, func(in *verify.Incident) {
		in.Opened = s.at(8).Add(1e6)
		resolvedAt(30)(in)
	}).poll(40, "").stepOver(60)
	s = s.next(expectCheckout()).breaks().poll(16, "").ends()
	for i := range s.events {
		s.events[i].Seq = i + 1
	}
	return s
}

func text(t *testing.T, rec Record) string {
	t.Helper()
	data, err := json.MarshalIndent(rec, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestSameHistorySameRecord: in whatever order its lines are read, and without a trace in the history itself.
func TestSameHistorySameRecord(t *testing.T) {
	s := eventful()
	before, err := json.Marshal(s.events)
	if err != nil {
		t.Fatal(err)
	}
	want := text(t, Judge(s.events))
	random := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		shuffled := slices.Clone(s.events)
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if diff := cmp.Diff(want, text(t, Judge(shuffled))); diff != "" {
			t.Fatal(diff)
		}
	}
	after, err := json.Marshal(s.events)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(before), string(after)); diff != "" {
		t.Errorf("judging changed the history: %s", diff)
	}
}

// TestWhatDoesNotMatter: events that are about something else change no verdict.
func TestWhatDoesNotMatter(t *testing.T) {
	verdicts := func(events []verify.Event) (all []Verdict) {
		for _, s := range Judge(events).Steps {
			for _, res := range s.Results {
				all = append(all, res.Verdict)
			}
		}
		return all
	}
	s := eventful()
	want := verdicts(s.events)
	noise := []verify.Event{
		{Type: "from the future", Step: 1, Text: "?"},
		{Type: verify.Warned, Text: "something"},
		{Type: verify.PulseTaken, Step: 1, Pulse: &verify.PulseEvent{Role: verify.AbortIf, Name: "neighbour"}},
		{Type: verify.PulseTaken, Step: 1, Pulse: &verify.PulseEvent{Role: verify.Watcher, Name: "of nobody"}},
		{Type: verify.Polled, Step: 1, Error: "down", Poll: &verify.PollEvent{Source: "mail"}},
		{Type: verify.IncidentSeen, Step: 1, Incident: &verify.SeenIncident{Incident: verify.Incident{ID: "X", Source: "mail", Service: "checkout", Title: "down"}}},
		{Type: verify.Traced, Step: 1, Evidence: &verify.Evidence{Hop: verify.Routed, State: verify.Broken, Source: "mail"}},
		{Type: verify.FaultLook, Step: -1, Fault: &verify.FaultEvent{}},
		{Type: verify.FaultMade, Step: 1},
		{Type: verify.Polled},
		{},
	}
	random := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		events := slices.Clone(s.events)
		for range 5 {
			e := noise[random.IntN(len(noise))]
			at := 1 + random.IntN(len(events)-2) // the run still begins and ends as it did
			e.At = events[at].At
			events = slices.Insert(events, at, e)
		}
		for i := range events {
			events[i].Seq = i + 1
		}
		if diff := cmp.Diff(want, verdicts(events)); diff != "" {
			t.Fatal(diff)
		}
	}
}

// TestAnyPartOfAHistory: a damaged history never brings the judge down, and never turns a silence into a pass.
func TestAnyPartOfAHistory(t *testing.T) {
	whole := tell(expectCheckout(), mustNot).watched(tie).begin().breaks().pulse(6, verify.Watcher, "check", false, "").poll(16, "").ends()
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var part []verify.Event
		for _, e := range whole.events {
			if random.IntN(3) > 0 {
				part = append(part, e)
			}
		}
		random.Shuffle(len(part), func(i, j int) {
			if random.IntN(4) == 0 {
				part[i], part[j] = part[j], part[i]
			}
		})
		for _, s := range Judge(part).Steps {
			if len(s.Results) > 0 && s.Results[0].Verdict == Pass {
				t.Fatalf("a page that never came passed: %s", s.Results[0].Reason)
			}
		}
		Waiting(part, random.IntN(4)-1, t0)
		Unresolved(part, random.IntN(4)-1)
	}
	if got := Judge(nil).Verdict; got != Unjudged {
		t.Errorf("an empty history is %s", got)
	}
}

// TestWhatIsKnownStaysKnown: once nothing is waited for, what comes after it in a normal run makes no silence of a pass.
func TestWhatIsKnownStaysKnown(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	stopped := 0
	for range 300 {
		e := expectCheckout()
		if random.IntN(2) == 0 {
			e.Notified = seconds(12)
		}
		fired, told, poll := 6+8*random.Float64(), 1+3*random.Float64(), 0.2+2*random.Float64()
		s := tell(e).begin().breaks()
		for at := 5.3; at < 25 && len(Waiting(s.events, 1, s.at(at))) > 0; at += poll {
			if at >= fired {
				s.stampedWith(fired, at, told)
			}
			s.poll(at-0.1, "")
		}
		if len(Waiting(s.events, 1, s.at(25))) > 0 {
			continue
		}
		stopped++
		at := s.events[len(s.events)-1].At.Sub(t0).Seconds()
		early := Judge(s.events).Steps[0].Results[0]
		s.add(at+0.1, verify.Event{Type: verify.HoldEnded, Step: 1, Text: "every answer is known"}).fault(at+0.2, verify.FaultUndone, false)
		s.fault(at+0.4, verify.FaultLook, false).add(at+1, verify.Event{Type: verify.Restored, Step: 1})
		s.page(at+2, func(in *verify.Incident) {
			in.Opened = s.at(fired)
			in.Status, in.Resolved = verify.Resolved, s.at(at+2)
			in.Notified = []verify.Notification{{At: s.at(fired + told), Who: "Ann"}}
		})
		late := Judge(s.poll(at+3, "").over(at + 4).events).Steps[0].Results[0]
		if early.Verdict == Pass && late.Verdict != Pass {
			t.Fatalf("known to be %s at %gs (%s), and in the end %s: %s", early.Verdict, at, early.Reason, late.Verdict, late.Reason)
		}
	}
	if stopped < 100 {
		t.Errorf("only %d of 300 stories stopped early: this tests nothing", stopped)
	}
}

// stampedWith shows, at one moment, an incident that was opened before, with the message that had gone out by then.
func (s *story) stampedWith(opened, seen, told float64) *story {
	in := verify.Incident{ID: "P1", Source: "pd", Service: "checkout", Title: "checkout is down", Opened: s.at(opened)}
	if seen >= opened+told {
		in.Notified = []verify.Notification{{At: s.at(opened + told), Who: "Ann"}}
	}
	return s.add(seen, verify.Event{Type: verify.IncidentSeen, Step: 1, Incident: &verify.SeenIncident{Incident: in}})
}

// FuzzJudge: whatever stands in a history file, there is a record of it that can be written.
func FuzzJudge(f *testing.F) {
	data, err := json.Marshal(eventful().events)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`[{"type":"run.planned","plan":{"steps":[{"expect":[{"id":"1.1","within_s":-1}]}],"watchers":[{}]}},{"type":"fault.sampled","step":1,"fault":{}}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var events []verify.Event
		if json.Unmarshal(data, &events) != nil {
			t.Skip()
		}
		rec := Judge(events)
		for _, s := range rec.Steps {
			for _, res := range s.Results {
				if res.Verdict == Unjudged || res.Reason == "" {
					t.Errorf("not judged: %+v", res)
				}
			}
		}
		Waiting(events, 1, t0)
	})
}
