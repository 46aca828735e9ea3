package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/verify/judge"
)

// Retention says which runs may go.
type Retention struct {
	Before time.Time // those that were started before; zero: whenever they were
	Newest int       // so many of each scenario stay, however old they are
}

// Kept is a run that is old enough to go, and stays.
type Kept struct {
	Run Run
	Why string
}

// Prunable returns the runs that may go, oldest first, and those that stay although they are old enough: the last run of
// each scenario that passed, which comparisons need; what cannot be read; and those that stays gives a reason for. Runs of
// a scenario in another environment, and negative controls, are counted apart.
func (s Store) Prunable(ctx context.Context, r Retention, stays func(id string) string) (gone []Run, kept []Kept, err error) {
	all, err := s.List(ctx, Filter{})
	if err != nil {
		return nil, nil, err
	}
	slices.SortStableFunc(all, func(a, b Run) int { return cmp.Or(b.Started.Compare(a.Started), strings.Compare(b.ID, a.ID)) })
	count, passed := map[series]int{}, map[series]bool{}
	for _, run := range all {
		of := series{run.Scenario, run.Environment, run.Control}
		lastPass := run.Error == "" && run.Verdict == judge.Pass && !passed[of]
		passed[of] = passed[of] || lastPass
		count[of]++
		why := stays(run.ID)
		switch {
		case run.Error != "":
			why = "it cannot be read, so nobody knows what it is"
		case !r.Before.IsZero() && !run.Started.Before(r.Before), count[of] <= r.Newest:
			continue
		case why == "" && lastPass:
			why = "it is the last run of " + run.Scenario + " that passed"
		}
		if why != "" {
			kept = append(kept, Kept{run, why})
		} else {
			gone = append(gone, run)
		}
	}
	slices.Reverse(gone)
	slices.Reverse(kept)
	return gone, kept, nil
}

// series are the runs that are one scenario's.
type series struct {
	scenario, environment string
	control               bool
}

// prunedMark begins the name of a folder that is being removed. It is no run any more, and the next Prune removes what is
// left of it.
const prunedMark = ".pruned-"

// Prune removes runs with all their files and returns how many are gone. A run is there as a whole or not at all, also
// where this is interrupted; one that somebody else has removed meanwhile is no error.
func (s Store) Prune(ctx context.Context, runs []Run) (n int, err error) {
	all := []error{s.sweep()} // also because its names may be wanted again: a run that was removed can be imported
	for _, r := range runs {
		if ctx.Err() != nil {
			break
		}
		if !plainName(r.ID) {
			all = append(all, fmt.Errorf("%q is no name for a run", r.ID))
			continue
		}
		err := os.Rename(filepath.Join(s.runs(), r.ID), filepath.Join(s.runs(), prunedMark+r.ID))
		switch {
		case err == nil:
			n++
		case !errors.Is(err, fs.ErrNotExist):
			all = append(all, fmt.Errorf("cannot remove run %s: %w", r.ID, err))
		}
	}
	return n, errors.Join(append(all, s.sweep(), ctx.Err())...)
}

// sweep removes what is no run any more.
func (s Store) sweep() error {
	entries, err := os.ReadDir(s.runs())
	all := []error{err}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prunedMark) {
			all = append(all, os.RemoveAll(filepath.Join(s.runs(), e.Name())))
		}
	}
	return errors.Join(all...)
}
