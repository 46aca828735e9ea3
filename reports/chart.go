package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// chart is the timeline of one step, laid out and ready to be drawn.
type chart struct {
	Class  string
	Label  string // what the picture shows, for those who cannot see it
	Width  float64
	Height float64
	Top    float64 // of the first row
	Bottom float64 // of the last row
	Left   float64 // of the plot
	Right  float64
	Ticks  []tick
	Marks  []mark
	Rows   []row
}

// layout is the shape of a chart: for wide screens with the names beside the rows, for narrow ones above them.
type layout struct {
	class  string
	width  float64
	gutter float64 // for the names; 0: they stand above
	row    float64
	ticks  float64 // room for one tick
}

// layouts has one chart for screens, one for phones and one for paper; the page shows the one that fits.
var layouts = []layout{
	{class: "wide", width: 1040, gutter: 200, row: 36, ticks: 72},
	{class: "narrow", width: 358, row: 44, ticks: 52},
	{class: "printed", width: 690, gutter: 150, row: 34, ticks: 60},
}

const barHeight = 20

// charts draws the timeline of a step in every layout; nothing if the step has not begun.
func charts(r judge.Record, s judge.Step) []chart {
	a, ok := window(r, s)
	if !ok {
		return nil
	}
	var all []chart
	for _, l := range layouts {
		all = append(all, draw(r, s, a, l))
	}
	return all
}

func draw(r judge.Record, s judge.Step, a axis, l layout) chart {
	a.left, a.right = l.gutter+8, l.width-12
	c := chart{Class: l.class, Width: l.width, Left: a.left, Right: a.right, Label: chartLabel(s), Ticks: a.ticks(l.ticks)}
	c.Marks, c.Top = placeMarks(marksOf(a, s), a)
	var lines []float64
	for _, m := range c.Marks {
		lines = append(lines, m.X)
	}
	y := c.Top
	for _, lane := range a.shown(lanesOf(r, s)) {
		c.Rows = append(c.Rows, drawRow(lane, a, l, lines, y))
		y += l.row
	}
	c.Bottom = y
	c.Height = y + 26
	return c
}

// window is the stretch of time that the picture of a step shows: all of it, but with no more than a short lead before
// the fault, and with the deadlines unless they lie far off.
func window(r judge.Record, s judge.Step) (axis, bool) {
	at, _ := zero(s)
	if at.IsZero() {
		return axis{}, false
	}
	a := axis{from: s.Started, to: s.Ended, zero: at}
	if a.from.IsZero() || a.from.After(at) {
		a.from = at
	}
	ends := []time.Time{s.HoldEnd, s.Reverted, s.Healthy}
	if s.Ended.IsZero() {
		ends = append(ends, r.Finished)
		for _, lane := range lanesOf(r, s) {
			for _, span := range lane.Spans {
				ends = append(ends, span.From, span.To)
			}
		}
	}
	for _, end := range ends {
		a.to = later(a.to, end)
	}
	for _, x := range s.Results {
		if x.Deadline.Sub(at) <= 3*a.to.Sub(at)/2 {
			a.to = later(a.to, x.Deadline)
		}
	}
	if !a.to.After(at) {
		a.to = at.Add(time.Second)
	}
	if lead := max(a.to.Sub(at)*8/100, time.Millisecond); at.Sub(a.from) > lead {
		a.from = at.Add(-lead)
	}
	return a, true
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// shownLanes are the lanes that the picture of a step shows.
func shownLanes(r judge.Record, s judge.Step) []judge.Lane {
	a, ok := window(r, s)
	if !ok {
		return nil
	}
	return a.shown(lanesOf(r, s))
}

// shown leaves out the spans before and after the picture, with the lanes that have nothing else: the incidents of
// another step.
func (a axis) shown(lanes []judge.Lane) []judge.Lane {
	var all []judge.Lane
	for _, lane := range lanes {
		lane.Spans = slices.DeleteFunc(slices.Clone(lane.Spans), func(s judge.Span) bool {
			return !s.To.IsZero() && s.To.Before(a.from) || s.From.After(a.to)
		})
		if len(lane.Spans) > 0 {
			all = append(all, lane)
		}
	}
	return all
}

// laneOrder is the order in which kinds of lanes are drawn; unknown kinds come last.
var laneOrder = []judge.LaneKind{
	judge.LaneFault, judge.LaneService, judge.LaneWatcher, judge.LaneHop, judge.LaneSource, judge.LaneIncident,
}

// lanesOf are the lanes of a step in the order of drawing. A page that never came has a lane too: an empty one.
func lanesOf(r judge.Record, s judge.Step) []judge.Lane {
	lanes := slices.DeleteFunc(slices.Clone(r.Lanes), func(l judge.Lane) bool { return l.Step != 0 && l.Step != s.Index })
	for _, x := range s.Results {
		if x.Verdict == judge.Silent && !s.InForce.IsZero() && !x.Deadline.IsZero() {
			lanes = append(lanes, judge.Lane{
				Name: "expected page", Kind: judge.LaneIncident,
				Spans: []judge.Span{{From: s.InForce, To: x.Deadline, State: missing, Text: "no page came"}},
			})
		}
	}
	place := func(k judge.LaneKind) int {
		if i := slices.Index(laneOrder, k); i >= 0 {
			return i
		}
		return len(laneOrder)
	}
	slices.SortStableFunc(lanes, func(a, b judge.Lane) int { return cmp.Compare(place(a.Kind), place(b.Kind)) })
	return lanes
}

// chartLabel says in words what the picture shows.
func chartLabel(s judge.Step) string {
	parts := []string{fmt.Sprintf("Timeline of step %d, %s.", s.Index, s.Name)}
	for _, f := range s.Faults {
		parts = append(parts, faultWords(f)+".")
	}
	for _, x := range s.Results {
		said := fmt.Sprintf("%s: %s", x.Text, x.Verdict)
		if x.TimeToDetect != nil {
			said += " after " + show.Span(*x.TimeToDetect)
		}
		if x.Within > verify.Seconds(0) {
			said += ", deadline " + show.Span(x.Within)
		}
		parts = append(parts, said+".")
	}
	return strings.Join(parts, " ")
}
