package main

import (
	"fmt"
	"os/user"
	"time"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/attacks/journal"
)

func (a *app) haltCommand() *cobra.Command {
	var reason string
	var patience time.Duration
	cmd := &cobra.Command{
		Use:   "halt",
		Short: "Stop the running game day from another terminal, and revert",
		Long: `Halt tells the run that is going on to revert everything and to stop, and waits until it has. A run that does not
obey within --patience is killed, and its guard reverts instead.

Exit status:
  0  stopped, and nothing is owed
  2  nothing is running
  5  stopped, and something is still owed; it is named`,
		Example: "  friday halt\n  friday halt --reason 'customers are affected'",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, state, err := a.configured()
			if err != nil {
				return err
			}
			return a.halt(cmd, state, reason, patience)
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the report")
	cmd.Flags().DurationVar(&patience, "patience", 2*time.Minute, "how long the run may take to revert before it is killed")
	return cmd
}

func (a *app) halt(cmd *cobra.Command, state, reason string, patience time.Duration) error {
	by := "somebody"
	if u, err := user.Current(); err == nil {
		by = u.Username
	}
	outcome, err := journal.Halt(cmd.Context(), journal.HaltOptions{State: state, Reason: reason, By: by, Patience: patience})
	if err != nil {
		return usage(err)
	}
	if outcome.Killed {
		a.println(cmd, fmt.Sprintf("run %s did not obey and was killed", outcome.Run))
	} else {
		a.println(cmd, fmt.Sprintf("run %s stopped", outcome.Run))
	}
	return a.listOwed(cmd, state)
}
