package publish_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/internal/lab"
	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/publish"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify/judge"
)

// stored is what metrics are made of, of these runs.
func stored(runs ...digest.Run) publish.Stored {
	return publish.Stored{
		Runs: runs, Findings: todo.List(runs, nil), Unreadable: 2, Damaged: 1, Now: sample.Friday.Add(time.Hour), Version: "0.5.0", GoVersion: "go1.26",
	}
}

// samples are the digests of all sample runs.
func samples() []digest.Run {
	var runs []digest.Run
	for _, r := range sample.All() {
		runs = append(runs, digest.Of(r))
	}
	return runs
}

func metrics(t *testing.T, s publish.Stored) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := publish.Metrics(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// plain reads text as node_exporter does: name and labels to value.
func plain(t *testing.T, text []byte) map[string]float64 {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	found := map[string]float64{}
	for name, f := range families {
		if f.GetHelp() == "" || f.GetType() != dto.MetricType_GAUGE {
			t.Errorf("%s is a %s: %q", name, f.GetType(), f.GetHelp())
		}
		for _, m := range f.GetMetric() {
			set := model.Metric{model.MetricNameLabel: model.LabelValue(name)}
			for _, l := range m.GetLabel() {
				set[model.LabelName(l.GetName())] = model.LabelValue(l.GetValue())
			}
			found[set.String()] = m.GetGauge().GetValue()
		}
	}
	return found
}

// open reads text as Prometheus reads OpenMetrics, strictly to its end.
func open(t *testing.T, text []byte) map[string]float64 {
	t.Helper()
	found := map[string]float64{}
	for p := textparse.NewOpenMetricsParser(text, labels.NewSymbolTable()); ; {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if entry != textparse.EntrySeries {
			continue
		}
		var set labels.Labels
		p.Labels(&set)
		_, at, value := p.Series()
		if at != nil {
			t.Errorf("%s has a time stamp, which the textfile collector refuses", set)
		}
		as := model.Metric{}
		set.Range(func(l labels.Label) { as[model.LabelName(l.Name)] = model.LabelValue(l.Value) })
		found[as.String()] = value
	}
}

func TestMetricsOfTheSamples(t *testing.T) {
	text := metrics(t, stored(samples()...))
	sample.Golden(t, "samples.prom", text)
	runs := samples()
	slices.Reverse(runs)
	if again := metrics(t, stored(runs...)); !bytes.Equal(text, again) {
		t.Error("the order of the runs makes a difference")
	}
	if !bytes.HasSuffix(text, []byte("\n# EOF\n")) {
		t.Error("it does not end as OpenMetrics does")
	}
	if diff := cmp.Diff(open(t, text), plain(t, text)); diff != "" {
		t.Errorf("the two formats do not read the same: %s", diff)
	}
}

func TestMetricsOfNothing(t *testing.T) {
	text := metrics(t, publish.Stored{})
	if diff := cmp.Diff(open(t, text), plain(t, text)); diff != "" {
		t.Error(diff)
	}
	if got := plain(t, text)["friday_runs"]; got != 0 {
		t.Errorf("%v runs", got)
	}
}

// at is a run of checkout that many days after the first.
func at(day int, v judge.Verdict, more ...func(*digest.Run)) digest.Run {
	began := sample.Friday.AddDate(0, 0, day)
	r := digest.Run{
		ID: fmt.Sprintf("run-%d", day), Scenario: "checkout", Service: "shop", Environment: "test", Verdict: v, Restored: true, Started: began,
		Steps: []digest.Step{{
			Index: 1, Name: "kill", Verdict: v, Issued: began, InForce: began.Add(time.Second),
			Results: []digest.Result{{ID: "1.1", Key: "aa", Verdict: v, Within: sample.Secs(30)}, {ID: "1.2", Key: "bb", MustNot: true, Verdict: judge.Pass}},
		}},
	}
	for _, m := range more {
		m(&r)
	}
	return r
}

// came has the page come that long after the fault.
func came(after time.Duration) func(*digest.Run) {
	return func(r *digest.Run) { r.Steps[0].Results[0].Detected = r.Steps[0].InForce.Add(after) }
}

func TestWhatMetricsSay(t *testing.T) {
	const of = `{environment="test", scenario="checkout", service="shop"`
	began := func(day int) float64 { return float64(sample.Friday.AddDate(0, 0, day).UnixMilli()) / 1000 }
	control := func(r *digest.Run) { r.Control = true }
	none := -1.0
	for _, c := range []struct {
		name string
		runs []digest.Run
		want map[string]float64 // none: it is not there
	}{
		{"a run that passed", []digest.Run{at(0, judge.Pass, came(4*time.Second))}, map[string]float64{
			"friday_last_run_timestamp_seconds" + of + "}":         began(0),
			"friday_last_success_timestamp_seconds" + of + "}":     began(0),
			"friday_last_run_restored" + of + "}":                  1,
			"friday_last_run_verdict" + of + `, verdict="PASS"}`:   1,
			"friday_last_run_verdict" + of + `, verdict="SILENT"}`: 0,
			`friday_last_detection_seconds{environment="test", expectation="1.1", scenario="checkout", service="shop", step="kill"}`:          4,
			`friday_last_detection_deadline_seconds{environment="test", expectation="1.1", scenario="checkout", service="shop", step="kill"}`: 30,
			`friday_last_detection_seconds{environment="test", expectation="1.2", scenario="checkout", service="shop", step="kill"}`:          none,
			"friday_faults" + of[:len(`{environment="test"`)] + `, outcome="PASS", scenario="checkout", service="shop"}`:                      1,
			`friday_findings{service="shop", state="open", verdict="SILENT"}`:                                                                 none,
			"friday_runs": 1, "friday_runs_unreadable": 2, "friday_todo_lines_unreadable": 1,
		}},
		{"silent since", []digest.Run{at(2, judge.Silent), at(0, judge.Pass, came(4*time.Second)), at(1, judge.Late, came(40*time.Second))}, map[string]float64{
			"friday_last_run_timestamp_seconds" + of + "}":                                                                           began(2),
			"friday_last_success_timestamp_seconds" + of + "}":                                                                       began(0),
			"friday_last_run_verdict" + of + `, verdict="PASS"}`:                                                                     0,
			"friday_last_run_verdict" + of + `, verdict="SILENT"}`:                                                                   1,
			`friday_last_detection_seconds{environment="test", expectation="1.1", scenario="checkout", service="shop", step="kill"}`: 40,
			`friday_faults{environment="test", outcome="SILENT", scenario="checkout", service="shop"}`:                               1,
			`friday_faults{environment="test", outcome="LATE", scenario="checkout", service="shop"}`:                                 1,
			`friday_findings{service="shop", state="open", verdict="SILENT"}`:                                                        1,
		}},
		{"never passed, and not restored", []digest.Run{at(0, judge.Unrestored, func(r *digest.Run) { r.Restored = false })}, map[string]float64{
			"friday_last_success_timestamp_seconds" + of + "}":                                                                       0,
			"friday_last_run_restored" + of + "}":                                                                                    0,
			"friday_last_run_verdict" + of + `, verdict="UNRESTORED"}`:                                                               1,
			`friday_last_detection_seconds{environment="test", expectation="1.1", scenario="checkout", service="shop", step="kill"}`: none,
			`friday_findings{service="shop", state="open", verdict="UNRESTORED"}`:                                                    1,
		}},
		{"a control is no run of a fault", []digest.Run{at(0, judge.Silent), at(1, judge.Pass, control)}, map[string]float64{
			"friday_last_run_timestamp_seconds" + of + "}":                                           began(0),
			"friday_last_success_timestamp_seconds" + of + "}":                                       0,
			`friday_faults{environment="test", outcome="PASS", scenario="checkout", service="shop"}`: 0,
			"friday_runs": 2,
		}},
		{"what was not broken is no fault", []digest.Run{at(0, judge.Aborted, func(r *digest.Run) { r.Steps[0].Issued, r.Steps[0].InForce = time.Time{}, time.Time{} })}, map[string]float64{
			`friday_faults{environment="test", outcome="ABORTED", scenario="checkout", service="shop"}`: 0,
		}},
		{"a page without a deadline", []digest.Run{at(0, judge.Pass, came(time.Second), func(r *digest.Run) { r.Steps[0].Results[0].Within = 0 })}, map[string]float64{
			`friday_last_detection_seconds{environment="test", expectation="1.1", scenario="checkout", service="shop", step="kill"}`:          1,
			`friday_last_detection_deadline_seconds{environment="test", expectation="1.1", scenario="checkout", service="shop", step="kill"}`: none,
		}},
		{"a run with two pages of one name, as somebody may have written it", []digest.Run{at(0, judge.Pass, came(4*time.Second), func(r *digest.Run) {
			late := r.Steps[0].Results[0]
			late.Detected = late.Detected.Add(time.Second)
			r.Steps = append(r.Steps, r.Steps[0])
			r.Steps[1].Results = []digest.Result{late, r.Steps[0].Results[0]}
		})}, map[string]float64{
			`friday_last_detection_seconds{environment="test", expectation="1.1", scenario="checkout", service="shop", step="kill"}`: 5,
		}},
		{"environments are apart", []digest.Run{at(0, judge.Pass), at(1, judge.Silent, func(r *digest.Run) { r.Environment = "production" })}, map[string]float64{
			"friday_last_run_verdict" + of + `, verdict="PASS"}`:                                                       1,
			`friday_last_run_verdict{environment="production", scenario="checkout", service="shop", verdict="SILENT"}`: 1,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := plain(t, metrics(t, stored(c.runs...)))
			for series, want := range c.want {
				value, there := got[series]
				switch {
				case want == none && there:
					t.Errorf("%s is there: %v", series, value)
				case want != none && (!there || value != want):
					t.Errorf("%s is %v, there: %v; want %v", series, value, there, want)
				}
			}
		})
	}
}

func TestASilenceThatWasNoneIsCountedApart(t *testing.T) {
	two := func(r *digest.Run) {
		r.Steps[0].Results = append(r.Steps[0].Results, digest.Result{ID: "1.3", Key: "cc", Verdict: judge.Silent})
	}
	s := stored(at(0, judge.Silent), at(1, judge.Silent), at(2, judge.Silent, two))
	none := todo.Act{At: sample.Friday.AddDate(0, 0, 9), ID: todo.Of(s.Runs[0])[0].ID, Do: todo.Close, FalseSilence: true}
	s.Findings = todo.List(s.Runs, []todo.Act{none})
	got := plain(t, metrics(t, s))
	for outcome, want := range map[string]float64{"FALSE-SILENCE": 2, "SILENT": 1, "PASS": 0} { // the third run has another silence
		if n := got[`friday_faults{environment="test", outcome="`+outcome+`", scenario="checkout", service="shop"}`]; n != want {
			t.Errorf("%s: %v, want %v", outcome, n, want)
		}
	}
}

// hostileRuns has every text of a run be one that wants to do harm.
func hostileRuns() []digest.Run {
	var runs []digest.Run
	for i, text := range append([]string{`a"b\c`, "x\ny", `{le="+Inf"}`, "# EOF", "\n# EOF\n", "", `\`, `\n`}, sample.Hostile...) {
		r := at(i, judge.Silent, came(time.Second))
		r.Scenario, r.Service, r.Environment, r.Steps[0].Name, r.Steps[0].Results[0].ID = text, text, text, text, text
		runs = append(runs, r)
	}
	return runs
}

func TestHostileLabelsStayLabels(t *testing.T) {
	s := stored(hostileRuns()...)
	s.Version, s.GoVersion = sample.Hostile[7], "\x1b[2J"
	text := metrics(t, s)
	got := plain(t, text)
	if diff := cmp.Diff(open(t, text), got); diff != "" {
		t.Errorf("the two formats do not read the same: %s", diff)
	}
	verdicts := 0
	for series := range got {
		if strings.HasPrefix(series, "friday_last_run_verdict") {
			verdicts++
		}
	}
	if want := 14 * (len(s.Runs) - 1); verdicts != want { // with and without line breaks, "# EOF" looks the same
		t.Errorf("%d series of verdicts, want %d", verdicts, want)
	}
	for _, line := range strings.Split(string(text), "\n") {
		sample.CheckPlain(t, line)
		if !strings.HasPrefix(line, "friday_") && !strings.HasPrefix(line, "# HELP friday_") && !strings.HasPrefix(line, "# TYPE friday_") && line != "" && line != "# EOF" {
			t.Errorf("a line from outside: %q", line)
		}
	}
	if n := strings.Count(string(text), "\n# EOF"); n != 1 {
		t.Errorf("%d ends", n)
	}
}

func TestPromtoolHasNothingToSay(t *testing.T) {
	path := lab.Need(t, "promtool")
	for name, s := range map[string]publish.Stored{"nothing": {}, "samples": stored(samples()...), "hostile": stored(hostileRuns()...)} {
		cmd := exec.Command(path, "check", "metrics", "--extended")
		cmd.Stdin = bytes.NewReader(metrics(t, s))
		var says bytes.Buffer
		cmd.Stderr = &says
		if err := cmd.Run(); err != nil || says.Len() > 0 {
			t.Errorf("%s: %v: %s", name, err, says.String())
		}
	}
}

// TestTheTextfileCollectorTakesThem: a real node_exporter serves every series, and is content with the file.
func TestTheTextfileCollectorTakesThem(t *testing.T) {
	dir := t.TempDir()
	text := metrics(t, stored(append(hostileRuns(), samples()...)...))
	if err := os.WriteFile(filepath.Join(dir, "friday.prom"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	server := lab.NodeExporter(t, "--collector.textfile", "--collector.textfile.directory="+dir)
	resp, err := http.Get(server.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if f := families["node_textfile_scrape_error"]; f == nil || f.GetMetric()[0].GetGauge().GetValue() != 0 {
		t.Errorf("node_textfile_scrape_error is %v\n%s", f, server.Log())
	}
	served := 0
	for name, f := range families {
		if strings.HasPrefix(name, "friday_") {
			served += len(f.GetMetric())
		}
	}
	if want := len(plain(t, text)); served != want {
		t.Errorf("%d series are served of %d", served, want)
	}
}

func BenchmarkMetricsOf10000Runs(b *testing.B) {
	var runs []digest.Run
	for n := range 10_000 {
		r := at(n%365, []judge.Verdict{judge.Pass, judge.Pass, judge.Silent, judge.Late}[n%4], came(time.Second))
		r.Scenario = fmt.Sprintf("scenario-%d", n%100)
		runs = append(runs, r)
	}
	s := stored(runs...)
	for b.Loop() {
		if err := publish.Metrics(io.Discard, s); err != nil {
			b.Fatal(err)
		}
	}
}
