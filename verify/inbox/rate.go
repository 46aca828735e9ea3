package inbox

import "time"

// limiter counts what happened in the last minute. The zero limiter is ready; it needs a lock around it.
type limiter struct {
	times []time.Time // oldest first, all within the last minute
}

// allow reports whether one more fits under the limit, and counts it if it does.
func (l *limiter) allow(now time.Time, limit int) bool {
	l.forget(now)
	if len(l.times) >= limit {
		return false
	}
	l.times = append(l.times, now)
	return true
}

func (l *limiter) forget(now time.Time) {
	old := 0
	for old < len(l.times) && now.Sub(l.times[old]) >= time.Minute {
		old++
	}
	l.times = l.times[old:]
}

// reset is how long until all of the limit is free again, in whole seconds, rounded up.
func (l *limiter) reset(now time.Time) int {
	if len(l.times) == 0 {
		return 0
	}
	left := l.times[len(l.times)-1].Add(time.Minute).Sub(now)
	return int((left + time.Second - 1) / time.Second)
}
