package ci_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/failurefriday/friday/reports/ci"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/verify/judge"
)

// stoppedAfter is a run that was stopped when the last answer was there, stoppedBefore one that asked for nothing yet.
func stoppedAfter() judge.Record {
	r := sample.Passed()
	r.Verdict, r.Summary = judge.Aborted, "stopped at the very end"
	return r
}

func stoppedBefore() judge.Record {
	r := stoppedAfter()
	r.Steps = nil
	return r
}

// TestTheFormatsAgree counts what did not pass in every format: a run that is red in one and green in another is worse
// than one that is not told at all.
func TestTheFormatsAgree(t *testing.T) {
	lost := stoppedBefore()
	lost.Verdict, lost.Restored, lost.Summary = judge.Unrestored, false, "the runner died"
	quiet := sample.Late()
	quiet.Run.Control = true
	kinds := append(sample.All(), stoppedAfter(), stoppedBefore(), lost, quiet)
	var every ci.Report
	for _, r := range kinds {
		every.Runs = append(every.Runs, run(t, r))
	}
	reports := []ci.Report{every}
	for _, one := range every.Runs {
		reports = append(reports, ci.Report{Runs: []ci.Run{one}})
	}
	for i, r := range reports {
		points, err := parseTAP(render(t, "tap", r))
		if err != nil {
			t.Fatal(err)
		}
		bad := 0
		for _, p := range points {
			if !p.ok {
				bad++
			}
		}
		commands, err := parseCommands(render(t, "github", r))
		if err != nil || len(commands) != bad {
			t.Errorf("report %d: %d annotations, TAP has %d (%v)", i, len(commands), bad, err)
		}
		var suites struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Errors   int `xml:"errors,attr"`
		}
		if err := xml.Unmarshal([]byte(render(t, "junit", r)), &suites); err != nil || suites.Tests != len(points) || suites.Failures+suites.Errors != bad {
			t.Errorf("report %d: JUnit has %+v, TAP %d of %d (%v)", i, suites, bad, len(points), err)
		}
		if list := strings.Count(render(t, "text", r), "\n- "); list != bad {
			t.Errorf("report %d: the text lists %d, TAP %d", i, list, bad)
		}
		if list := strings.Count(render(t, "markdown", r), "\n- **"); list != bad {
			t.Errorf("report %d: the summary lists %d, TAP %d", i, list, bad)
		}
		var out struct{ Counts ci.Counts }
		if err := json.Unmarshal([]byte(render(t, "json", r)), &out); err != nil {
			t.Fatal(err)
		}
		c := out.Counts
		if c.Failed+c.CannotTell+c.Unrestored+c.AsAWhole != bad || c.Passed+c.Failed+c.CannotTell != c.Expectations {
			t.Errorf("report %d: counts %+v, TAP %d", i, c, bad)
		}
		if text := render(t, "text", r); !strings.HasSuffix(text, "\n"+c.String()+"\n") {
			t.Errorf("report %d: the text does not end in %q", i, c)
		}
	}
}

// TestAStoppedRunIsNoPass: the last line of the log and the first of the summary are what people read.
func TestAStoppedRunIsNoPass(t *testing.T) {
	for want, r := range map[string]judge.Record{
		"2 passed, 0 failed; NOT PASSED as a whole: 1 run": stoppedAfter(),
		"0 passed, 0 failed; NOT PASSED as a whole: 1 run": stoppedBefore(),
	} {
		one := ci.Report{Runs: []ci.Run{run(t, r, green(sample.Passed(), 1, 1))}}
		text := render(t, "text", one)
		if !strings.HasSuffix(text, "\n"+want+"\n") || !strings.Contains(text, "\n~ nobody can tell whether anything changed for the worse\n") {
			t.Errorf("want %q:\n%s", want, text)
		}
		if summary := render(t, "markdown", one); !strings.HasPrefix(summary, "## Friday: "+want+"\n") || !strings.Contains(summary, "- nobody can tell") {
			t.Errorf("want %q:\n%s", want, summary)
		}
	}
}

// TestNegativeControlsAreMarked: that nothing fired without a fault must not read like a page that came.
func TestNegativeControlsAreMarked(t *testing.T) {
	r := sample.Passed()
	r.Run.Control = true
	one := ci.Report{Runs: []ci.Run{run(t, r)}}
	for format, want := range map[string]string{
		"text": "PASS  checkout-dies (negative control): ", "markdown": "### PASS checkout-dies (negative control)",
		"junit": `<testsuite name="checkout-dies (negative control)"`, "tap": "ok 1 - checkout-dies (negative control): ",
	} {
		if text := render(t, format, one); !strings.Contains(text, want) {
			t.Errorf("%s does not say %q:\n%s", format, want, text)
		}
	}
	if text := render(t, "junit", one); !strings.Contains(text, `classname="checkout-dies (negative control)"`) || strings.Contains(text, `classname="checkout-dies"`) {
		t.Errorf("a control has the test cases of a run with a fault:\n%s", text)
	}
}

func summaryIn(t *testing.T, limit int, r ci.Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := ci.Summary(limit)(&out, r); err != nil {
		t.Fatal(err)
	}
	if out.Len() > limit {
		t.Errorf("%d bytes, at most %d are shown", out.Len(), limit)
	}
	return out.String()
}

// TestAHugeRunKeepsWhatMatters: a summary that is too long loses the table first, and the verdict last.
func TestAHugeRunKeepsWhatMatters(t *testing.T) {
	r := sample.PaymentsDies()
	silent := r.Steps[0].Results[0]
	for i := range 2000 {
		x := sample.Detected(sample.Expects(fmt.Sprintf("service-%d", i), 5), 1, judge.Pass, "it came")
		x.ID = fmt.Sprintf("1.%d", i+2)
		r.Steps[0].Results = append(r.Steps[0].Results, x)
	}
	one := ci.Report{Runs: []ci.Run{run(t, r)}}
	for limit, want := range map[int]string{
		1 << 20: "| PASS | 1. break payments: fires on inbox: service service-1999",
		1 << 14: "- **SILENT** 1. break payments: fires",
		400:     "### SILENT payments-dies\n\n2000 passed, 1 failed: nobody was paged",
		120:     "_1 run left out",
	} {
		text := summaryIn(t, limit, one)
		if !strings.Contains(text, want) || !strings.HasPrefix(text, "## Friday: 2000 passed, 1 failed\n") {
			t.Errorf("%d: want %q:\n%.2000s", limit, want, text)
		}
		if limit < 1<<20 && !strings.Contains(text, "no room for") {
			t.Errorf("%d: it does not say that something is missing", limit)
		}
	}
	for range 300 {
		r.Steps[0].Results = append(r.Steps[0].Results, silent)
	}
	if text := summaryIn(t, 1<<14, ci.Report{Runs: []ci.Run{run(t, r)}}); !strings.Contains(text, "### SILENT payments-dies\n\n2000 passed, 301 failed: nobody") {
		t.Errorf("not even the verdict: %s", text)
	}
}
