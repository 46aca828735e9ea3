package reports

import (
	"cmp"
	"slices"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// mark is a moment that concerns all lanes: a vertical line with a label above it.
type mark struct {
	Class  string
	X      float64
	Label  string
	TextX  float64
	TextY  float64
	Anchor string // start, middle or end
}

const (
	letter = 6.1 // mean width of a letter in the charts' font, in their own unit
	tier   = 15  // height of one line of labels
)

func textWidth(text string) float64 { return letter * float64(ansi.StringWidth(text)) }

// marksOf are the moments of a step that are worth a line, by time; deadlines that fall together are one.
func marksOf(a axis, s judge.Step) []mark {
	var all []mark
	add := func(class, label string, t time.Time) {
		if a.covers(t) {
			all = append(all, mark{Class: class, Label: label, X: a.x(t)})
		}
	}
	add("inforce", "fault in force", s.InForce)
	for _, x := range s.Results {
		label := "deadline " + show.Span(verify.Seconds(x.Deadline.Sub(a.zero)))
		known := slices.ContainsFunc(all, func(m mark) bool { return m.Class == "deadline" && m.Label == label })
		if !x.MustNot && !known {
			add("deadline", label, x.Deadline)
		}
	}
	add("reverted", "reverted", s.Reverted)
	slices.SortStableFunc(all, func(a, b mark) int { return cmp.Compare(a.X, b.X) })
	return all
}

// placeMarks gives every label a place where it covers no other one, on as many lines as that takes, and returns the
// height that is taken.
func placeMarks(marks []mark, a axis) ([]mark, float64) {
	var ends []float64 // of the last label on each line, the lowest line first
	for i := range marks {
		m := &marks[i]
		half := textWidth(m.Label) / 2
		from := m.X - half
		m.Anchor, m.TextX = "middle", m.X
		switch {
		case from < a.left-6:
			m.Anchor, m.TextX, from = "start", a.left-6, a.left-6
		case m.X+half > a.right+10:
			m.Anchor, m.TextX, from = "end", a.right+10, a.right+10-2*half
		}
		line := slices.IndexFunc(ends, func(end float64) bool { return end+8 <= from })
		if line < 0 {
			ends = append(ends, 0)
			line = len(ends) - 1
		}
		ends[line] = from + 2*half
		m.TextY = float64(line)
	}
	height := float64(tier * len(ends))
	for i := range marks {
		marks[i].TextY = height - tier*marks[i].TextY - 3
	}
	return marks, height + 6
}
