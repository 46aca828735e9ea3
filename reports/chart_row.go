package reports

import (
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// row is one lane of a chart.
type row struct {
	Name, Full     string // Full is the name uncut
	Kind           string
	NameX, NameY   float64
	KindX, KindY   float64
	KindAnchor     string
	LineX1, LineX2 float64
	Mid            float64
	Bars           []bar
	Dots           []dot
}

// bar is a stretch of a lane, dot a moment.
type (
	bar struct {
		X, Y, W, H   float64
		Class, Title string
		note
	}
	dot struct {
		X, Y         float64
		Class, Title string
		note
	}
	// note is a label; an empty Text has found no room.
	note struct {
		Text         string
		TextX, TextY float64
		On           bool // on a bar
	}
)

// missing is the state of something that was expected and is not there.
const missing = "missing"

// stateWords are the states that have a look of their own, and the shortest word for each.
var stateWords = map[string]string{
	"active": "in force", "green": "ok", "red": "down", "unknown": "not seen", "triggered": "open", "acknowledged": "acknowledged",
	"resolved": "resolved", "notified": "notified", "ok": "ok", "broken": "broken", missing: "no page",
}

// drawRow lays out a lane whose row begins at y; lines are the places of the vertical lines that cross it.
func drawRow(lane judge.Lane, a axis, l layout, lines []float64, y float64) row {
	r := row{Full: lane.Name, Kind: string(lane.Kind), LineX1: a.left, LineX2: a.right, KindAnchor: "start"}
	if l.gutter > 0 {
		r.Mid = y + l.row/2
		r.Name = show.Shortened(lane.Name, int((l.gutter-8)/letter))
		r.NameY, r.KindY = r.Mid-1, r.Mid+11
	} else {
		r.Mid = y + l.row - barHeight/2 - 3
		r.Name = show.Shortened(lane.Name, int((l.width-90)/letter))
		r.NameX, r.NameY = a.left, y+15
		r.KindX, r.KindY, r.KindAnchor = a.right, y+15, "end"
	}
	for _, s := range lane.Spans {
		if s.From.IsZero() {
			s.From = a.from
		}
		if s.To.IsZero() {
			s.To = a.to
		}
		r.add(s, a)
	}
	r.label(a, lines)
	return r
}

func (r *row) add(s judge.Span, a axis) {
	class := s.State
	if stateWords[class] == "" {
		class = "other"
	}
	x1, x2 := a.x(s.From), a.x(s.To)
	words := note{Text: s.Text}
	if words.Text == "" {
		words.Text = stateWords[s.State]
	}
	if !s.To.After(s.From) {
		r.Dots = append(r.Dots, dot{X: x1, Y: r.Mid, Class: class, Title: spanTitle(r.Full, s, a), note: words})
		return
	}
	r.Bars = append(r.Bars, bar{
		X: x1, Y: r.Mid - barHeight/2, W: max(x2-x1, 2), H: barHeight, Class: class, Title: spanTitle(r.Full, s, a), note: words,
	})
}

// spanTitle is the tooltip of a stretch.
func spanTitle(name string, s judge.Span, a axis) string {
	text := name + ": " + spanState(s) + ", " + since(a, s)
	if s.Text != "" {
		text += ": " + s.Text
	}
	return text
}

func spanState(s judge.Span) string {
	if word := stateWords[s.State]; word != "" {
		return word
	}
	return s.State
}

// since is when a stretch was, in seconds after zero.
func since(a axis, s judge.Span) string {
	from := tickLabel(s.From.Sub(a.zero).Round(time.Millisecond))
	if !s.To.After(s.From) {
		return "at " + from
	}
	return from + " to " + tickLabel(s.To.Sub(a.zero).Round(time.Millisecond)) + " (" + show.Span(verify.Seconds(s.To.Sub(s.From))) + ")"
}

// label writes on what has room: bars first, then dots to their right or left. What finds no room keeps its tooltip.
func (r *row) label(a axis, lines []float64) {
	var taken [][2]float64
	for _, x := range lines {
		taken = append(taken, [2]float64{x - 4, x + 4})
	}
	for _, d := range r.Dots {
		taken = append(taken, [2]float64{d.X - 6, d.X + 6})
	}
	free := func(from, to float64) bool {
		return from >= a.left && to <= a.right && !slices.ContainsFunc(taken, func(t [2]float64) bool { return t[0] < to && from < t[1] })
	}
	for i := range r.Bars {
		b := &r.Bars[i]
		b.place(lines, free)
		b.TextY, b.On = r.Mid+4, true
		if b.Text != "" {
			taken = append(taken, [2]float64{b.TextX, b.TextX + textWidth(b.Text)})
		}
	}
	for i := range r.Dots {
		d := &r.Dots[i]
		d.TextY = r.Mid + 4
		if d.Text = r.dotText(d, free); d.Text != "" {
			taken = append(taken, [2]float64{d.TextX, d.TextX + textWidth(d.Text)})
		}
	}
}

// dotText finds room for a dot's label beside it; for its part before the colon if there is none for all of it.
func (r *row) dotText(d *dot, free func(from, to float64) bool) string {
	short, _, _ := strings.Cut(d.Text, ": ")
	for _, text := range []string{d.Text, short} {
		width := textWidth(text)
		for _, from := range []float64{d.X + 9, d.X - 9 - width} {
			if on, clear := r.ground(from, from+width); clear && free(from, from+width) {
				d.TextX, d.On = from, on
				return text
			}
		}
	}
	return ""
}

// place finds room for the bar's label: at its beginning, or behind one of the lines that cross it; a shorter word if
// there is none for the whole text.
func (b *bar) place(lines []float64, free func(from, to float64) bool) {
	for b.Text != "" {
		width := textWidth(b.Text)
		for _, x := range append([]float64{b.X}, lines...) {
			if x >= b.X && x+7+width+5 <= b.X+b.W && free(x+7, x+7+width) {
				b.TextX = x + 7
				return
			}
		}
		b.Text = shorter(b.Text, stateWords[b.Class])
	}
}

// shorter is the next thing to try when text is too long.
func shorter(text, word string) string {
	if strings.EqualFold(text, word) {
		return ""
	}
	return word
}

// ground tells what lies under a label: one bar all the way (on), nothing, or a bar's edge, where nobody could read it.
func (r *row) ground(from, to float64) (on, clear bool) {
	for _, b := range r.Bars {
		if from >= b.X && to <= b.X+b.W {
			return true, true
		}
		if from < b.X+b.W && b.X < to {
			return false, false
		}
	}
	return false, true
}
