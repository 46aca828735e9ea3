package todo_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// day is noon of a day in November.
func day(n int) time.Time { return time.Date(2026, 11, n, 12, 0, 0, 0, time.UTC) }

// tell changes a run that is being made up.
type tell func(*digest.Run)

// ran is a run of the scenario checkout on a day whose only expectation came to v.
func ran(on int, v judge.Verdict, more ...tell) digest.Run {
	r := digest.Run{
		ID: fmt.Sprintf("run-%02d", on), Scenario: "checkout", Service: "shop", Owner: "team shop", Verdict: v, Restored: true,
		Started: day(on), Finished: day(on).Add(time.Minute),
		Steps: []digest.Step{{
			Index: 1, Name: "kill it", Verdict: v, Issued: day(on), InForce: day(on), Healthy: day(on).Add(time.Minute),
			Faults:  []digest.Fault{{Kind: "process.kill", Target: fmt.Sprintf("shop (pid %d)", 800+on)}},
			Results: []digest.Result{{ID: "1.1", Key: "aa", Text: "fires: service shop", Verdict: v, Reason: "as it went on day " + fmt.Sprint(on)}},
		}},
	}
	for _, t := range more {
		t(&r)
	}
	return r
}

func in(environment string) tell { return func(r *digest.Run) { r.Environment = environment } }
func control(r *digest.Run)      { r.Control = true }

func broken(hop verify.Hop, kind string) tell {
	return func(r *digest.Run) { r.Steps[0].Results[0].Broken, r.Steps[0].Results[0].Kind = &hop, kind }
}

func left(says ...string) tell {
	return func(r *digest.Run) { r.Restored, r.Residue, r.Verdict = false, says, judge.Unrestored }
}

func sick(why string) tell {
	return func(r *digest.Run) {
		r.Restored, r.Verdict, r.Steps[0].Unhealthy, r.Steps[0].Healthy = false, judge.Unrestored, why, time.Time{}
	}
}

func died(name string) tell {
	return func(r *digest.Run) {
		r.Watchers = append(r.Watchers, digest.Watcher{Name: name, Step: 1, Says: "died 2s after its target was down"})
	}
}

func lived(name string) tell {
	return func(r *digest.Run) { r.Steps[0].Alive = append(r.Steps[0].Alive, name) }
}

func on(n int, do todo.Do, id, text string) todo.Act {
	return todo.Act{At: day(n).Add(time.Hour), By: "ada", ID: id, Do: do, Text: text}
}

// brief is what a test asks of a list: a line a finding.
func brief(items []todo.Item) []string {
	var lines []string
	for _, i := range items {
		line := fmt.Sprintf("%s %s runs=%d last=%s", i.State, i.Label(), i.Runs, i.LastRun)
		if i.Passing {
			line += " passing"
		}
		if i.Now != judge.Unjudged {
			line += " now=" + i.Now.String()
		}
		if i.Gone {
			line += " gone"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestWhatMakesAFinding(t *testing.T) {
	for _, c := range []struct {
		name string
		run  digest.Run
		want []string // what label text
	}{
		{"a pass", ran(1, judge.Pass), nil},
		{"a silence", ran(1, judge.Silent), []string{"result SILENT fires: service shop"}},
		{"too many", ran(1, judge.Noisy), []string{"result NOISY fires: service shop"}},
		{"a page that stays open", ran(1, judge.Stuck), []string{"result STUCK fires: service shop"}},
		{"no effect", ran(1, judge.Void), []string{"result VOID fires: service shop"}},
		{"no chance", ran(1, judge.Impossible), []string{"result IMPOSSIBLE fires: service shop"}},
		{"could not look", ran(1, judge.Inconclusive), nil},
		{"stopped", ran(1, judge.Aborted), nil},
		{"not judged", ran(1, judge.Unjudged), nil},
		{"a result that hangs on the recovery", ran(1, judge.Unrestored), nil},
		{"a control that was quiet", ran(1, judge.Pass, control), nil},
		{"a control that fired", ran(1, judge.Unexpected, control), []string{"result UNEXPECTED fires: service shop"}},
		{"a control has no fault that could have no effect", ran(1, judge.Void, control), nil},
		{
			"still in force, twice of a kind", ran(1, judge.Pass, left("process.pause on a (pid 1): no", "network.loss on b: no", "process.pause on c (pid 3): no")),
			[]string{"restore UNRESTORED still in force: network.loss on b: no", "restore UNRESTORED still in force: process.pause on a (pid 1): no; process.pause on c (pid 3): no"},
		},
		{
			"not healthy, and silent", ran(1, judge.Silent, sick("shop answers is red")),
			[]string{"result SILENT fires: service shop", "restore UNRESTORED it did not become healthy again: shop answers is red"},
		},
		{
			"not restored, and nobody knows why", ran(1, judge.Pass, func(r *digest.Run) { r.Restored, r.Summary = false, "the runner died" }),
			[]string{"restore UNRESTORED the runner died"},
		},
		{"a monitor died, and another paged", ran(1, judge.Pass, died("check")), []string{"watcher WATCHER DIED check died 2s after its target was down"}},
		{"a monitor died, and nobody paged", ran(1, judge.Silent, died("check")), []string{"result SILENT fires: service shop"}},
		{"a monitor that was to die", ran(1, judge.Pass, died("check"), func(r *digest.Run) { r.Watchers[0].Target = true }), nil},
		{"a monitor of a step that is not there", ran(1, judge.Pass, died("check"), func(r *digest.Run) { r.Watchers[0].Step = 7 }), nil},
		{"a monitor died by itself", ran(1, judge.Pass, died("check"), control), nil},
		{"a monitor died, and nothing was expected", ran(1, judge.Pass, died("check"), func(r *digest.Run) { r.Steps[0].Results = nil }), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, i := range todo.Of(c.run) {
				got = append(got, fmt.Sprintf("%s %s %s", i.What, i.Label(), i.Text))
				if !strings.HasPrefix(i.ID, "F-") || len(i.ID) != 8 {
					t.Errorf("id %q", i.ID)
				}
				if i.Advice == "" && i.Verdict.Class() != judge.Failed {
					t.Errorf("%s: no advice", i.Label())
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAnIDIsTheSameEverywhere: people and tickets keep ids, so what they are made of must never change.
func TestAnIDIsTheSameEverywhere(t *testing.T) {
	id := func(r digest.Run) string { return todo.Of(r)[0].ID }
	if got, want := id(ran(1, judge.Silent)), silentID; got != want {
		t.Errorf("the id of a finding has changed: %s, was %s", got, want)
	}
	same := map[string]digest.Run{
		"another day":                 ran(9, judge.Silent),
		"another hop and kind":        ran(2, judge.Silent, broken(verify.Routed, "SF-12")),
		"another environment":         ran(3, judge.Silent, in("staging")),
		"another owner and new title": ran(4, judge.Silent, func(r *digest.Run) { r.Owner, r.Title, r.Service = "x", "y", "z" }),
	}
	for name, r := range same {
		if got := id(r); got != silentID {
			t.Errorf("%s: %s", name, got)
		}
	}
	others := map[string]digest.Run{
		"late":              ran(1, judge.Late),
		"another scenario":  ran(1, judge.Silent, func(r *digest.Run) { r.Scenario = "payments" }),
		"another page":      ran(1, judge.Silent, func(r *digest.Run) { r.Steps[0].Results[0].Key = "bb" }),
		"with no fault":     ran(1, judge.Silent, control),
		"left behind":       ran(1, judge.Pass, left("process.kill on x: no")),
		"left another":      ran(1, judge.Pass, left("process.pause on x: no")),
		"a monitor":         ran(1, judge.Pass, died("check")),
		"another monitor":   ran(1, judge.Pass, died("heartbeat")),
		"never healthy":     ran(1, judge.Pass, sick("red")),
		"nobody knows what": ran(1, judge.Pass, func(r *digest.Run) { r.Restored = false }),
	}
	seen := map[string]string{silentID: "silent"}
	for name, r := range others {
		got := id(r)
		if other := seen[got]; other != "" {
			t.Errorf("%s has the id of %s", name, other)
		}
		seen[got] = name
	}
}

const silentID = "F-21cc18"

func TestStatesThroughRunsAndDecisions(t *testing.T) {
	late := todo.Of(ran(1, judge.Late))[0].ID
	for _, c := range []struct {
		name string
		runs []digest.Run
		acts []todo.Act
		want []string
	}{
		{"nothing", nil, []todo.Act{on(1, todo.Close, silentID, "")}, nil},
		{"seen twice", []digest.Run{ran(2, judge.Silent), ran(1, judge.Silent)}, nil, []string{"open SILENT runs=2 last=run-02"}},
		{"mended, and not closed", []digest.Run{ran(1, judge.Silent), ran(2, judge.Pass)}, nil, []string{"open SILENT runs=1 last=run-01 passing now=PASS"}},
		{"could not look is no good", []digest.Run{ran(1, judge.Silent), ran(2, judge.Inconclusive), ran(3, judge.Void), ran(4, judge.Aborted)}, nil, []string{
			"open SILENT runs=1 last=run-01", "open VOID runs=1 last=run-03",
		}},
		{"a control's silence is no good", []digest.Run{ran(1, judge.Silent), ran(2, judge.Pass, control)}, nil, []string{"open SILENT runs=1 last=run-01"}},
		{"failing in another way is no good", []digest.Run{ran(1, judge.Silent), ran(2, judge.Late)}, nil, []string{
			"open SILENT runs=1 last=run-01 now=LATE", "open LATE runs=1 last=run-02",
		}},
		{"mended elsewhere", []digest.Run{ran(1, judge.Silent, in("production")), ran(2, judge.Pass, in("staging"))}, nil, []string{"open SILENT runs=1 last=run-01"}},
		{"mended here, not there", []digest.Run{ran(1, judge.Silent, in("a")), ran(2, judge.Silent, in("b")), ran(3, judge.Pass, in("b"))}, nil, []string{
			"open SILENT runs=2 last=run-02 now=PASS",
		}},
		{"mended everywhere", []digest.Run{ran(1, judge.Silent, in("a")), ran(2, judge.Silent, in("b")), ran(3, judge.Pass, in("b")), ran(4, judge.Pass, in("a"))}, nil, []string{
			"open SILENT runs=2 last=run-02 passing now=PASS",
		}},
		{"the scenario could be tried", []digest.Run{ran(1, judge.Void), ran(2, judge.Silent)}, nil, []string{
			"open SILENT runs=1 last=run-02", "open VOID runs=1 last=run-01 passing now=SILENT",
		}},
		{"not asked for any more", []digest.Run{ran(1, judge.Silent), ran(2, judge.Pass, func(r *digest.Run) { r.Steps[0].Results[0].Key = "bb" })}, nil, []string{
			"open SILENT runs=1 last=run-01 gone",
		}},
		{"the step is called otherwise", []digest.Run{ran(1, judge.Pass, died("check")), ran(2, judge.Pass, func(r *digest.Run) { r.Steps[0].Name = "another" })}, nil, []string{
			"open WATCHER DIED runs=1 last=run-01 gone",
		}},
		{"closed", []digest.Run{ran(1, judge.Silent)}, []todo.Act{on(2, todo.Close, silentID, "")}, []string{"closed SILENT runs=1 last=run-01"}},
		{"closed in capitals", []digest.Run{ran(1, judge.Silent)}, []todo.Act{on(2, todo.Close, strings.ToUpper(silentID), "")}, []string{"closed SILENT runs=1 last=run-01"}},
		{"back again", []digest.Run{ran(1, judge.Silent), ran(3, judge.Silent)}, []todo.Act{on(2, todo.Close, silentID, "")}, []string{"regressed SILENT runs=2 last=run-03"}},
		{"an older run is imported", []digest.Run{ran(3, judge.Silent), ran(1, judge.Silent)}, []todo.Act{on(4, todo.Close, silentID, "")}, []string{"closed SILENT runs=2 last=run-03"}},
		{"back in another way", []digest.Run{ran(1, judge.Silent), ran(3, judge.Late)}, []todo.Act{on(2, todo.Close, silentID, "")}, []string{
			"open LATE runs=1 last=run-03", "closed SILENT runs=1 last=run-01 now=LATE",
		}},
		{"closed again", []digest.Run{ran(1, judge.Silent), ran(3, judge.Silent)}, []todo.Act{on(4, todo.Close, silentID, ""), on(2, todo.Close, silentID, "")}, []string{"closed SILENT runs=2 last=run-03"}},
		{"reopened", []digest.Run{ran(1, judge.Silent), ran(5, judge.Silent)}, []todo.Act{on(2, todo.Close, silentID, ""), on(3, todo.Reopen, silentID, "")}, []string{"open SILENT runs=2 last=run-05"}},
		{
			"what is about something else is left alone",
			[]digest.Run{ran(1, judge.Silent), ran(2, judge.Late)},
			[]todo.Act{on(3, todo.Close, late, "")},
			[]string{"open SILENT runs=1 last=run-01 now=LATE", "closed LATE runs=1 last=run-02"},
		},
		{
			"the worst and the oldest first",
			[]digest.Run{
				ran(1, judge.Late), ran(2, judge.Silent, func(r *digest.Run) { r.Scenario = "newer" }), ran(1, judge.Silent, func(r *digest.Run) { r.Scenario = "older" }),
				ran(3, judge.Pass, died("check")), ran(4, judge.Noisy), ran(6, judge.Noisy), ran(4, judge.Pass, left("network.loss on b: no")),
			},
			[]todo.Act{on(5, todo.Close, todo.Of(ran(4, judge.Noisy))[0].ID, "")},
			[]string{
				"regressed NOISY runs=2 last=run-06", "open UNRESTORED runs=1 last=run-04", "open SILENT runs=1 last=run-01", "open SILENT runs=1 last=run-02",
				"open LATE runs=1 last=run-01 now=NOISY", "open WATCHER DIED runs=1 last=run-03",
			},
		},
		{"the undo works now", []digest.Run{ran(1, judge.Pass, left("process.kill on x: no")), ran(2, judge.Silent)}, nil, []string{
			"open UNRESTORED runs=1 last=run-01 passing", "open SILENT runs=1 last=run-02",
		}},
		{"a run that died does not tell", []digest.Run{ran(1, judge.Pass, left("process.kill on x: no")), ran(2, judge.Pass, func(r *digest.Run) { r.Restored, r.Finished = false, time.Time{} })}, nil, []string{
			"open UNRESTORED runs=1 last=run-01", "open UNRESTORED runs=1 last=run-02",
		}},
		{"another fault does not tell", []digest.Run{ran(1, judge.Pass, left("network.loss on x: no")), ran(2, judge.Pass)}, nil, []string{"open UNRESTORED runs=1 last=run-01"}},
		{"it becomes healthy now", []digest.Run{ran(1, judge.Pass, sick("red")), ran(2, judge.Pass)}, nil, []string{"open UNRESTORED runs=1 last=run-01 passing"}},
		{"the monitor lives now", []digest.Run{ran(1, judge.Pass, died("check")), ran(2, judge.Pass, lived("check"))}, nil, []string{"open WATCHER DIED runs=1 last=run-01 passing"}},
		{"nobody looked at the monitor", []digest.Run{ran(1, judge.Pass, died("check")), ran(2, judge.Pass)}, nil, []string{"open WATCHER DIED runs=1 last=run-01"}},
		{"the monitor lived with no fault", []digest.Run{ran(1, judge.Pass, died("check")), ran(2, judge.Pass, lived("check"), control)}, nil, []string{"open WATCHER DIED runs=1 last=run-01"}},
		{"the monitor died in a step that failed", []digest.Run{ran(1, judge.Pass, died("check")), ran(2, judge.Pass, lived("check")), ran(3, judge.Silent, died("check"))}, nil, []string{
			"open SILENT runs=1 last=run-03", "open WATCHER DIED runs=1 last=run-01",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			given := slices.Clone(c.runs)
			got := todo.List(c.runs, c.acts)
			if diff := cmp.Diff(c.want, brief(got)); diff != "" {
				t.Error(diff)
			}
			if !reflect.DeepEqual(given, c.runs) {
				t.Error("the runs were changed")
			}
			slices.Reverse(given)
			if diff := cmp.Diff(got, todo.List(given, c.acts)); diff != "" {
				t.Errorf("it depends on the order of the runs: %s", diff)
			}
		})
	}
}

func TestTextIsOfTheNewestRunAndDecisionsAreKept(t *testing.T) {
	acts := []todo.Act{
		on(2, todo.Note, silentID, "first"), on(3, todo.Note, silentID, "second"), on(2, todo.Own, silentID, "ada"),
		on(4, todo.Close, silentID, "mended"),
	}
	runs := []digest.Run{ran(1, judge.Silent, broken(verify.Routed, "SF-12")), ran(3, judge.Silent, broken(verify.Pending, "SF-06"), in("staging"))}
	got := todo.List(runs, acts)[0]
	want := todo.Item{
		ID: silentID, What: todo.Result, State: todo.Closed, Scenario: "checkout", Service: "shop", Environment: "staging", Step: "kill it", Key: "aa",
		Text: "fires: service shop", Verdict: judge.Silent, Kind: "SF-06", Hop: "pending", Reason: "as it went on day 3", Owner: "ada",
		First: day(1), Last: day(3), LastRun: "run-03", Runs: 2, Closed: day(4).Add(time.Hour), ClosedBy: "ada", Because: "mended", Note: "second",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	acts = append(acts, on(5, todo.Own, silentID, ""), on(5, todo.Reopen, silentID, "not at night"))
	got = todo.List(runs, acts)[0]
	if got.Owner != "team shop" || got.State != todo.Open || !got.Closed.IsZero() || got.ClosedBy != "" || got.Because != "not at night" {
		t.Errorf("after it was given back and reopened: %+v", got)
	}
}

func TestFalseSilencesAreThoseThatWereSeenUntilThen(t *testing.T) {
	none := func(n int) todo.Act {
		a := on(n, todo.Close, silentID, "it had come")
		a.FalseSilence = true
		return a
	}
	closed := func(n int) todo.Act { return on(n, todo.Close, silentID, "") }
	reopened := func(n int) todo.Act { return on(n, todo.Reopen, silentID, "") }
	runs := []digest.Run{ran(1, judge.Silent), ran(2, judge.Silent), ran(5, judge.Silent), ran(8, judge.Silent)}
	for _, c := range []struct {
		name string
		acts []todo.Act
		want []string
	}{
		{"never", []todo.Act{closed(3)}, nil},
		{"those before", []todo.Act{none(3)}, []string{"run-01", "run-02"}},
		{"not what came back later and was real", []todo.Act{none(3), closed(9)}, []string{"run-01", "run-02"}},
		{"not what was real before", []todo.Act{closed(3), none(6)}, []string{"run-05"}},
		{"said afterwards", []todo.Act{closed(3), none(4)}, []string{"run-01", "run-02"}},
		{"taken back by closing it as real", []todo.Act{none(3), closed(4)}, nil},
		{"taken back", []todo.Act{none(3), reopened(4)}, nil},
		{"taken back, and said again", []todo.Act{none(3), reopened(4), none(6)}, []string{"run-01", "run-02", "run-05"}},
		{"only the last one is taken back", []todo.Act{none(3), none(6), reopened(7)}, []string{"run-01", "run-02"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			items := todo.List(runs, c.acts)
			if diff := cmp.Diff(c.want, items[0].Overturned); diff != "" {
				t.Error(diff)
			}
			overturned := todo.Overturned(items)
			for _, r := range runs {
				if got, want := overturned(r.ID, "aa"), slices.Contains(c.want, r.ID); got != want {
					t.Errorf("%s: overturned is %v", r.ID, got)
				}
				if overturned(r.ID, "bb") {
					t.Error("another page of the run is overturned, too")
				}
			}
		})
	}
	late := on(3, todo.Close, todo.Of(ran(1, judge.Late))[0].ID, "")
	late.FalseSilence = true
	if got := todo.List([]digest.Run{ran(1, judge.Late)}, []todo.Act{late})[0]; got.Overturned != nil || got.State != todo.Closed {
		t.Errorf("what came late was no silence: %+v", got)
	}
}

// TestTwoFindingsNeverShareAnID: six digits are few, and who closes one finding must not close another with it.
func TestTwoFindingsNeverShareAnID(t *testing.T) {
	named := func(n int) digest.Run {
		return ran(1, judge.Silent, func(r *digest.Run) { r.ID, r.Steps[0].Results[0].Key = fmt.Sprintf("run-%05d", n), fmt.Sprint(n) })
	}
	seen := map[string]int{}
	for n := range 100_000 {
		id := todo.Of(named(n))[0].ID
		other, twice := seen[id]
		seen[id] = n
		if !twice {
			continue
		}
		first := named(other)
		second := named(n)
		second.Started = day(2)
		items := todo.List([]digest.Run{second, first}, []todo.Act{on(3, todo.Close, id, "")})
		if len(items) != 2 || items[0].State != todo.Open || items[1].State != todo.Closed || items[1].ID != id {
			t.Fatalf("got %v", brief(items))
		}
		if len(items[0].ID) != len(id)+2 || !strings.HasPrefix(items[0].ID, id) {
			t.Errorf("the newer one is called %s", items[0].ID)
		}
		if got, err := todo.Find(items, id); err != nil || got.ID != id {
			t.Errorf("%s cannot be named any more: %v", id, err)
		}
		return
	}
	t.Fatal("no two of 100,000 findings have the same id")
}

func TestSamplesMakeFindings(t *testing.T) {
	var runs []digest.Run
	for _, r := range sample.All() {
		runs = append(runs, digest.Of(r))
	}
	want := []string{"open UNRESTORED", "open UNRESTORED", "open SILENT", "open LATE"}
	got := brief(todo.List(runs, nil))
	for i := range got {
		got[i], _, _ = strings.Cut(got[i], " runs")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkListOf10000Runs(b *testing.B) {
	verdicts := []judge.Verdict{judge.Pass, judge.Pass, judge.Silent, judge.Pass, judge.Late, judge.Void}
	var runs []digest.Run
	for n := range 10_000 {
		runs = append(runs, ran(1, verdicts[n%len(verdicts)], func(r *digest.Run) {
			r.ID, r.Scenario, r.Started = fmt.Sprintf("run-%05d", n), fmt.Sprintf("scenario-%d", n%200), day(1).Add(time.Duration(n)*time.Hour)
		}))
	}
	var acts []todo.Act
	for i, item := range todo.List(runs, nil) {
		if i%2 == 0 {
			acts = append(acts, todo.Act{At: day(20), By: "ada", ID: item.ID, Do: todo.Close})
		}
	}
	for b.Loop() {
		if n := len(todo.List(runs, acts)); n < 100 {
			b.Fatalf("%d findings", n)
		}
	}
}
