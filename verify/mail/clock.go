package mail

import (
	"sync"
	"time"
)

// clock bounds how far the server's clock is ahead of ours. A mail with INTERNALDATE D that a look shows, and the one
// before did not, was delivered, by the server's clock, from D up to D + 1 s, and by ours between the asking of the
// earlier look and the later one. Each mail so gives an interval; the truth lies in all of them.
//
// A mail that was moved here keeps an older D, which makes the server look slow and never fast. So of two intervals that
// have nothing in common the later one is right, and one that is beyond reason is none.
type clock struct {
	mu        sync.Mutex
	low, high time.Duration
	known     bool
}

// unreasonable is further off than a clock is whose time zone was forgotten.
const unreasonable = 15 * time.Hour

// observe takes in a mail that was not there when a look was asked, and was seen later.
func (c *clock) observe(at, asked, seen time.Time) {
	low, high := at.Sub(seen), at.Add(time.Second).Sub(asked)
	if asked.IsZero() || high < -unreasonable || low > unreasonable {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.known || low > c.high:
		c.low, c.high, c.known = low, high, true
	case high < c.low: // older than it can be
	default:
		c.low, c.high = max(low, c.low), min(high, c.high)
	}
}

// offset is 0 if that cannot be told from the truth, else the middle of what is left.
func (c *clock) offset() (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known || c.low <= 0 && c.high >= 0 {
		return 0, c.known
	}
	return (c.low + c.high) / 2, true
}
