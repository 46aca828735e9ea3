package scenarios

import (
	"strings"
	"sync"
)

// Class says what kind of reason keeps a run from starting.
type Class int

// The classes of reasons, from weakest to strongest; a refusal has the strongest of its reasons'.
const (
	CannotTell Class = iota + 1 // the run could prove nothing: a source is not ready, the steady state is red
	Misuse                      // the scenario or the configuration is wrong
	Owing                       // an earlier run has left something in force
)

// Refusal is every reason not to start a run. Nothing has been touched.
type Refusal struct {
	mu      sync.Mutex
	Class   Class
	Reasons []error
}

func (r *Refusal) add(class Class, err error) {
	if err == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Class = max(r.Class, class)
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		r.Reasons = append(r.Reasons, many.Unwrap()...)
		return
	}
	r.Reasons = append(r.Reasons, err)
}

func (r *Refusal) orNil() error {
	if len(r.Reasons) == 0 {
		return nil
	}
	return r
}

// Error lists the reasons, one a line.
func (r *Refusal) Error() string {
	lines := make([]string, len(r.Reasons))
	for i, reason := range r.Reasons {
		lines[i] = reason.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the reasons to errors.Is and errors.As.
func (r *Refusal) Unwrap() []error { return r.Reasons }
