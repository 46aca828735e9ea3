package metrics_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// with is a run with one page of a verdict.
func with(v judge.Verdict) digest.Run {
	x := usual()
	if v == judge.Silent || v == judge.Wrong {
		x = silent()
	}
	x.Verdict = v
	return runOf(x)
}

// all is one run of each verdict, PASS three times.
func all() []digest.Run {
	runs := []digest.Run{with(judge.Pass), with(judge.Pass)}
	for v := judge.Unjudged; v <= judge.Pass; v++ {
		runs = append(runs, with(v))
	}
	return runs
}

// TestSharesSumToOne: each valid fault is in one share, and those that do not count are in none.
func TestSharesSumToOne(t *testing.T) {
	faults := metrics.SetOf(all(), nil).Faults
	sum, hits := 0.0, 0
	for _, s := range metrics.Outcomes(faults) {
		sum += s.Rate.Share()
		hits += s.Rate.Hits
		if s.Rate.Of != 11 {
			t.Errorf("%s: %d of %d, and 11 count", s.Verdict, s.Rate.Hits, s.Rate.Of)
		}
	}
	if math.Abs(sum-1) > 1e-9 || hits != 11 {
		t.Errorf("%d faults, shares of %g", hits, sum)
	}
	if got := metrics.Detection(faults); got != (metrics.Rate{Hits: 4, Of: 11}) { // three PASS and NOISY
		t.Errorf("detected %+v", got)
	}
	if got := metrics.Silent(faults); got != (metrics.Rate{Hits: 1, Of: 11}) {
		t.Errorf("silent %+v", got)
	}
	want := []metrics.Exclusion{
		{Verdict: judge.Void, Faults: 1},
		{Verdict: judge.Inconclusive, Faults: 1},
		{Verdict: judge.Impossible, Faults: 1},
		{Verdict: judge.Aborted, Faults: 1},
		{Verdict: judge.Unjudged, Faults: 1},
	}
	if diff := cmp.Diff(want, metrics.Exclusions(faults)); diff != "" {
		t.Error(diff)
	}
	if got := metrics.Outcomes(nil); got != nil || metrics.Detection(nil).Known() {
		t.Errorf("of nothing there are no shares: %v", got)
	}
}

func TestWhatIsCountedApart(t *testing.T) {
	fires, quiet := with(judge.Unexpected), with(judge.Pass)
	fires.Control, quiet.Control = true, true
	blind := with(judge.Inconclusive)
	blind.Control = true
	unbroken := with(judge.Aborted)
	unbroken.Steps[0].Issued, unbroken.Steps[0].InForce, unbroken.Restored = time.Time{}, time.Time{}, false
	watch := runOf(digest.Result{MustNot: true, Verdict: judge.Unexpected}, digest.Result{MustNot: true, Verdict: judge.Pass}, digest.Result{MustNot: true, Verdict: judge.Void})
	set := metrics.SetOf([]digest.Run{fires, quiet, blind, unbroken, watch, with(judge.Silent), with(judge.Silent)}, func(_, key string) bool { return key == "k1" })
	if set.Runs != 4 || set.Unrestored != 1 || set.NotBroken != 1 || set.NoPage != 1 || len(set.Faults) != 2 || len(set.Valid()) != 0 {
		t.Errorf("got %+v", set)
	}
	if set.Unwanted != (metrics.Rate{Hits: 1, Of: 2}) || set.Silences != (metrics.Rate{Hits: 2, Of: 2}) {
		t.Errorf("unwanted %+v, silences %+v", set.Unwanted, set.Silences)
	}
	if set.Controls != (metrics.Controls{Runs: 3, Fired: metrics.Rate{Hits: 1, Of: 2}}) {
		t.Errorf("controls %+v", set.Controls)
	}
	if got := metrics.Exclusions(set.Faults); len(got) != 1 || !got[0].Overturned || got[0].Faults != 2 {
		t.Errorf("exclusions %+v", got)
	}
}

func faultsOf(t *testing.T, runs ...digest.Run) []metrics.Fault {
	t.Helper()
	return metrics.SetOf(runs, nil).Faults
}

// acked is a page that was acknowledged and resolved so many seconds after it was opened; 0 is not at all.
func acked(ack, resolve float64, tells bool) digest.Run {
	x := usual()
	x.Acknowledged, x.Resolved = time.Time{}, time.Time{}
	if ack > 0 {
		x.Acknowledged = at(10 + ack)
	}
	if resolve >= 0 {
		x.Resolved = at(10 + resolve)
	}
	if tells {
		x.Tells = []verify.Hop{verify.IncidentAcknowledged, verify.IncidentResolved}
	}
	return runOf(x)
}

func TestAcknowledgedAtPercentOfResolve(t *testing.T) {
	faults := faultsOf(
		t, acked(19.9, 100, true), acked(20, 100, true), acked(59, 100, true), acked(60, 100, true), acked(99, 100, true), acked(100, 100, true),
		acked(0, 100, true), acked(0, -1, true), acked(30, -1, true), acked(0, 0, true), acked(50, 20, true),
		acked(0, 100, false), acked(30, -1, false), with(judge.Silent), with(judge.Void),
	)
	want := metrics.AckBins{Bins: [5]int{1, 1, 1, 1, 2}, ClosedItself: 2, NeverAcked: 1, StillOpen: 1, Undefined: 1, NotKnown: 2}
	got := metrics.AckBinsOf(metrics.Pages(faults))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got.Defined() != 6 {
		t.Errorf("%d have a percentage", got.Defined())
	}
	same := usual()
	same.Acknowledged, same.Resolved = same.Detected, same.Detected
	if got := metrics.AckBinsOf(metrics.Pages(faultsOf(t, runOf(same)))); got != (metrics.AckBins{Undefined: 1}) {
		t.Errorf("nothing divides by zero: %+v", got)
	}
	hours := acked(3e7, 6e7, true) // a year and two: more nanoseconds than five of them fit into
	hours.Steps[0].Results[0].Resolved = hours.Steps[0].Results[0].Detected.Add(math.MaxInt64 - 1)
	if got := metrics.AckBinsOf(metrics.Pages(faultsOf(t, hours))); got.Bins[0] != 1 {
		t.Errorf("got %+v", got)
	}
}

// TestRivalMTTRs: of the pages, two were acknowledged and resolved after 100 s and 60 s, and one after 20 s without.
func TestRivalMTTRs(t *testing.T) {
	got := metrics.MTTRs(faultsOf(t, acked(10, 100, true), acked(10, 60, true), acked(0, 20, true), acked(10, -1, true), acked(10, -1, false), with(judge.Silent)))
	sec := func(s float64) *verify.Seconds { v := verify.Seconds(s * float64(time.Second)); return &v }
	want := []metrics.MTTR{
		{Definition: "mttr-acknowledged", N: 2, Mean: sec(80), NotEnded: 1, NotKnown: 1},
		{Definition: "mttr-triggered", N: 3, Mean: sec(60), NotEnded: 1, NotKnown: 1},
		{Definition: "mttr-outage", N: 6, Mean: sec(100)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNoise(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err) // a system that knows no zones
	}
	loud, quiet, void := with(judge.Noisy), with(judge.Pass), with(judge.Void)
	day := func(h, m int) time.Time { return time.Date(2026, 11, 20, h, m, 0, 0, time.UTC) }
	s := &loud.Steps[0]
	s.Opened, s.Matched, s.Unexpected = 5, 2, 3
	// In Berlin it is an hour later: 21:59, 22:00, 07:59, 08:00.
	s.Notified = []time.Time{day(20, 59), day(21, 0), day(6, 59), day(7, 0), {}}
	quiet.Steps[0].Opened, quiet.Steps[0].Matched = 1, 1
	void.Steps[0].Opened, void.Steps[0].Notified = 9, []time.Time{day(3, 0)}
	n := metrics.NoiseOf(faultsOf(t, loud, quiet, void), berlin)
	if n.Faults != 2 || n.Incidents != 6 || n.Notifications != 4 || n.Unexpected != 3 || n.PerFault(n.Incidents) != 3 {
		t.Errorf("got %+v", n)
	}
	if n.Precision != (metrics.Rate{Hits: 3, Of: 6}) || n.OffHours != (metrics.Rate{Hits: 2, Of: 4}) || n.ByHour[22] != 1 || n.ByHour[8] != 1 {
		t.Errorf("precision %+v, off-hours %+v, %v", n.Precision, n.OffHours, n.ByHour)
	}
	if utc := metrics.NoiseOf(faultsOf(t, loud), nil); utc.OffHours != (metrics.Rate{Hits: 2, Of: 4}) || utc.ByHour[21] != 1 { // 06:59 and 07:00
		t.Errorf("in UTC %+v", utc)
	}
	if none := metrics.NoiseOf(nil, nil); none.PerFault(7) != 0 || none.Precision.Known() {
		t.Errorf("of nothing: %+v", none)
	}
}

func TestHopCoverage(t *testing.T) {
	if got := metrics.HopsSeen(faultsOf(t, with(judge.Pass), with(judge.Silent), with(judge.Void))); got != (metrics.Rate{Hits: 16, Of: 26}) {
		t.Errorf("got %+v", got)
	}
}
