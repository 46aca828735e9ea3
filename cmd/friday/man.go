package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "man FOLDER",
		Short:   "Write the man pages into a folder",
		Long:    "Man writes a man page for every command, section 1.",
		Example: "  friday man /usr/local/share/man/man1",
		Args:    exactlyOne("folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return usage(fmt.Errorf("cannot make the folder: %w", err))
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			return doc.GenManTree(root, &doc.GenManHeader{Title: "FRIDAY", Section: "1", Source: "Friday", Manual: "Friday"}, args[0])
		},
	}
}
