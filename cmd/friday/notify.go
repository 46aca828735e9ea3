package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/publish"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/site"
	"github.com/failurefriday/friday/reports/store"
	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/verify/judge"
)

// everybody is the name that stands for all targets.
const everybody = "all"

// notifyFlag is the flag of the commands that tell people of runs.
func notifyFlag(cmd *cobra.Command, names *[]string) {
	cmd.Flags().StringArrayVar(names, "notify", nil, "tell `NAME` of notify: in friday.yaml, or all of them (all); may be repeated")
}

func (a *app) notifyCommand() *cobra.Command {
	var test bool
	cmd := &cobra.Command{
		Use:   "notify [--test NAME...]",
		Short: "List whom runs are told to, or send them a test",
		Long: `Notify lists the targets under notify: in friday.yaml. With --test it sends those that are named, or all of them (all),
a message that says that it is a test. Runs are told by friday run --notify NAME and friday report RUN --notify NAME.

Exit status:
  0  all were told
  2  bad usage or configuration; nobody was told
  6  somebody was not told`,
		Example: "  friday notify\n  friday notify --test oncall-chat\n  friday notify --test all",
		RunE: func(cmd *cobra.Command, names []string) error {
			conf, err := a.config()
			if err != nil {
				return err
			}
			switch {
			case !test && len(names) > 0:
				return usage(fmt.Errorf("say --test to send a test to %s; a run is told by friday report RUN --notify NAME", strings.Join(names, ", ")))
			case !test:
				return a.listTargets(cmd, conf)
			case len(names) == 0:
				return usage(errors.New("name somebody under notify: in friday.yaml, or all"))
			}
			n, err := a.notifier(conf, "", names)
			if err != nil {
				return err
			}
			return n.tellAll(cmd.Context(), cmd, publish.News{Test: true, At: time.Now()})
		},
	}
	cmd.Flags().BoolVar(&test, "test", false, "send a test message")
	return cmd
}

func (a *app) listTargets(cmd *cobra.Command, conf *scenarios.Config) error {
	var s show.Sheet
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(conf.Notify)) {
		rows = append(rows, []string{name, conf.Notify[name].Kind, conf.Notify[name].On})
	}
	if len(rows) == 0 {
		a.println(cmd, "nobody is told: there is no notify: in friday.yaml")
		return nil
	}
	s.Table([]string{"NAME", "KIND", "ON"}, rows)
	_, err := fmt.Fprint(cmd.OutOrStdout(), s.String())
	return err
}

// notifier tells the targets that were named on the command line.
type notifier struct {
	app     *app
	state   string
	link    string
	targets []publish.Target
}

// notifier reads the secrets of the targets that are named: what is missing is found before anything is broken.
func (a *app) notifier(conf *scenarios.Config, state string, names []string) (*notifier, error) {
	n := &notifier{app: a, state: state, link: conf.Link}
	known := slices.Sorted(maps.Keys(conf.Notify))
	if slices.Contains(names, everybody) {
		if len(known) == 0 {
			return nil, usage(errors.New("--notify all: there is no notify: in friday.yaml"))
		}
		others := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == everybody })
		names = slices.Concat(known, others) // which may be misspelt
	}
	host, _ := os.Hostname() // without it, a mail server is greeted as localhost
	env := publish.Env{Getenv: a.getenv, Secrets: &a.scrub, UserAgent: "friday/" + version(), Host: host}
	var bad []error
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		conf, ok := conf.Notify[name]
		if !ok {
			bad = append(bad, fmt.Errorf("nobody under notify: in friday.yaml is called %q%s", name, nearest(name, known)))
			continue
		}
		target, err := publish.Build(name, conf.Kind, publish.On(conf.On), conf.Params, env)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		n.targets = append(n.targets, target)
	}
	return n, usage(errors.Join(bad...))
}

func nearest(name string, known []string) string {
	if len(known) == 0 {
		return ": there is no such section"
	}
	return "; " + diag.DidYouMean(name, known)
}

// told is the notifier of the targets that are named; nil if there are none.
func (a *app) told(names []string) (*notifier, error) {
	if len(names) == 0 {
		return nil, nil
	}
	conf, state, err := a.configured()
	if err != nil {
		return nil, err
	}
	return a.notifier(conf, state, names)
}

// tellOf tells of stored runs. Who was not told is an error with a code of its own.
func (n *notifier) tellOf(cmd *cobra.Command, records []judge.Record) error {
	var all []error
	for _, r := range records {
		all = append(all, n.tell(cmd.Context(), cmd, r))
	}
	return worstOf(all)
}

// worstOf is the first error that is one; everything has been said.
func worstOf(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// tell tells of a run that is over. Ctrl-C stops it, unless that has stopped the run, which is to be told, too.
func (a *app) tell(ctx context.Context, cmd *cobra.Command, n *notifier, r judge.Record) error {
	if ctx.Err() != nil {
		ctx = cmd.Context()
	}
	return n.tell(ctx, cmd, r)
}

// tell tells of one run, as far as the targets want to know.
func (n *notifier) tell(ctx context.Context, cmd *cobra.Command, r judge.Record) error {
	if n == nil || len(n.targets) == 0 {
		return nil
	}
	news := publish.News{Record: r, Link: publish.LinkTo(n.link, site.FileOf(r.Run.ID)), At: time.Now()}
	if slices.ContainsFunc(n.targets, func(t publish.Target) bool { return t.On == publish.Change }) {
		news.Before = n.before(ctx, r)
	}
	return n.tellAll(ctx, cmd, news)
}

// tellAll tells everybody at the same time, and says on standard error who was told, and who was not and why.
func (n *notifier) tellAll(ctx context.Context, cmd *cobra.Command, news publish.News) error {
	said, failed := make([]string, len(n.targets)), make([]bool, len(n.targets))
	var all sync.WaitGroup
	for i, t := range n.targets {
		all.Go(func() {
			wanted, why := t.Wants(news)
			if !wanted {
				said[i] = fmt.Sprintf("%s (%s) was not told: it is told on %s, and %s", t.Name, t.Kind, t.On, why)
				return
			}
			said[i] = fmt.Sprintf("told %s (%s)", t.Name, t.Kind)
			if err := t.Tell(ctx, news); err != nil {
				said[i], failed[i] = message(err), true
			}
		})
	}
	all.Wait()
	for _, line := range said {
		fmt.Fprintln(cmd.ErrOrStderr(), show.OneLine(line))
	}
	if slices.Contains(failed, true) {
		return &exitError{code: exitUntold}
	}
	return nil
}

// before is the verdict of the run of the same scenario before this one; nil if there is none, or nobody knows.
func (n *notifier) before(ctx context.Context, r judge.Record) *judge.Verdict {
	runs, unread, err := n.app.store(n.state).Digests(ctx, store.Filter{Scenario: r.Run.Scenario, Environment: r.Run.Environment})
	if err != nil {
		return nil
	}
	var last *digest.Run
	for _, d := range runs {
		same := d.ID != r.Run.ID && d.Control == r.Run.Control && d.Environment == r.Run.Environment && d.Started.Before(r.Started)
		if same && (last == nil || d.Started.After(last.Started)) {
			last = &d
		}
	}
	if last == nil {
		return nil
	}
	// What lies between the two and cannot be read may have been the one. An id begins with the second.
	between := func(u store.Run) bool { return second(last.ID) <= second(u.ID) && second(u.ID) <= second(r.Run.ID) }
	if slices.ContainsFunc(unread, between) {
		return nil
	}
	return &last.Verdict
}

func second(id string) string { return id[:min(len(id), len("20060102-150405"))] }
