package metrics

import (
	"cmp"
	"time"
)

// Known says what is known of a length of time. The zero Known is Unseen.
type Known int

// What can be known.
const (
	Unseen  Known = iota // nobody could see its beginning or its end: it is no number, and counts nowhere
	Exactly              // it took so long
	Never                // it had not ended when nobody looked any longer: +∞
)

// Took is how long something took.
type Took struct {
	Known Known
	// For is how long it took if Known is Exactly; if it is Never, for how long somebody looked, 0 if that is not known.
	For time.Duration
}

// Measured reports whether it is a number.
func (t Took) Measured() bool { return t.Known == Exactly }

// between is the time from one moment to another. A moment that is not known makes no number.
func between(from, to time.Time) Took {
	if from.IsZero() || to.IsZero() {
		return Took{}
	}
	return Took{Exactly, to.Sub(from)}
}

// positive takes what a clock was off from what cannot be negative.
func positive(t Took) Took {
	t.For = max(0, t.For)
	return t
}

// never is what had not ended at a moment.
func never(from, looked time.Time) Took {
	return Took{Never, positive(between(from, looked)).For}
}

// slowest is that of the slowest page: one that never came outranks what is not known, which outranks what is.
func slowest(pages []Page, of func(Page) Took) Took {
	var worst Took
	for i, p := range pages {
		t := of(p)
		switch {
		case i == 0, t.Known == Never && worst.Known != Never:
			worst = t
		case worst.Known == Never && t.Known == Never:
			worst.For = min(worst.For, t.For) // so long was looked for both
		case worst.Known == Never, worst.Known == Unseen:
		case t.Known == Unseen:
			worst = t
		default:
			worst.For = max(worst.For, t.For)
		}
	}
	return worst
}

// order sorts lengths of time, those that never ended last.
func order(a, b Took) int {
	return cmp.Or(cmp.Compare(a.Known, b.Known), cmp.Compare(a.For, b.For))
}
