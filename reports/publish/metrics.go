package publish

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// Stored is what metrics are made of.
type Stored struct {
	Runs       []digest.Run // in any order
	Findings   []todo.Item
	Unreadable int       // runs that cannot be read
	Damaged    int       // decisions on findings that cannot be read
	Now        time.Time // when all this was read
	Version    string    // of friday
	GoVersion  string
}

// Metrics writes what is stored as OpenMetrics text of gauges alone, so that the text format of Prometheus 0.0.4 and with
// it node_exporter's textfile collector read the same. Times are Unix times in seconds, lengths are in seconds. Negative
// controls, which break nothing, have no part in it. The same input gives the same bytes.
//
// How many faults came out how is a gauge, too: runs are pruned and imported, and a counter that falls, or leaps, would
// make increase() tell of faults that never were.
func Metrics(w io.Writer, s Stored) error {
	registry := prometheus.NewRegistry()
	c := newCollected()
	c.scenarios(s.Runs, todo.Overturned(s.Findings))
	c.findings(s.Findings)
	c.self(s)
	if err := registry.Register(c); err != nil {
		return err
	}
	families, err := registry.Gather()
	if err != nil {
		return fmt.Errorf("cannot make metrics: %w", err)
	}
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToOpenMetrics(w, f); err != nil {
			return err
		}
	}
	_, err = expfmt.FinalizeOpenMetrics(w)
	return err
}

// family is the name, the help and the labels of metrics.
type family struct {
	name, help string
	labels     []string
}

// families lists all of them; docs/metrics.md tells of each. The labels of a scenario come first: see place.with.
func families() []family {
	with := func(more ...string) []string { return append([]string{"scenario", "service", "environment"}, more...) }
	ofScenario := with()
	return []family{
		{"friday_last_run_timestamp_seconds", "When the newest run of the scenario was started.", ofScenario},
		{"friday_last_run_verdict", "1 for the verdict of the newest run of the scenario, 0 for every other.", with("verdict")},
		{"friday_last_run_restored", "Whether the newest run of the scenario has restored everything (1) or not (0).", ofScenario},
		{"friday_last_success_timestamp_seconds", "When the newest run of the scenario whose verdict is PASS was started, 0 if there is none.", ofScenario},
		{"friday_last_detection_seconds", "Time from the fault in force to the incident created, in the newest run of the scenario in which one came.", with("step", "expectation")},
		{"friday_last_detection_deadline_seconds", "Time that the page of friday_last_detection_seconds was given.", with("step", "expectation")},
		{"friday_faults", "Faults in the stored runs that somebody was to be paged for, by the worst verdict on the pages; FALSE-SILENCE is a SILENT that people overturned.", with("outcome")},
		{"friday_findings", "Findings that are not closed, by what is to be done about them.", []string{"service", "verdict", "state"}},
		{"friday_runs", "Stored runs that can be read, negative controls among them.", nil},
		{"friday_runs_unreadable", "Stored runs that cannot be read, so that what they found is not known.", nil},
		{"friday_todo_lines_unreadable", "Decisions on findings that cannot be read and do not count.", nil},
		{"friday_metrics_timestamp_seconds", "When these metrics were made.", nil},
		{"friday_build_info", "The program that made these metrics.", []string{"version", "goversion"}},
	}
}

// collected are metrics that registry.Gather checks, sorts and groups.
type collected struct {
	families map[string]*prometheus.Desc
	all      []prometheus.Metric
}

func newCollected() *collected {
	c := &collected{families: map[string]*prometheus.Desc{}}
	for _, f := range families() {
		c.families[f.name] = prometheus.NewDesc(f.name, f.help, f.labels, nil)
	}
	return c
}

// Describe says nothing: which metrics there are depends on the runs.
func (c *collected) Describe(chan<- *prometheus.Desc) {}

// Collect hands them out.
func (c *collected) Collect(to chan<- prometheus.Metric) {
	for _, m := range c.all {
		to <- m
	}
}

// set adds one gauge of a family. Labels must be safe: see label.
func (c *collected) set(name string, value float64, labels ...string) {
	desc := c.families[name]
	m, err := prometheus.NewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	if err != nil {
		m = prometheus.NewInvalidMetric(desc, err) // which Gather tells
	}
	c.all = append(c.all, m)
}

// place is what scenarios are told apart by, made safe before they are: two names that look the same are the same.
type place struct{ scenario, service, environment string }

func placeOf(r digest.Run) place {
	return place{show.OneLine(r.Scenario), show.OneLine(r.Service), show.OneLine(r.Environment)}
}

func (p place) with(more ...string) []string {
	return append([]string{p.scenario, p.service, p.environment}, more...)
}

// tally is what is known of one scenario.
type tally struct {
	last, success, detected digest.Run
	outcomes                map[string]int
}

func (c *collected) scenarios(runs []digest.Run, overturned func(run, key string) bool) {
	runs = slices.Clone(runs)
	slices.SortStableFunc(runs, func(a, b digest.Run) int { return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID)) })
	found := map[place]*tally{}
	for _, r := range runs {
		if r.Control {
			continue
		}
		t := found[placeOf(r)]
		if t == nil {
			t = &tally{outcomes: map[string]int{}}
			found[placeOf(r)] = t
		}
		t.add(r, overturned)
	}
	for p, t := range found {
		c.scenario(p, *t)
	}
}

// add takes the run that is newer than those before.
func (t *tally) add(r digest.Run, overturned func(run, key string) bool) {
	t.last = r
	if r.Verdict == judge.Pass {
		t.success = r
	}
	if len(detections(r)) > 0 {
		t.detected = r
	}
	for _, f := range metrics.Of(r, overturned) {
		t.outcomes[outcome(f)]++
	}
}

func (c *collected) scenario(p place, t tally) {
	c.set("friday_last_run_timestamp_seconds", unix(t.last.Started), p.with()...)
	c.set("friday_last_success_timestamp_seconds", unix(t.success.Started), p.with()...)
	c.set("friday_last_run_restored", truth(t.last.Restored), p.with()...)
	for _, v := range verdicts() {
		c.set("friday_last_run_verdict", truth(v == t.last.Verdict), p.with(v.String())...)
	}
	for _, came := range outcomes() {
		c.set("friday_faults", float64(t.outcomes[came]), p.with(came)...)
	}
	for _, d := range detections(t.detected) {
		labels := p.with(d.step, d.id)
		c.set("friday_last_detection_seconds", d.took.Seconds(), labels...)
		if d.within > 0 {
			c.set("friday_last_detection_deadline_seconds", d.within.Duration().Seconds(), labels...)
		}
	}
}

// detection is one page that came.
type detection struct {
	step, id string
	took     time.Duration
	within   verify.Seconds
}

// detections are the pages of a run that were asked for and came, whether in time or not. Of two that look the same, which
// no run of ours has, it is the slower one.
func detections(r digest.Run) []detection {
	var found []detection
	for _, s := range r.Steps {
		for _, x := range s.Results {
			if x.MustNot || x.Detected.IsZero() || s.InForce.IsZero() {
				continue
			}
			d := detection{show.OneLine(s.Name), show.OneLine(x.ID), max(0, x.Detected.Sub(s.InForce)), x.Within}
			i := slices.IndexFunc(found, func(f detection) bool { return f.step == d.step && f.id == d.id })
			switch {
			case i < 0:
				found = append(found, d)
			case d.took > found[i].took:
				found[i] = d
			}
		}
	}
	return found
}

// outcome is what became of a fault: the worst verdict on the pages that it was to cause.
func outcome(f metrics.Fault) string {
	if f.Overturned {
		return falseSilence
	}
	return f.Outcome.String()
}

// falseSilence is the outcome of a fault whose page had come, as people decided.
const falseSilence = "FALSE-SILENCE"

// outcomes are all that a fault can come to.
func outcomes() []string {
	all := []string{falseSilence}
	for _, v := range verdicts() {
		all = append(all, v.String())
	}
	return all
}

// verdicts are all that a run can come to.
func verdicts() []judge.Verdict {
	var all []judge.Verdict
	for v := judge.Unjudged; v <= judge.Pass; v++ {
		all = append(all, v)
	}
	return all
}

func (c *collected) findings(items []todo.Item) {
	type kind struct{ service, verdict, state string }
	n := map[kind]int{}
	for _, i := range items {
		if i.Active() {
			n[kind{show.OneLine(i.Service), i.Verdict.String(), string(i.State)}]++
		}
	}
	for k, count := range n {
		c.set("friday_findings", float64(count), k.service, k.verdict, k.state)
	}
}

// self is what there is to know of friday itself.
func (c *collected) self(s Stored) {
	c.set("friday_runs", float64(len(s.Runs)))
	c.set("friday_runs_unreadable", float64(s.Unreadable))
	c.set("friday_todo_lines_unreadable", float64(s.Damaged))
	c.set("friday_metrics_timestamp_seconds", unix(s.Now))
	c.set("friday_build_info", 1, show.OneLine(s.Version), show.OneLine(s.GoVersion))
}

// unix is a moment in seconds; one that is not known is 0, which is long ago.
func unix(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
