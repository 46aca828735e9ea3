package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	attackskinds "github.com/failurefriday/friday/attacks/all"
	"github.com/failurefriday/friday/attacks/journal"
)

func (a *app) recoverCommand() *cobra.Command {
	var sweep, list bool
	var forget string
	cmd := &cobra.Command{
		Use:   "recover",
		Short: "Undo whatever killed runs have left in force",
		Long: `Recover reads the journals of all runs and reverts every fault that was begun and never undone. It may be called at
any time and any number of times; while a run is going on it refuses, and while a guard is undoing one that has died it
waits.

With --sweep it also looks for whatever carries Friday's mark although no journal speaks of it. With --forget RUN it
takes your word that what it cannot undo of that run is taken care of: a service that nobody brings back, say.

Exit status:
  0  nothing is owed any more
  2  bad usage, or a run is going on
  5  something could not be undone; it is named`,
		Example: "  friday recover\n  friday recover --list\n  friday recover --sweep\n  friday recover --forget 20261122-101500-checkout-dies-x7k2",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, state, err := a.configured()
			if err != nil {
				return err
			}
			if list {
				return a.listOwed(cmd, state)
			}
			return a.settleAll(cmd, state, sweep, forget)
		},
	}
	cmd.Flags().BoolVar(&sweep, "sweep", false, "also look for leftovers that no journal speaks of, by their mark")
	cmd.Flags().StringVar(&forget, "forget", "", "count what this `run` still owes as settled: you have taken care of it")
	cmd.Flags().BoolVar(&list, "list", false, "only list what is owed, and touch nothing")
	return cmd
}

func (a *app) listOwed(cmd *cobra.Command, state string) error {
	debts, err := journal.Owed(state)
	for _, d := range debts {
		a.println(cmd, owedLine(d))
	}
	if err != nil {
		return &exitError{exitUnrestored, err}
	}
	if len(debts) == 0 {
		a.println(cmd, "nothing owed")
		return nil
	}
	return &exitError{code: exitUnrestored}
}

func owedLine(d journal.Debt) string {
	return fmt.Sprintf("owed: %s of %s (run %s)", d.Entry.Change.Kind, d.Entry.Change.Target, d.Run)
}

func (a *app) settleAll(cmd *cobra.Command, state string, sweep bool, forget string) error {
	lock, err := a.lockToSettle(cmd, state)
	if err != nil {
		return usage(err)
	}
	if forget != "" {
		err = a.forget(cmd, state, forget)
	}
	report, serr := journal.Settle(cmd.Context(), journal.SettleOptions{State: state, Lookup: attackskinds.Find})
	err = errors.Join(err, serr)
	for _, d := range report.Settled {
		a.println(cmd, fmt.Sprintf("undone: %s of %s (run %s)", d.Entry.Change.Kind, d.Entry.Change.Target, d.Run))
	}
	if sweep {
		mended, serr := journal.Sweep(cmd.Context(), attackskinds.Kinds())
		for _, line := range mended {
			a.println(cmd, "swept: "+line)
		}
		err = errors.Join(err, serr)
	}
	err = errors.Join(err, lock.Release())
	if err != nil {
		return &exitError{exitUnrestored, fmt.Errorf("%w\nwhat you have taken care of yourself: friday recover --forget RUN", err)}
	}
	a.println(cmd, "nothing owed")
	return nil
}

// guardWithin is how long a guard may go on with undoing before recover says that it is not done.
const guardWithin = 2 * time.Minute

func (a *app) lockToSettle(cmd *cobra.Command, state string) (*journal.Lock, error) {
	ctx, cancel := context.WithTimeout(cmd.Context(), guardWithin)
	defer cancel()
	return journal.WaitToSettle(ctx, state, "recover", func(h journal.Holder) {
		fmt.Fprintf(cmd.ErrOrStderr(), "waiting for pid %d, which is undoing what %s left behind\n", h.Process.PID, h.Run)
	})
}

// forget reverts what can be reverted of a run, and forgets the rest. The caller holds the lock.
func (a *app) forget(cmd *cobra.Command, state, run string) error {
	_, _ = journal.Settle(cmd.Context(), journal.SettleOptions{State: state, Run: run, Lookup: attackskinds.Find, Patience: time.Second}) // what fails is forgotten
	forgotten, err := journal.Forget(state, run)
	for _, d := range forgotten {
		a.println(cmd, fmt.Sprintf("forgotten: %s of %s (run %s)", d.Entry.Change.Kind, d.Entry.Change.Target, d.Run))
	}
	return err
}
