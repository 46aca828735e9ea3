package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/verify/judge"
)

func (a *app) reportCommand() *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use:   "report RUN...",
		Short: "Render stored runs again, in any format",
		Long: `Report renders one or more stored runs. RUN is the id of a run, a part of it from its beginning that no other run has,
latest, or the path of a run's folder or of a record.json from elsewhere. No system is asked: everything comes from the
run's history.

Formats:
` + formatList(),
		Example: "  friday report latest\n  friday report 20261122-1015 --format html -o report.html\n  friday report ci/*/record.json --format junit",
		Args:    oneOrMore("run"),
		RunE: func(cmd *cobra.Command, runs []string) error {
			_, state, err := a.configured()
			if err != nil {
				return err
			}
			store := a.store(state)
			var records []judge.Record
			for _, run := range runs {
				r, err := store.Load(run)
				if err != nil {
					return usage(err)
				}
				records = append(records, r)
			}
			return a.render(cmd, format, out, records)
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "text", "one of "+strings.Join(formatNames(), ", "))
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to this `file` instead of standard output")
	return cmd
}

// render writes records in a format to a file or to standard output. A file is complete or not there.
func (a *app) render(cmd *cobra.Command, format, out string, records []judge.Record) error {
	f, ok := reports.Find(format)
	if !ok {
		return usage(fmt.Errorf("unknown format %q: want one of %s", format, strings.Join(formatNames(), ", ")))
	}
	var text bytes.Buffer
	if err := f.Render(&text, records); err != nil {
		return err
	}
	clean := a.scrub.CleanBytes(text.Bytes())
	if out == "" {
		_, err := cmd.OutOrStdout().Write(clean)
		return err
	}
	return os.WriteFile(out, clean, 0o600)
}

func formatNames() []string {
	var names []string
	for _, f := range reports.Formats() {
		names = append(names, f.Name)
	}
	return names
}

func formatList() string {
	var lines []string
	for _, f := range reports.Formats() {
		lines = append(lines, fmt.Sprintf("  %-9s %s", f.Name, f.Summary))
	}
	return strings.Join(lines, "\n")
}
