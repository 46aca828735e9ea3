package main

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

//go:embed templates/friday.yaml templates/scenario.yaml
var templates embed.FS

func (a *app) initCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:     "init [FOLDER]",
		Short:   "Write a first scenario and a friday.yaml, with comments",
		Long:    "Init writes friday.yaml and scenario.yaml into FOLDER, by default the current one. It never overwrites a file\nunless --force is given.",
		Example: "  friday init\n  friday init gamedays",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return a.writeTemplates(cmd, dir, force)
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "overwrite files that are there")
	return cmd
}

func (a *app) writeTemplates(cmd *cobra.Command, dir string, force bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return usage(fmt.Errorf("cannot make the folder: %w", err))
	}
	names := []string{"friday.yaml", "scenario.yaml"}
	if !force {
		for _, name := range names {
			if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, os.ErrNotExist) {
				return usage(fmt.Errorf("%s is there already: nothing was written (--force overwrites)", filepath.Join(dir, name)))
			}
		}
	}
	for _, name := range names {
		data, err := templates.ReadFile("templates/" + name)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return usage(fmt.Errorf("cannot write: %w", err))
		}
		a.println(cmd, "wrote "+path)
	}
	a.println(cmd, "\nnext: friday validate "+filepath.Join(dir, "scenario.yaml"))
	return nil
}
