package quarter

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/reports/show"
)

// plot is the distribution of one time: a dot for every fault, or columns where there are too many for dots. What never came
// stands at the right edge.
type plot struct {
	row
	Dots    []dot
	Columns []column
	Ticks   []tick
	Marks   []mark
	NeverX  float64 // where what never came begins
	Label   string  // the same in words
	Few     string  // all values, where there are too few for percentiles
}

type (
	dot struct {
		X, Y  float64
		Never bool
	}
	column struct {
		X, W, Y, H float64
		Never      bool
	}
	tick struct {
		X    float64
		Text string
	}
	// mark is a percentile.
	mark struct {
		X, Y   float64 // Y of its name
		Name   string
		Anchor string
		Shift  float64 // of its name from X, in pixels
	}
)

// The layout of a plot: percent sideways, pixels down.
const (
	plotFrom, plotTo = 1.5, 87.0 // of what was measured
	neverFrom        = 89.5
	neverAt          = 94.75
	plotBase         = 66.0
	plotHigh         = 40.0
	slots            = 32
	dotStep          = 7.0
	mostStacked      = 6
)

// scale turns lengths of time into places: logarithmic, the same for all plots of a page.
type scale struct{ low, high float64 } // logarithms of seconds

func scaleOf(rows []row) scale {
	low, high := math.Inf(1), math.Inf(-1)
	for _, r := range rows {
		for _, v := range r.Times.Values {
			if v.Known == metrics.Exactly {
				low, high = min(low, logOf(v.For)), max(high, logOf(v.For))
			}
		}
	}
	if low > high {
		low, high = 0, math.Log(60)
	}
	margin := 0.04*(high-low) + 0.1
	low, high = low-margin, high+margin
	if missing := math.Log(10) - (high - low); missing > 0 {
		low, high = low-missing/2, high+missing/2
	}
	return scale{low, high}
}

// shortest is as short as anything is told to have taken.
const shortest = 50 * time.Millisecond

func logOf(d time.Duration) float64 { return math.Log(max(d, shortest).Seconds()) }

func (s scale) at(d time.Duration) float64 {
	return plotFrom + (plotTo-plotFrom)*(logOf(d)-s.low)/(s.high-s.low)
}

// roundTimes are those that an axis may name, the roundest first.
var roundTimes = []time.Duration{
	time.Minute, time.Hour, time.Second, 24 * time.Hour, 10 * time.Second, 10 * time.Minute, 100 * time.Millisecond, 7 * 24 * time.Hour,
	30 * 24 * time.Hour, 5 * time.Minute, 5 * time.Second, 30 * time.Second, 30 * time.Minute, 2 * time.Minute, 2 * time.Second,
	6 * time.Hour, 500 * time.Millisecond, 20 * time.Second, 2 * time.Hour, 12 * time.Hour, 2 * 24 * time.Hour, 200 * time.Millisecond,
}

// roomForTick is how far apart the names of an axis are, in percent.
const roomForTick = 15

func (s scale) ticks() []tick {
	var all []tick
	for _, d := range roundTimes {
		x := s.at(d)
		if x < plotFrom+1 || x > plotTo-3 || slices.ContainsFunc(all, func(t tick) bool { return math.Abs(t.X-x) < roomForTick }) {
			continue
		}
		all = append(all, tick{x, axisName(d)})
	}
	slices.SortFunc(all, func(a, b tick) int { return cmp.Compare(a.X, b.X) })
	return all
}

func axisName(d time.Duration) string {
	if d >= 24*time.Hour {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	q := metrics.Took{Known: metrics.Exactly, For: d}
	return show.Span(*metrics.Percentile([]metrics.Took{q}, 0).Seconds)
}

// plots draws all rows that have values and cannot be negative, on one scale.
func plots(rows []row) []plot {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.ID == "reset" || r.Times.N == 0 })
	s := scaleOf(rows)
	var all []plot
	for _, r := range rows {
		p := plot{row: r, Ticks: s.ticks(), NeverX: neverFrom, Label: inWords(r)}
		p.draw(s)
		if r.Times.N < metrics.FewestForPercentiles {
			p.Few = longs(r.Times.Raw)
		}
		p.mark(s, "p50", r.Times.P50, true, 10)
		p.mark(s, "p90", r.Times.P90, false, 21)
		all = append(all, p)
	}
	return all
}

// draw stacks the values, column by column.
func (p *plot) draw(s scale) {
	var stacks [slots]int
	never, most := 0, 1
	for _, v := range p.Times.Values {
		if v.Known == metrics.Never {
			never++
			continue
		}
		i := int((s.at(v.For) - plotFrom) / (plotTo - plotFrom) * slots)
		i = min(slots-1, max(0, i))
		stacks[i]++
		most = max(most, stacks[i])
	}
	most = max(most, never)
	place := func(n int, x, w float64, gone bool) {
		if most > mostStacked {
			if high := plotHigh * float64(n) / float64(most); n > 0 {
				high = max(1.5, high)
				p.Columns = append(p.Columns, column{x - w/2, w, plotBase - high, high, gone})
			}
			return
		}
		for k := range n {
			p.Dots = append(p.Dots, dot{x, plotBase - 3.5 - dotStep*float64(k), gone})
		}
	}
	wide := (plotTo - plotFrom) / slots
	for i, n := range stacks {
		place(n, plotFrom+wide*(float64(i)+0.5), wide*0.82, false)
	}
	place(never, neverAt, 5, true)
}

// mark draws a percentile, with its name in a line of its own, on its left or its right.
func (p *plot) mark(s scale, name string, q *metrics.Quantile, left bool, y float64) {
	if q == nil || q.Never {
		return
	}
	m := mark{X: s.at(q.Seconds.Duration()), Y: y, Name: name, Anchor: "start", Shift: 4}
	if left && m.X > 12 {
		m.Anchor, m.Shift = "end", -4
	}
	p.Marks = append(p.Marks, m)
}

// inWords is the plot for who does not see it.
func inWords(r row) string {
	text := fmt.Sprintf("%s, %s", r.Name, show.Count(r.Times.N, r.Of))
	if r.Times.P50 != nil {
		half, most := within("half", "half", r.Times.P50), within("90%", "10%", r.Times.P90)
		text += fmt.Sprintf(": %s %s, %s %s", half.Name, half.Value, most.Name, most.Value)
	} else {
		text += ": " + longs(r.Times.Raw)
	}
	if r.Times.Never > 0 {
		text += fmt.Sprintf("; %d never", r.Times.Never)
	}
	return text
}
