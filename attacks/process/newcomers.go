package process

import (
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/proc"
)

// newcomers are the processes that match and started after the plan was made.
func newcomers(m proc.Match, after uint64) ([]proc.Info, error) {
	found, err := proc.Find(m)
	if err != nil {
		return nil, err
	}
	var fresh []proc.Info
	for _, p := range found {
		if p.Start > after {
			fresh = append(fresh, p)
		}
	}
	return fresh, nil
}

// censusAge is how long one look at all processes serves: the targets of one attack are looked at right after each other.
const censusAge = 10 * time.Millisecond

// census remembers the newcomers for a moment, so that looking at a hundred targets does not read /proc a hundred times.
type census struct {
	mu    sync.Mutex
	taken time.Time
	found []proc.Info
	err   error
}

func (c *census) newcomers(m proc.Match, after uint64) ([]proc.Info, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.taken) > censusAge {
		c.found, c.err = newcomers(m, after)
		c.taken = time.Now()
	}
	return c.found, c.err
}
