package process

import (
	"context"
	"encoding/json"
	"errors"
	"syscall"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/proc"
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
// recognised by the same selector and by having started after the plan was made.
type Kill struct {
	Targets `yaml:",inline"`
	Signal  Signal `yaml:"signal" doc:"signal to send, by name or number; by default KILL"`
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

// killUndo is one target among the Of targets of one attack.
type killUndo struct {
	Target proc.ID    `json:"target"`
	Rank   int        `json:"rank"`  // from 0
	Of     int        `json:"of"`    // targets of the attack
	After  uint64     `json:"after"` // a process that matches and started later is a newcomer
	Match  proc.Match `json:"match"`
	Signal int        `json:"signal"`
	Revive []string   `json:"revive,omitempty"` // the command; without one a supervisor does it, or nobody
}

// CannotUndo says why nothing will bring the target back.
func (k *Kill) CannotUndo() string {
	if k.Again || !k.Revive.none() || k.Signal.harmless() {
		return ""
	}
	return "nothing brings the killed process back: say revive: supervisor, give a command, or accept it with irreversible: true"
}

// Plan finds the processes.
func (k *Kill) Plan(context.Context) ([]attacks.Change, error) {
	picked, err := k.choose()
	if err != nil {
		return nil, err
	}
	after, err := proc.Ticks()
	if err != nil {
		return nil, err
	}
	changes := make([]attacks.Change, len(picked))
	for i, target := range picked {
		undo, err := json.Marshal(killUndo{target.ID, i, len(picked), after, k.Match, int(k.Signal), k.Revive.Command})
		if err != nil {
			return nil, err
		}
		changes[i] = attacks.Change{Kind: KillKind.Name, Target: target.String(), Undo: undo, Irreversible: k.CannotUndo() != ""}
	}
	return changes, nil
}

// Inject sends the signal.
func (k *Kill) Inject(_ context.Context, c attacks.Change) error {
	undo, err := readUndo[killUndo](c)
	if err != nil {
		return err
	}
	return undo.Target.Signal(syscall.Signal(undo.Signal))
}

// Active reports whether the target is dead and nothing has taken its place. Newcomers take the places of the targets of
// one attack in their order: of three that were killed and one that came back, the last two count as down.
func (k *Kill) Active(_ context.Context, c attacks.Change) (bool, error) {
	undo, err := readUndo[killUndo](c)
	if err != nil {
		return false, err
	}
	alive, err := undo.Target.Alive()
	if err != nil || alive {
		return false, err
	}
	newcomers, err := k.census.newcomers(undo.Match, undo.After)
	return len(newcomers) <= undo.Rank, err
}

// Revert has the revive command bring a process back, unless all places are taken. Where a supervisor does it there is
// nothing to do but to look.
func (k *Kill) Revert(_ context.Context, c attacks.Change) error {
	undo, err := readUndo[killUndo](c)
	if err != nil || len(undo.Revive) == 0 {
		return err
	}
	alive, err := undo.Target.Alive()
	if err != nil || alive {
		return err
	}
	newcomers, err := newcomers(undo.Match, undo.After)
	if err != nil || len(newcomers) >= undo.Of {
		return err
	}
	return start(undo.Revive)
}

// Sustained reports whether the attack strikes again.
func (k *Kill) Sustained() bool { return k.Again }

// Sustain ends every newcomer that may be touched.
func (k *Kill) Sustain(_ context.Context, c attacks.Change) (hits int, err error) {
	undo, err := readUndo[killUndo](c)
	if err != nil {
		return 0, err
	}
	found, err := newcomers(undo.Match, undo.After)
	if err != nil {
		return 0, err
	}
	if err := k.refuseProtected(found); err != nil {
		return 0, err
	}
	var failed []error
	for _, n := range found {
		switch err := n.Signal(syscall.Signal(undo.Signal)); {
		case err == nil:
			hits++
		case !errors.Is(err, proc.ErrGone):
			failed = append(failed, err)
		}
	}
	return hits, errors.Join(failed...)
}

// Sites tells where the target lives.
func (k *Kill) Sites(_ context.Context, c attacks.Change) ([]site.Site, error) {
	undo, err := readUndo[killUndo](c)
	if err != nil {
		return nil, err
	}
	return sites(undo.Target)
}
