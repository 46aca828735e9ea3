package httpapi

import (
	"net/http"
	"sync"
	"time"
)

// clock bounds how far the server's clock is ahead of ours. An answer with the header Date: D was written, by the
// server's clock, at some moment from D up to D + 1 s, and by ours between the request and the answer. Each answer so
// gives an interval; the truth lies in all of them.
type clock struct {
	mu        sync.Mutex
	low, high time.Duration
	known     bool
}

// observe takes in one answer. Answers that contradict the earlier ones mean that a clock was set: begin anew.
func (c *clock) observe(date string, sent, received time.Time) {
	d, err := http.ParseTime(date)
	if err != nil {
		return
	}
	low, high := d.Sub(received), d.Add(time.Second).Sub(sent)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known {
		low, high = max(low, c.low), min(high, c.high)
	}
	if low > high {
		low, high = d.Sub(received), d.Add(time.Second).Sub(sent)
	}
	c.low, c.high, c.known = low, high, true
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
