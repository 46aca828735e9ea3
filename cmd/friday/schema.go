package main

import (
	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/verify/judge"
)

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema [scenario|config|record]",
		Short: "Print the JSON Schema of scenario files, friday.yaml or record.json",
		Long: `Schema prints a JSON Schema for editors and other tools. In Visual Studio Code and other editors that use the YAML
language server, put this line at the top of a scenario file:

  # yaml-language-server: $schema=./scenario.schema.json`,
		Example:   "  friday schema > scenario.schema.json\n  friday schema config > friday.schema.json",
		ValidArgs: []string{"scenario", "config", "record"},
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			what := "scenario"
			if len(args) == 1 {
				what = args[0]
			}
			make := map[string]func() ([]byte, error){
				"scenario": func() ([]byte, error) { return scenarios.Schema(kinds()) },
				"config":   func() ([]byte, error) { return scenarios.ConfigSchema(kinds()) },
				"record":   judge.Schema,
			}[what]
			data, err := make()
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(append(data, '\n'))
			return err
		},
	}
}
