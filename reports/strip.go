package reports

import (
	"slices"
	"time"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// moment is one time on the way of a page: what happened, and when.
type moment struct {
	Name  string
	At    time.Time
	Class string // cause, page or end, for its look
}

// moments are the times on the way of one page, by time: from the command that broke the service to the end of the
// incident. Those that nobody saw are left out.
func moments(s judge.Step, x judge.Result) []moment {
	var issued time.Time
	for _, f := range s.Faults {
		if !f.Injected.IsZero() && (issued.IsZero() || f.Injected.Before(issued)) {
			issued = f.Injected
		}
	}
	all := []moment{
		{"fault issued", issued, "cause"},
		{"in force", s.InForce, "cause"},
		{"pending", passed(x, verify.Pending), "page"},
		{"firing", passed(x, verify.Firing), "page"},
		{"accepted", passed(x, verify.NotificationAccepted), "page"},
		{"incident", x.Detected, "page"},
		{"notified", x.Notified, "page"},
		{"acknowledged", x.Acknowledged, "page"},
		{"undo", s.HoldEnd, "end"},
		{"healthy", s.Healthy, "end"},
		{"resolved", x.Resolved, "page"},
	}
	all = slices.DeleteFunc(all, func(m moment) bool { return m.At.IsZero() })
	slices.SortStableFunc(all, func(a, b moment) int { return a.At.Compare(b.At) })
	return all
}

// passed is when the page came past a hop; zero if nobody saw it do so.
func passed(x judge.Result, hop verify.Hop) time.Time {
	i := slices.IndexFunc(x.Hops, func(e verify.Evidence) bool { return e.Hop == hop && e.State == verify.OK })
	if i < 0 {
		return time.Time{}
	}
	return x.Hops[i].At
}

// strip is the way of one page on one axis, with its deadline.
type strip struct {
	Class  string
	Label  string // what the picture shows, for those who cannot see it
	Width  float64
	Height float64
	Line   float64 // the axis
	Left   float64
	Right  float64
	Ticks  []tick
	Marks  []mark
	Lost   *[2]float64 // from the fault to the deadline, where no page came
}

// strips draws the way of a page in every layout; nothing if the step has not begun.
func strips(r judge.Record, s judge.Step, x judge.Result) []strip {
	a, ok := window(r, s)
	if !ok || x.MustNot {
		return nil
	}
	var all []strip
	for _, l := range layouts {
		all = append(all, drawStrip(s, x, a, l))
	}
	return all
}

// nearby is how close two moments may stand before they share a label.
const nearby = 5.0

func drawStrip(s judge.Step, x judge.Result, a axis, l layout) strip {
	a.left, a.right = 8, l.width-12
	p := strip{Class: l.class, Width: l.width, Left: a.left, Right: a.right, Ticks: a.ticks(l.ticks), Label: stripLabel(s, x)}
	var marks []mark
	for _, m := range moments(s, x) {
		if !a.covers(m.At) {
			continue
		}
		at := a.x(m.At)
		if n := len(marks); n > 0 && at-marks[n-1].X < nearby {
			marks[n-1].Label += ", " + m.Name
			if m.Class == "page" {
				marks[n-1].Class = m.Class
			}
			continue
		}
		marks = append(marks, mark{Class: m.Class, Label: m.Name, X: at})
	}
	if a.covers(x.Deadline) {
		i := slices.IndexFunc(marks, func(m mark) bool { return m.X > a.x(x.Deadline) })
		if i < 0 {
			i = len(marks)
		}
		marks = slices.Insert(marks, i, mark{Class: "deadline", Label: "deadline " + offset(s, x.Deadline), X: a.x(x.Deadline)})
		if x.Verdict == judge.Silent && !s.InForce.IsZero() {
			p.Lost = &[2]float64{a.x(s.InForce), a.x(x.Deadline)}
		}
	}
	var top float64
	p.Marks, top = placeMarks(marks, a)
	p.Line = top + 12
	p.Height = p.Line + 30
	return p
}

// stripLabel says in words what the picture shows.
func stripLabel(s judge.Step, x judge.Result) string {
	text := "The way of the page in time."
	for _, m := range moments(s, x) {
		text += " " + m.Name + " " + offset(s, m.At) + "."
	}
	if !x.Deadline.IsZero() {
		text += " deadline " + offset(s, x.Deadline) + "."
	}
	if x.Verdict == judge.Silent {
		text += " No page came."
	}
	return show.OneLine(text)
}
