package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/scenarios"
)

func (a *app) attacksCommand() *cobra.Command {
	return a.listCommand("attacks", "process.kill", "List the attacks, or the parameters of one",
		"Attacks lists every fault that a scenario may inject; with a NAME it lists the parameters of that one. --markdown\nprints the whole reference.",
		func(k scenarios.Kinds) []scenarios.KindDoc { return scenarios.AttackDocs(k) })
}

func (a *app) sourcesCommand() *cobra.Command {
	return a.listCommand("sources", "pagerduty", "List the alerting systems and probes that Friday can look at, or the parameters of one",
		"Sources lists every alerting system that friday.yaml may name, and every probe that a scenario may use; with a NAME it\nlists the parameters of that one. --markdown prints the whole reference.",
		func(k scenarios.Kinds) []scenarios.KindDoc {
			return append(scenarios.SourceDocs(k), scenarios.ProbeDocs(k)...)
		})
}

func (a *app) listCommand(name, one, short, long string, docs func(scenarios.Kinds) []scenarios.KindDoc) *cobra.Command {
	var markdown bool
	cmd := &cobra.Command{
		Use: name + " [NAME]", Short: short, Long: long,
		Example: fmt.Sprintf("  friday %[1]s\n  friday %[1]s %[2]s\n  friday %[1]s --markdown", name, one),
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			list := docs(kinds())
			switch {
			case markdown:
				_, err := io.WriteString(cmd.OutOrStdout(), scenarios.KindsMarkdown(name, list))
				return err
			case len(args) == 1:
				return describe(cmd.OutOrStdout(), list, args[0])
			default:
				return table(cmd.OutOrStdout(), list)
			}
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print the reference page as Markdown")
	return cmd
}

func table(w io.Writer, list []scenarios.KindDoc) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, k := range list {
		fmt.Fprintf(t, "%s\t%s\n", k.Name, k.Summary)
	}
	return t.Flush()
}

// describe shows one kind with its parameters.
func describe(w io.Writer, list []scenarios.KindDoc, name string) error {
	i := slices.IndexFunc(list, func(k scenarios.KindDoc) bool { return k.Name == name })
	if i < 0 {
		var names []string
		for _, k := range list {
			names = append(names, k.Name)
		}
		return usage(fmt.Errorf("there is no %q: %s", name, cmp.Or(diag.DidYouMean(name, names), "the same command without a name lists what there is")))
	}
	k := list[i]
	fmt.Fprintf(w, "%s\n\n  %s: %s\n\n", k.Summary, k.Name, k.Example)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range k.Params {
		fmt.Fprintf(t, "  %s\t%s\n", p.Name, p.Doc)
	}
	return t.Flush()
}
