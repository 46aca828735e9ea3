package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	attackskinds "github.com/failurefriday/friday/attacks/all"
	"github.com/failurefriday/friday/attacks/journal"
)

func (a *app) recoverCommand() *cobra.Command {
	var sweep, list bool
	cmd := &cobra.Command{
		Use:   "recover",
		Short: "Undo whatever killed runs have left in force",
		Long: `Recover reads the journals of all runs and reverts every fault that was begun and never undone. It may be called at
any time and any number of times; while a run is going on it refuses.

With --sweep it also looks for whatever carries Friday's mark although no journal speaks of it.

Exit status:
  0  nothing is owed any more
  2  bad usage, or a run is going on
  5  something could not be undone; it is named`,
		Example: "  friday recover\n  friday recover --list\n  friday recover --sweep",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, state, err := a.configured()
			if err != nil {
				return err
			}
			if list {
				return a.listOwed(cmd, state)
			}
			return a.settleAll(cmd, state, sweep)
		},
	}
	cmd.Flags().BoolVar(&sweep, "sweep", false, "also look for leftovers that no journal speaks of, by their mark")
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

func (a *app) settleAll(cmd *cobra.Command, state string, sweep bool) error {
	lock, err := journal.AcquireToSettle(state, "recover")
	if err != nil {
		return usage(err)
	}
	report, err := journal.Settle(cmd.Context(), journal.SettleOptions{State: state, Lookup: attackskinds.Find})
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
		return &exitError{exitUnrestored, err}
	}
	a.println(cmd, "nothing owed")
	return nil
}
