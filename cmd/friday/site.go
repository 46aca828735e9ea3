package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/site"
	"github.com/failurefriday/friday/reports/store"
	"github.com/failurefriday/friday/reports/todo"
)

func (a *app) siteCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "site FOLDER",
		Short: "Write all runs as a static site",
		Long: `Site writes every stored run as pages with a review of the last 90 days, a list, a feed (Atom) and the records, into a folder that any
web server or GitHub Pages can show, or that is opened from disk. Called again, it writes what has changed and removes
what was pruned. It never touches a file that it has not written, and refuses a folder that holds something else.

The site tells what the reports tell: names of hosts, services and people. Publish it where those may be known.

Exit status:
  0  the site is up to date; runs that cannot be read are listed there, and on standard error
  2  bad usage, or the folder is refused, or something could not be written`,
		Example: "  friday site public\n  friday site --state /var/lib/friday /srv/www/friday",
		Args:    exactlyOne("folder"),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.writeSite(cmd, args[0]) },
	}
}

func (a *app) writeSite(cmd *cobra.Command, dir string) error {
	_, state, err := a.configured()
	if err != nil {
		return err
	}
	runs := a.store(state)
	s := site.Site{
		Load: runs.Load, Stamp: func(id string) string { return stampOf(filepath.Join(state, "runs", id)) },
		Made: version(), Clean: a.scrub.CleanBytes,
	}
	if s.Runs, s.Unread, err = runs.Digests(cmd.Context(), store.Filter{}); err != nil {
		return err
	}
	now := time.Now()
	s.Front, s.Pages = a.quarterFront(cmd, now), []site.Page{a.todoPage(cmd, now)}
	done, err := s.Write(cmd.Context(), dir)
	if err != nil {
		return usage(fmt.Errorf("the site in %s is not up to date: %w", dir, err))
	}
	for _, u := range done.Unread {
		fmt.Fprintf(cmd.ErrOrStderr(), "friday: %s is listed as unreadable: %s\n", show.OneLine(u.ID), show.OneLine(u.Error))
	}
	a.println(cmd, fmt.Sprintf("%s: %d written, %d unchanged, %d removed", filepath.Join(dir, "index.html"), done.Written, done.Same, done.Removed))
	return nil
}

// todoPage tells of all findings, also of those that are closed.
func (a *app) todoPage(cmd *cobra.Command, now time.Time) site.Page {
	return site.Page{File: "todo.html", Title: "To do", Write: func(w io.Writer, nav []show.Link) error {
		known, err := a.findings(cmd)
		if err != nil {
			return err
		}
		view := todo.View{Now: now, Runs: len(known.runs), Unread: known.unseen()}
		view.Items, view.Hidden = todo.Filter{All: true}.Pick(known.items)
		return todo.HTMLIn(nav, site.FileOf)(w, view)
	}}
}

// stampOf tells the versions of a run's record apart, or of the history that it is judged from.
func stampOf(dir string) string {
	for _, name := range []string{"record.json", "history.jsonl"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return fmt.Sprintf("%s %d %d", name, info.Size(), info.ModTime().UnixNano())
		}
	}
	return ""
}
