package compare_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/failurefriday/friday/reports/compare"
	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/verify/judge"
)

func conditions(t *testing.T, text string) compare.Conditions {
	t.Helper()
	c, err := compare.ParseConditions(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParseConditions(t *testing.T) {
	for _, c := range []struct{ text, want, wrong string }{
		{"new-silent", "new-silent", ""},
		{"slower=2x,new-late", "new-late,slower=2x", ""},
		{" new-silent , coverage-lost,new-silent", "new-silent,coverage-lost", ""},
		{"slower=1.5x", "slower=1.5x", ""},
		{"new-failure", "new-failure", ""},
		{compare.DefaultConditions, compare.DefaultConditions, ""},
		{"none", "none", ""},
		{"", "", "a condition is empty"},
		{",", "", "a condition is empty"},
		{"new-silent,", "", "a condition is empty"},
		{"none,new-late", "", "none stands alone"},
		{"new-silent=yes", "", "new-silent takes no value"},
		{"silent", "", `nothing is called "silent"`},
		{"mended", "", `nothing is called "mended"`},
		{"slower", "", "slower=: want how many times"},
		{"slower=2", "", "want how many times"},
		{"slower=x", "", "want how many times"},
		{"slower=1x", "", "more than 1"},
		{"slower=0.5x", "", "more than 1"},
		{"slower=-2x", "", "more than 1"},
		{"slower=NaNx", "", "more than 1"},
		{"slower=Infx", "", "more than 1"},
		{"slower=1e9x", "", "more than 1"},
		{"slower=0x1p4x", "", "more than 1"},
		{"slower=2x,slower=2.0x", "slower=2x", ""},
		{"slower=2x,slower=3x", "", "slower stands there twice: 2x and 3x"},
		{"new-silnet", "", `nothing is called "new-silnet"; did you mean "new-silent"?`},
		{"slwer=2x", "", `nothing is called "slwer"; did you mean "slower"?`},
		{"new-noise=2x", "", `nothing is called "new-noise"` + "\nwant some of new-silent, new-late, new-failure, coverage-lost, slower=2x"},
		{"a,slower=1x,new-late=3", "", "nothing is called \"a\"\nslower=1x: want how many"},
		{"a,slower=1x,new-late=3", "", "\nnew-late takes no value\nwant"},
	} {
		got, err := compare.ParseConditions(c.text)
		switch {
		case c.wrong == "" && (err != nil || got.String() != c.want):
			t.Errorf("%q: %q (%v), want %q", c.text, got, err, c.want)
		case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
			t.Errorf("%q: %v, want %q", c.text, err, c.wrong)
		}
	}
}

// past is a past of runs that can be read.
func past(runs ...digest.Run) compare.Past { return compare.Past{Runs: runs} }

// times is the expectation a, n times, a run a day from day 1.
func times(v judge.Verdict, n int) compare.Past {
	var p compare.Past
	for day := range n {
		p.Runs = append(p.Runs, on(day+1, is("a", v)))
	}
	return p
}

func plus(p compare.Past, runs ...digest.Run) compare.Past {
	p.Runs = append(p.Runs, runs...)
	return p
}

func TestGate(t *testing.T) {
	silent, late, noisy := on(50, is("a", judge.Silent)), on(50, is("a", judge.Late)), on(50, is("a", judge.Noisy))
	late3 := []digest.Run{on(1, found("a", judge.Late, 4)), on(2, found("a", judge.Late, 4)), on(3, found("a", judge.Late, 4))}
	for _, c := range []struct {
		name   string
		failOn string
		now    digest.Run
		past   compare.Past
		want   judge.Verdict
		says   string
	}{
		{"silent, no past", "new-silent", silent, past(), judge.Silent, "new, failing"},
		{"silent as in the one before", "new-silent", silent, times(judge.Silent, 1), judge.Pass, "SILENT as in the last run: known, not failing because of --fail-on new-silent"},
		{"silent as ever", "new-silent", silent, times(judge.Silent, 4), judge.Pass, "SILENT as in all of the last 4 runs: known, not failing because of --fail-on new-silent"},
		{"silent as ever, not listed", "new-late,new-failure,slower=2x", silent, times(judge.Silent, 4), judge.Silent, ""},
		{"silent, and once it came", "new-silent", silent, plus(times(judge.Silent, 3), on(7, is("a", judge.Pass))), judge.Silent, "as in 3 of the last 4 runs: not always"},
		{"silent, and once it was late", "new-silent,new-late", silent, plus(times(judge.Silent, 3), on(7, is("a", judge.Late))), judge.Silent, "not always"},
		{"it came eleven runs ago", "new-silent", silent, plus(past(on(0, is("a", judge.Pass))), times(judge.Silent, 10).Runs...), judge.Silent, "SILENT as in all of the last 10 runs, but it passed in " + on(0).ID + ": failing until it does again"},
		{"it was late eleven runs ago", "new-silent", silent, plus(past(on(0, is("a", judge.Late))), times(judge.Silent, 10).Runs...), judge.Pass, "all of the last 10 runs"},
		{"another one came eleven runs ago", "new-silent", silent, plus(past(on(0, is("b", judge.Pass), is("a", judge.Silent))), times(judge.Silent, 10).Runs...), judge.Pass, "all of the last 10 runs"},
		{"it came ten runs ago", "new-silent", silent, plus(past(on(0, is("a", judge.Pass))), times(judge.Silent, 9).Runs...), judge.Silent, "9 of the last 10"},
		{"runs that could not tell do not count", "new-silent", silent, plus(times(judge.Silent, 1), on(7, is("a", judge.Void)), on(8, is("a", judge.Inconclusive)), but(on(9, is("a", judge.Aborted)), aborted)), judge.Pass, "the last run"},
		{"only runs that could not tell", "new-silent", silent, times(judge.Void, 4), judge.Silent, "new, failing"},
		{"a stopped run is no past, though it was silent", "new-silent", silent, past(but(on(7, is("a", judge.Silent)), aborted)), judge.Silent, "new, failing"},
		{"another definition", "new-silent", silent, past(but(on(7, is("a", judge.Silent)), redefined)), judge.Silent, "new, failing"},
		{"elsewhere", "new-silent", silent, past(but(on(7, is("a", judge.Silent)), elsewhere)), judge.Silent, "new, failing"},
		{"a control", "new-silent", silent, past(but(on(7, is("a", judge.Silent)), control)), judge.Silent, "new, failing"},
		{"what came later", "new-silent", silent, past(on(51, is("a", judge.Silent))), judge.Silent, "new, failing"},
		{"itself", "new-silent", silent, past(silent), judge.Silent, "new, failing"},
		{"another expectation", "new-silent", silent, past(on(7, is("b", judge.Silent))), judge.Silent, "new, failing"},
		{"late as ever", "new-late", late, times(judge.Late, 2), judge.Pass, "LATE as in all of the last 2 runs: known, not failing because of --fail-on new-late"},
		{"late, silent before", "new-late,new-silent", late, times(judge.Silent, 2), judge.Late, "not always"},
		{"late as ever, only silent is listed", "new-silent", late, times(judge.Late, 2), judge.Late, ""},
		{"noisy as ever", "new-failure", noisy, times(judge.Noisy, 2), judge.Pass, "not failing because of --fail-on new-failure"},
		{"noisy, wrong before", "new-failure", noisy, times(judge.Wrong, 2), judge.Noisy, "not always"},
		{"silent is no other failure", "new-failure", silent, times(judge.Silent, 2), judge.Silent, ""},
		{"what else is wrong still fails", "new-silent", on(50, is("a", judge.Silent), is("b", judge.Late)), times(judge.Silent, 2), judge.Late, "known"},
		{"what could not be told stays", "new-silent", on(50, is("a", judge.Silent), is("b", judge.Void)), times(judge.Silent, 2), judge.Void, "known"},
		{"a run that could not tell stays", "slower=2x", on(50, found("a", judge.Pass, 9), is("b", judge.Inconclusive)), past(days(1, 1, 1)...), judge.Inconclusive, ""},
		{"a run that was stopped stays", "new-silent", but(silent, aborted), times(judge.Silent, 2), judge.Aborted, ""},
		{"a run that is not restored stays", "new-silent", but(silent, unrestored), times(judge.Silent, 2), judge.Unrestored, ""},
		{"a pass", "new-silent,new-late,new-failure", on(50, is("a", judge.Pass)), times(judge.Silent, 2), judge.Pass, ""},
		{"slower", "slower=2x", on(50, found("a", judge.Pass, 2.1)), past(days(1, 1, 1)...), judge.Late, "PASS, but slower: detected in 2.1s; the median of the last 3 is 1s, so 2.1 times that; failing because of --fail-on slower=2x"},
		{"not so much slower", "slower=2.5x", on(50, found("a", judge.Pass, 2.1)), past(days(1, 1, 1)...), judge.Pass, ""},
		{"slower, not listed", "new-silent", on(50, found("a", judge.Pass, 9)), past(days(1, 1, 1)...), judge.Pass, ""},
		{"late as ever, but much later", "new-late,slower=2x", on(50, found("a", judge.Late, 9)), past(late3...), judge.Late, "LATE, but slower: detected in 9s; the median of the last 3 is 4s"},
		{"late as ever, and no later", "new-late,slower=2x", on(50, found("a", judge.Late, 5)), past(late3...), judge.Pass, "LATE as in all of the last 3 runs: known"},
		{"noisy as ever, but much later", "new-failure,slower=2x", on(50, found("a", judge.Noisy, 9)), past(on(1, found("a", judge.Noisy, 1)), on(2, found("a", judge.Noisy, 1)), on(3, found("a", judge.Noisy, 1))), judge.Late, "NOISY, but slower"},
		{"a step that asked for nothing is not waived", "new-silent", but(silent, func(r *digest.Run) { r.Steps = append(r.Steps, digest.Step{Index: 2}) }), times(judge.Silent, 2), judge.Unjudged, "known"},
		{"too few to say", "slower=2x", on(50, found("a", judge.Pass, 9)), past(days(1, 1)...), judge.Pass, "cannot be said from 2 detections: it takes 3"},
		{"waived and slower", "new-silent,slower=2x", on(50, is("b", judge.Silent), found("a", judge.Pass, 9)), plus(past(days(1, 1, 1)...), on(8, is("b", judge.Silent))), judge.Late, "known"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := conditions(t, c.failOn).Gate(c.now, c.past)
			if said := strings.Join(out.Said, "\n"); out.Verdict != c.want || !strings.Contains(said, c.says) || c.says == "" && said != "" {
				t.Errorf("%s, want %s; said %q, want %q", out.Verdict, c.want, said, c.says)
			}
		})
	}
}

// TestOnlyKnownFailuresAreWaived holds every pair of verdicts in one run, each as it ever was, against every choice: the run
// is green exactly if each of them passed, or failed in a way that is listed.
func TestOnlyKnownFailuresAreWaived(t *testing.T) {
	listed := map[judge.Verdict]string{judge.Silent: "new-silent", judge.Late: "new-late"}
	for _, failOn := range []string{"new-silent", "new-late", "new-failure", "slower=2x", "new-silent,new-late", "new-silent,new-late,new-failure,slower=2x"} {
		c := conditions(t, failOn)
		waived := func(v judge.Verdict) bool {
			word := listed[v]
			if word == "" {
				word = "new-failure"
			}
			return v == judge.Pass || v.Class() == judge.Failed && slices.Contains(strings.Split(failOn, ","), word)
		}
		for a := judge.Unjudged; a <= judge.Pass; a++ {
			for b := judge.Unjudged; b <= judge.Pass; b++ {
				var p compare.Past
				for day := range 4 {
					p.Runs = append(p.Runs, on(day+1, is("a", a), is("b", b)))
				}
				now := on(50, is("a", a), is("b", b))
				out := c.Gate(now, p)
				if green := out.Verdict == judge.Pass; green != (waived(a) && waived(b)) {
					t.Errorf("%s and %s with %s: %s, said %q", a, b, failOn, out.Verdict, out.Said)
				}
				if class := now.Verdict.Class(); class != judge.Passed && class != judge.Failed && out.Verdict != now.Verdict {
					t.Errorf("%s and %s with %s: %s, was %s", a, b, failOn, out.Verdict, now.Verdict)
				}
			}
		}
	}
}

// TestWhatCannotBeReadIsNotKnown: it may be the run in which the page came.
func TestWhatCannotBeReadIsNotKnown(t *testing.T) {
	now := on(50, is("a", judge.Silent))
	for _, c := range []struct {
		name, unread string
		runs         int
		want         judge.Verdict
	}{
		{"of this scenario", on(3).ID, 4, judge.Silent},
		{"before a window that is not full", "20200101-000000-shop-aaaa", 4, judge.Silent},
		{"before a full window", "20200101-000000-shop-aaaa", 10, judge.Silent},
		{"of another scenario", "20260101-000000-other-aaaa", 4, judge.Pass},
		{"newer", on(51).ID, 4, judge.Pass},
		{"nobody knows of what", "copied", 4, judge.Silent},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := times(judge.Silent, c.runs)
			p.Unread = []string{c.unread}
			out := conditions(t, "new-silent").Gate(now, p)
			if out.Verdict != c.want || c.want == judge.Silent && !strings.Contains(out.Said[0], "but "+c.unread+" cannot be: failing") {
				t.Errorf("%+v, want %s", out, c.want)
			}
		})
	}
}

// TestTheGateWithoutConditionsChangesNothing, whatever the past.
func TestTheGateWithoutConditionsChangesNothing(t *testing.T) {
	for v := judge.Unjudged; v <= judge.Pass; v++ {
		now := on(50, found("a", v, 9))
		if out := (compare.Conditions{}).Gate(now, times(v, 5)); out.Verdict != now.Verdict || len(out.Said) > 0 {
			t.Errorf("%s: %+v", v, out)
		}
	}
}

func TestBroken(t *testing.T) {
	old := on(30, is("a", judge.Pass), is("b", judge.Pass), is("c", judge.Pass), is("d", judge.Pass), found("e", judge.Pass, 1))
	now := on(50, is("a", judge.Silent), is("b", judge.Late), is("c", judge.Noisy), found("e", judge.Pass, 3))
	var history []digest.Run
	for day := range 3 {
		history = append(history, on(day+1, found("e", judge.Pass, 1)))
	}
	d, err := compare.Between(&old, now, history)
	if err != nil {
		t.Fatal(err)
	}
	for failOn, want := range map[string]string{
		"none": "", "new-silent": "new-silent: 1 expectation newly silent", "new-late": "new-late: 1 expectation newly late",
		"new-failure": "new-failure: 1 expectation newly failing", "coverage-lost": "coverage-lost: 1 proven thing not asked for any more",
		"slower=2x": "slower=2x: 1.e 3s; the median of the last 3 is 1s, so 3.0 times that", "slower=3x": "",
	} {
		if got := strings.Join(conditions(t, failOn).Broken(d), "|"); got != want {
			t.Errorf("%s: %q, want %q", failOn, got, want)
		}
	}
}
