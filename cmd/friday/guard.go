package main

import (
	"github.com/spf13/cobra"

	attackskinds "github.com/failurefriday/friday/attacks/all"
	"github.com/failurefriday/friday/attacks/journal"
)

// guardCommand is what a run starts to watch over it; nobody types it.
func (a *app) guardCommand() *cobra.Command {
	var run string
	cmd := &cobra.Command{
		Use:    "guard",
		Short:  "Watch over a run and undo its faults when it dies (started by friday run)",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return journal.RunGuard(cmd.Context(), journal.GuardOptions{
				State: a.stateDir, Run: run, Lookup: attackskinds.Find, In: a.stdin, Out: a.stdout, Log: a.stderr,
			})
		},
	}
	cmd.Flags().StringVar(&run, "run", "", "id of the run")
	return cmd
}
