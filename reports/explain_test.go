package reports

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// silenced is a run whose page was followed to the silence that swallowed it.
func silenced() judge.Record {
	r := sample.PaymentsDies()
	x := &r.Steps[0].Results[0]
	x.Kind, x.Reason, x.Advice = "SF-12", "nobody was paged: silenced by 3f2a (deploy, alice, 19 days)", "expire it: amtool silence expire 3f2a"
	x.Hops = sample.Expects("payments", 8).Hops
	x.Budget = &verify.Budget{Best: verify.Seconds(5e9), Worst: verify.Seconds(36e9)}
	for i, hop := range []verify.Hop{verify.FaultEffective, verify.Collected, verify.RuleEvaluated, verify.Pending, verify.Firing, verify.HandedToRouter} {
		sample.Saw(x, hop, verify.OK, 0.4*float64(i+1), "passed").Source = "prometheus"
	}
	x.Broken = sample.Saw(x, verify.Routed, verify.Broken, 2.6, "silenced by 3f2a (deploy, alice, 19 days)")
	x.Broken.Source, x.Broken.Request, x.Broken.Answer = "alertmanager", "GET /api/v2/silences", `{"id":"3f2a","matchers":[{"name":"severity","value":".+"}]}`
	sample.Saw(x, verify.NotificationAccepted, verify.Waiting, 0, "not sent yet")
	r.Sources = append(r.Sources, judge.Source{Name: "alertmanager", Kind: "alertmanager", Polls: 9, Follows: true, Sees: []verify.Hop{verify.HandedToRouter, verify.Routed}})
	return r
}

func TestExplain(t *testing.T) {
	var out bytes.Buffer
	if err := Explain(&out, false, silenced(), nil); err != nil {
		t.Fatal(err)
	}
	sample.Golden(t, "explain.txt", out.Bytes())
	for i, line := range strings.Split(out.String(), "\n") {
		if n := len([]rune(line)); n > show.Columns {
			t.Errorf("line %d is %d wide: %s", i+1, n, line)
		}
	}
}

// TestExplainWhich: what failed comes alone, a pass only if it is asked for or if there is nothing else.
func TestExplainWhich(t *testing.T) {
	r := sample.Passed()
	for name, c := range map[string]struct {
		which []string
		want  string
	}{
		"all passed": {nil, "1.1 1.2"}, "one of them": {[]string{"1.2"}, "1.2"}, "two": {[]string{"1.2", "1.1"}, "1.1 1.2"}, "none": {[]string{"7.7"}, ""},
	} {
		if got := idsOf(explained(r, c.which)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	r.Steps[0].Results[0].Verdict = judge.Late
	if got := idsOf(explained(r, nil)); got != "1.1" {
		t.Errorf("beside a failure: %q", got)
	}
	err := Explain(&bytes.Buffer{}, false, sample.Passed(), []string{"7.7"})
	if err == nil || !strings.Contains(err.Error(), "it has 1.1, 1.2") {
		t.Errorf("a wrong id: %v", err)
	}
}

func idsOf(all []finding) string {
	var ids []string
	for _, f := range all {
		ids = append(ids, f.ID)
	}
	return strings.Join(ids, " ")
}

// BenchmarkExplain judges and explains a run with 100,000 samples of its hops.
func BenchmarkExplain(b *testing.B) {
	start := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	want := verify.Expectation{ID: "1.1", Step: 1, Source: "pd", Within: verify.Seconds(time.Hour)}
	fault := verify.FaultEvent{ID: "1.1.1", Kind: "process.kill", Target: "checkout", Active: true}
	history := []verify.Event{
		{Type: verify.RunStarted, Run: &verify.RunInfo{ID: "r", Scenario: "s"}},
		{Type: verify.RunPlanned, Plan: &verify.PlanInfo{Steps: []verify.StepPlan{{
			Name: "kill", Hold: verify.Seconds(time.Hour), Expect: []verify.Expectation{want}, Faults: []verify.FaultPlan{{ID: "1.1.1"}},
		}}}},
		{Type: verify.StepStarted, Step: 1},
		{Type: verify.FaultMade, Step: 1, Fault: &fault},
		{Type: verify.FaultLook, Step: 1, Fault: &fault},
	}
	for i := range 100_000 {
		history = append(history, verify.Event{Type: verify.Traced, Step: 1, Evidence: &verify.Evidence{
			Hop: verify.Hop(1 + i%8), State: verify.Waiting, Source: "prom", Expectation: "1.1", Text: fmt.Sprintf("look %d", i),
		}})
		if i%8 == 7 {
			history = append(history, verify.Event{Type: verify.Followed, Step: 1, Poll: &verify.PollEvent{Source: "prom", Requests: 5}})
		}
	}
	for i := range history {
		history[i].Seq, history[i].At = i+1, start.Add(time.Duration(i)*30*time.Millisecond)
	}
	b.ResetTimer()
	for range b.N {
		if err := Explain(&bytes.Buffer{}, false, judge.Judge(history), nil); err != nil {
			b.Fatal(err)
		}
	}
}
