// Package probes holds the ways to look at one thing once: an HTTP answer, a TCP connection, a process, a container,
// a command. The same probes serve as steady state, as pulse of a watcher and as abort condition.
//
// A probe tells three answers apart: green, red with a reason (a Pulse that is not OK), and "could not look" (an error).
// What the world does to the probe, from a refused connection to an answer that never comes, is red. What keeps the
// probe from looking at all, such as a missing program or no more file descriptors on this side, is an error.
package probes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/failurefriday/friday/verify"
)

// clock measures one look, so that its end can be told in words.
type clock struct {
	began time.Time
	limit time.Duration // 0: none
}

func startClock(ctx context.Context) clock {
	c := clock{began: time.Now()}
	if deadline, ok := ctx.Deadline(); ok {
		c.limit = deadline.Sub(c.began)
	}
	return c
}

// took is how long the look has lasted so far, for people.
func (c clock) took() string { return verify.Seconds(time.Since(c.began)).String() }

// late is the pulse of a look that ran out of time.
func (c clock) late(what string) verify.Pulse {
	return verify.Pulse{Detail: fmt.Sprintf("no %s within %s", what, verify.Seconds(c.limit))}
}

// cutOff returns the reason why a look was stopped from outside, which says nothing about what was looked at. Running out
// of time is not such a reason.
func cutOff(ctx context.Context) error {
	if err := ctx.Err(); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return context.Cause(ctx)
	}
	return nil
}

func green(format string, args ...any) verify.Pulse {
	return verify.Pulse{OK: true, Detail: fmt.Sprintf(format, args...)}
}

func red(format string, args ...any) verify.Pulse {
	return verify.Pulse{Detail: fmt.Sprintf(format, args...)}
}

// excerpt is the first line of what somebody said, cut to a length that fits into a report.
func excerpt(text []byte) string {
	const most = 80
	line := firstLine(string(text))
	if runes := []rune(line); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return line
}
