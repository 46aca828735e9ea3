package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/reports/show"
)

func (a *app) importCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "import PATH...",
		Short: "Take in runs from other machines",
		Long: `Import takes in the records of runs from other machines, as a CI keeps them as artifacts. PATH is the folder of a run, a
record.json, a folder somewhere below which such lie, or a .zip, .tar, .tar.gz or .tgz of these. The reports are rendered
anew. A run that is here already is left as it is; another record of the same run is an error and changes nothing.

Exit status:
  0  all runs are here
  1  some are not: which, and why, is on standard error; the others are here
  2  bad usage, or there was no run`,
		Example: "  friday runs import ~/Downloads/friday-runs.zip\n  friday runs import /mnt/ci/friday/runs",
		Args:    oneOrMore("path"),
		RunE:    func(cmd *cobra.Command, paths []string) error { return a.importRuns(cmd, paths) },
	}
}

func (a *app) importRuns(cmd *cobra.Command, paths []string) error {
	_, state, err := a.configured()
	if err != nil {
		return err
	}
	taken, here, failed := 0, 0, 0
	for _, i := range a.store(state).Import(paths) {
		switch {
		case i.Err != nil:
			failed++
			fmt.Fprintf(cmd.ErrOrStderr(), "friday: %s: %s\n", show.OneLine(i.From), show.OneLine(i.Err.Error()))
		case i.Here:
			here++
		default:
			taken++
			a.println(cmd, "imported "+show.OneLine(i.ID))
		}
	}
	a.println(cmd, fmt.Sprintf("%s imported, %d here already, %d not imported", show.Count(taken, "run"), here, failed))
	switch {
	case failed == 0:
		return nil
	case taken+here == 0:
		return usage(errors.New("nothing was imported"))
	}
	return &exitError{code: exitFailed}
}
