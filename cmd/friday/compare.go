package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/reports/compare"
	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/store"
)

// compareFlags are the flags of friday compare.
type compareFlags struct{ format, out, failOn string }

func (a *app) compareCommand() *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:   "compare [A] B",
		Short: "Tell what is newly silent, newly late, slower or not covered any more",
		Long: `Compare tells what changed from run A to run B: expectations that are newly silent, newly late, newly failing or mended,
what A proved and B does not ask for any more, and pages that took much longer than usual. Without A, it is the last run
before B in which everything passed, of the same scenario in the same environment. Runs are named as for friday report.

A run that is VOID, INCONCLUSIVE, IMPOSSIBLE or ABORTED is nothing to compare with, and an expectation that could not tell
is never mended. The usual time to detect is the median of the last ten detections with the same definition; it takes
three. Negative controls are compared with each other only.

Conditions for --fail-on, with commas between them:
  new-silent     an expectation is SILENT and was not
  new-late       an expectation is LATE and was not
  new-failure    an expectation failed in another way, in which it did not before
  coverage-lost  A proved an expectation, a fault of a service or an alert, and B does not ask for it
  slower=2x      a page took more than twice the usual time to detect
  none           none of these

Formats:
` + compareFormats().list() + `

Exit status:
  0  none of the conditions is so
  1  one of them is
  2  bad usage, or a run cannot be read
  3  none was seen, but B could not tell, or there is no run to compare it with
  5  B is not restored: run friday recover (outranks all others)`,
		Example: "  friday compare latest\n  friday compare 20261120-1015 20261122-1015 --format markdown\n  friday compare latest --fail-on new-silent,slower=1.5x",
		Args:    cobra.ArbitraryArgs,
		RunE:    func(cmd *cobra.Command, runs []string) error { return a.compare(cmd, runs, f) },
	}
	cmd.Flags().StringVarP(&f.format, "format", "f", "text", "one of "+compareFormats().String())
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "write to this `file` instead of standard output")
	cmd.Flags().StringVar(&f.failOn, "fail-on", compare.DefaultConditions, "exit with 1 if one of these `conditions` is so")
	return cmd
}

func (a *app) compare(cmd *cobra.Command, runs []string, f compareFlags) error {
	i, err := compareFormats().find(f.format)
	if err != nil {
		return err
	}
	conditions, err := compare.ParseConditions(f.failOn)
	if err != nil {
		return usage(fmt.Errorf("--fail-on %s: %w", f.failOn, err))
	}
	if len(runs) < 1 || len(runs) > 2 {
		return usage(fmt.Errorf("want one run or two, got %d: friday runs lists them", len(runs)))
	}
	view := compare.View{Conditions: conditions}
	if view.Diff, err = a.difference(cmd, runs); err != nil {
		return err
	}
	render := compare.Formats()[i].Render
	if _, tty := terminal(cmd.OutOrStdout()); tty && f.format == "text" && f.out == "" {
		render = compare.Text(true)
	}
	var text bytes.Buffer
	if err := render(&text, view); err != nil {
		return err
	}
	if err := a.emit(cmd, f.out, text.Bytes()); err != nil {
		return err
	}
	switch {
	case view.Unrestored():
		return &exitError{code: exitUnrestored}
	case len(conditions.Broken(view.Diff)) > 0:
		return &exitError{code: exitFailed}
	case view.CannotTell():
		return &exitError{code: exitCannotTell}
	}
	return nil
}

// difference compares the last of the runs that are named with the one before it or, where there is none, with the last
// green run.
func (a *app) difference(cmd *cobra.Command, runs []string) (compare.Diff, error) {
	records, err := a.recordsOf(cmd, runs)
	if err != nil {
		return compare.Diff{}, err
	}
	now := digest.Of(records[len(records)-1])
	past, err := a.past(cmd, now)
	if err != nil {
		return compare.Diff{}, err
	}
	if len(records) == 1 {
		return a.sinceGreen(cmd, now, past)
	}
	before := digest.Of(records[0])
	diff, err := compare.Between(&before, now, past.Runs)
	return diff, usage(err)
}

// past is what is stored of the scenario of a run.
func (a *app) past(cmd *cobra.Command, now digest.Run) (compare.Past, error) {
	_, state, err := a.configured()
	if err != nil {
		return compare.Past{}, err
	}
	return a.pastIn(cmd.Context(), state, now)
}

func (a *app) pastIn(ctx context.Context, state string, now digest.Run) (compare.Past, error) {
	runs, unread, err := a.store(state).Digests(ctx, store.Filter{Scenario: now.Scenario})
	past := compare.Past{Runs: runs}
	for _, u := range unread {
		if compare.CouldBe(u.ID, now) {
			past.Unread = append(past.Unread, u.ID)
		}
	}
	return past, err
}

// sinceGreen compares a run with the last green one before it.
func (a *app) sinceGreen(cmd *cobra.Command, now digest.Run, past compare.Past) (compare.Diff, error) {
	for _, id := range past.Unread {
		fmt.Fprintln(cmd.ErrOrStderr(), "friday: could not look: run "+show.OneLine(id)+" cannot be read, and may be the one to compare with")
	}
	return compare.SinceGreen(now, past)
}

func compareFormats() formats {
	return formatsOf(compare.Formats(), func(f compare.Format) (string, string) { return f.Name, f.Summary })
}
