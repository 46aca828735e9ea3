package process

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/several"
	"github.com/failurefriday/friday/internal/site"
)

// PauseKind is process.pause.
var PauseKind = attacks.Kind{
	Name:    "process.pause",
	Summary: "Stop processes with SIGSTOP, as if they hung; connections are still accepted. Undone with SIGCONT.",
	Example: "{match: {name: checkout}}",
	New:     func() attacks.Attack { return &Pause{} },
}

// Pause stops processes and lets them go on.
type Pause struct {
	Targets `yaml:",inline"`
}

var (
	_ attacks.Attack  = (*Pause)(nil)
	_ attacks.Limited = (*Pause)(nil)
	_ attacks.Sited   = (*Pause)(nil)
)

type pauseUndo struct {
	Target proc.ID `json:"target"`
}

// Plan finds the processes. One that is stopped already is refused: the revert would set free what somebody else stopped.
func (p *Pause) Plan(ctx context.Context) ([]attacks.Change, error) {
	picked, _, err := p.choose(ctx)
	if err != nil {
		return nil, err
	}
	changes := make([]attacks.Change, len(picked))
	var failed []error
	for i, target := range picked {
		stopped, err := target.Stopped()
		if err != nil && !errors.Is(err, proc.ErrGone) {
			failed = append(failed, err)
		}
		if stopped {
			failed = append(failed, fmt.Errorf("%s is stopped already, and not by this run: let it go on first (kill -CONT %d)", target, target.PID))
		}
		changes[i], err = attacks.NewChange(PauseKind.Name, target.String(), pauseUndo{target.ID})
		failed = append(failed, err)
	}
	if err := several.Errors(failed...); err != nil {
		return nil, err
	}
	return changes, nil
}

// Inject stops the process. It may take a moment until the kernel has.
func (p *Pause) Inject(ctx context.Context, c attacks.Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	undo, err := attacks.ReadUndo[pauseUndo](c)
	if err != nil {
		return err
	}
	return notTouched(c, undo.Target.Signal(syscall.SIGSTOP))
}

// Active reports whether the process is stopped.
func (p *Pause) Active(_ context.Context, c attacks.Change) (bool, error) {
	undo, err := attacks.ReadUndo[pauseUndo](c)
	if err != nil {
		return false, err
	}
	stopped, err := undo.Target.Stopped()
	if errors.Is(err, proc.ErrGone) {
		return false, nil
	}
	return stopped, err
}

// Revert lets the process go on. It is done even where the process does not look stopped: a stop may be on its way.
func (p *Pause) Revert(_ context.Context, c attacks.Change) error {
	undo, err := attacks.ReadUndo[pauseUndo](c)
	if err != nil {
		return err
	}
	err = undo.Target.Signal(syscall.SIGCONT)
	if errors.Is(err, proc.ErrGone) {
		return nil
	}
	return err
}

// Sites tells where the process lives.
func (p *Pause) Sites(_ context.Context, c attacks.Change) ([]site.Site, error) {
	undo, err := attacks.ReadUndo[pauseUndo](c)
	if err != nil {
		return nil, err
	}
	return sites(undo.Target)
}
