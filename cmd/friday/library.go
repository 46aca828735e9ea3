package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"text/tabwriter"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/scenarios/library"
)

func (a *app) libraryCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "library [NAME]",
		Short: "List the scenarios that come with Friday, or print one to start from",
		Long: `Library lists the scenarios that come with Friday. With a NAME it prints that one: keep it in a file, set its variables
with --var or change their defaults, and run it.`,
		Example: "  friday library\n  friday library container/service-stops > service-stops.yaml\n  friday run service-stops.yaml --var project=shop --var target=checkout",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return listLibrary(cmd)
			}
			return printLibrary(cmd, args[0])
		},
	}
}

func listLibrary(cmd *cobra.Command) error {
	t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, name := range library.List() {
		data, err := library.FS.ReadFile(name)
		if err != nil {
			return err
		}
		var head struct {
			Title string `yaml:"title"`
		}
		if err := yaml.Unmarshal(data, &head); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(t, "%s\t%s\n", strings.TrimSuffix(name, ".yaml"), head.Title)
	}
	return t.Flush()
}

func printLibrary(cmd *cobra.Command, name string) error {
	data, err := library.FS.ReadFile(strings.TrimSuffix(name, ".yaml") + ".yaml")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		names := library.List()
		for i, n := range names {
			names[i] = strings.TrimSuffix(n, ".yaml")
		}
		hint := diag.DidYouMean(name, names)
		if hint == "" {
			hint = "friday library lists them"
		}
		return usage(fmt.Errorf("there is no scenario %q in the library: %s", name, hint))
	}
	if err != nil {
		return err
	}
	_, err = cmd.OutOrStdout().Write(data)
	return err
}
