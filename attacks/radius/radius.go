// Package radius bounds the blast radius of an attack: how many of the targets that match it may hit, and which never.
package radius

import (
	"cmp"
	"fmt"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/several"
)

// Radius are the parameters that every attack with a selector has. Its methods make the attack that embeds it
// attacks.Limited.
type Radius struct {
	Pick       Share  `yaml:"pick" default:"all" doc:"how many of the targets that match: all, a number, or a percentage (rounded up)"`
	Seed       uint64 `yaml:"seed" doc:"picks the same targets whenever the same ones match; by default the seed of the run"`
	MaxTargets int    `yaml:"max_targets" doc:"refuse if more than this many would be hit"`

	limits attacks.Limits
}

// Limit takes the guard rails of the run.
func (r *Radius) Limit(l attacks.Limits) { r.limits = l }

// Limits are the guard rails of the run.
func (r *Radius) Limits() attacks.Limits { return r.limits }

// Check finds what the types of the parameters do not tell.
func (r *Radius) Check() []diag.FieldError {
	if r.MaxTargets < 0 {
		return []diag.FieldError{{Field: "max_targets", Msg: "must not be negative"}}
	}
	return nil
}

// Choose picks targets, and says which ones are spared. More than any limit allows are an error.
func Choose[T any](r *Radius, all []T) (picked, spared []T, err error) {
	picked, spared, err = from(r.Pick, all, cmp.Or(r.Seed, r.limits.Seed))
	return picked, spared, several.Errors(err, r.within(len(picked)))
}

func (r *Radius) within(n int) error {
	var failed []error
	if r.MaxTargets > 0 && n > r.MaxTargets {
		failed = append(failed, fmt.Errorf("%d targets would be hit, and max_targets is %d: pick fewer, or raise it", n, r.MaxTargets))
	}
	if most := r.limits.MaxTargets; most > 0 && n > most {
		failed = append(failed, fmt.Errorf("%d targets would be hit, and limits.max_targets in friday.yaml is %d: pick fewer", n, most))
	}
	return several.Errors(failed...)
}

// Protected is what the run protects; without a run, as when a dead one is cleaned up after, what is always protected.
func (r *Radius) Protected() (reason func(pid int) string, err error) {
	if r.limits.Protected != nil {
		return r.limits.Protected, nil
	}
	standard, err := proc.NewProtected(nil)
	if err != nil {
		return nil, err
	}
	return standard.Reason, nil
}
