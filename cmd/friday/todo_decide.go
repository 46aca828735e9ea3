package main

import (
	"errors"
	"fmt"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify/judge"
)

const todoIDs = "ID may be shortened as long as no other finding begins so; F- may be left out, and letters may be large or small."

func (a *app) todoCloseCommand() *cobra.Command {
	act := todo.Act{Do: todo.Close}
	cmd := &cobra.Command{
		Use:   "close ID...",
		Short: "Close findings: they are mended, or they are none",
		Long: `Close closes findings. One that a later run shows again has regressed.

--false-silence says that the page had come after all: the SILENT was none, and does not count as one in the figures of
the quarter but as a mistake of this tool or of the scenario. ` + todoIDs,
		Example: "  friday todo close F-3fa2c1 --because 'moved the check to another host'\n  friday todo close 3fa --false-silence --because 'the matcher asked for the old title'",
		Args:    oneOrMore("finding"),
		RunE: func(cmd *cobra.Command, ids []string) error {
			if act.FalseSilence && act.Text == "" {
				return usage(errors.New("--false-silence needs --because: say how you know that the page had come"))
			}
			return a.decide(cmd, ids, act)
		},
	}
	cmd.Flags().StringVar(&act.Text, "because", "", "why, in a `sentence`")
	cmd.Flags().BoolVar(&act.FalseSilence, "false-silence", false, "the page had come: this SILENT was none")
	return cmd
}

func (a *app) todoReopenCommand() *cobra.Command {
	act := todo.Act{Do: todo.Reopen}
	cmd := &cobra.Command{
		Use:     "reopen ID...",
		Short:   "Open findings again that were closed too early",
		Long:    "Reopen takes a closing back, also what it said of a false silence. " + todoIDs,
		Example: "  friday todo reopen F-3fa2c1 --because 'the new check does not run at night'",
		Args:    oneOrMore("finding"),
		RunE:    func(cmd *cobra.Command, ids []string) error { return a.decide(cmd, ids, act) },
	}
	cmd.Flags().StringVar(&act.Text, "because", "", "why, in a `sentence`")
	return cmd
}

func (a *app) todoOwnCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "own ID OWNER",
		Short:   "Say who owns a finding, instead of the owner of its scenario",
		Long:    "Own says who owns a finding from now on; with an empty OWNER it is again whoever owns the scenario. " + todoIDs,
		Example: "  friday todo own F-3fa2c1 'team network'",
		Args:    findingAnd("an owner"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.decide(cmd, args[:1], todo.Act{Do: todo.Own, Text: args[1]})
		},
	}
}

func (a *app) todoNoteCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "note ID TEXT",
		Short:   "Write a note to a finding",
		Long:    "Note writes a note to a finding; the newest one is listed, and all are kept. " + todoIDs,
		Example: "  friday todo note F-3fa2c1 'waits for the new host, see OPS-1412'",
		Args:    findingAnd("a text"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(args[1]) == "" {
				return usage(errors.New("the note is empty: say what is to be written down"))
			}
			return a.decide(cmd, args[:1], todo.Act{Do: todo.Note, Text: args[1]})
		},
	}
}

func findingAnd(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 2 {
			return usage(fmt.Errorf("name one finding and %s, in quotes if it has spaces; see %s --help", what, cmd.CommandPath()))
		}
		return nil
	}
}

// decide writes down one decision on several findings, all or none, and says what it means.
func (a *app) decide(cmd *cobra.Command, ids []string, act todo.Act) error {
	k, err := a.findings(cmd)
	if err != nil {
		return err
	}
	k.warn(cmd)
	act.At, act.By, act.Text = time.Now().UTC(), string(a.scrub.CleanBytes([]byte(a.who()))), string(a.scrub.CleanBytes([]byte(act.Text)))
	var acts []todo.Act
	var said, done []string
	var bad []error
	for _, id := range ids {
		i, err := todo.Find(k.items, id)
		if err == nil && act.FalseSilence && i.Verdict != judge.Silent {
			err = fmt.Errorf("%s is %s and not SILENT, so --false-silence does not fit it", i.ID, i.Label())
		}
		if err != nil {
			bad = append(bad, err)
			continue
		}
		if slices.Contains(done, i.ID) {
			continue // named twice
		}
		done = append(done, i.ID)
		text, needed := decision(i, act)
		said = append(said, text)
		if needed {
			act.ID = i.ID
			acts = append(acts, act)
		}
	}
	if len(bad) > 0 {
		return usage(errors.Join(append(bad, errors.New("nothing was changed"))...))
	}
	if len(acts) > 0 {
		if err := k.log.Append(acts...); err != nil {
			return err
		}
	}
	for _, text := range said {
		a.println(cmd, text)
	}
	return nil
}

// decision says what an act does to a finding, and whether it does anything.
func decision(i todo.Item, act todo.Act) (says string, needed bool) {
	name := show.OneLine(fmt.Sprintf("%s (%s, %s)", i.ID, i.Label(), i.Scenario))
	switch act.Do {
	case todo.Close:
		if i.State == todo.Closed && act.Text == "" && !act.FalseSilence {
			return fmt.Sprintf("%s is closed already, since %s by %s", name, show.Day(i.Closed), show.OneLine(i.ClosedBy)), false
		}
		return "closed " + name + stillThere(i), true
	case todo.Reopen:
		if i.State == todo.Open && act.Text == "" {
			return name + " is open already", false
		}
		return "opened " + name + " again", true
	case todo.Own:
		if act.Text == "" {
			return name + " belongs to the owner of its scenario again", true
		}
		return name + " belongs to " + show.OneLine(act.Text), true
	default:
		return "noted for " + name, true
	}
}

// stillThere warns whoever closes what the newest run still shows.
func stillThere(i todo.Item) string {
	switch {
	case i.Passing || i.State == todo.Closed:
		return ""
	case i.Gone:
		return "\n  no run will tell whether it is mended: the scenario does not ask for it any more"
	case i.Now != judge.Unjudged && i.Now != i.Verdict:
		return "\n  the newest run that could tell says " + i.Now.String() + ": that is a finding of its own"
	}
	return fmt.Sprintf("\n  no run has shown yet that it is mended: it was last seen in run %s (%s), the newest one that could tell", show.OneLine(i.LastRun), show.Date(i.Last))
}

// who is the user who types.
func (a *app) who() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return a.getenv("USER")
}
