package process

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/several"
	"github.com/failurefriday/friday/internal/site"
)

// KillKind is process.kill.
var KillKind = attacks.Kind{
	Name:    "process.kill",
	Summary: "End processes with a signal, once or again and again; a supervisor or a command brings them back.",
	Example: "{match: {name: checkout}, sustain: true}",
	New:     func() attacks.Attack { return &Kill{Signal: Signal(syscall.SIGKILL)} },
}

// Kill ends processes. A dead process cannot be undone: a supervisor or a command must bring another one, which is
// recognised by the same selector and by not having been there when the plan was made.
type Kill struct {
	Targets `yaml:",inline"`
	Signal  Signal `yaml:"signal" default:"KILL" doc:"signal to send, by name or number"`
	Again   bool   `yaml:"sustain" doc:"for the whole hold, kill again whatever a supervisor brings back"`
	Revive  Revive `yaml:"revive" doc:"what brings it back: the word supervisor, or a command as a list; sustain implies supervisor"`

	census census
}

var (
	_ attacks.Attack    = (*Kill)(nil)
	_ attacks.Limited   = (*Kill)(nil)
	_ attacks.Sited     = (*Kill)(nil)
	_ attacks.Sustainer = (*Kill)(nil)
	_ attacks.Final     = (*Kill)(nil)
)

// killUndo is one target, and what tells its replacement from everybody else: all who matched when the plan was made.
type killUndo struct {
	Target proc.ID    `json:"target"`
	Signal Signal     `json:"signal"`
	Match  proc.Match `json:"match"`
	Picked starts     `json:"picked"` // all targets of the attack
	Spared starts     `json:"spared,omitempty"`
	Revive *command   `json:"revive,omitempty"`
}

// CannotUndo says why nothing will bring the target back.
func (k *Kill) CannotUndo() string {
	if k.Again || !k.Revive.none() || k.Signal.harmless() {
		return ""
	}
	return "nothing brings the killed process back: say revive: supervisor, give a command, or accept it with irreversible: true"
}

// Plan finds the processes, and the program of the revive command.
func (k *Kill) Plan(ctx context.Context) ([]attacks.Change, error) {
	picked, spared, err := k.choose(ctx)
	revive, missing := k.Revive.resolve()
	if err := several.Errors(err, missing); err != nil {
		return nil, err
	}
	changes := make([]attacks.Change, len(picked))
	for i, target := range picked {
		undo := killUndo{target.ID, k.Signal, k.Match, startsOf(picked), startsOf(spared), revive}
		if changes[i], err = attacks.NewChange(KillKind.Name, target.String(), undo); err != nil {
			return nil, err
		}
		changes[i].Irreversible = k.CannotUndo() != ""
	}
	return changes, nil
}

// Inject sends the signal. A target that has gone is an error, unless it fell with another target of the same attack:
// workers often end with their master.
func (k *Kill) Inject(ctx context.Context, c attacks.Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	undo, err := attacks.ReadUndo[killUndo](c)
	if err != nil {
		return err
	}
	err = undo.Target.Signal(syscall.Signal(undo.Signal))
	if errors.Is(err, proc.ErrGone) && len(undo.Picked) > 1 {
		if t, lookErr := k.tally(undo); lookErr == nil && len(t.dead) > 1 {
			return nil
		}
	}
	return notTouched(c, err)
}

// Active reports whether the target is dead and nothing has taken its place.
func (k *Kill) Active(_ context.Context, c attacks.Change) (bool, error) {
	undo, err := attacks.ReadUndo[killUndo](c)
	if err != nil {
		return false, err
	}
	alive, err := undo.Target.Alive()
	if err != nil || alive {
		return false, err
	}
	t, err := k.tally(undo)
	return err == nil && t.down(undo.Target.PID), err
}

// diesWithin is how long Revert waits for a target that may just have been signalled.
const diesWithin = 100 * time.Millisecond

// Revert has the revive command bring a process back, unless all places are taken or the command is still at it. Where a
// supervisor does it there is nothing to do. A target that lives on for a tenth of a second counts as never signalled.
func (k *Kill) Revert(ctx context.Context, c attacks.Change) error {
	undo, err := attacks.ReadUndo[killUndo](c)
	if err != nil || undo.Revive == nil {
		return err
	}
	wait, cancel := context.WithTimeout(ctx, diesWithin)
	defer cancel()
	if err := undo.Target.Wait(wait); err != nil && wait.Err() == nil {
		return err
	}
	alive, err := undo.Target.Alive()
	if err != nil || alive {
		return err
	}
	before, err := k.fresh(undo)
	if err != nil || before.full() {
		return err
	}
	return undo.Revive.bringBack(ctx, undo.Target, func() (bool, error) {
		now, err := k.fresh(undo)
		return len(now.newcomers) > len(before.newcomers), err
	})
}

// Sustained reports whether the attack strikes again.
func (k *Kill) Sustained() bool { return k.Again }

// Sustain ends every newcomer. It may be asked for each target of the attack in turn: no newcomer is hit twice then.
func (k *Kill) Sustain(ctx context.Context, c attacks.Change) (hits int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	undo, err := attacks.ReadUndo[killUndo](c)
	if err != nil {
		return 0, err
	}
	t, err := k.tally(undo)
	if err != nil {
		return 0, err
	}
	var failed []error
	for _, n := range t.newcomers {
		switch err := n.Signal(syscall.Signal(undo.Signal)); {
		case err == nil:
			hits++
		case !errors.Is(err, proc.ErrGone):
			failed = append(failed, err)
		}
	}
	k.census.struck()
	return hits, several.Errors(failed...)
}

// Sites tells where the target lives.
func (k *Kill) Sites(_ context.Context, c attacks.Change) ([]site.Site, error) {
	undo, err := attacks.ReadUndo[killUndo](c)
	if err != nil {
		return nil, err
	}
	return sites(undo.Target)
}

// tally is a look that may be a few milliseconds old; fresh is one that is not.
func (k *Kill) tally(undo killUndo) (tally, error) {
	protected, err := k.Protected()
	if err != nil {
		return tally{}, err
	}
	return k.census.of(undo, protected)
}

func (k *Kill) fresh(undo killUndo) (tally, error) {
	protected, err := k.Protected()
	if err != nil {
		return tally{}, err
	}
	return undo.count(protected)
}
