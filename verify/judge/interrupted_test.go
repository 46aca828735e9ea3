package judge

import (
	"strings"
	"testing"

	"github.com/failurefriday/friday/verify"
)

// TestInterrupted: what was known when the run was stopped stays known, and the rest is ABORTED.
func TestInterrupted(t *testing.T) {
	begun := func(e verify.Expectation) *story { return tell(e).begin().breaks() }
	notify := with(func(e *verify.Expectation) { e.Notified = seconds(10) })
	acknowledge := with(func(e *verify.Expectation) { e.Acknowledged = seconds(10) })
	resolve := with(func(e *verify.Expectation) { e.Resolves = seconds(10) })
	stop := func(s *story, at float64) *story {
		s.add(at, verify.Event{Type: verify.HoldEnded, Step: 1, Text: "the run was stopped"})
		s.fault(at+0.1, verify.FaultUndone, false)
		s.add(at+0.2, verify.Event{Type: verify.Restored, Step: 1}).poll(30, "")
		return s.stops(31, verify.BySignal, "interrupted").over(32)
	}
	for name, c := range map[string]struct {
		story *story
		want  Verdict
	}{
		"it had fired":                      {stop(begun(expectCheckout()).page(7, nil).poll(8, ""), 9), Pass},
		"it had not fired":                  {stop(begun(expectCheckout()).poll(8, ""), 9), Aborted},
		"it was overdue, and we had looked": {stop(begun(expectCheckout()).poll(16, ""), 17), Silent},
		"it was overdue, and we had not":    {tell(expectCheckout()).begin().breaks().poll(9, "").stops(17, verify.ByHalt, "enough").fault(17, verify.FaultUndone, false).over(18), Aborted},
		"it must not, and the hold was on":  {stop(begun(mustNot).poll(8, ""), 9), Aborted},
		"it must not, and did":              {stop(begun(mustNot).page(7, nil).poll(8, ""), 9), Unexpected},
		"it must not, after the hold":       {begun(mustNot).poll(25, "").mends().stops(27, verify.BySignal, "interrupted").over(28), Pass},
		"nobody was notified yet":           {stop(begun(notify).page(7, nil).poll(8, ""), 9), Aborted},
		"nobody could have acknowledged":    {begun(acknowledge).page(7, nil).poll(8, "").stops(9, verify.BySignal, "interrupted").fault(9, verify.FaultUndone, false).over(10), Aborted},
		"it was not resolved yet":           {begun(resolve).page(7, nil).poll(8, "").mends().stops(28, verify.BySignal, "interrupted").over(29), Aborted},
		"nothing was broken":                {tell(expectCheckout()).begin().poll(3, "").stops(4, verify.ByProbe, "the neighbour is red").over(5), Aborted},
		"the injection failed": {tell(expectCheckout()).begin().poll(3, "").
			add(4, verify.Event{Type: verify.FaultMade, Step: 1, Error: "no such process", Fault: &verify.FaultEvent{ID: "1.1.1"}}).
			fault(4.1, verify.FaultUndone, false).stops(5, verify.ByFailure, "cannot inject").over(6), Aborted},
	} {
		t.Run(name, func(t *testing.T) {
			rec, res := judged(t, c.story)
			if res.Verdict != c.want {
				t.Errorf("got %s (%s), want %s", res.Verdict, res.Reason, c.want)
			}
			if rec.Verdict != Aborted || rec.Aborted == nil || !strings.Contains(rec.Summary, rec.Aborted.Reason) {
				t.Errorf("the run is %s: %s", rec.Verdict, rec.Summary)
			}
		})
	}
}

// TestStepsThatNeverBegan: the next step goes on only from a healthy system.
func TestStepsThatNeverBegan(t *testing.T) {
	s := tell(expectCheckout())
	s.plan.Steps = append(s.plan.Steps, s.plan.Steps[0])
	s.begin().breaks().page(8, nil).poll(9, "").fault(25, verify.FaultUndone, false)
	rec, res := judged(t, s.add(50, verify.Event{Type: verify.NotRestored, Step: 1, Text: "answers is red"}).over(60))
	second := rec.Steps[1]
	if res.Verdict != Pass || rec.Verdict != Unrestored || second.Verdict != Aborted || !strings.Contains(second.Results[0].Reason, "never begun") {
		t.Errorf("first %s, second %s (%s), run %s", res.Verdict, second.Verdict, second.Results[0].Reason, rec.Verdict)
	}
}

func TestRunnerThatDied(t *testing.T) {
	for name, c := range map[string]struct {
		story    *story
		verdict  Verdict
		result   Verdict
		restored bool
	}{
		"with a fault in force":       {tell(expectCheckout()).begin().breaks().poll(6, ""), Unrestored, Aborted, false},
		"after the page":              {tell(expectCheckout()).begin().breaks().page(7, nil).poll(8, ""), Unrestored, Pass, false},
		"before anything was touched": {tell(expectCheckout()).begin(), Aborted, Aborted, true},
		"in the act":                  {tell(expectCheckout()).begin().fault(4, verify.FaultIntent, false), Unrestored, Aborted, false},
		"after the revert":            {tell(expectCheckout()).begin().breaks().page(7, nil).poll(8, "").fault(25, verify.FaultUndone, false), Aborted, Pass, true},
		"after a revert that failed": {tell(expectCheckout()).begin().breaks().page(7, nil).poll(8, "").add(25, verify.Event{
			Type: verify.FaultUndone, Step: 1, Error: "eperm", Fault: &verify.FaultEvent{ID: "1.1.1"},
		}), Unrestored, Pass, false},
		"after all was well": {tell(expectCheckout()).begin().breaks().page(7, nil).poll(8, "").mends(), Aborted, Pass, true},
	} {
		t.Run(name, func(t *testing.T) {
			rec, res := judged(t, c.story)
			if rec.Verdict != c.verdict || res.Verdict != c.result || rec.Restored != c.restored {
				t.Errorf("run %s, result %s (%s), restored %t", rec.Verdict, res.Verdict, res.Reason, rec.Restored)
			}
			if !rec.Finished.IsZero() || rec.Aborted == nil || rec.Aborted.Reason != "the runner died" {
				t.Errorf("finished %s, aborted %v", rec.Finished, rec.Aborted)
			}
			if strings.Contains(rec.Summary, "friday recover") == c.restored {
				t.Errorf("the summary: %s", rec.Summary)
			}
		})
	}
}

// TestNothingIsLostWithThePlan: a fault in a history without its plan is still owed.
func TestNothingIsLostWithThePlan(t *testing.T) {
	rec := Judge([]verify.Event{{Type: verify.FaultMade, Step: 1, Fault: &verify.FaultEvent{ID: "1.1.1", Kind: "process.pause", Target: "checkout"}}})
	if rec.Restored || rec.Verdict != Unrestored || len(rec.Steps) != 1 || len(rec.Steps[0].Faults) != 1 {
		t.Errorf("%s, restored %t: %+v", rec.Verdict, rec.Restored, rec.Steps)
	}
}

// TestAnUndoThatHadToBeLookedAt: a revert that complained is clean once the runner has looked again and gone on.
func TestAnUndoThatHadToBeLookedAt(t *testing.T) {
	s := tell(expectCheckout()).begin().breaks().page(8, nil).poll(9, "")
	s.add(25, verify.Event{Type: verify.FaultUndone, Step: 1, Error: "no such process", Fault: &verify.FaultEvent{ID: "1.1.1"}})
	rec, _ := judged(t, s.add(26, verify.Event{Type: verify.Restored, Step: 1}).over(60))
	if !rec.Restored || rec.Verdict != Pass || rec.Steps[0].Faults[0].Error != "no such process" {
		t.Errorf("%s, restored %t, faults %+v", rec.Verdict, rec.Restored, rec.Steps[0].Faults)
	}
}

// TestBeyondUndoing: a fault that cannot be undone is not owed; the steady state decides.
func TestBeyondUndoing(t *testing.T) {
	s := tell(expectCheckout())
	s.plan.Steps[0].Faults[0].Irreversible = true
	s.begin().breaks().page(8, nil).poll(9, "")
	rec, _ := judged(t, s.add(26, verify.Event{Type: verify.Restored, Step: 1}).over(60))
	if !rec.Restored || rec.Verdict != Pass {
		t.Errorf("%s, restored %t", rec.Verdict, rec.Restored)
	}
}
