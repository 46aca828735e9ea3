package judge

import (
	"fmt"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
)

// stamped is an incident whose source cuts its time stamps off to whole seconds.
func (s *story) stamped(opened, before, seen float64) *story {
	in := verify.Incident{ID: "P1", Source: "pd", Service: "checkout", Title: "checkout is down", Opened: s.at(opened).Truncate(time.Second)}
	told := &verify.SeenIncident{Incident: in}
	if before > 0 {
		told.Before = s.at(before)
	}
	return s.add(seen, verify.Event{Type: verify.IncidentSeen, Step: s.number, Incident: told})
}

// TestTimesAreOurs: the source's clock is two minutes ahead; what counts is ours.
func TestTimesAreOurs(t *testing.T) {
	ahead := func(in *verify.Incident) {
		in.Opened = in.Opened.Add(2 * time.Minute)
		in.Acknowledged = in.Opened.Add(time.Second)
		in.Notified = []verify.Notification{{At: in.Opened, Who: "Ann"}}
	}
	known := func(at, offset float64) verify.Event {
		return verify.Event{Type: verify.Polled, Step: 1, Poll: &verify.PollEvent{
			Source: "pd", Asked: t0.Add(seconds(at).Duration()), Offset: seconds(offset), OffsetKnown: true,
		}}
	}
	for name, s := range map[string]*story{
		"known before":                  tell(expectCheckout()).begin().breaks().add(6, known(6, 120)).page(8, ahead),
		"known from the poll it was in": tell(expectCheckout()).begin().breaks().page(8, ahead).add(8.1, known(8, 120)),
		"set back later":                tell(expectCheckout()).begin().breaks().page(8, ahead).add(8.1, known(8, 120)).add(12, known(12, 0)),
	} {
		t.Run(name, func(t *testing.T) {
			rec, res := judged(t, s.poll(9, "").ends())
			if res.Verdict != Pass || res.TimeToDetect == nil || *res.TimeToDetect != seconds(3.001) {
				t.Errorf("%s, time to detect %v: %s", res.Verdict, res.TimeToDetect, res.Reason)
			}
			if want := t0.Add(8*time.Second + time.Millisecond); !rec.Pages[0].Opened.Equal(want) || !res.Notified.Equal(want) ||
				!res.Acknowledged.Equal(want.Add(time.Second)) || !rec.Pages[0].Notified[0].At.Equal(want) {
				t.Errorf("times are not ours: %+v", rec.Pages[0])
			}
		})
	}
}

// TestWholeSeconds: the fault is in force at 5 s, and the page is due at 15 s.
func TestWholeSeconds(t *testing.T) {
	for name, c := range map[string]struct {
		opened, before, seen float64
		verdict              Verdict
		took                 float64
	}{
		"the stamp alone":                       {8, 0, 9.4, Pass, 3},
		"a look narrows it":                     {8, 8.4, 9.4, Pass, 3.4},
		"an earlier look does not":              {8, 7.2, 9.4, Pass, 3},
		"no later than its second":              {8, 9.7, 9.9, Pass, 4},
		"in the second of the deadline":         {15, 0, 15.9, Pass, 10},
		"not there yet just after the deadline": {15, 15.3, 15.9, Late, 10.3},
		"the second after":                      {16, 0, 17, Late, 11},
		"in the second of the fault":            {5, 0, 6, Pass, 0},
		"seen in the second of the fault":       {5, 5.2, 5.6, Pass, 0.2},
	} {
		t.Run(name, func(t *testing.T) {
			_, res := judged(t, tell(expectCheckout()).begin().breaks().stamped(c.opened, c.before, c.seen).poll(18, "").ends())
			if res.Verdict != c.verdict || res.TimeToDetect == nil || *res.TimeToDetect != seconds(c.took) {
				t.Errorf("got %s after %v, want %s after %g s: %s", res.Verdict, res.TimeToDetect, c.verdict, c.took, res.Reason)
			}
			if late := *res.Margin < 0; late != (res.Verdict == Late) {
				t.Errorf("%s with a margin of %s", res.Verdict, *res.Margin)
			}
		})
	}
}

// TestNotOfThisFault: what was opened too early, or in the next step, is no answer to the fault.
func TestNotOfThisFault(t *testing.T) {
	for name, s := range map[string]*story{
		"a second too early":          tell(expectCheckout()).begin().stamped(3, 0, 5.5).breaks(),
		"seen before the fault":       tell(expectCheckout()).begin().stamped(4, 0, 4.6).breaks(),
		"a moment too early, exactly": tell(expectCheckout()).begin().breaks().page(4.9, func(in *verify.Incident) { in.Opened = t0.Add(4999 * time.Millisecond) }),
	} {
		t.Run(name, func(t *testing.T) {
			_, res := judged(t, s.poll(16, "").ends())
			if res.Verdict != Inconclusive || res.Kind != "SF-17" || len(res.Matched) != 0 {
				t.Errorf("got %s %s: %s", res.Verdict, res.Kind, res.Reason)
			}
		})
	}
	s := tell(expectCheckout()).begin().breaks().poll(16, "").mends().stepOver(60)
	rec, res := judged(t, s.next(expectCheckout()).breaks().page(8, nil).poll(9, "").ends())
	if second := rec.Steps[1].Results[0]; res.Verdict != Silent || second.Verdict != Pass {
		t.Errorf("the page of the second step: first %s, second %s", res.Verdict, second.Verdict)
	}
}

// TestUnknownTimes: a source that does not tell when something happened is taken at the moment it was seen.
func TestUnknownTimes(t *testing.T) {
	s := tell(with(func(e *verify.Expectation) { e.Resolves = seconds(10) })).begin().breaks()
	s.page(8, func(in *verify.Incident) { in.Opened = time.Time{} })
	s.poll(9, "").mends()
	s.page(30, func(in *verify.Incident) { in.Opened, in.Status = time.Time{}, verify.Resolved })
	_, res := judged(t, s.poll(40, "").over(60))
	if res.Verdict != Pass || *res.TimeToDetect != seconds(3.1) || *res.ResetTime != seconds(4.1) {
		t.Errorf("%s after %v, reset after %v: %s", res.Verdict, res.TimeToDetect, res.ResetTime, res.Reason)
	}
}

// TestAClockNobodyKnows: nothing was opened after it was seen, whatever its stamp says.
func TestAClockNobodyKnows(t *testing.T) {
	s := tell(expectCheckout()).begin().breaks().page(8, func(in *verify.Incident) { in.Opened = in.Opened.Add(time.Hour) })
	if _, res := judged(t, s.poll(9, "").ends()); res.Verdict != Pass || *res.TimeToDetect != seconds(3.1) {
		t.Errorf("%s after %v: %s", res.Verdict, res.TimeToDetect, res.Reason)
	}
}

// TestResolvedInTheSecondOfTheRevert: the fault is undone at 25 s and the system healthy at 26 s; what was cut off is never held against anybody.
func TestResolvedInTheSecondOfTheRevert(t *testing.T) {
	for at, want := range map[float64]Verdict{23: FalseRecovery, 24: Pass, 25: Pass, 36: Pass, 37: Stuck} {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			s := tell(with(func(e *verify.Expectation) { e.Resolves = seconds(10) })).begin().breaks().page(8, nil).poll(9, "")
			s.fault(23.5, verify.FaultLook, true).mends()
			s.page(40, func(in *verify.Incident) {
				in.Opened = s.at(8).Add(time.Millisecond)
				in.Status, in.Resolved = verify.Resolved, s.at(at)
			})
			_, res := judged(t, s.poll(45, "").over(60))
			if res.Verdict != want {
				t.Errorf("resolved at %g: %s, want %s: %s", at, res.Verdict, want, res.Reason)
			}
		})
	}
}
