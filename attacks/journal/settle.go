package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/hashicorp/go-multierror"

	"github.com/failurefriday/friday/attacks"
)

// Lookup finds the attack that a journal names.
type Lookup func(name string) (attacks.Kind, bool)

// SettleOptions say what to settle, and with what.
type SettleOptions struct {
	State  string
	Run    string // only this run; empty means all
	Lookup Lookup
	// Patience is how long a change may take not to be in force any more after its revert; by default 10 s.
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
	lookEvery       = 10 * time.Millisecond
)

// Settle reverts all that is owed, newest run and last change first, and looks whether it worked. Every change is tried,
// whatever happens to the others; the error tells all that failed, and what failed stays owed. The caller holds the
// lock. It may be called again at any time.
func Settle(ctx context.Context, o SettleOptions) (Report, error) {
	if o.Patience == 0 {
		o.Patience = defaultPatience
	}
	accounts, err := readAll(o.State)
	all := multierror.Append(nil, err)
	all.ErrorFormat = oneLineEach
	var report Report
	slices.Reverse(accounts)
	for _, a := range accounts {
		if o.Run != "" && a.run != o.Run {
			continue
		}
		all = multierror.Append(all, settleAccount(ctx, o, a, &report))
	}
	return report, all.ErrorOrNil()
}

func oneLineEach(errs []error) string { return errors.Join(errs...).Error() }

// settleAccount settles one journal. It is put away only if everything in it could be read and undone.
func settleAccount(ctx context.Context, o SettleOptions, a account, report *Report) error {
	f, err := os.OpenFile(openPath(o.State, a.run), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil && len(a.debts) == 0 {
		return fmt.Errorf("cannot settle the journal: %w", err)
	}
	// A journal that cannot be written, on a full disk say, is reverted all the same.
	all := multierror.Append(nil, err)
	all.ErrorFormat = oneLineEach
	if f != nil {
		defer f.Close()
		all = multierror.Append(all, endTornLine(f, openPath(o.State, a.run)))
	}
	slices.Reverse(a.debts)
	left := 0
	for _, d := range a.debts {
		err := settleDebt(ctx, o, d)
		l := line{Verb: settled, ID: d.Entry.ID}
		if err != nil {
			err = fmt.Errorf("%s of %s (run %s): %w", d.Entry.Change.Kind, d.Entry.Change.Target, d.Run, err)
			l = line{Verb: failed, ID: d.Entry.ID, Error: err.Error()}
			left++
			report.Left = append(report.Left, d)
		} else {
			report.Settled = append(report.Settled, d)
		}
		all = multierror.Append(all, err)
		if f != nil {
			all = multierror.Append(all, appendLine(f, l, true))
		}
	}
	if _, err := read(openPath(o.State, a.run)); left == 0 && err == nil {
		all = multierror.Append(all, archive(o.State, a.run))
	}
	return all.ErrorOrNil()
}

// endTornLine cuts off the half line that a killed runner may have left, so that the next line stands alone. What it
// intended was never acknowledged, so it was never made.
func endTornLine(f *os.File, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("cannot read the journal: %w", err)
	}
	whole := bytes.LastIndexByte(data, '\n') + 1
	if whole == len(data) {
		return nil
	}
	if err := f.Truncate(int64(whole)); err != nil {
		return fmt.Errorf("cannot mend the journal: %w", err)
	}
	return nil
}

// settleDebt reverts one change and looks until it is not in force any more.
func settleDebt(ctx context.Context, o SettleOptions, d Debt) error {
	kind, ok := o.Lookup(d.Entry.Change.Kind)
	if !ok {
		return fmt.Errorf("this Friday knows no attack %s: use the one that ran it", d.Entry.Change.Kind)
	}
	attack := kind.New()
	revert, cancel := context.WithTimeout(ctx, revertWithin)
	defer cancel()
	if err := attack.Revert(revert, d.Entry.Change); err != nil {
		return err
	}
	limit := time.Now().Add(o.Patience)
	for {
		active, err := attack.Active(ctx, d.Entry.Change)
		switch {
		case err == nil && !active:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case time.Now().After(limit) && err != nil:
			return fmt.Errorf("cannot see whether it is still in force: %w", err)
		case time.Now().After(limit):
			return errors.New("still in force after the revert")
		}
		time.Sleep(lookEvery)
	}
}

// Sweep undoes what carries Friday's mark although no journal speaks of it. It returns a line for each thing it mended.
func Sweep(ctx context.Context, kinds []attacks.Kind) ([]string, error) {
	var mended []string
	var all *multierror.Error
	for _, k := range kinds {
		sweeper, ok := k.New().(attacks.Sweeper)
		if !ok {
			continue
		}
		lines, err := sweeper.Sweep(ctx)
		mended = append(mended, lines...)
		all = multierror.Append(all, err)
	}
	if all != nil {
		all.ErrorFormat = oneLineEach
	}
	return mended, all.ErrorOrNil()
}
