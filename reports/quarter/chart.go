package quarter

import (
	"fmt"
	"strconv"

	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/reports/show"
)

// Pictures are laid out in percent of their width and in pixels of their height, so that they fit every screen and their
// texts stay as large as they are.

// segment is one outcome's part of the bar of all faults.
type segment struct {
	X, W  float64 // percent
	Look  string
	Label string // its count, where it has room
	Share metrics.Share
}

// room is how wide a segment must be for its count, in percent of a phone.
func room(count string) float64 { return 2 + 3.3*float64(len(count)) }

func segments(all []metrics.Share) []segment {
	var out []segment
	x := 0.0
	for _, s := range all {
		seg := segment{X: x, W: 100 * s.Rate.Share(), Look: look(s.Verdict), Share: s}
		if count := strconv.Itoa(s.Rate.Hits); seg.W >= room(count) {
			seg.Label = count
		}
		x += seg.W
		out = append(out, seg)
	}
	return out
}

// Middle is where the label stands.
func (s segment) Middle() float64 { return s.X + s.W/2 }

// measured is a bar with its length in percent of the longest.
type measured struct {
	bar
	W float64
}

// measure gives bars their lengths. One that counts anything can be seen.
func measure(all []bar) []measured {
	most := 1
	for _, b := range all {
		most = max(most, b.N)
	}
	out := make([]measured, len(all))
	for i, b := range all {
		out[i] = measured{b, 100 * float64(b.N) / float64(most)}
		if b.N > 0 {
			out[i].W = max(1.5, out[i].W)
		}
	}
	return out
}

func kindBars(r Report) []bar {
	var all []bar
	for _, k := range r.Kinds {
		all = append(all, bar{k.Name, k.Faults, "silent"})
	}
	return all
}

// hopBar is one hop on the way of the page.
type hopBar struct {
	Name   string
	N      int
	Behind bool // no silent fault lost its page here
}

func hopBars(r Report) []hopBar {
	var all []hopBar
	for _, h := range r.Hops {
		all = append(all, hopBar{hopName(h.Hop), h.Faults, h.Faults == 0})
	}
	return all
}

// hour is one hour of the day.
type hour struct {
	X, W, Y, H float64
	N          int
	Off        bool
}

// hours are the notifications by the hour of the day.
type hours struct {
	Bars  []hour
	Most  int
	Label string
}

// The height of the bars of small pictures, in pixels, and where they stand.
const (
	barHeight = 64
	barBase   = 76
)

func hoursOf(n metrics.Noise) hours {
	h := hours{Most: 1, Label: fmt.Sprintf("Notifications by the hour of the day: %d, of them %d from 22:00 to 08:00", n.Notifications, n.OffHours.Hits)}
	for _, count := range n.ByHour {
		h.Most = max(h.Most, count)
	}
	for i, count := range n.ByHour {
		high := barHeight * float64(count) / float64(h.Most)
		h.Bars = append(h.Bars, hour{X: float64(i)*100/24 + 0.4, W: 100.0/24 - 0.8, Y: barBase - high, H: high, N: count, Off: metrics.OffHour(i)})
	}
	return h
}

// weekBar is one week of the period.
type weekBar struct {
	Week
	X, W            float64
	Y, H            float64 // of all faults
	SilentY, Silent float64 // of the silent ones, at the bottom
	Empty           bool
	Label           string // of its month, where one begins
}

// weekly are the faults by week.
type weekly struct {
	Bars  []weekBar
	Most  int
	Label string
}

func weeksOf(r Report) weekly {
	w := weekly{Most: 1}
	for _, week := range r.Activity.Weeks {
		w.Most = max(w.Most, week.Faults)
	}
	n := float64(len(r.Activity.Weeks))
	month, room := "", 0.0
	for i, week := range r.Activity.Weeks {
		high, low := barHeight*float64(week.Faults)/float64(w.Most), barHeight*float64(week.Silent)/float64(w.Most)
		b := weekBar{
			Week: week, X: float64(i)*100/n + 8/n, W: 84 / n, Y: barBase - high, H: high, SilentY: barBase - low, Silent: low, Empty: week.Runs == 0,
		}
		if name := week.Start.In(r.location()).Format("Jan"); name != month && b.X >= room && b.X < 94 {
			b.Label, month, room = name, name, b.X+9
		}
		w.Bars = append(w.Bars, b)
	}
	a := r.Activity
	w.Label = fmt.Sprintf("Faults by week: %d in %s, of which %d had a run", a.Faults, show.Count(a.ActiveWeeks.Of, "week"), a.ActiveWeeks.Hits)
	return w
}

// spread is the part of a line that an interval covers.
type spread struct{ X, W float64 }

func whisker(r metrics.Rate) spread {
	low, high := r.Interval()
	return spread{100 * low, 100 * (high - low)}
}

// lefts is how many of a list are not told.
func lefts(r Report, name string) int {
	n, most := len(r.Lessons), mostLessons
	if name == "repeats" {
		n, most = len(r.Repeats), mostRepeats
	}
	return max(0, n-most)
}

// firsts cuts the lists that pages tell in part, by their name.
func firsts(r Report, name string) (any, error) {
	switch name {
	case "lessons":
		return first(r.Lessons, mostLessons), nil
	case "repeats":
		return first(r.Repeats, mostRepeats), nil
	case "near":
		return first(r.Near, mostNear), nil
	case "changes":
		return first(r.Changes, mostNear), nil
	}
	return nil, fmt.Errorf("no list is called %s", name)
}
