package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) validateCommand() *cobra.Command {
	var vars variables
	cmd := &cobra.Command{
		Use:   "validate FILE...",
		Short: "Check scenario files, and tell every problem at once",
		Long: `Validate reads scenario files as strictly as a run does and tells every problem with its place, the source line and
the nearest right key. It reads no secrets, asks no source and looks at no process.
` + exitStatus,
		Example: "  friday validate scenarios/*.yaml\n  friday validate --var port=8080 checkout.yaml",
		Args:    oneOrMore("scenario file"),
		RunE: func(cmd *cobra.Command, files []string) error {
			conf, err := a.config()
			if err != nil {
				return err
			}
			bad := 0
			for _, file := range files {
				if _, err := a.loadScenario(file, vars, conf); err != nil {
					fmt.Fprintln(cmd.ErrOrStderr(), err)
					bad++
					continue
				}
				a.println(cmd, file+": ok")
			}
			if bad > 0 {
				return &exitError{code: exitUsage}
			}
			return nil
		},
	}
	vars.flag(cmd)
	return cmd
}

// oneOrMore is cobra.MinimumNArgs(1) with a message that says of what.
func oneOrMore(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage(fmt.Errorf("name at least one %s; see %s --help", what, cmd.CommandPath()))
		}
		return nil
	}
}
