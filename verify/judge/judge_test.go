package judge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
)

// TestLattice pins the order of the verdicts, from worst to best, and the class of each.
func TestLattice(t *testing.T) {
	order := []Verdict{
		Unrestored, Aborted, Silent, Wrong, Unexpected, FalseRecovery, Stuck, Late, Noisy, Void, Unjudged, Inconclusive, Impossible, Pass,
	}
	for i, worse := range order {
		for _, better := range order[i:] {
			if got := Worst(better, worse); got != worse {
				t.Errorf("worst of %s and %s is %s", worse, better, got)
			}
		}
	}
	if Worst() != Unjudged || Verdict(0).Class() == Passed {
		t.Error("nothing judged counts as a pass")
	}
	classes := map[Class][]Verdict{
		Passed: {Pass}, Left: {Unrestored}, Stopped: {Aborted}, CannotTell: {Unjudged, Void, Inconclusive, Impossible},
		Failed: {Silent, Wrong, Unexpected, FalseRecovery, Stuck, Late, Noisy},
	}
	for class, verdicts := range classes {
		for _, v := range verdicts {
			if v.Class() != class {
				t.Errorf("%s has class %d, want %d", v, v.Class(), class)
			}
			var back Verdict
			if text, err := v.MarshalText(); err != nil || back.UnmarshalText(text) != nil || back != v {
				t.Errorf("%s does not survive a round trip", v)
			}
		}
	}
}

// TestTimesAreOurs: the source's clock is two minutes ahead; what counts is ours.
func TestTimesAreOurs(t *testing.T) {
	s := tell(expectCheckout()).begin().breaks()
	s.add(6, verify.Event{Type: verify.Polled, Step: 1, Poll: &verify.PollEvent{Source: "pd", Asked: t0.Add(6 * time.Second), Offset: seconds(120), OffsetKnown: true}})
	s.page(8, func(in *verify.Incident) { in.Opened = in.Opened.Add(2 * time.Minute) })
	_, res := judged(t, s.poll(9, "").ends())
	if res.Verdict != Pass || res.TimeToDetect == nil || *res.TimeToDetect != seconds(3.001) {
		t.Errorf("%s, time to detect %v", res.Verdict, res.TimeToDetect)
	}
}

// TestWholeSeconds: a time stamp of 8 s may mean anything up to 9 s; a look at 8.4 s that did not show it narrows that.
func TestWholeSeconds(t *testing.T) {
	s := tell(expectCheckout()).begin().breaks().poll(8.4, "")
	in := verify.Incident{ID: "P1", Source: "pd", Service: "checkout", Title: "checkout is down", Opened: t0.Add(8 * time.Second)}
	s.add(9.4, verify.Event{Type: verify.IncidentSeen, Step: 1, Incident: &verify.SeenIncident{Incident: in, Before: t0.Add(8400 * time.Millisecond)}})
	_, res := judged(t, s.poll(9.4, "").ends())
	if res.TimeToDetect == nil || *res.TimeToDetect != seconds(3.4) {
		t.Errorf("time to detect %v, want 3.4s", res.TimeToDetect)
	}
	// Cut off to a moment before the fault, and still after it.
	s = tell(expectCheckout()).begin().breaks()
	in.Opened = t0.Add(faultAt)
	s.fault(5, verify.FaultLook, true)
	s.add(6, verify.Event{Type: verify.IncidentSeen, Step: 1, Incident: &verify.SeenIncident{Incident: in}})
	if _, res := judged(t, s.poll(9, "").ends()); res.Verdict != Pass {
		t.Errorf("opened in the second of the fault: %s", res.Verdict)
	}
}

func TestWaiting(t *testing.T) {
	at := func(sec float64) time.Time { return t0.Add(time.Duration(sec * float64(time.Second))) }
	now := at(9)
	waits := func(s *story) int { return len(Waiting(s.events, 1, now)) }
	if waits(tell(expectCheckout()).begin()) == 0 {
		t.Error("nothing is in force, and nothing is waited for")
	}
	if waits(tell(expectCheckout()).begin().breaks().poll(8, "")) == 0 {
		t.Error("it has not fired, and nothing is waited for")
	}
	if n := waits(tell(expectCheckout()).begin().breaks().page(7, nil).poll(8, "")); n != 0 {
		t.Error("it has fired, and something is waited for")
	}
	if waits(tell(mustNot).begin().breaks().poll(8, "")) == 0 {
		t.Error("must_not_fire needs the whole hold")
	}
	notify := with(func(e *verify.Expectation) { e.Notified = seconds(20) })
	if waits(tell(notify).begin().breaks().page(7, nil).poll(8, "")) == 0 {
		t.Error("nobody has been notified yet")
	}
	full := tell(expectCheckout())
	full.plan.Steps[0].HoldFull = true
	if waits(full.begin().breaks().page(7, nil).poll(8, "")) == 0 {
		t.Error("hold_full is not held")
	}
}

// TestAnyPartOfAHistory: a damaged history never brings the judge down, and never turns into a pass of a silence.
func TestAnyPartOfAHistory(t *testing.T) {
	whole := tell(expectCheckout(), mustNot).watched().begin().breaks().pulse(6, verify.Watcher, "check", false, "").poll(16, "").ends()
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
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
		rec := Judge(part)
		for _, s := range rec.Steps {
			if len(s.Results) > 0 && s.Results[0].Verdict == Pass {
				t.Fatalf("a page that never came passed: %s", s.Results[0].Reason)
			}
		}
	}
	if got := Judge(nil).Verdict; got != Unjudged {
		t.Errorf("an empty history is %s", got)
	}
}

func TestSameHistorySameRecord(t *testing.T) {
	s := tell(expectCheckout(), mustNot).watched().begin().breaks().page(8, resolvedAt(30)).poll(16, "").ends()
	first, err := json.Marshal(Judge(s.events))
	if err != nil {
		t.Fatal(err)
	}
	second, err := json.Marshal(Judge(s.events))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(first), string(second)); diff != "" {
		t.Error(diff)
	}
}

// TestSchema: records keep to the schema that is printed for others.
func TestSchema(t *testing.T) {
	data, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("record.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("record.json")
	if err != nil {
		t.Fatal(err)
	}
	s := tell(expectCheckout(), mustNot).watched(verify.Fate{Step: 1}).begin().breaks().page(8, resolvedAt(30)).poll(16, "").ends()
	text, err := json.Marshal(Judge(s.events))
	if err != nil {
		t.Fatal(err)
	}
	record, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(record); err != nil {
		t.Errorf("%v", err)
	}
	if err := schema.Validate(map[string]any{"version": "one"}); err == nil {
		t.Error("the schema takes anything")
	}
}

// BenchmarkJudge: many incidents, many expectations, each of its own service and a title to match.
func BenchmarkJudge(b *testing.B) {
	for _, size := range []struct{ incidents, expectations int }{{1000, 1000}, {10_000, 100}, {10_000, 1000}} {
		b.Run(fmt.Sprintf("%dx%d", size.incidents, size.expectations), func(b *testing.B) {
			var expect []verify.Expectation
			for i := range size.expectations {
				e := expectCheckout()
				e.ID = fmt.Sprintf("1.%d", i+1)
				e.Match.Service = match.Must(fmt.Sprintf("service-%d", i))
				expect = append(expect, e)
			}
			s := tell(expect...).begin().breaks()
			for i := range size.incidents {
				s.page(8, func(in *verify.Incident) {
					in.ID = fmt.Sprint(i)
					in.Service = fmt.Sprintf("service-%d", i%size.expectations)
				})
			}
			s.poll(16, "").ends()
			b.ResetTimer()
			for b.Loop() {
				if rec := Judge(s.events); rec.Verdict != Pass {
					b.Fatal(rec.Summary)
				}
			}
		})
	}
}
