package main

import (
	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/reports/store"
)

func (a *app) runsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "runs",
		Short:   "List the stored runs, newest first",
		Long:    "Runs lists every run in the state directory with its verdict; a run whose runner died is judged from its history.",
		Example: "  friday runs\n  friday runs --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, state, err := a.configured()
			if err != nil {
				return err
			}
			list, err := a.store(state).List(cmd.Context(), store.Filter{})
			if err != nil {
				return err
			}
			if asJSON {
				return store.RunsJSON(cmd.OutOrStdout(), list)
			}
			return store.RunsText(cmd.OutOrStdout(), list)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	return cmd
}
