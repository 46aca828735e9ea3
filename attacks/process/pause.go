package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"syscall"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/proc"
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
func (p *Pause) Plan(context.Context) ([]attacks.Change, error) {
	picked, err := p.choose()
	if err != nil {
		return nil, err
	}
	var changes []attacks.Change
	var failed []error
	for _, target := range picked {
		stopped, err := target.Stopped()
		if err != nil && !errors.Is(err, proc.ErrGone) {
			failed = append(failed, err)
		}
		if stopped {
			failed = append(failed, fmt.Errorf("%s is stopped already, and not by Friday", target))
		}
		undo, err := json.Marshal(pauseUndo{target.ID})
		if err != nil {
			return nil, err
		}
		changes = append(changes, attacks.Change{Kind: PauseKind.Name, Target: target.String(), Undo: undo})
	}
	return changes, errors.Join(failed...)
}

// Inject stops the process. It may take a moment until the kernel has.
func (p *Pause) Inject(_ context.Context, c attacks.Change) error {
	undo, err := readUndo[pauseUndo](c)
	if err != nil {
		return err
	}
	return undo.Target.Signal(syscall.SIGSTOP)
}

// Active reports whether the process is stopped.
func (p *Pause) Active(_ context.Context, c attacks.Change) (bool, error) {
	undo, err := readUndo[pauseUndo](c)
	if err != nil {
		return false, err
	}
	stopped, err := undo.Target.Stopped()
	if errors.Is(err, proc.ErrGone) {
		return false, nil
	}
	return stopped, err
}

// Revert lets the process go on.
func (p *Pause) Revert(_ context.Context, c attacks.Change) error {
	undo, err := readUndo[pauseUndo](c)
	if err != nil {
		return err
	}
	return cleanIfGone(undo.Target.Signal(syscall.SIGCONT))
}

// Sites tells where the process lives.
func (p *Pause) Sites(_ context.Context, c attacks.Change) ([]site.Site, error) {
	undo, err := readUndo[pauseUndo](c)
	if err != nil {
		return nil, err
	}
	return sites(undo.Target)
}

func readUndo[T any](c attacks.Change) (T, error) {
	var undo T
	if err := json.Unmarshal(c.Undo, &undo); err != nil {
		return undo, fmt.Errorf("cannot read the undo of %s: %w", c.Target, err)
	}
	return undo, nil
}

func cleanIfGone(err error) error {
	if errors.Is(err, proc.ErrGone) {
		return nil
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
