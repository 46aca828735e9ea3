package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/scenarios"
)

func (a *app) planCommand() *cobra.Command {
	var f runFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "plan FILE",
		Short: "Look at everything a run would do, and touch nothing",
		Long: `Plan does all that run does before it breaks anything: it asks every source, resolves every target, checks the steady
state and the open incidents, and finds the monitors that will die with what they watch. It tells every reason not to run.
` + exitStatus,
		Example: "  friday plan checkout.yaml\n  friday plan --json checkout.yaml",
		Args:    exactlyOne("scenario file"),
		RunE: func(cmd *cobra.Command, files []string) error {
			conf, state, err := a.configured()
			if err != nil {
				return err
			}
			sc, err := a.loadScenario(files[0], f.vars, conf)
			if err != nil {
				return err
			}
			setup, err := a.setup(sc, conf, state, f)
			if err != nil {
				return err
			}
			plan, err := scenarios.Make(cmd.Context(), setup)
			defer func() { _ = plan.Close() }() // nothing was kept that could get lost
			if asJSON {
				return errors.Join(json.NewEncoder(cmd.OutOrStdout()).Encode(plan.Info), err)
			}
			if werr := scenarios.WritePlan(cmd.OutOrStdout(), plan); werr != nil {
				return werr
			}
			return err
		},
	}
	f.planning(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the plan as JSON")
	return cmd
}

func exactlyOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 || args[0] == "" { // a variable that is not set
			return usage(fmt.Errorf("name one %s; see %s --help", what, cmd.CommandPath()))
		}
		return nil
	}
}

// errDeclined is what a person's "no" comes to.
var errDeclined = errors.New("not confirmed: nothing was touched")

// confirm shows what will be hit and, on a terminal and without --yes, asks.
func (a *app) confirm(cmd *cobra.Command, p *scenarios.Plan, f runFlags) error {
	_, inTTY := terminal(cmd.InOrStdin())
	ask := inTTY && !f.yes
	if f.show.quiet && !ask {
		return nil
	}
	if err := scenarios.WritePlan(cmd.ErrOrStderr(), p); err != nil {
		return err
	}
	if !ask {
		return nil
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "\nBreak this in %s? [y/N] ", p.Run.Environment)
	answer, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if err != nil && answer == "" {
		return usage(errDeclined)
	}
	if !isYes(answer) {
		return usage(errDeclined)
	}
	return nil
}
