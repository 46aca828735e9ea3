package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/scenarios"
)

func (a *app) attacksCommand() *cobra.Command {
	return a.listCommand("attacks", "List the attacks and their parameters",
		"Attacks lists every fault that a scenario may inject. --markdown prints the whole reference.",
		func(k scenarios.Kinds) []scenarios.KindDoc { return scenarios.AttackDocs(k) })
}

func (a *app) sourcesCommand() *cobra.Command {
	return a.listCommand("sources", "List the alerting systems and probes that Friday can look at",
		"Sources lists every alerting system that friday.yaml may name, and every probe that a scenario may use. --markdown\nprints the whole reference.",
		func(k scenarios.Kinds) []scenarios.KindDoc {
			return append(scenarios.SourceDocs(k), scenarios.ProbeDocs(k)...)
		})
}

func (a *app) listCommand(name, short, long string, docs func(scenarios.Kinds) []scenarios.KindDoc) *cobra.Command {
	var markdown bool
	cmd := &cobra.Command{
		Use: name, Short: short, Long: long,
		Example: fmt.Sprintf("  friday %s\n  friday %s --markdown", name, name),
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list := docs(kinds())
			if markdown {
				_, err := io.WriteString(cmd.OutOrStdout(), scenarios.KindsMarkdown(name, list))
				return err
			}
			return table(cmd.OutOrStdout(), list)
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print the reference page as Markdown")
	return cmd
}

func table(w io.Writer, list []scenarios.KindDoc) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, k := range list {
		fmt.Fprintf(t, "%s\t%s\n", k.Name, k.Summary)
		for _, p := range k.Params {
			fmt.Fprintf(t, "  %s\t%s\n", p.Name, p.Doc)
		}
	}
	return t.Flush()
}
