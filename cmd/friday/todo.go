package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/attacks/journal"
	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/store"
	"github.com/failurefriday/friday/reports/todo"
)

// todoFlags are the flags of friday todo itself.
type todoFlags struct {
	pick                todo.Filter
	format, out, failOn string
}

func (a *app) todoCommand() *cobra.Command {
	var f todoFlags
	cmd := &cobra.Command{
		Use:   "todo",
		Short: "List what runs have found and nobody has closed",
		Long: `Todo lists the findings of all stored runs: expectations that failed, scenarios that could not try what they ask for, what
was not restored, and monitors that died with what they watch although another one paged. A finding has the same id in
every run. One that is closed and seen again in a run that was started later has REGRESSED, and is listed first.

What people decided (close, reopen, own, note) is kept in ` + todo.LogFile + ` in the state directory, a line of JSON each.
A run that goes on, or is being undone just now, is not counted.

Formats:
` + todoFormats().list() + `

Exit status:
  0  listed; with --fail-on: nothing listed is in that state
  1  --fail-on: a finding that is listed has regressed (regressed), or is not closed (open)
  2  bad usage, or the state directory cannot be read
  3  --fail-on: nothing listed is in that state, but not everything could be read`,
		Example: "  friday todo\n  friday todo --owner payments --format markdown\n  friday todo close F-3fa2 --because 'moved the check to another host'\n  friday todo --fail-on regressed",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.todo(cmd, f) },
	}
	cmd.Flags().BoolVar(&f.pick.All, "all", false, "list closed ones, too")
	cmd.Flags().StringVar(&f.pick.Owner, "owner", "", "only those of this `owner`; \""+todo.Nobody+"\" for those without one")
	cmd.Flags().StringVar(&f.pick.Service, "service", "", "only those about this `service`")
	cmd.Flags().StringVarP(&f.format, "format", "f", "text", "one of "+todoFormats().String())
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "write to this `file` instead of standard output")
	cmd.Flags().StringVar(&f.failOn, "fail-on", "", "exit with 1 if one that is listed is in this `state`: regressed, or open (which includes regressed)")
	cmd.AddCommand(a.todoCloseCommand(), a.todoReopenCommand(), a.todoOwnCommand(), a.todoNoteCommand())
	return cmd
}

func (a *app) todo(cmd *cobra.Command, f todoFlags) error {
	i, err := todoFormats().find(f.format)
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"", string(todo.Regressed), string(todo.Open)}, f.failOn) {
		return usage(fmt.Errorf("--fail-on %s: want regressed or open", f.failOn))
	}
	known, err := a.findings(cmd)
	if err != nil {
		return err
	}
	view := todo.View{Now: time.Now(), Runs: len(known.runs), Unread: known.unseen()}
	view.Items, view.Hidden = f.pick.Pick(known.items)
	render := todo.Formats()[i].Render
	if _, tty := terminal(cmd.OutOrStdout()); tty && f.format == "text" && f.out == "" {
		render = todo.Text(true)
	}
	var text bytes.Buffer
	if err := render(&text, view); err != nil {
		return err
	}
	if f.format != "text" {
		known.warn(cmd) // the text says it itself
	}
	if err := a.emit(cmd, f.out, text.Bytes()); err != nil {
		return err
	}
	return todoCode(f.failOn, view)
}

// todoCode is what --fail-on comes to.
func todoCode(failOn string, v todo.View) error {
	fails := func(i todo.Item) bool {
		return i.State == todo.Regressed || failOn == string(todo.Open) && i.Active()
	}
	switch {
	case failOn == "":
		return nil
	case slices.ContainsFunc(v.Items, fails):
		return &exitError{code: exitFailed}
	case len(v.Unread) > 0:
		return &exitError{code: exitCannotTell}
	}
	return nil
}

// known is all that the stored runs have found, with what people decided about it.
type known struct {
	log     todo.Log
	runs    []digest.Run
	items   []todo.Item
	unread  []store.Run
	damaged []todo.Damage
	strange []string // sentences on runs that make no findings, because they are dated in the future
}

// findings reads them. A run that is going on is left out: that it has not restored everything yet is no finding.
func (a *app) findings(cmd *cobra.Command) (known, error) {
	_, state, err := a.configured()
	if err != nil {
		return known{}, err
	}
	k := known{log: todo.Log{Path: filepath.Join(state, todo.LogFile)}}
	going := runGoingOn(state) // asked first: one that ends meanwhile is read whole or left out
	if k.runs, k.unread, err = a.store(state).Digests(cmd.Context(), store.Filter{}); err != nil {
		return known{}, err
	}
	k.runs = slices.DeleteFunc(k.runs, func(r digest.Run) bool { return going != "" && r.ID == going })
	k.unread = slices.DeleteFunc(k.unread, func(r store.Run) bool { return going != "" && r.ID == going })
	now := time.Now()
	acts, damaged, err := k.log.Read(now)
	if err != nil {
		return known{}, err
	}
	past, strange := digest.Past(k.runs, now)
	k.items, k.damaged, k.strange = todo.List(past, acts), damaged, strange
	return k, nil
}

// runGoingOn is the id of the run that goes on or is being undone just now; empty if there is none.
func runGoingOn(state string) string {
	holder, err := journal.ReadHolder(state)
	if err != nil {
		return ""
	}
	if alive, err := holder.Process.Alive(); err == nil && !alive {
		return ""
	}
	return holder.Run
}

// unseen are sentences on what could not be read.
func (k known) unseen() []string {
	var all []string
	for _, r := range k.unread {
		all = append(all, fmt.Sprintf("run %s: %s", r.ID, r.Error))
	}
	all = append(all, k.strange...)
	for _, d := range k.damaged {
		all = append(all, fmt.Sprintf("line %d of %s is damaged and does not count: %s", d.Line, k.log.Path, d.Why))
	}
	return all
}

// warn says on standard error what could not be read.
func (k known) warn(cmd *cobra.Command) {
	for _, why := range k.unseen() {
		fmt.Fprintln(cmd.ErrOrStderr(), "friday: could not look: "+show.OneLine(why))
	}
}

func todoFormats() formats {
	return formatsOf(todo.Formats(), func(f todo.Format) (string, string) { return f.Name, f.Summary })
}
