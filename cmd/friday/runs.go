package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/store"
)

// runsFlags are the flags of friday runs itself.
type runsFlags struct {
	pick          store.Filter
	since, until  moment
	limit         int
	json, reindex bool
}

func (a *app) runsCommand() *cobra.Command {
	var f runsFlags
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "List the stored runs, newest first; remove old ones, take in others",
		Long: `Runs lists the runs in the state directory with their verdicts; one that goes on is listed as that, and one whose runner
died is judged from its history. A run that cannot be read is listed as that, whatever is asked for.

The runs are plain files, and the truth. Beside them lies ` + store.IndexFile + `, a copy of what their records say, which makes
lists and reports over thousands of runs quick. It is kept up by itself, may be removed at any time, and is made anew
with --reindex.`,
		Example: "  friday runs\n  friday runs --failed --since 7d\n  friday runs --json --service checkout --limit 20\n  friday runs prune --older-than 400d",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runs(cmd, f) },
	}
	cmd.Flags().BoolVar(&f.json, "json", false, "print the list as JSON")
	cmd.Flags().StringVar(&f.pick.Scenario, "scenario", "", "only runs of this `scenario`")
	cmd.Flags().StringVar(&f.pick.Service, "service", "", "only runs about this `service`")
	cmd.Flags().StringVar(&f.pick.Environment, "environment", "", "only runs in this `environment`")
	cmd.Flags().Var(&f.since, "since", "only runs from then on: an age like 90d, or a day like 2026-08-01")
	cmd.Flags().Var(&f.until, "until", "only runs before then")
	cmd.Flags().BoolVar(&f.pick.Failed, "failed", false, "only runs that did not pass")
	cmd.Flags().IntVar(&f.limit, "limit", 0, "at most so many runs; 0 for all")
	cmd.Flags().BoolVar(&f.reindex, "reindex", false, "make the index anew from the runs' files, and list nothing")
	cmd.AddCommand(a.pruneCommand(), a.importCommand())
	return cmd
}

func (a *app) runs(cmd *cobra.Command, f runsFlags) error {
	if f.limit < 0 {
		return usage(fmt.Errorf("--limit %d: want 0 or more", f.limit))
	}
	_, state, err := a.configured()
	if err != nil {
		return err
	}
	runs := a.store(state)
	if f.reindex {
		return a.reindex(cmd, runs)
	}
	f.pick.Since, f.pick.Until = f.since.at, f.until.at
	going := runGoingOn(state) // asked first: one that ends meanwhile has its verdict
	list, err := runs.List(cmd.Context(), f.pick)
	if err != nil {
		return err
	}
	list = store.MarkGoing(list, going, f.pick)
	if len(list) == 0 && f.pick != (store.Filter{}) && !f.json {
		a.println(cmd, "no run is like that: friday runs lists all")
		return nil
	}
	if f.limit > 0 {
		list = list[:min(f.limit, len(list))]
	}
	write := store.RunsText
	if f.json {
		write = store.RunsJSON
	}
	return write(cmd.OutOrStdout(), list)
}

func (a *app) reindex(cmd *cobra.Command, runs store.Store) error {
	n, unread, err := runs.Reindex(cmd.Context())
	if err != nil {
		return err
	}
	for _, r := range unread {
		fmt.Fprintf(cmd.ErrOrStderr(), "friday: %s is not in the index: %s\n", show.OneLine(r.ID), show.OneLine(r.Error))
	}
	a.println(cmd, show.Count(n, "run")+" indexed")
	return nil
}
