package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/scenarios"
)

// docsCommand writes the pages of docs/ that are generated; a test holds that they are fresh.
func (a *app) docsCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "docs FOLDER",
		Short:   "Write the reference pages as Markdown into a folder",
		Long:    "Docs writes scenarios.md, attacks.md, sources.md and silent-failures.md, all generated from the program itself.",
		Example: "  friday docs docs",
		Args:    exactlyOne("folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return usage(fmt.Errorf("cannot make the folder: %w", err))
			}
			for name, text := range pages() {
				if err := os.WriteFile(filepath.Join(args[0], name), []byte(text), 0o644); err != nil {
					return usage(fmt.Errorf("cannot write: %w", err))
				}
			}
			return nil
		},
	}
}

// pages are the generated pages by file name.
func pages() map[string]string {
	k := kinds()
	return map[string]string{
		"scenarios.md":       scenarios.FormatDocs(k),
		"attacks.md":         scenarios.KindsMarkdown("attacks", scenarios.AttackDocs(k)),
		"silent-failures.md": reports.SilentFailuresMarkdown(),
		"sources.md":         scenarios.KindsMarkdown("sources", append(scenarios.SourceDocs(k), scenarios.ProbeDocs(k)...)),
	}
}
