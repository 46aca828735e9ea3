package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/scenarios/library"
)

func (a *app) libraryCommand() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "library [NAME]",
		Short: "List the scenarios that come with Friday, or print or copy one to start from",
		Long: `Library lists the scenarios that come with Friday. With a NAME it prints that one: keep it in a file, set its variables
with --var or change their defaults, and run it. Those under silence/ come with two configurations of Prometheus and
Alertmanager each, a broken one and a fixed one: --to copies everything into a folder.`,
		Example: "  friday library\n  friday library container/service-stops > service-stops.yaml\n  friday run service-stops.yaml --var project=shop --var target=checkout\n  friday library silence/sf-06-never-fires --to .",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 0 && to != "":
				return usage(errors.New("--to copies one scenario: say which"))
			case len(args) == 0:
				return listLibrary(cmd)
			}
			file, err := inLibrary(args[0])
			switch {
			case err != nil:
				return err
			case to != "":
				return copyLibrary(cmd.OutOrStdout(), file, to)
			}
			data, err := library.FS.ReadFile(file)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(data)
			return err
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "copy the scenario, and the configurations that belong to it, into a new folder in this one")
	return cmd
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
		fmt.Fprintf(t, "%s\t%s\n", library.Name(name), head.Title)
	}
	return t.Flush()
}

// inLibrary finds a scenario, or says which one may be meant.
func inLibrary(name string) (file string, err error) {
	if file, ok := library.Find(name); ok {
		return file, nil
	}
	names := library.List()
	for i, n := range names {
		names[i] = library.Name(n)
	}
	hint := diag.DidYouMean(name, names)
	if hint == "" {
		hint = "friday library lists them"
	}
	return "", usage(fmt.Errorf("there is no scenario %q in the library: %s", name, hint))
}

// copyLibrary writes all files of a scenario into a folder of its name. It overwrites nothing.
func copyLibrary(out io.Writer, file, to string) error {
	files, err := library.Files(file)
	if err != nil {
		return err
	}
	dir := filepath.Join(to, path.Base(library.Name(file)))
	if _, err := os.Lstat(dir); err == nil {
		return usage(fmt.Errorf("%s is there already: copy to another folder, or take it away", dir))
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		target := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(target, []byte(files[name]), 0o644); err != nil {
			return err
		}
		fmt.Fprintln(out, target)
	}
	return nil
}
