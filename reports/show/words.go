package show

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/failurefriday/friday/verify"
)

// Clock is the time of a moment, in UTC, to the millisecond; "–" if it is not known.
func Clock(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("15:04:05.000")
}

// Date is a day and time, in UTC; "–" if it is not known.
func Date(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2 Jan 2006 15:04:05") + " UTC"
}

// Day is a day in UTC; "–" if it is not known.
func Day(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2 Jan 2006")
}

// Span is a length of time with no empty tail: 15m, not 15m0s.
func Span(s verify.Seconds) string {
	text := s.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Age is a length of time in whole days, in hours where it is less than two days, and in minutes below an hour.
func Age(d time.Duration) string {
	switch {
	case d < time.Hour:
		return strconv.Itoa(int(max(0, d).Minutes())) + "m"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d.Hours())) + "h"
	default:
		return strconv.Itoa(int(d.Hours()/24)) + "d"
	}
}

// Count is a number of things: "1 run", "2 runs".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasPrefix(noun, "look ") {
		return strconv.Itoa(n) + " looks" + strings.TrimPrefix(noun, "look")
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// Percent is a share of 0 to 1 in whole percent. Only all of it is 100%, and only nothing is 0%.
func Percent(share float64) string {
	whole := math.Round(share * 100)
	if whole == 100 && share < 1 {
		whole = 99
	}
	if whole == 0 && share > 0 {
		whole = 1
	}
	return strconv.FormatFloat(whole, 'f', 0, 64) + "%"
}

// Px is a length in a picture with no more digits than a screen has.
func Px(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }
