// Package process attacks processes: it kills and pauses them.
package process

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/go-multierror"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/site"
)

// Targets are the parameters that every attack on processes has.
type Targets struct {
	Match      proc.Match `yaml:"match" required:"true" doc:"which processes; every field that is set must match"`
	Pick       Pick       `yaml:"pick" default:"all" doc:"how many of them: all, a number, or a percentage (rounded up)"`
	Seed       uint64     `yaml:"seed" doc:"picks the same processes whenever the same ones match; by default the seed of the run"`
	MaxTargets int        `yaml:"max_targets" doc:"refuse if more than this many would be hit"`

	limits attacks.Limits
}

var _ diag.Checker = (*Targets)(nil)

// Limit takes the guard rails of the run.
func (t *Targets) Limit(l attacks.Limits) { t.limits = l }

// Check finds what the types of the parameters do not tell.
func (t *Targets) Check() []diag.FieldError {
	var bad []diag.FieldError
	if t.Match.Empty() {
		bad = append(bad, diag.FieldError{Field: "match", Msg: "at least one of name, command, pid_file, port, user, cgroup, unit is needed"})
	}
	if t.Match.Port < 0 || t.Match.Port > 65535 {
		bad = append(bad, diag.FieldError{Field: "match.port", Msg: fmt.Sprintf("%d is not a port: write a number from 1 to 65535", t.Match.Port)})
	}
	if t.MaxTargets < 0 {
		bad = append(bad, diag.FieldError{Field: "max_targets", Msg: "must not be negative"})
	}
	return bad
}

// choose finds the targets, within all limits. A protected process among those that match is a reason to refuse, picked or
// not: the selector means more than its author thinks, and another seed would have picked it.
func (t *Targets) choose(ctx context.Context) (picked, spared []proc.Info, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	all, err := proc.Find(t.Match)
	if err != nil {
		return nil, nil, err
	}
	if !t.Match.Command.Empty() { // it may stand in our own command line, too
		all = slices.DeleteFunc(all, func(i proc.Info) bool { return i.PID == os.Getpid() })
	}
	if len(all) == 0 {
		return nil, nil, fmt.Errorf("%w: %s", attacks.ErrNoTarget, proc.Absent(t.Match))
	}
	picked, spared, err = t.Pick.from(all, cmp.Or(t.Seed, t.limits.Seed))
	return picked, spared, together(err, t.withinLimits(len(picked)), t.refuseProtected(all), reachable(picked))
}

func (t *Targets) withinLimits(n int) error {
	var failed []error
	if t.MaxTargets > 0 && n > t.MaxTargets {
		failed = append(failed, fmt.Errorf("%d processes would be hit, and max_targets is %d: pick fewer, or raise it", n, t.MaxTargets))
	}
	if most := t.limits.MaxTargets; most > 0 && n > most {
		failed = append(failed, fmt.Errorf("%d processes would be hit, and limits.max_targets in friday.yaml is %d: pick fewer", n, most))
	}
	return together(failed...)
}

func (t *Targets) refuseProtected(all []proc.Info) error {
	reason, err := t.protected()
	if err != nil {
		return err
	}
	var refused []string
	for _, p := range all {
		if why := reason(p.PID); why != "" {
			refused = append(refused, fmt.Sprintf("%s, %s", p, why))
		}
	}
	if len(refused) == 0 {
		return nil
	}
	return fmt.Errorf("protected processes are never attacked, and %s means %s: select more narrowly", t.Match, strings.Join(refused, "; "))
}

// protected is what the run protects; without a run, as when a dead one is cleaned up after, what is always protected.
func (t *Targets) protected() (reason func(pid int) string, err error) {
	if t.limits.Protected != nil {
		return t.limits.Protected, nil
	}
	standard, err := proc.NewProtected(nil)
	if err != nil {
		return nil, err
	}
	return standard.Reason, nil
}

// reachable finds out whether all could be signalled, without doing so. One that has gone meanwhile is no reason to refuse
// here; injecting will.
func reachable(picked []proc.Info) error {
	var failed []error
	for _, p := range picked {
		if err := p.Signal(0); err != nil && !errors.Is(err, proc.ErrGone) {
			failed = append(failed, err)
		}
	}
	return together(failed...)
}

// together is nil if all errors are; otherwise it tells all of them, a line each.
func together(errs ...error) error {
	all := multierror.Append(nil, errs...)
	all.ErrorFormat = func(errs []error) string { return errors.Join(errs...).Error() }
	return all.ErrorOrNil()
}

func newChange(kind string, target proc.Info, undo any) (attacks.Change, error) {
	data, err := json.Marshal(undo)
	if err != nil {
		return attacks.Change{}, fmt.Errorf("cannot write the undo of %s: %w", target, err)
	}
	return attacks.Change{Kind: kind, Target: target.String(), Undo: data}, nil
}

func readUndo[T any](c attacks.Change) (T, error) {
	var undo T
	if err := json.Unmarshal(c.Undo, &undo); err != nil {
		return undo, fmt.Errorf("cannot read the undo of %s: %w", c.Target, err)
	}
	return undo, nil
}

// notTouched says that the target is not the one that was planned for.
func notTouched(c attacks.Change, err error) error {
	if errors.Is(err, proc.ErrGone) {
		return fmt.Errorf("%s was planned for and nothing was touched: %w", c.Target, err)
	}
	return err
}

func sites(id proc.ID) ([]site.Site, error) {
	s, err := proc.SiteOf(id)
	if err != nil {
		return nil, err
	}
	return []site.Site{s}, nil
}
