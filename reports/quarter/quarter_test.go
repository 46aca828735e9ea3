package quarter_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/reports/quarter"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify/judge"
)

// samples are the runs of the samples, and those of PaymentsDies a week and half a year before.
func samples() []digest.Run {
	var runs []digest.Run
	for _, r := range sample.All() {
		runs = append(runs, digest.Of(r))
	}
	for _, days := range []int{7, 180} {
		r := runs[2]
		r.ID = fmt.Sprintf("%s-%d", r.ID, days)
		r.Steps = slices.Clone(r.Steps)
		s := &r.Steps[0]
		s.Results = slices.Clone(s.Results)
		for _, at := range []*time.Time{&r.Started, &s.Issued, &s.InForce, &s.HoldEnd, &s.Healthy, &s.Ended, &s.Results[0].Observed} {
			*at = at.AddDate(0, 0, -days)
		}
		runs = append(runs, r)
	}
	return runs
}

// told is the report on the samples.
func told() quarter.Report {
	runs := samples()
	return quarter.Of(runs, quarter.Options{
		Since: sample.Friday.AddDate(0, 0, -90), Until: sample.Friday.Add(time.Hour), Now: sample.Friday.Add(time.Hour), MaxAge: 90 * 24 * time.Hour,
		Items: todo.List(runs, nil), Declared: []metrics.Cell{{Service: "ledger", Class: "process.kill"}}, Unread: []string{"run 20261101-half: it is damaged"},
	})
}

func render(t testing.TB, format string, r quarter.Report) string {
	t.Helper()
	i := slices.IndexFunc(quarter.Formats(), func(f quarter.Format) bool { return f.Name == format })
	if i < 0 {
		t.Fatalf("no format is called %s", format)
	}
	var b bytes.Buffer
	if err := quarter.Formats()[i].Render(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, f := range quarter.Formats() {
		got := render(t, f.Name, told())
		sample.Golden(t, "samples"+f.Ext, []byte(got))
	}
	var b bytes.Buffer
	if err := quarter.Text(true)(&b, told()); err != nil || !strings.Contains(b.String(), "\x1b[1;31mNOT RESTORED") {
		t.Errorf("no colours: %v", err)
	}
}

func TestTheSameRunsGiveTheSameBytes(t *testing.T) {
	for _, f := range quarter.Formats() {
		runs := samples()
		slices.Reverse(runs)
		again := quarter.Of(runs, quarter.Options{
			Since: sample.Friday.AddDate(0, 0, -90), Until: sample.Friday.Add(time.Hour), Now: sample.Friday.Add(time.Hour), MaxAge: 90 * 24 * time.Hour,
			Items: todo.List(runs, nil), Declared: []metrics.Cell{{Service: "ledger", Class: "process.kill"}}, Unread: []string{"run 20261101-half: it is damaged"},
		})
		if render(t, f.Name, told()) != render(t, f.Name, again) {
			t.Errorf("%s differs when the runs come in another order", f.Name)
		}
	}
}

// TestThePeriod: from its first moment on, and up to before its last.
func TestThePeriod(t *testing.T) {
	since, until := sample.Friday, sample.Friday.Add(24*time.Hour)
	at := func(when time.Time) digest.Run {
		r := digest.Of(sample.Passed())
		r.ID, r.Started = when.String(), when
		return r
	}
	other := at(since)
	other.Service, other.Environment = "other", "elsewhere"
	control := at(since)
	control.Control = true
	runs := []digest.Run{
		at(since.Add(-24 * time.Hour)), at(since.Add(-time.Nanosecond)), at(since), at(until.Add(-time.Nanosecond)), at(until), other, control, at(time.Time{}),
	}
	r := quarter.Of(runs, quarter.Options{Since: since, Until: until, Now: until})
	if r.Activity.Runs != 3 || r.Detection.Now.Of != 3 || r.Detection.Before.Of != 2 || r.Excluded.Undated != 1 || r.Excluded.Controls.Runs != 1 {
		t.Errorf("runs %d, now %+v, before %+v, excluded %+v", r.Activity.Runs, r.Detection.Now, r.Detection.Before, r.Excluded)
	}
	if r := quarter.Of(runs, quarter.Options{Since: since, Until: until, Now: until, Service: "checkout"}); r.Activity.Runs != 2 {
		t.Errorf("of the service %d", r.Activity.Runs)
	}
	if r := quarter.Of(runs, quarter.Options{Since: since, Until: until, Now: until, Environment: "elsewhere"}); r.Activity.Runs != 1 {
		t.Errorf("of the environment %d", r.Activity.Runs)
	}
}

// TestHeadlines say what there is to know, and no more.
func TestHeadlines(t *testing.T) {
	void := digest.Of(sample.Passed())
	void.Steps[0].Results[0].Verdict = judge.Void
	unasked := digest.Of(sample.Passed())
	unasked.Steps[0].Results = unasked.Steps[0].Results[1:]
	for want, runs := range map[string][]digest.Run{
		"No runs in this period: nobody knows how well alerting works":         nil,
		"Nothing was broken in this period that anybody was to be paged for":   {unasked},
		"1 fault was injected, of which none tells anything":                   {void},
		"Of 1 fault, 100% was paged in time, and none was silent":              {digest.Of(sample.Passed())},
		"Of 1 fault, 0% was paged in time; 1 was silent: nobody was paged":     {digest.Of(sample.PaymentsDies())},
		"Of 3 faults, 33% were paged in time; 2 were silent: nobody was paged": {digest.Of(sample.Passed()), digest.Of(sample.PaymentsDies()), digest.Of(sample.PaymentsDies())},
	} {
		r := quarter.Of(runs, quarter.Options{Since: sample.Friday.AddDate(0, 0, -1), Until: sample.Friday.AddDate(0, 0, 1), Now: sample.Friday})
		if r.Headline != want {
			t.Errorf("got %q\nwant %q", r.Headline, want)
		}
	}
}

// TestNothingDividesByZero: a report on nothing, and on what tells nothing, is whole in every format.
func TestNothingDividesByZero(t *testing.T) {
	void := digest.Of(sample.Passed())
	void.Steps[0].Results[0].Verdict = judge.Void
	bare := digest.Run{Steps: []digest.Step{{Results: []digest.Result{{}}}}, Started: sample.Friday}
	for _, runs := range [][]digest.Run{nil, {void}, {bare}, {{}}} {
		for _, o := range []quarter.Options{
			{},
			{Since: sample.Friday.AddDate(0, 0, -1), Until: sample.Friday.AddDate(0, 0, 1)},
			{Since: sample.Friday, Until: sample.Friday.AddDate(-1, 0, 0)},
			{Since: sample.Friday.AddDate(-300, 0, 0), Until: sample.Friday.AddDate(300, 0, 0), Now: sample.Friday},
		} {
			for _, f := range quarter.Formats() {
				text := render(t, f.Name, quarter.Of(runs, o))
				if bad := regexp.MustCompile(`NaN|[^a-z]Inf|%!`).FindString(text); bad != "" {
					t.Errorf("%s of %d runs holds %s", f.Name, len(runs), bad)
				}
			}
		}
	}
	for _, f := range quarter.Formats() {
		if text := render(t, f.Name, quarter.Report{}); f.Name == "json" && !json.Valid([]byte(text)) {
			t.Errorf("the empty report: %s", text)
		}
	}
}

func TestJSONTellsWhatNeverCame(t *testing.T) {
	var got struct {
		Version   int
		Detection struct {
			Now struct{ Share, Low, High *float64 }
		}
		Times struct {
			Detect struct {
				N, Never int
				P90      struct {
					Seconds *float64
					Never   bool
					Over    float64 `json:"over_s"`
				}
			}
		}
		Outcomes []struct{ Rate struct{ Share float64 } }
	}
	runs := world(200, 7)
	if err := json.Unmarshal([]byte(render(t, "json", quarter.Of(runs, options(runs)))), &got); err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, o := range got.Outcomes {
		sum += o.Rate.Share
	}
	if got.Version != quarter.Version || got.Times.Detect.Never == 0 || *got.Detection.Now.Low > *got.Detection.Now.Share || sum < 0.9999 || sum > 1.0001 {
		t.Errorf("got %+v, shares of %g", got, sum)
	}
}

func TestCSVHasARowForEveryFault(t *testing.T) {
	runs := samples()
	runs[0].Scenario, runs[0].Steps[0].Results[0].Reason = "=cmd()", "@SUM(A1)"
	r := quarter.Of(runs, quarter.Options{Since: sample.Friday.AddDate(0, 0, -90), Until: sample.Friday.Add(time.Hour)})
	rows, err := csv.NewReader(strings.NewReader(render(t, "csv", r))).ReadAll()
	if err != nil || len(rows) != 1+len(runs)-1 { // one is too old
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		if strings.HasPrefix(row[1], "=") || strings.HasPrefix(row[len(row)-1], "@") {
			t.Errorf("a spreadsheet takes this for a formula: %q", row)
		}
	}
}

// TestTextsFromOutsideStayTexts: nothing that a run tells drives a terminal, or becomes a part of the page.
func TestTextsFromOutsideStayTexts(t *testing.T) {
	for _, hostile := range sample.Hostile {
		runs := samples()
		for i := range runs {
			r := &runs[i]
			r.ID, r.Scenario, r.Title, r.Service, r.Owner, r.Environment, r.User, r.Summary = hostile, hostile, hostile, hostile, hostile, hostile, hostile, hostile
			r.Steps = slices.Clone(r.Steps)
			s := &r.Steps[0]
			s.Name, s.Faults, s.Results = hostile, []digest.Fault{{Kind: hostile}}, slices.Clone(s.Results)
			for k := range s.Results {
				x := &s.Results[k]
				x.Text, x.Reason, x.Advice, x.Kind, x.Key = hostile, hostile, hostile, hostile, hostile
			}
		}
		r := quarter.Of(runs, quarter.Options{
			Since: sample.Friday.AddDate(0, 0, -90), Until: sample.Friday.Add(time.Hour), Now: sample.Friday, Items: todo.List(runs, nil),
			Declared: []metrics.Cell{{Service: hostile, Class: hostile}}, Unread: []string{hostile}, Environment: hostile,
		})
		for _, line := range strings.Split(render(t, "text", r), "\n") {
			sample.CheckPlain(t, line)
		}
		for _, f := range quarter.Formats() {
			text := render(t, f.Name, r)
			if f.Name != "json" && strings.Contains(text, "\x1b") {
				t.Errorf("%s holds an escape", f.Name)
			}
			if f.Name == "html" && regexp.MustCompile(`<script|<img|<x/>|href="javascript`).MatchString(text) {
				t.Errorf("the page holds an element of %q", hostile)
			}
			if f.Name == "markdown" && (regexp.MustCompile(`[^\\]\]\(javascript`).MatchString(text) || strings.Contains(text, "<script") || strings.Contains(text, "\n# three")) {
				t.Errorf("the Markdown takes %q for its own", hostile)
			}
		}
	}
}
