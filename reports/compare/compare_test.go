package compare_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/reports/compare"
	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/verify/judge"
)

// TestEveryPairOfVerdicts holds all of them against each other, by the rules and not by a table of answers.
func TestEveryPairOfVerdicts(t *testing.T) {
	told := func(v judge.Verdict) bool { return v.Class() == judge.Passed || v.Class() == judge.Failed }
	for before := judge.Unjudged; before <= judge.Pass; before++ {
		for now := judge.Unjudged; now <= judge.Pass; now++ {
			old := on(1, is("a", before), is("other", judge.Pass))
			old.Verdict = judge.Pass // a run that can be a basis, whatever a was
			d, err := compare.Between(&old, on(2, is("a", now)), nil)
			if err != nil {
				t.Fatal(err)
			}
			got := changes(d)["a"]
			var want compare.Change
			switch {
			case !told(now):
				want = compare.CannotTell
			case now == judge.Pass && before.Class() == judge.Failed:
				want = compare.Mended
			case now == judge.Pass && before == judge.Pass:
				want = compare.Same
			case now == judge.Pass:
				want = compare.FirstPass
			case now == before:
				want = compare.StillFailing
			case now == judge.Silent:
				want = compare.NewSilent
			case now == judge.Late:
				want = compare.NewLate
			default:
				want = compare.NewFailure
			}
			if got != want {
				t.Errorf("%s, then %s: %s, want %s", before, now, got, want)
			}
			if !told(now) && !d.CannotTell() {
				t.Errorf("%s, then %s: the diff claims to know", before, now)
			}
		}
	}
}

func TestWhatIsNoBasis(t *testing.T) {
	for _, c := range []struct {
		name  string
		old   digest.Run
		basis bool
	}{
		{"pass", on(1, is("a", judge.Pass)), true},
		{"failed", on(1, is("a", judge.Late)), true},
		{"not restored, but it looked", but(on(1, is("a", judge.Pass)), unrestored), true},
		{"void", on(1, is("a", judge.Void)), false},
		{"inconclusive", on(1, is("a", judge.Inconclusive)), false},
		{"impossible", on(1, is("a", judge.Impossible)), false},
		{"stopped", but(on(1, is("a", judge.Pass)), aborted), false},
		{"nothing asked", on(1), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := compare.Between(&c.old, on(2, is("a", judge.Pass)), nil)
			if err != nil {
				t.Fatal(err)
			}
			if basis := d.Before != nil; basis != c.basis || d.CannotTell() == c.basis {
				t.Errorf("basis %v, cannot tell %v: %v", basis, d.CannotTell(), d.Notes)
			}
			if !c.basis && (len(d.Notes) == 0 || !strings.Contains(d.Notes[0], "nothing to compare with")) {
				t.Errorf("it does not say why: %v", d.Notes)
			}
		})
	}
}

func TestControlsAreComparedWithControlsOnly(t *testing.T) {
	plain, quiet := on(1, is("a", judge.Pass)), but(on(2, is("a", judge.Pass)), control)
	for _, pair := range [][2]digest.Run{{plain, quiet}, {quiet, plain}} {
		_, err := compare.Between(&pair[0], pair[1], nil)
		if err == nil || !strings.Contains(err.Error(), plain.ID+" had a fault and "+quiet.ID+" is a negative control") {
			t.Errorf("%s and %s: %v", pair[0].ID, pair[1].ID, err)
		}
	}
	if _, err := compare.Between(&quiet, but(on(3, is("a", judge.Pass)), control), nil); err != nil {
		t.Error(err)
	}
	if _, ok := compare.LastGreen([]digest.Run{plain}, quiet); ok {
		t.Error("a run with a fault is the green run of a control")
	}
}

// TestARunIsNotComparedWithItself: it would never differ, and a pipeline that names one run twice would always be green.
func TestARunIsNotComparedWithItself(t *testing.T) {
	one := on(1, is("a", judge.Silent))
	if _, err := compare.Between(&one, one, nil); err == nil || !strings.Contains(err.Error(), one.ID+" is compared with itself") {
		t.Error(err)
	}
}

func TestTheOlderRunMayBeNamedLast(t *testing.T) {
	later, now := on(5, is("a", judge.Pass)), on(2, is("a", judge.Silent))
	d, err := compare.Between(&later, now, nil)
	if err != nil || len(d.Notes) != 1 || !strings.Contains(d.Notes[0], "told backwards") {
		t.Errorf("%v (%v)", d.Notes, err)
	}
}

// TestARunThatAskedForNothingCannotTell, not even one that is known to have left something behind.
func TestARunThatAskedForNothingCannotTell(t *testing.T) {
	old := on(1, is("a", judge.Pass))
	for _, now := range []digest.Run{
		but(on(2), unrestored), but(on(2), func(r *digest.Run) { unrestored(r); r.Steps = nil }), but(on(2), func(r *digest.Run) { r.Verdict = judge.Pass }),
	} {
		d, err := compare.Between(&old, now, nil)
		if err != nil || !d.CannotTell() || d.Unrestored() != (now.Verdict == judge.Unrestored) {
			t.Errorf("%s: cannot tell %v, not restored %v (%v)", now.Verdict, d.CannotTell(), d.Unrestored(), err)
		}
	}
	d, err := compare.Between(&old, but(on(2, is("a", judge.Pass)), unrestored), nil)
	if err != nil || d.CannotTell() || !d.Unrestored() {
		t.Errorf("it was not restored, but it could tell: %v %v (%v)", d.CannotTell(), d.Unrestored(), err)
	}
}

func TestDifferencesBetweenTheRunsAreSaid(t *testing.T) {
	old := but(on(1, is("a", judge.Pass)), func(r *digest.Run) { elsewhere(r); redefined(r); r.Scenario = "shop2" })
	d, err := compare.Between(&old, on(2, is("a", judge.Pass)), nil)
	if err != nil || !d.DefinitionChanged || len(d.Notes) != 3 {
		t.Errorf("%v %v %v", d.DefinitionChanged, d.Notes, err)
	}
}

func TestLastGreen(t *testing.T) {
	now := on(9, is("a", judge.Silent))
	good := on(3, is("a", judge.Pass))
	for _, c := range []struct {
		name string
		all  []digest.Run
		want string
	}{
		{"none", nil, ""},
		{"the newest", []digest.Run{good, on(5, is("a", judge.Pass)), on(4, is("a", judge.Pass))}, on(5).ID},
		{"not what came later", []digest.Run{good, on(10, is("a", judge.Pass))}, good.ID},
		{"not itself", []digest.Run{good, now}, good.ID},
		{"not a failed one", []digest.Run{good, on(5, is("a", judge.Late))}, good.ID},
		{"not a stopped one", []digest.Run{good, but(on(5, is("a", judge.Pass)), aborted)}, good.ID},
		{"not one that left something", []digest.Run{good, but(on(5, is("a", judge.Pass)), unrestored)}, good.ID},
		{"not a control", []digest.Run{good, but(on(5, is("a", judge.Pass)), control)}, good.ID},
		{"not elsewhere", []digest.Run{good, but(on(5, is("a", judge.Pass)), elsewhere)}, good.ID},
		{"also of another definition", []digest.Run{good, but(on(5, is("a", judge.Pass)), redefined)}, on(5).ID},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := compare.LastGreen(c.all, now)
			if got.ID != c.want || ok != (c.want != "") {
				t.Errorf("got %q, want %q", got.ID, c.want)
			}
		})
	}
}

func TestWhatIsLost(t *testing.T) {
	old := on(1, alert(is("a", judge.Pass), "Down"), is("b", judge.Pass), is("c", judge.Silent), mustNot(is("d", judge.Pass)))
	old.Verdict = judge.Silent
	all := []digest.Result{alert(is("a", judge.Pass), "Down"), is("b", judge.Pass), is("c", judge.Silent), mustNot(is("d", judge.Pass))}
	for _, c := range []struct {
		name string
		now  digest.Run
		want []compare.Loss
	}{
		{"nothing", on(2, all...), []compare.Loss{}},
		{"what failed was not proved", on(2, all[0], all[1], all[3]), []compare.Loss{}},
		{"what cannot be told now is asked for", on(2, alert(is("a", judge.Void), "Down"), is("b", judge.Aborted), all[3]), []compare.Loss{}},
		{"an expectation", on(2, all[0], all[3]), []compare.Loss{{What: compare.LostExpectation, Text: "step kill it: page b"}}},
		{"a must_not_fire", on(2, all[0], all[1]), []compare.Loss{{What: compare.LostExpectation, Text: "step kill it: page d"}}},
		{"an alert, asked for under another key", on(2, alert(is("e", judge.Pass), "Down"), all[1], all[3]), []compare.Loss{{What: compare.LostExpectation, Text: "step kill it: page a"}}},
		{"an alert", on(2, alert(is("a", judge.Pass), "Up"), all[1], all[3]), []compare.Loss{{What: compare.LostAlert, Text: "Down"}}},
		{"a kind of fault", but(on(2, all...), func(r *digest.Run) { r.Steps[0].Faults = []digest.Fault{{Kind: "process.pause"}} }), []compare.Loss{{What: compare.LostFault, Text: "process.kill on checkout"}}},
		{"a service", but(on(2, all...), func(r *digest.Run) { r.Service = "search" }), []compare.Loss{{What: compare.LostFault, Text: "process.kill on checkout"}}},
		{"all that pages", on(2, all[3]), []compare.Loss{
			{What: compare.LostExpectation, Text: "step kill it: page a"},
			{What: compare.LostFault, Text: "process.kill on checkout"},
			{What: compare.LostAlert, Text: "Down"},
			{What: compare.LostExpectation, Text: "step kill it: page b"},
		}},
		{"nobody knows: it ended before it said", but(on(2), func(r *digest.Run) { r.Steps = nil }), []compare.Loss{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := compare.Between(&old, c.now, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, d.Lost); diff != "" {
				t.Error(diff)
			}
			if len(c.now.Steps) == 0 && (!d.CannotTell() || len(d.Of(compare.Gone)) > 0) {
				t.Error("a run that ended early is taken for one that asks for nothing")
			}
		})
	}
}

func TestSlowerThanUsual(t *testing.T) {
	for _, c := range []struct {
		name    string
		history []digest.Run
		now     float64
		median  float64 // 0: too few
		of      int
		slower  bool // than twice
	}{
		{"nothing known", nil, 9, 0, 0, false},
		{"two are too few", days(1, 1), 9, 0, 2, false},
		{"exactly twice is not more", days(1, 1, 1), 2, 1, 3, false},
		{"more than twice", days(1, 1, 1), 2.1, 1, 3, true},
		{"the median, not the mean", days(1, 100, 1), 2.1, 1, 3, true},
		{"of an even number the middle", days(1, 2, 4, 8), 6.1, 3, 4, true},
		{"the last ten only", days(9, 9, 9, 9, 9, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), 3, 1, 10, true},
		{"a control detects nothing of worth", append(days(1, 1), but(on(7, found("a", judge.Pass, 1)), control)), 9, 0, 2, false},
		{"elsewhere is another place", append(days(1, 1), but(on(7, found("a", judge.Pass, 1)), elsewhere)), 9, 0, 2, false},
		{"another definition is another thing", append(days(1, 1), but(on(7, found("a", judge.Pass, 1)), redefined)), 9, 0, 2, false},
		{"a stopped run does not count", append(days(1, 1), but(on(7, found("a", judge.Pass, 1)), aborted)), 9, 0, 2, false},
		{"what could not tell does not count", append(days(1, 1), on(7, found("a", judge.Inconclusive, 1), is("b", judge.Silent))), 9, 0, 2, false},
		{"what comes later does not count", append(days(1, 1), on(99, found("a", judge.Pass, 1))), 9, 0, 2, false},
		{"a late page was a detection", append(days(1, 1), on(7, found("a", judge.Late, 5))), 2.1, 1, 3, true},
		{"a median of nothing has no multiple", days(0, 0, 0), 5, 0, 3, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := compare.Between(nil, on(50, found("a", judge.Pass, c.now)), c.history)
			if err != nil {
				t.Fatal(err)
			}
			p := d.Results[0].Pace
			if p == nil || p.Of != c.of || p.Known() != (c.median > 0) || c.median > 0 && p.Median.Duration().Seconds() != c.median {
				t.Fatalf("%+v, want %g of %d", p, c.median, c.of)
			}
			if slower := len(d.Slower(2)) == 1; slower != c.slower {
				t.Errorf("slower: %v, want %v (%s)", slower, c.slower, p.Words())
			}
			if !p.Known() && !strings.Contains(p.Words(), "cannot be said") && !strings.Contains(p.Words(), "nothing is a multiple") {
				t.Errorf("it does not say that it cannot tell: %s", p.Words())
			}
		})
	}
}

func TestNothingMustBeDetected(t *testing.T) {
	history := []digest.Run{on(1, mustNot(found("a", judge.Unexpected, 1))), on(2, mustNot(found("a", judge.Unexpected, 1)))}
	d, err := compare.Between(&history[1], on(3, mustNot(found("a", judge.Unexpected, 1))), history)
	if err != nil || d.Results[0].Pace != nil || d.Results[0].DetectNow != nil {
		t.Errorf("a must_not_fire has a time to detect: %+v (%v)", d.Results[0], err)
	}
}

func TestSinceGreenSaysWhatItCouldNotRead(t *testing.T) {
	now := on(9, is("a", judge.Silent))
	d, err := compare.SinceGreen(now, compare.Past{})
	if err != nil || d.Before != nil || !slices.Contains(d.Notes, compare.NoGreen) || changes(d)["a"] != compare.NewSilent {
		t.Errorf("%+v (%v)", d, err)
	}
	green := on(5, is("a", judge.Pass))
	d, err = compare.SinceGreen(now, compare.Past{Runs: []digest.Run{green}, Unread: []string{on(4).ID, on(6).ID}})
	if err != nil || d.Before == nil || d.Before.Run != green.ID || len(d.Notes) != 1 || !strings.HasPrefix(d.Notes[0], on(6).ID+" cannot be read") {
		t.Errorf("%+v (%v)", d.Notes, err)
	}
}

func TestCouldBe(t *testing.T) {
	now := on(9)
	for id, want := range map[string]bool{
		on(8).ID: true, on(10).ID: false, now.ID: false, "20200101-000000-shop-aaaa": true, "20200101-000000-other-aaaa": false,
		"20200101-000000-shop-floor-aaaa": false, "copied by hand": true, "": true, "x": true, "20200101-000000--": false,
	} {
		if got := compare.CouldBe(id, now); got != want {
			t.Errorf("%q: %v, want %v", id, got, want)
		}
	}
}
