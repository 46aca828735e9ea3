package ci_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/failurefriday/friday/reports/ci"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/verify/judge"
)

// with is a run with one expectation of that verdict.
func with(v judge.Verdict) judge.Record {
	r := sample.PaymentsDies()
	r.Verdict, r.Steps[0].Verdict, r.Steps[0].Results[0].Verdict = v, v, v
	if v == judge.Unrestored {
		r.Restored = false
	}
	return r
}

// TestOnlyAPassIsGood holds every verdict against every format: what failed and what nobody could tell is never shown as
// passed or skipped, and what passed raises no alarm.
func TestOnlyAPassIsGood(t *testing.T) {
	for v := judge.Unjudged; v <= judge.Pass; v++ {
		t.Run(v.String(), func(t *testing.T) {
			r := ci.Report{Dir: "/src", Root: "/src", Runs: []ci.Run{run(t, with(v))}}
			good := v == judge.Pass
			points, err := parseTAP(render(t, "tap", r))
			if err != nil {
				t.Fatal(err)
			}
			if points[0].ok != good || points[0].directive != "" {
				t.Errorf("TAP: %+v", points[0])
			}
			commands, err := parseCommands(render(t, "github", r))
			if err != nil || len(commands) == 0 != good {
				t.Errorf("annotations: %v (%v)", commands, err)
			}
			for _, c := range commands {
				if c.name != "error" {
					t.Errorf("annotation of level %s", c.name)
				}
			}
			var issues []map[string]any
			if err := json.Unmarshal([]byte(render(t, "gitlab", r)), &issues); err != nil || len(issues) == 0 != good {
				t.Errorf("issues: %v (%v)", issues, err)
			}
			for _, name := range []string{"junit", "tap"} {
				if text := strings.ToLower(render(t, name, r)); strings.Contains(text, "<skipped") || strings.Contains(text, "# skip") || strings.Contains(text, `skipped="1`) {
					t.Errorf("%s skips: %s", name, text)
				}
			}
			last := map[judge.Class]string{judge.Passed: "1 passed, 0 failed\n", judge.Failed: "0 passed, 1 failed\n", judge.CannotTell: "0 passed, 0 failed, 1 could not tell\n", judge.Stopped: "0 passed, 0 failed, 1 could not tell\n", judge.Left: "0 passed, 0 failed, 1 could not tell; NOT RESTORED: 1 run, run friday recover\n"}
			if text := render(t, "text", r); !strings.HasSuffix(text, "\n"+last[v.Class()]) {
				t.Errorf("text ends otherwise: %s", text)
			}
			var out struct {
				Counts struct{ Passed int }
				Runs   []struct{ Expectations []struct{ Outcome string } }
			}
			if err := json.Unmarshal([]byte(render(t, "json", r)), &out); err != nil || out.Counts.Passed == 1 != good || out.Runs[0].Expectations[0].Outcome == "passed" != good {
				t.Errorf("JSON: %+v (%v)", out, err)
			}
		})
	}
}

// TestARunThatFailedAsAWholeIsNotGood: every expectation passed, and yet the run did not.
func TestARunThatFailedAsAWholeIsNotGood(t *testing.T) {
	r := sample.Passed()
	r.Verdict, r.Summary = judge.Aborted, "stopped at the very end"
	points, err := parseTAP(render(t, "tap", ci.Report{Runs: []ci.Run{run(t, r)}}))
	if err != nil {
		t.Fatal(err)
	}
	last := points[len(points)-1]
	if last.ok || last.description != "checkout-dies: the run as a whole" || last.diagnostics["message"] != "stopped at the very end" {
		t.Errorf("%+v", last)
	}
}

func TestFingerprintsStayTheSame(t *testing.T) {
	prints := func(records ...judge.Record) []string {
		var r ci.Report
		for _, rec := range records {
			r.Runs = append(r.Runs, ci.Run{Record: rec})
		}
		var issues []struct{ Fingerprint, Severity string }
		if err := json.Unmarshal([]byte(render(t, "gitlab", r)), &issues); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, i := range issues {
			all = append(all, i.Fingerprint+" "+i.Severity)
		}
		return all
	}
	first := prints(with(judge.Silent))
	later := with(judge.Silent)
	later.Run.ID, later.Run.Seed, later.Started = "20271120-101502-payments-zzzz", 1, sample.At(1e6)
	later.Steps[0].Results[0].Within, later.Steps[0].Results[0].Line, later.Steps[0].Results[0].Text = sample.Secs(99), 99, "another text"
	if second := prints(later); len(first) != 1 || first[0] != second[0] {
		t.Errorf("%v, then %v", first, second)
	}
	if both := prints(with(judge.Late), later); len(both) != 1 || both[0] != first[0] {
		t.Errorf("of two runs with the same expectation, the worst is to stand: %v", both)
	}
	other := with(judge.Silent)
	other.Run.Scenario = "another"
	if all := prints(with(judge.Silent), other); len(all) != 2 {
		t.Errorf("two scenarios have one fingerprint: %v", all)
	}
}

func TestTheSummaryFits(t *testing.T) {
	var r ci.Report
	for i := range 3000 {
		rec := sample.Passed()
		if i == 2999 {
			rec = sample.PaymentsDies()
		}
		rec.Run.ID = fmt.Sprintf("%s-%d", rec.Run.ID, i)
		r.Runs = append(r.Runs, run(t, rec))
	}
	for _, limit := range []int{ci.MaxSummary, 10_000, 300} {
		var out bytes.Buffer
		if err := ci.Summary(limit)(&out, r); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		if len(text) > limit || !strings.HasPrefix(text, "## Friday: 5998 passed, 1 failed\n") || !strings.HasSuffix(text, "left out: there is no room for more here._\n") {
			t.Errorf("limit %d: %d bytes, %.80q … %q", limit, len(text), text, text[len(text)-80:])
		}
		if limit > 1000 && !strings.Contains(text, "### SILENT payments-dies") {
			t.Errorf("limit %d: the failure was left out for passes", limit)
		}
	}
}

func TestNoRuns(t *testing.T) {
	for _, f := range ci.Formats() {
		if err := f.Render(io.Discard, ci.Report{}); err == nil {
			t.Errorf("%s tells of no run at all", f.Name)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWritersThatFail(t *testing.T) {
	for _, f := range ci.Formats() {
		if err := f.Render(broken{}, report(t)); err == nil {
			t.Errorf("%s hides that it could not write", f.Name)
		}
	}
}
