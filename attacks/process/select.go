// Package process attacks processes: it kills and pauses them.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/radius"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/several"
	"github.com/failurefriday/friday/internal/site"
)

// Targets are the parameters that every attack on processes has.
type Targets struct {
	Match         proc.Match `yaml:"match" required:"true" doc:"which processes; every field that is set must match"`
	radius.Radius `yaml:",inline"`
}

var _ diag.Checker = (*Targets)(nil)

// Check finds what the types of the parameters do not tell.
func (t *Targets) Check() []diag.FieldError {
	var bad []diag.FieldError
	if t.Match.Empty() {
		bad = append(bad, diag.FieldError{Field: "match", Msg: "at least one of name, command, pid_file, port, user, cgroup, unit is needed"})
	}
	if t.Match.Port < 0 || t.Match.Port > 65535 {
		bad = append(bad, diag.FieldError{Field: "match.port", Msg: fmt.Sprintf("%d is not a port: write a number from 1 to 65535", t.Match.Port)})
	}
	return append(bad, t.Radius.Check()...)
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
	picked, spared, err = radius.Choose(&t.Radius, all)
	return picked, spared, several.Errors(err, t.refuseProtected(all), reachable(picked))
}

func (t *Targets) refuseProtected(all []proc.Info) error {
	reason, err := t.Protected()
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

// reachable finds out whether all could be signalled, without doing so. One that has gone meanwhile is no reason to refuse
// here; injecting will.
func reachable(picked []proc.Info) error {
	var failed []error
	for _, p := range picked {
		if err := p.Signal(0); err != nil && !errors.Is(err, proc.ErrGone) {
			failed = append(failed, err)
		}
	}
	return several.Errors(failed...)
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
