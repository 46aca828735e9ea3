package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/attacks/journal"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/store"
)

// pruneFlags are the flags of friday runs prune.
type pruneFlags struct {
	older       age
	keep        int
	dryRun, yes bool
}

func (a *app) pruneCommand() *cobra.Command {
	var f pruneFlags
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Remove old runs, but none that is still needed",
		Long: `Prune removes runs with all their files. With --older-than those that were started longer ago, with --keep all but the
newest of each scenario, with both those to which both applies.

It never removes a run that goes on or still owes something, one that cannot be read, or the last run of a scenario that
passed, and says so. It asks first on a terminal; elsewhere it needs --yes.

Exit status:
  0  removed, or nothing to remove
  2  bad usage, not confirmed, or something could not be removed`,
		Example: "  friday runs prune --older-than 400d --dry-run\n  friday runs prune --older-than 90d --keep 10 --yes",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.prune(cmd, f) },
	}
	cmd.Flags().Var(&f.older, "older-than", "only runs that were started longer ago than this: 400d, 52w")
	cmd.Flags().IntVar(&f.keep, "keep", 0, "keep the newest `N` runs of each scenario")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "say what would be removed, and remove nothing")
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	return cmd
}

func (a *app) prune(cmd *cobra.Command, f pruneFlags) error {
	if f.keep < 0 || f.keep == 0 && f.older == 0 {
		return usage(errors.New("say which runs may go: --older-than 400d, --keep 10 (1 or more), or both"))
	}
	_, state, err := a.configured()
	if err != nil {
		return err
	}
	runs, which := a.store(state), store.Retention{Newest: f.keep}
	if f.older > 0 {
		which.Before = time.Now().Add(-time.Duration(f.older))
	}
	gone, kept, err := runs.Prunable(cmd.Context(), which, needed(state))
	if err != nil {
		return err
	}
	for _, k := range kept {
		a.println(cmd, fmt.Sprintf("kept %s: %s", show.OneLine(k.Run.ID), show.OneLine(k.Why)))
	}
	if f.dryRun {
		for _, r := range gone {
			a.println(cmd, "would remove "+show.OneLine(r.ID))
		}
	}
	if f.dryRun || len(gone) == 0 {
		a.println(cmd, show.Count(len(gone), "run")+" to remove")
		return nil
	}
	if err := a.mayPrune(cmd, gone, f.yes); err != nil {
		return err
	}
	n, err := runs.Prune(cmd.Context(), gone)
	a.println(cmd, show.Count(n, "run")+" removed")
	return usage(err)
}

// needed tells why a run must stay for the sake of what it may have left behind. Who goes on is asked once the runs are
// listed: what began later is not among them.
func needed(state string) func(id string) string {
	going := sync.OnceValue(func() string { return runGoingOn(state) })
	return func(id string) string {
		if id == going() {
			return "it goes on"
		}
		switch _, err := os.Lstat(journal.OpenPath(state, id)); {
		case err == nil:
			return "it may owe something: friday recover settles it"
		case !errors.Is(err, fs.ErrNotExist):
			return "nobody can tell whether it owes something: " + err.Error()
		}
		return ""
	}
}

func (a *app) mayPrune(cmd *cobra.Command, gone []store.Run, yes bool) error {
	if yes {
		return nil
	}
	if _, tty := terminal(cmd.InOrStdin()); !tty {
		return usage(fmt.Errorf("%s would be removed: say --yes, or --dry-run to see them", show.Count(len(gone), "run")))
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "Remove %s, the newest of %s? [y/N] ", show.Count(len(gone), "run"), show.Day(gone[len(gone)-1].Started))
	answer, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if err != nil && answer == "" || !isYes(answer) {
		return usage(errors.New("not confirmed: nothing was removed"))
	}
	return nil
}

// isYes reports whether a person's answer is one.
func isYes(answer string) bool {
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}
