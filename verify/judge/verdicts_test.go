package judge

import (
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
)

// with changes the usual expectation.
func with(change func(*verify.Expectation)) verify.Expectation {
	e := expectCheckout()
	change(&e)
	return e
}

func seconds(n float64) verify.Seconds {
	return verify.Seconds(time.Duration(n * float64(time.Second)).Round(time.Microsecond))
}

var mustNot = with(func(e *verify.Expectation) { e.MustNot, e.Within = true, 0 })

// TestEveryVerdict reaches each verdict, and says what its reason must tell.
func TestEveryVerdict(t *testing.T) {
	reached := map[Verdict]bool{}
	for name, c := range map[string]struct {
		story *story
		want  Verdict
		says  string
		kind  string
	}{
		"in time":              {tell(expectCheckout()).begin().breaks().page(8, nil).poll(9, "").ends(), Pass, "fired after 3s", ""},
		"after the deadline":   {tell(expectCheckout()).begin().breaks().page(17, nil).poll(18, "").ends(), Late, "2s later", "SF-09"},
		"never":                {tell(expectCheckout()).begin().breaks().poll(16, "").ends(), Silent, "nobody was paged", ""},
		"another urgency":      {tell(with(func(e *verify.Expectation) { e.Match.Urgency = match.Must("low") })).begin().breaks().page(8, nil).poll(16, "").ends(), Wrong, `urgency is "high", not low`, "SF-15"},
		"another title":        {tell(expectCheckout()).begin().breaks().page(8, func(in *verify.Incident) { in.Title = "disk full" }).poll(16, "").ends(), Wrong, "title", "SF-23"},
		"two of one":           {tell(with(func(e *verify.Expectation) { e.AtMost = 1 })).begin().breaks().page(8, nil).page(9, func(in *verify.Incident) { in.ID = "P2" }).poll(16, "").ends(), Noisy, "2 incidents", "SF-24"},
		"one of one":           {tell(with(func(e *verify.Expectation) { e.AtMost = 1 })).begin().breaks().page(8, nil).poll(16, "").ends(), Pass, "fired", ""},
		"must not and did":     {tell(mustNot).begin().breaks().page(8, nil).poll(25, "").ends(), Unexpected, "must not", ""},
		"must not and did not": {tell(mustNot).begin().breaks().poll(25, "").ends(), Pass, "stayed silent", ""},
		"resolved too early": {tell(expectCheckout()).begin().breaks().page(8, nil).page(15, func(in *verify.Incident) {
			in.Opened = t0.Add(8*time.Second + time.Millisecond)
			resolvedAt(15)(in)
		}).poll(16, "").ends(), FalseRecovery, "still in force", "SF-21"},
		"resolved by a person": {tell(expectCheckout()).begin().breaks().page(8, func(in *verify.Incident) {
			in.ResolvedByHand = true
			resolvedAt(15)(in)
		}).poll(16, "").ends(), Pass, "fired after 3s", ""},
		"in force before the injection": {tell(expectCheckout()).begin().fault(4, verify.FaultLook, true).fault(4.9, verify.FaultMade, false).
			fault(5, verify.FaultLook, false).poll(16, "").ends(), Void, "never took effect", "SF-28"},
		"never resolved": {tell(with(func(e *verify.Expectation) { e.Resolves = seconds(10) })).begin().breaks().page(8, nil).poll(16, "").
			poll(40, "").ends(), Stuck, "not resolved", "SF-22"},
		"never in force":    {tell(expectCheckout()).begin().fault(4.9, verify.FaultMade, false).fault(5, verify.FaultLook, false).poll(16, "").ends(), Void, "never took effect", "SF-28"},
		"nobody was hurt":   {tell(expectCheckout()).begin().pulse(2, verify.Steady, "answers", true, "").fault(4.9, verify.FaultMade, false).fault(5, verify.FaultLook, true).poll(16, "").ends(), Void, "no steady-state probe turned red", "SF-28"},
		"healed at once":    {tell(expectCheckout()).begin().breaks().fault(6, verify.FaultLook, false).poll(16, "").ends(), Void, "healed too soon", "SF-28"},
		"felt by nobody":    {tell(expectCheckout()).begin().breaks().felt(20, 0).poll(16, "").ends(), Void, "nobody felt the fault: 0 packets dropped", "SF-28"},
		"felt by somebody":  {tell(expectCheckout()).begin().breaks().felt(20, 3).poll(16, "").ends(), Silent, "nobody was paged", ""},
		"silence, unproven": {tell(mustNot).begin().breaks().felt(20, 0).poll(25, "").ends(), Void, "nobody felt the fault", "SF-28"},
		"half made": {tell(expectCheckout()).begin().breaks().add(5, verify.Event{Type: verify.FaultMade, Step: 1, Fault: &verify.FaultEvent{ID: "1.1.2"}}).
			poll(16, "").ends(), Void, "only 1 of 2 faults took effect", "SF-28"},
		"could not look":   {tell(expectCheckout()).begin().breaks().poll(9, "").poll(16, "503").ends(), Inconclusive, "503", "SF-29"},
		"looked too early": {tell(expectCheckout()).begin().breaks().poll(14, "").ends(), Inconclusive, "not read after the deadline", "SF-29"},
		"cannot be": {tell(expectCheckout()).begin().add(0.5, verify.Event{Type: verify.Traced, Evidence: &verify.Evidence{
			Hop: verify.IncidentCreated, Source: "pd", Delay: seconds(120), Text: "the service waits 2 minutes",
		}}).breaks().poll(16, "").ends(), Impossible, "2 minutes", ""},
		"never healthy": {tell(with(func(e *verify.Expectation) { e.Resolves = seconds(10) })).begin().breaks().page(8, nil).poll(16, "").
			fault(25, verify.FaultUndone, false).add(90, verify.Event{Type: verify.NotRestored, Step: 1, Text: "answers is red"}).over(91), Unrestored, "never came back, so nothing could be resolved: answers is red", ""},
		"stopped": {tell(expectCheckout()).begin().breaks().poll(6, "").add(7, verify.Event{Type: verify.Aborted, Abort: &verify.AbortEvent{
			By: verify.ByProbe, Reason: "the neighbour is red",
		}}).ends(), Aborted, "neighbour", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, res := judged(t, c.story)
			if res.Verdict != c.want || !strings.Contains(res.Reason, c.says) || res.Kind != c.kind {
				t.Errorf("got %s %s (%s), want %s %s (…%s…)", res.Verdict, res.Kind, res.Reason, c.want, c.kind, c.says)
			}
			reached[res.Verdict] = true
			for i, h := range verify.Hops() {
				if len(res.Hops) != len(verify.Hops()) || res.Hops[i].Hop != h || res.Hops[i].Text == "" {
					t.Fatalf("the hops are not laid out in order: %v", res.Hops)
				}
			}
			if res.Verdict.Class() == Failed && res.Verdict != Noisy && res.Verdict != Late && res.Verdict != Unexpected && res.Broken == nil {
				t.Error("an accusation without a broken hop")
			}
		})
	}
	for v := range Verdict(len(verdictNames)) {
		if v != Unjudged && !reached[v] {
			t.Errorf("no story ends in %s", v)
		}
	}
}

// TestTheOnlyBrokenHop: a late page has no broken hop, only slow ones, whatever else a source has seen.
func TestTheOnlyBrokenHop(t *testing.T) {
	s := tell(expectCheckout()).begin().says(0.5, 0, verify.Evidence{Hop: verify.ResponderNotified, State: verify.Broken, Text: "nobody is on call"})
	if _, res := judged(t, s.breaks().page(17, nil).poll(18, "").ends()); res.Verdict != Late || res.Broken != nil {
		t.Errorf("%s, broken %v", res.Verdict, res.Broken)
	}
}

func TestUnrestoredOutranksEverything(t *testing.T) {
	s := tell(expectCheckout()).begin().breaks().page(8, nil).poll(9, "")
	s.add(25, verify.Event{Type: verify.HoldEnded, Step: 1})
	s.fault(25, verify.FaultUndone, false)
	s.add(50, verify.Event{Type: verify.Residue, Step: 1, Error: "still in force after the revert", Fault: &verify.FaultEvent{ID: "1.1.1", Kind: "process.kill", Target: "checkout (pid 7)"}})
	s.add(51, verify.Event{Type: verify.NotRestored, Step: 1, Text: "a fault is still in force"})
	rec, res := judged(t, s.over(60))
	if rec.Verdict != Unrestored || rec.Restored || len(rec.Residue) != 1 || rec.Steps[0].Verdict != Unrestored {
		t.Errorf("verdict %s, restored %t, residue %v", rec.Verdict, rec.Restored, rec.Residue)
	}
	if res.Verdict != Pass {
		t.Errorf("the expectation was met all the same, and got %s", res.Verdict)
	}
	if !strings.Contains(rec.Summary, "friday recover") {
		t.Errorf("the summary does not say what to do: %s", rec.Summary)
	}
}

// TestSilentNeedsEveryProof takes one proof away after the other.
func TestSilentNeedsEveryProof(t *testing.T) {
	whole := func() *story { return tell(expectCheckout()).begin().breaks() }
	if _, res := judged(t, whole().poll(16, "").ends()); res.Verdict != Silent {
		t.Fatalf("with every proof: %s (%s)", res.Verdict, res.Reason)
	}
	open := &verify.SeenIncident{Baseline: true, Incident: verify.Incident{ID: "P0", Source: "pd", Service: "checkout", Title: "checkout is down", Opened: t0.Add(-time.Hour)}}
	for name, s := range map[string]*story{
		"the source was not read":       whole().poll(9, "").ends(),
		"the fault was not in force":    tell(expectCheckout()).begin().fault(4.9, verify.FaultMade, false).poll(16, "").ends(),
		"the fault could not be seen":   whole().add(5.5, verify.Event{Type: verify.FaultLook, Step: 1, Error: "eperm", Fault: &verify.FaultEvent{ID: "1.1.1"}}).fault(24, verify.FaultLook, false).poll(9, "").ends(),
		"something was open before":     tell(expectCheckout()).begin().add(1, verify.Event{Type: verify.IncidentSeen, Incident: open}).breaks().poll(16, "").ends(),
		"the poll came back as garbage": whole().poll(16, "no list \"incidents\"").ends(),
	} {
		t.Run(name, func(t *testing.T) {
			if _, res := judged(t, s); res.Verdict == Silent || res.Verdict == Pass {
				t.Errorf("verdict %s: %s", res.Verdict, res.Reason)
			}
		})
	}
}

// TestResidueAlone: what is left in force is said to be, whatever the steady state looks like.
func TestResidueAlone(t *testing.T) {
	s := tell(expectCheckout()).begin().breaks().page(8, nil).poll(9, "").mends()
	rec, _ := judged(t, s.fault(50, verify.Residue, false).over(60))
	if rec.Verdict != Unrestored || rec.Restored || rec.Residue[0].Why != "still in force after the revert" || !strings.Contains(rec.Summary, "still in force: run friday recover") {
		t.Errorf("%s, restored %t, residue %v: %s", rec.Verdict, rec.Restored, rec.Residue, rec.Summary)
	}
}

func TestBaselineNeverSatisfies(t *testing.T) {
	s := tell(with(func(e *verify.Expectation) { e.AllowOpen = true })).begin()
	s.add(1, verify.Event{Type: verify.IncidentSeen, Incident: &verify.SeenIncident{Baseline: true, Incident: verify.Incident{
		ID: "P0", Source: "pd", Service: "checkout", Title: "checkout is down", Status: verify.Acknowledged, Opened: t0.Add(-time.Hour),
	}}})
	_, res := judged(t, s.breaks().poll(16, "").ends())
	if res.Verdict != Silent || res.Kind != "SF-17" || res.Broken == nil || res.Broken.Hop != verify.IncidentCreated {
		t.Errorf("got %s %s, broken %v: %s", res.Verdict, res.Kind, res.Broken, res.Reason)
	}
}

func TestPeople(t *testing.T) {
	told := func(in *verify.Incident) {
		in.Notified = []verify.Notification{{At: t0.Add(7 * time.Second), Who: "Ann", Failed: "bounced"}, {At: t0.Add(12 * time.Second), Who: "Bob"}}
		in.Acknowledged = t0.Add(20 * time.Second)
	}
	for name, c := range map[string]struct {
		want verify.Expectation
		page func(*verify.Incident)
		got  Verdict
	}{
		"notified in time":       {with(func(e *verify.Expectation) { e.Notified = seconds(10) }), told, Pass},
		"a failure is no notice": {with(func(e *verify.Expectation) { e.Notified = seconds(5) }), told, Late},
		"nobody notified":        {with(func(e *verify.Expectation) { e.Notified = seconds(10) }), nil, Silent},
		"acknowledged late":      {with(func(e *verify.Expectation) { e.Acknowledged = seconds(10) }), told, Late},
		"nobody acknowledged":    {with(func(e *verify.Expectation) { e.Acknowledged = seconds(15) }), nil, Silent},
	} {
		t.Run(name, func(t *testing.T) {
			_, res := judged(t, tell(c.want).begin().breaks().page(6, c.page).poll(24, "").ends())
			if res.Verdict != c.got {
				t.Errorf("got %s (%s), want %s", res.Verdict, res.Reason, c.got)
			}
			if c.got == Silent && (res.Broken == nil || res.Broken.Hop < verify.ResponderNotified) {
				t.Errorf("broken hop %v", res.Broken)
			}
		})
	}
}
