package reports

import (
	"fmt"
	"time"
)

// tick is one mark on the time axis.
type tick struct {
	X     float64
	Label string
}

// steps are the distances between ticks that people can count in.
var steps = []time.Duration{
	10 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond,
	500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second,
	30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute,
	30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

// tickStep is the smallest distance that gives at most limit ticks over the length.
func tickStep(length time.Duration, limit int) time.Duration {
	for _, s := range steps {
		if length/s < time.Duration(max(limit, 1)) {
			return s
		}
	}
	day := steps[len(steps)-1]
	return day * (1 + length/day/time.Duration(max(limit, 1)))
}

// axis maps moments to a picture.
type axis struct {
	from, to, zero time.Time
	left, right    float64
}

func (a axis) x(t time.Time) float64 {
	share := float64(t.Sub(a.from)) / float64(a.to.Sub(a.from))
	return a.left + min(max(share, 0), 1)*(a.right-a.left)
}

// covers reports whether t is in the picture.
func (a axis) covers(t time.Time) bool {
	return !t.IsZero() && !t.Before(a.from) && !t.After(a.to)
}

// ticks are round numbers of seconds before and after zero, at least room apart.
func (a axis) ticks(room float64) []tick {
	step := tickStep(a.to.Sub(a.from), int((a.right-a.left)/room))
	first := a.from.Sub(a.zero).Truncate(step)
	var all []tick
	for d := first; !a.zero.Add(d).After(a.to); d += step {
		if at := a.zero.Add(d); a.covers(at) {
			all = append(all, tick{a.x(at), tickLabel(d)})
		}
	}
	return all
}

// tickLabel is a time after zero: 0, 0.5s, −2s, 1m30s, 1h.
func tickLabel(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "−", -d
	}
	if d == 0 {
		return "0"
	}
	text := ""
	if h := d / time.Hour; h > 0 {
		text += fmt.Sprintf("%dh", h)
		d -= h * time.Hour
	}
	if m := d / time.Minute; m > 0 {
		text += fmt.Sprintf("%dm", m)
		d -= m * time.Minute
	}
	if d > 0 {
		text += fmt.Sprintf("%gs", d.Seconds())
	}
	return sign + text
}
