package reports

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

func TestTicks(t *testing.T) {
	for _, tc := range []struct {
		from, to time.Duration
		want     []string
	}{
		{-900 * time.Millisecond, 10 * time.Second, []string{"0", "2s", "4s", "6s", "8s", "10s"}},
		{0, 900 * time.Millisecond, []string{"0", "0.2s", "0.4s", "0.6s", "0.8s"}},
		{-time.Minute, time.Hour, []string{"0", "10m", "20m", "30m", "40m", "50m", "1h"}},
		{-5 * time.Second, 90 * time.Second, []string{"0", "15s", "30s", "45s", "1m", "1m15s", "1m30s"}},
		{0, 30 * 24 * time.Hour, []string{"0", "96h", "192h", "288h", "384h", "480h", "576h", "672h"}},
		{-7 * time.Second, 2 * time.Second, []string{"−6s", "−4s", "−2s", "0", "2s"}},
	} {
		a := axis{from: sample.Friday.Add(tc.from), to: sample.Friday.Add(tc.to), zero: sample.Friday, left: 0, right: 800}
		ticks := a.ticks(100)
		var got []string
		for _, k := range ticks {
			got = append(got, k.Label)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s to %s: %v, want %v", tc.from, tc.to, got, tc.want)
		}
	}
}

// anyRecord is a record with lanes, spans, deadlines and lengths of all sorts, the absurd among them.
func anyRecord(rnd *rand.Rand) judge.Record {
	length := []float64{0.02, 10, 75, 3600, 2e5}[rnd.IntN(5)]
	moment := func() time.Time {
		if rnd.IntN(12) == 0 {
			return time.Time{}
		}
		return sample.At((rnd.Float64()*1.6 - 0.3) * length)
	}
	r := sample.Base("any", "process.kill", length)
	for i := range rnd.IntN(6) {
		x := sample.Expects("any", 1)
		x.Deadline, x.Verdict, x.MustNot = moment(), judge.Verdict(rnd.IntN(14)), i == 4
		r.Steps[0].Results = append(r.Steps[0].Results, x)
	}
	states := []string{"active", "green", "red", "unknown", "triggered", "acknowledged", "resolved", "notified", "ok", "broken", "", "odd"}
	for range rnd.IntN(30) {
		l := sample.Lane(laneOrder[rnd.IntN(len(laneOrder))], "a monitor with a name that is longer than its place")
		for range rnd.IntN(9) {
			s := judge.Span{From: moment(), To: moment(), State: states[rnd.IntN(len(states))], Text: []string{"", "ok", "a longer explanation"}[rnd.IntN(3)]}
			if rnd.IntN(3) == 0 {
				s.To = s.From
			}
			l.Spans = append(l.Spans, s)
		}
		r.Lanes = append(r.Lanes, l)
	}
	s := &r.Steps[0]
	for _, t := range []*time.Time{&s.Started, &s.InForce, &s.HoldEnd, &s.Reverted, &s.Healthy, &s.Ended, &s.Faults[0].Injected} {
		if rnd.IntN(8) == 0 {
			*t = moment()
		}
	}
	return r
}

// TestChartsAreReadable: whatever the run was like, everything is inside the picture and no label covers another.
func TestChartsAreReadable(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	drawn := 0
	for range 400 {
		r := anyRecord(rnd)
		for _, c := range charts(r, r.Steps[0]) {
			drawn++
			checkChart(t, c)
		}
	}
	if drawn < 700 {
		t.Errorf("only %d charts were drawn", drawn)
	}
}

func checkChart(t *testing.T, c chart) {
	t.Helper()
	inside := func(what string, x1, x2, y float64) {
		if !(x1 >= c.Left-7 && x2 <= c.Right+11 && y >= 0 && y <= c.Height && x2 <= c.Width) {
			t.Errorf("%s from %g to %g at %g is outside of %g to %g, height %g", what, x1, x2, y, c.Left, c.Right, c.Height)
		}
	}
	lines := map[float64][][2]float64{}
	for _, m := range c.Marks {
		width := textWidth(m.Label)
		from := m.TextX - map[string]float64{"start": 0, "middle": width / 2, "end": width}[m.Anchor]
		inside("mark "+m.Label, from, from+width, m.TextY)
		lines[m.TextY] = append(lines[m.TextY], [2]float64{from, from + width})
	}
	for _, line := range lines {
		checkApart(t, line, "marks")
	}
	for _, r := range c.Rows {
		var labels [][2]float64
		for _, b := range r.Bars {
			inside("bar", b.X, b.X+b.W-2, b.Y)
			labels = add(labels, b.note)
		}
		for _, d := range r.Dots {
			inside("dot", d.X, d.X, d.Y)
			labels = add(labels, d.note)
		}
		for _, l := range labels {
			inside("label", l[0], l[1], r.Mid)
		}
		checkApart(t, labels, r.Name)
	}
	for i := 1; i < len(c.Ticks); i++ {
		if c.Ticks[i].X-c.Ticks[i-1].X < textWidth(c.Ticks[i].Label) {
			t.Errorf("ticks %s and %s touch", c.Ticks[i-1].Label, c.Ticks[i].Label)
		}
	}
}

func add(labels [][2]float64, n note) [][2]float64 {
	if n.Text == "" {
		return labels
	}
	return append(labels, [2]float64{n.TextX, n.TextX + textWidth(n.Text)})
}

func checkApart(t *testing.T, labels [][2]float64, where string) {
	t.Helper()
	slices.SortFunc(labels, func(a, b [2]float64) int { return cmp.Compare(a[0], b[0]) })
	for i := 1; i < len(labels); i++ {
		if labels[i][0] < labels[i-1][1]-0.01 {
			t.Errorf("%s: labels cover each other: %v", where, labels)
		}
	}
}

func TestChartShowsTheSilence(t *testing.T) {
	r := sample.PaymentsDies()
	c := charts(r, r.Steps[0])[0]
	last := c.Rows[len(c.Rows)-1]
	if last.Name != "expected page" || len(last.Bars) != 1 || last.Bars[0].Class != missing || last.Bars[0].Text != "no page came" {
		t.Errorf("the last row is %+v", last)
	}
	if i := slices.IndexFunc(c.Marks, func(m mark) bool { return m.Class == "deadline" && m.Label == "deadline 8s" }); i < 0 {
		t.Errorf("no deadline among %+v", c.Marks)
	} else if bar := last.Bars[0]; bar.X+bar.W-c.Marks[i].X > 0.01 {
		t.Errorf("the silence ends at %g, the deadline is at %g", bar.X+bar.W, c.Marks[i].X)
	}
	if got := charts(judge.Record{}, judge.Step{}); got != nil {
		t.Errorf("a step that never began has a picture: %+v", got)
	}
}

func TestOffsetsCountFromTheFault(t *testing.T) {
	s := judge.Step{Started: sample.At(-3), InForce: sample.At(0)}
	for seconds, want := range map[float64]string{4.25: "+4.3s", -0.2: "−200ms", 900: "+15m", 0: "+0s"} {
		if got := offset(s, sample.At(seconds)); got != want {
			t.Errorf("offset of %gs = %s, want %s", seconds, got, want)
		}
	}
	for want, step := range map[string]judge.Step{
		"+1s": {Started: sample.At(-3), Faults: []judge.Fault{{Injected: sample.At(1)}}}, "+5s": {Started: sample.At(-3)}, "–": {},
	} {
		if got := offset(step, sample.At(2)); got != want {
			t.Errorf("without a fault in force: %s, want %s", got, want)
		}
	}
	if got := show.Span(verify.Seconds(2 * time.Hour)); got != "2h" {
		t.Errorf("span = %s", got)
	}
}
