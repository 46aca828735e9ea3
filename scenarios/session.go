package scenarios

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/journal"
	"github.com/failurefriday/friday/verify"
)

// Session is how a run is conducted: what the command line decides.
type Session struct {
	Setup
	Lookup  func(name string) (attacks.Kind, bool)
	Guard   []string           // command line of the guard: the program and its first arguments
	Confirm func(*Plan) error  // asked once the plan stands and before anything is touched; nil means yes
	Begun   func(run string)   // told the id of the run once it has begun; may be nil
	Observe func(verify.Event) // told of every event as it happens; may be nil
}

// Conduct runs one scenario from the lock to the settled journal, and returns the id of the run, whose history lies in
// STATE/runs/ID. An empty id means that nothing was touched; the error says why. With an id, the error tells what the
// history could not hold.
func Conduct(ctx context.Context, s Session) (id string, err error) {
	id = NewID(s.Scenario.Name, time.Now())
	lock, err := journal.Acquire(s.State, id)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	if err := nothingOwed(s.State); err != nil {
		return "", err
	}
	s.Run.ID = id
	plan, err := Make(ctx, s.Setup)
	defer func() { err = errors.Join(err, plan.Close()) }()
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err != nil {
		return "", err
	}
	if s.Confirm != nil {
		if err := s.Confirm(plan); err != nil {
			return "", err
		}
	}
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	return s.perform(ctx, plan)
}

// perform arms the undo and runs the plan.
func (s Session) perform(ctx context.Context, plan *Plan) (id string, err error) {
	id = plan.Run.ID
	history, err := CreateHistory(RunDir(s.State, id), s.Env.Secrets, s.Observe)
	if err != nil {
		return "", err
	}
	j, err := journal.Create(s.State, id)
	if err != nil {
		return "", errors.Join(err, history.Close())
	}
	guard, err := journal.StartGuard(journal.GuardStart{State: s.State, Run: id, Command: s.Guard})
	if err != nil {
		return "", errors.Join(fmt.Errorf("nothing was touched, as nobody would undo it: %w", err), j.Close(), history.Close())
	}
	if s.Begun != nil {
		s.Begun(id)
	}
	err = Run(ctx, plan, Undo{Journal: j, Guard: guard}, history)
	return id, errors.Join(err, j.Close(), guard.Release(), history.Close())
}

// RunDir is the folder of a run.
func RunDir(state, id string) string { return filepath.Join(state, "runs", id) }

// NewID makes the id of a run: sorted by time, readable, and never the same twice.
func NewID(name string, now time.Time) string {
	return fmt.Sprintf("%s-%s-%s", now.UTC().Format("20060102-150405"), name, strings.ToLower(rand.Text()[:4]))
}

// nothingOwed refuses to break anything while an earlier run has left something in force.
func nothingOwed(state string) error {
	debts, err := journal.Owed(state)
	if err != nil {
		return &Refusal{Class: Owing, Reasons: []error{fmt.Errorf("cannot tell what earlier runs left behind: %w; see friday recover", err)}}
	}
	if len(debts) == 0 {
		return nil
	}
	no := &Refusal{}
	for _, d := range debts {
		no.add(Owing, fmt.Errorf("run %s left %s of %s in force", d.Run, d.Entry.Change.Kind, d.Entry.Change.Target))
	}
	no.add(Owing, errors.New("nothing new is broken before that is undone: run friday recover"))
	return no
}
