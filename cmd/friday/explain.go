package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/verify"
)

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain RUN [EXPECTATION...]",
		Short: "Walk the way of every page and tell where it was lost",
		Long: `Explain follows each page of a stored run hop by hop, from the fault to the person, and tells the first hop that was
broken: in one sentence, with the evidence and with what to do about it. Without an EXPECTATION (1.2 is the second one of
the first step) it tells of those that did not pass. No system is asked.

RUN may also be a kind of silent failure, such as SF-12: explain then says what that is.`,
		Example: "  friday explain latest\n  friday explain 20261122-1015 1.2\n  friday explain SF-12",
		Args:    oneOrMore("run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if kind, ok := verify.FindSilentFailure(strings.ToUpper(args[0])); ok {
				return explainKind(cmd, kind)
			}
			_, state, err := a.configured()
			if err != nil {
				return err
			}
			record, err := a.store(state).Load(args[0])
			if err != nil {
				return usage(err)
			}
			_, tty := terminal(cmd.OutOrStdout())
			var text bytes.Buffer
			if err := reports.Explain(&text, tty, record, args[1:]); err != nil {
				return usage(err)
			}
			_, err = cmd.OutOrStdout().Write(a.scrub.CleanBytes(text.Bytes()))
			return err
		},
	}
}

func explainKind(cmd *cobra.Command, kind verify.SilentFailure) error {
	hops := kind.From.String()
	if kind.To != kind.From {
		hops += " to " + kind.To.String()
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s, %s (lost at: %s)\n  %s\n  %s\n", kind.ID, kind.Name, hops, kind.Summary, kind.Remedy)
	return err
}
