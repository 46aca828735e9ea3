package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-multierror"
	"golang.org/x/sync/errgroup"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/several"
)

// Lookup finds the attack that a journal names.
type Lookup func(name string) (attacks.Kind, bool)

// SettleOptions say what to settle, and with what.
type SettleOptions struct {
	State  string
	Run    string // only this run; empty means all
	Lookup Lookup
	// RevertWithin bounds one revert, 30 s by default. A revert that takes longer has failed, and the next one begins.
	RevertWithin time.Duration
	// Patience is how long the changes may take not to be in force any more after their reverts, 10 s by default.
	Patience time.Duration
}

// Report is what Settle did.
type Report struct {
	Settled []Debt
	Left    []Debt // still in force, or nobody can tell
}

const (
	defaultPatience = 10 * time.Second
	revertWithin    = 30 * time.Second
	lookEvery       = 5 * time.Millisecond
)

// Settle reverts all that is owed, newest run and last change first, and looks whether it worked. Every change is tried,
// whatever happens to the others; the error tells all that failed, and what failed stays owed. When ctx is cancelled, a
// revert that has begun is finished and the rest is left owed. The caller holds the lock. It may be called again at any
// time.
func Settle(ctx context.Context, o SettleOptions) (Report, error) {
	if o.Patience == 0 {
		o.Patience = defaultPatience
	}
	if o.RevertWithin == 0 {
		o.RevertWithin = revertWithin
	}
	accounts, err := o.accounts()
	all := several.New(err)
	var report Report
	for _, a := range slices.Backward(accounts) {
		all = multierror.Append(all, o.settle(ctx, a, &report))
	}
	return report, all.ErrorOrNil()
}

// accounts reads the journals that are to be settled.
func (o SettleOptions) accounts() ([]account, error) {
	if o.Run == "" {
		return readAll(o.State)
	}
	a, err := read(o.State, o.Run)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil // nothing was begun, or it is settled already
	}
	return []account{a}, err
}

// settle settles one journal. It is put away only if everything in it could be read and undone.
func (o SettleOptions) settle(ctx context.Context, a account, report *Report) error {
	slices.Reverse(a.debts)
	results := o.undo(ctx, a.debts)
	book, err := openBook(o.State, a.run) // if it cannot be written, on a full disk say, the changes are undone all the same
	all := several.New(err)
	left := 0
	for i, d := range a.debts {
		l := line{Verb: settled, ID: d.Entry.ID}
		if err := results[i]; err != nil {
			err = fmt.Errorf("%s of %s (run %s): %w", d.Entry.Change.Kind, d.Entry.Change.Target, d.Run, err)
			all = multierror.Append(all, err)
			l = line{Verb: failed, ID: d.Entry.ID, Error: err.Error()}
			report.Left = append(report.Left, d)
			left++
		} else {
			report.Settled = append(report.Settled, d)
		}
		all = multierror.Append(all, book.write(l, true))
	}
	all = multierror.Append(all, book.close())
	if _, err := read(o.State, a.run); left == 0 && err == nil && book != nil {
		all = multierror.Append(all, archive(o.State, a.run))
	}
	return all.ErrorOrNil()
}

// undo reverts the changes, last first, and then looks at all of them at once until none is in force any more: one that
// is stuck must not keep the others in force. It returns an error for each.
func (o SettleOptions) undo(ctx context.Context, debts []Debt) []error {
	results := make([]error, len(debts))
	made := make([]attacks.Attack, len(debts))
	for first := 0; first < len(debts); {
		next := first + 1
		for next < len(debts) && debts[next].Entry.Change.Kind == debts[first].Entry.Change.Kind {
			next++
		}
		kind, ok := o.Lookup(debts[first].Entry.Change.Kind)
		var group errgroup.Group
		group.SetLimit(max(1, kind.AtOnce))
		for i := first; i < next; i++ {
			if !ok {
				results[i] = fmt.Errorf("this Friday knows no attack %s: use the one that ran it", debts[i].Entry.Change.Kind)
				continue
			}
			made[i] = kind.New()
			group.Go(func() error {
				results[i] = o.revert(ctx, made[i], debts[i])
				return nil // each has its own
			})
		}
		_ = group.Wait()
		first = next
	}
	o.untilAllGone(ctx, debts, made, results)
	return results
}

// revert undoes one change, unless ctx is done already.
func (o SettleOptions) revert(ctx context.Context, made attacks.Attack, d Debt) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return bounded(ctx, o.RevertWithin, func(ctx context.Context) error { return made.Revert(ctx, d.Entry.Change) })
}

// untilAllGone looks at what was reverted, and writes down what is still in force.
func (o SettleOptions) untilAllGone(ctx context.Context, debts []Debt, made []attacks.Attack, results []error) {
	var looks sync.WaitGroup
	for i, d := range debts {
		if results[i] == nil {
			looks.Go(func() {
				results[i] = bounded(ctx, o.Patience, func(bound context.Context) error { return untilGone(ctx, bound, made[i], d.Entry.Change) })
			})
		}
	}
	looks.Wait()
}
