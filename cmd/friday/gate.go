package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/reports/compare"
	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// gate decides what of a run's failures is known, and what of its passes is too slow. The zero gate, without
// conditions, leaves every run as it is.
type gate struct {
	text       string
	conditions compare.Conditions
}

// gateHelp stands in the help of friday run.
const gateHelp = `
With --fail-on, what never did anything but fail does not fail the run again, so that a pipeline can begin with what is
broken today:
  new-silent     an expectation that is SILENT, was SILENT in all of the last ten runs, and passed in none before
  new-late       the same for LATE
  new-failure    the same for all other verdicts that fail
  slower=2x      a page that does not fail, but took more than twice the median of the last ten, fails; it takes three to say
What passed once fails until it passes again. Only earlier runs of the same scenario, definition and environment that could
tell are looked at; without one, every failure is new. What is not listed fails as without --fail-on, and the exit codes 3,
4, 5 and 130 stay. The verdict in the report stays, too. What is waived or added is said on standard error.
`

func (g *gate) flag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&g.text, "fail-on", "", "of failures fail only on what is new, by these `conditions` with commas between them: new-silent, new-late, new-failure; and on slow passes: slower=2x")
}

// read reads the conditions; none of them is run before that.
func (g *gate) read(given bool) error {
	if !given {
		return nil
	}
	c, err := compare.ParseConditions(g.text)
	switch {
	case err != nil:
	case c.CoverageLost:
		err = compare.ErrCoverage
	case c.String() == (compare.Conditions{}).String():
		err = fmt.Errorf("none is for friday compare: a run that is to fail on nothing proves nothing")
	default:
		g.conditions = c
		return nil
	}
	return usage(fmt.Errorf("--fail-on %s: %w", g.text, err))
}

// gated is the exit code of a run that ended with code, held against its past. What is waived, added or not known is said
// on standard error, a line each.
func (a *app) gated(ctx context.Context, cmd *cobra.Command, state string, g gate, record judge.Record, code int) int {
	if g.text == "" || code != exitPass && code != exitFailed {
		return code
	}
	now := digest.Of(record)
	say := func(text string) {
		fmt.Fprintln(cmd.ErrOrStderr(), show.Harmless(show.OneLine("friday: "+now.Scenario+": "+text)))
	}
	past, err := a.pastIn(context.WithoutCancel(ctx), state, now)
	if err != nil {
		say("--fail-on " + g.text + " cannot be told, nothing is waived: " + err.Error())
		return worstCode([]int{code, exitCannotTell})
	}
	for _, id := range past.Unread {
		say("could not look: run " + id + " cannot be read")
	}
	out := g.conditions.Gate(now, past)
	for _, said := range out.Said {
		say(said)
	}
	record.Verdict = out.Verdict // of this copy, for the code alone
	return recordCode(record)
}
