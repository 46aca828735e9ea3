package proc

import (
	"errors"
	"fmt"
)

// ErrGone means that the process is not there any more; another one may have its pid.
var ErrGone = errors.New("the process is gone")

// ID names one process for good: its pid, when it started, and on which boot. Two processes never share one.
type ID struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // clock ticks after boot
	Boot  string `json:"boot"`
}

// String is the pid, for people.
func (id ID) String() string { return fmt.Sprintf("pid %d", id.PID) }
