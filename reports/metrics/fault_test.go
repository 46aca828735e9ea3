package metrics_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// t0 is t_f of every fault in these tests.
var t0 = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return t0.Add(time.Duration(seconds * float64(time.Second))) }

func exactly(seconds float64) metrics.Took {
	return metrics.Took{Known: metrics.Exactly, For: time.Duration(seconds * float64(time.Second))}
}

func never(seconds float64) metrics.Took {
	return metrics.Took{Known: metrics.Never, For: time.Duration(seconds * float64(time.Second))}
}

var unseen metrics.Took

// usual is a page with D of 60 s: t_i 10, t_u 12, t_k 40, t_z 110; looked at until 300.
func usual() digest.Result {
	return digest.Result{
		ID: "1.1", Key: "k1", Text: "fires: checkout", Verdict: judge.Pass, Within: verify.Seconds(time.Minute), HopsSeen: 10,
		Detected: at(10), Notified: at(12), Acknowledged: at(40), Resolved: at(110), Observed: at(300),
	}
}

// silent is a page that never came.
func silent() digest.Result {
	hop := verify.Routed
	return digest.Result{ID: "1.1", Key: "k1", Verdict: judge.Silent, Within: verify.Seconds(time.Minute), HopsSeen: 6, Kind: "SF-12", Broken: &hop, Observed: at(300)}
}

// runOf is a run of one step: t_c −1, t_f 0, t_r 90, t_h 100.
func runOf(results ...digest.Result) digest.Run {
	return digest.Run{
		ID: "r1", Scenario: "checkout-dies", Service: "checkout", Definition: "d1", Restored: true, Started: at(-5), Finished: at(301),
		Steps: []digest.Step{{
			Index: 1, Name: "kill", Issued: at(-1), InForce: t0, HoldEnd: at(90), Healthy: at(100), Ended: at(300),
			Faults: []digest.Fault{{Kind: "process.kill", Target: "checkout (pid 7)"}}, Results: results,
		}},
	}
}

// one is the only fault of a run.
func one(t *testing.T, r digest.Run, overturned func(run, key string) bool) metrics.Fault {
	t.Helper()
	faults := metrics.Of(r, overturned)
	if len(faults) != 1 {
		t.Fatalf("%d faults, not one", len(faults))
	}
	return faults[0]
}

// TestTheTimesOfAPage: worked out by hand from the moments of usual.
func TestTheTimesOfAPage(t *testing.T) {
	tells := []verify.Hop{verify.ResponderNotified, verify.IncidentAcknowledged, verify.IncidentResolved}
	type times struct{ Detect, Notify, Ack, FaultToAck, Resolve, Reset, Margin metrics.Took }
	for name, c := range map[string]struct {
		change func(*digest.Result)
		want   times
	}{
		"all is known": {func(*digest.Result) {}, times{exactly(10), exactly(12), exactly(30), exactly(40), exactly(100), exactly(10), exactly(50)}},
		"late":         {func(x *digest.Result) { x.Verdict, x.Detected = judge.Late, at(75) }, times{exactly(75), exactly(12), exactly(0), exactly(40), exactly(35), exactly(10), exactly(-15)}},
		"resolved too early": {
			func(x *digest.Result) { x.Verdict, x.Resolved = judge.FalseRecovery, at(60) },
			times{exactly(10), exactly(12), exactly(30), exactly(40), exactly(50), exactly(-40), exactly(50)},
		},
		"nobody can see people": {
			func(x *digest.Result) { x.Notified, x.Acknowledged, x.Resolved = time.Time{}, time.Time{}, time.Time{} },
			times{Detect: exactly(10), Margin: exactly(50)},
		},
		"people did nothing, and that was seen": {
			func(x *digest.Result) {
				x.Notified, x.Acknowledged, x.Resolved, x.Tells = time.Time{}, time.Time{}, time.Time{}, tells
			},
			times{Detect: exactly(10), Notify: never(300), Ack: never(290), FaultToAck: never(300), Resolve: never(290), Margin: exactly(50)},
		},
		"it closed itself": {
			func(x *digest.Result) { x.Acknowledged, x.Tells = time.Time{}, tells },
			times{exactly(10), exactly(12), never(100), never(110), exactly(100), exactly(10), exactly(50)},
		},
		"the acknowledgement was asked for and did not come": {
			func(x *digest.Result) {
				hop := verify.IncidentAcknowledged
				x.Verdict, x.Acknowledged, x.Broken = judge.Silent, time.Time{}, &hop
			},
			times{exactly(10), exactly(12), never(100), never(110), exactly(100), exactly(10), exactly(50)},
		},
		"it never came":            {func(x *digest.Result) { *x = silent() }, times{never(300), never(300), never(300), never(300), never(300), unseen, unseen}},
		"another one came":         {func(x *digest.Result) { *x = silent(); x.Verdict = judge.Wrong }, times{never(300), never(300), never(300), never(300), never(300), unseen, unseen}},
		"nobody could look":        {func(x *digest.Result) { x.Verdict = judge.Inconclusive }, times{}},
		"no deadline":              {func(x *digest.Result) { x.Within = 0 }, times{exactly(10), exactly(12), exactly(30), exactly(40), exactly(100), exactly(10), unseen}},
		"a clock that is off":      {func(x *digest.Result) { x.Detected = at(-2) }, times{exactly(0), exactly(12), exactly(42), exactly(40), exactly(112), exactly(10), exactly(60)}},
		"nobody knows until when":  {func(x *digest.Result) { *x = silent(); x.Observed = time.Time{} }, times{never(0), never(0), never(0), never(0), never(0), unseen, unseen}},
		"the end before the fault": {func(x *digest.Result) { *x = silent(); x.Observed = at(-9) }, times{never(0), never(0), never(0), never(0), never(0), unseen, unseen}},
	} {
		t.Run(name, func(t *testing.T) {
			x := usual()
			c.change(&x)
			p := one(t, runOf(x), nil).Pages[0]
			if diff := cmp.Diff(c.want, times{p.Detect, p.Notify, p.Ack, p.FaultToAck, p.Resolve, p.Reset, p.Margin}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAFaultIsAsSlowAsItsSlowestPage(t *testing.T) {
	slow, dark := usual(), usual()
	slow.Detected = at(45)
	dark.Notified = time.Time{}
	shorter := silent()
	shorter.Observed = at(200)
	for name, c := range map[string]struct {
		pages          []digest.Result
		outcome        judge.Verdict
		detect, notify metrics.Took
	}{
		"two in time":            {[]digest.Result{usual(), slow}, judge.Pass, exactly(45), exactly(12)},
		"one silent":             {[]digest.Result{usual(), silent()}, judge.Silent, never(300), never(300)},
		"one silent, told first": {[]digest.Result{silent(), slow}, judge.Silent, never(300), never(300)},
		"both silent":            {[]digest.Result{silent(), shorter}, judge.Silent, never(200), never(200)},
		"one not seen":           {[]digest.Result{usual(), dark}, judge.Pass, exactly(10), unseen},
		"not seen, told first":   {[]digest.Result{dark, usual()}, judge.Pass, exactly(10), unseen},
		"not seen and silent":    {[]digest.Result{dark, silent()}, judge.Silent, never(300), never(300)},
	} {
		t.Run(name, func(t *testing.T) {
			f := one(t, runOf(c.pages...), nil)
			if f.Outcome != c.outcome || f.Detect != c.detect || f.Notify != c.notify {
				t.Errorf("%s, detected %v, notified %v", f.Outcome, f.Detect, f.Notify)
			}
		})
	}
}

func TestRecovery(t *testing.T) {
	for name, c := range map[string]struct {
		change           func(*digest.Step)
		recovery, outage metrics.Took
		self             bool
	}{
		"after the undo":   {func(*digest.Step) {}, exactly(10), exactly(100), false},
		"by itself":        {func(s *digest.Step) { s.Healthy = at(30) }, exactly(30), exactly(30), true},
		"not at all":       {func(s *digest.Step) { s.Healthy, s.Unhealthy = time.Time{}, "still red" }, never(210), never(300), false},
		"nobody looked":    {func(s *digest.Step) { s.Healthy = time.Time{} }, unseen, unseen, false},
		"never undone":     {func(s *digest.Step) { s.HoldEnd = time.Time{} }, unseen, exactly(100), false},
		"nothing is known": {func(s *digest.Step) { s.HoldEnd, s.Healthy, s.Ended = time.Time{}, time.Time{}, time.Time{} }, unseen, unseen, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := runOf(usual())
			c.change(&r.Steps[0])
			f := one(t, r, nil)
			if f.Recovery != c.recovery || f.Outage != c.outage || f.SelfHealed != c.self {
				t.Errorf("recovery %v, outage %v, by itself %t", f.Recovery, f.Outage, f.SelfHealed)
			}
		})
	}
}

// TestWhatIsAFault: a step in which something was broken and for which somebody was to be paged, in no negative control.
func TestWhatIsAFault(t *testing.T) {
	quiet := digest.Result{MustNot: true, Verdict: judge.Pass}
	control, unbroken, unseenInForce := runOf(usual()), runOf(usual()), runOf(usual())
	control.Control = true
	unbroken.Steps[0].Issued, unbroken.Steps[0].InForce = time.Time{}, time.Time{}
	unseenInForce.Steps[0].InForce = time.Time{}
	for name, c := range map[string]struct {
		run  digest.Run
		want int
	}{
		"a page is asked for":   {runOf(usual()), 1},
		"and one must not come": {runOf(quiet, usual()), 1},
		"none is asked for":     {runOf(quiet), 0},
		"nothing is expected":   {runOf(), 0},
		"a negative control":    {control, 0},
		"nothing was broken":    {unbroken, 0},
		"not seen in force":     {unseenInForce, 1},
		"a run with no steps":   {digest.Run{ID: "r"}, 0},
	} {
		if got := metrics.Of(c.run, nil); len(got) != c.want {
			t.Errorf("%s: %d faults, want %d", name, len(got), c.want)
		}
	}
	if f := one(t, unseenInForce, nil); !f.Estimated || !f.At.Equal(at(-1)) || f.Detect != exactly(11) {
		t.Errorf("it counts from the injection, and that is said: %+v", f)
	}
	if f := one(t, runOf(quiet, usual()), nil); f.Estimated || len(f.Pages) != 1 || f.Class != "process.kill" {
		t.Errorf("got %+v", f)
	}
}

// TestSilencesThatWereNone do not count, unless another page of the fault was silent all the same.
func TestSilencesThatWereNone(t *testing.T) {
	second := silent()
	second.Key = "k2"
	overturned := func(run, key string) bool { return run == "r1" && key == "k1" }
	for name, c := range map[string]struct {
		pages             []digest.Result
		valid, overturned bool
	}{
		"the only one":        {[]digest.Result{silent()}, false, true},
		"one of two":          {[]digest.Result{silent(), second}, true, false},
		"the other one only":  {[]digest.Result{second}, true, false},
		"not a silence":       {[]digest.Result{usual()}, true, false},
		"beside one in time":  {[]digest.Result{silent(), func() digest.Result { x := usual(); x.Key = "k3"; return x }()}, false, true},
		"nobody could look":   {[]digest.Result{{Key: "k1", Verdict: judge.Inconclusive}}, false, false},
		"beside no silence":   {[]digest.Result{{Key: "k1", Verdict: judge.Void}, usual()}, false, false},
		"worse than the void": {[]digest.Result{{Key: "k9", Verdict: judge.Void}, second}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := one(t, runOf(c.pages...), overturned)
			if f.Valid() != c.valid || f.Overturned != c.overturned {
				t.Errorf("valid %t, overturned %t (%s)", f.Valid(), f.Overturned, f.Outcome)
			}
			if p := f.Pages[0]; p.Overturned && p.Detect != unseen {
				t.Errorf("when the page came is not known, and it took %v", p.Detect)
			}
		})
	}
}
