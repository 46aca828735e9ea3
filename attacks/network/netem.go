package network

import (
	"context"
	"fmt"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/diag"
)

// netemNote ends the summary of every kind that needs netem.
const netemNote = " Needs netem in the kernel." + noTimer

// planNetem plans the same queue before every device.
func (d *Devices) planNetem(ctx context.Context, kind, does string, n netem) ([]attacks.Change, error) {
	return d.plan(ctx, kind, does, func(int) (queue, error) { return queue{Netem: &n}, nil })
}

// What netem can do: it counts delays in 32 bits of 64 ns, and jitter in 31 bits of 1 ns.
const (
	longestDelay  = 4 * time.Minute
	longestJitter = 2 * time.Second
)

func tooLong(field string, d, most time.Duration) []diag.FieldError {
	if d <= most {
		return nil
	}
	return []diag.FieldError{{Field: field, Msg: fmt.Sprintf("%s is more than netem can do: at most %s", d, most)}}
}

func noShare(field string, percent float64) []diag.FieldError {
	if percent > 0 && percent <= 100 {
		return nil
	}
	return []diag.FieldError{{Field: field, Msg: fmt.Sprintf("%v is no share of the packets: want a number of percent above 0, and 100 at most", percent)}}
}

// checkJitter looks at a delay that varies.
func checkJitter(delay, jitter time.Duration) []diag.FieldError {
	bad := tooLong("jitter", jitter, longestJitter)
	if jitter > delay {
		bad = append(bad, diag.FieldError{Field: "jitter", Msg: fmt.Sprintf("%s is more than the delay, %s: no packet arrives before it was sent", jitter, delay)})
	}
	return append(bad, tooLong("delay", delay, longestDelay)...)
}

// delayed is a delay in words.
func delayed(delay, jitter time.Duration) string {
	if jitter > 0 {
		return fmt.Sprintf("delayed by %s, give or take %s", delay, jitter)
	}
	return fmt.Sprintf("delayed by %s", delay)
}
