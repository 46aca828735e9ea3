package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/attacks/journal"
	"github.com/failurefriday/friday/internal/toy"
	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/scenarios/library"
	"github.com/failurefriday/friday/verify/inbox"
	"github.com/failurefriday/friday/verify/judge"
)

func (a *app) demoCommand() *cobra.Command {
	var keep bool
	f := runFlags{yes: true}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Break three toy services for real, and read the report (under a minute)",
		Long: `Demo starts a small alerting system, three toy services with their monitors, and runs three scenarios against them: real
processes are killed and paused, real events are sent, real APIs are read. One page arrives in time, one late, and one
never, because its monitor dies together with the service it watches; the report says so. It needs no root, no
configuration and no other program, and leaves nothing running.

Exit status:
  0  the three verdicts are PASS, LATE and SILENT, as they should be
  1  they are not`,
		Example: "  friday demo\n  friday demo --keep",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.demo(cmd, f, keep) },
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "leave the inbox running at the end, to be looked at, until Ctrl-C")
	f.show.flags(cmd)
	return cmd
}

// demoVerdicts are what the three scenarios come to.
var demoVerdicts = map[string]judge.Verdict{"checkout-dies": judge.Pass, "search-hangs": judge.Late, "payments-dies": judge.Silent}

func (a *app) demo(cmd *cobra.Command, f runFlags, keep bool) error {
	state, err := a.state(nil)
	if err != nil {
		return err
	}
	if err := a.forgetDeadDemos(cmd, state); err != nil {
		return err
	}
	pager, err := startInbox(cmd.Context())
	if err != nil {
		return err
	}
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(state, 0o700); err != nil {
		return errors.Join(usage(fmt.Errorf("cannot use the state directory: %w", err)), pager.stop())
	}
	ctx, stop := a.interruptible(cmd, state)
	world, err := toy.Start(ctx, toy.WorldOptions{Exe: exe, Command: []string{"toy"}, InboxURL: pager.url, Dir: state})
	if err != nil {
		return errors.Join(fmt.Errorf("cannot start the toy services: %w", err), pager.stop())
	}
	records, err := a.demoRuns(ctx, cmd, world, pager.url, state, f)
	err = errors.Join(err, world.Stop())
	interrupted := ctx.Err() != nil
	stop()
	if interrupted {
		return errors.Join(interruptedDemo(records), err, pager.stop())
	}
	if len(records) > 0 {
		err = errors.Join(err, a.demoEnding(cmd, state, records))
	}
	if keep {
		untilInterrupted(cmd, "\nthe inbox goes on at "+pager.url+" until Ctrl-C")
	}
	return errors.Join(err, pager.stop())
}

// interruptedDemo carries the exit code of a demo that somebody stopped.
func interruptedDemo(records []judge.Record) error {
	codes := []int{exitInterrupted}
	for _, r := range records {
		codes = append(codes, recordCode(r))
	}
	return &exitError{worstCode(codes), errors.New("the demo was interrupted")}
}

// forgetDeadDemos clears what demos that were killed still owe: their toys died with them, so nothing is left to undo.
func (a *app) forgetDeadDemos(cmd *cobra.Command, state string) error {
	debts, err := journal.Owed(state)
	if err != nil || len(debts) == 0 {
		return nil // what is wrong with the journals is told when the first scenario begins
	}
	lock, err := journal.AcquireToSettle(state, "demo")
	if err != nil {
		return usage(err)
	}
	for _, d := range debts {
		events, rerr := scenarios.ReadHistory(filepath.Join(scenarios.RunDir(state, d.Run), scenarios.HistoryFile))
		if rerr == nil && len(events) > 0 && events[0].Run != nil && events[0].Run.Environment == demoEnvironment {
			err = errors.Join(err, a.forget(cmd, state, d.Run))
		}
	}
	return errors.Join(err, lock.Release())
}

// demoEnvironment is where the demo plays.
const demoEnvironment = "demo"

// untilInterrupted says why it waits, and waits.
func untilInterrupted(cmd *cobra.Command, why string) {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	fmt.Fprintln(cmd.OutOrStdout(), why)
	<-ctx.Done()
}

// demoRuns runs the scenarios of the demo one after the other.
func (a *app) demoRuns(ctx context.Context, cmd *cobra.Command, world *toy.World, inboxURL, state string, f runFlags) ([]judge.Record, error) {
	text := fmt.Sprintf("environment: %s\nsources:\n  inbox:\n    pagerduty: {url: %q, poll: 500ms}\n", demoEnvironment, inboxURL)
	conf, err := scenarios.LoadConfig("demo configuration", []byte(text), kinds())
	if err != nil {
		return nil, err
	}
	var records []judge.Record
	for _, name := range []string{"checkout-dies", "search-hangs", "payments-dies"} {
		data, err := library.FS.ReadFile("demo/" + name + ".yaml")
		if err != nil {
			return records, err
		}
		sc, err := scenarios.Load(name+".yaml", data, scenarios.LoadOptions{
			Kinds: kinds(), Vars: declared(data, world.Vars()), Getenv: a.getenv, Sources: []string{"inbox"},
		})
		if err != nil {
			return records, err
		}
		record, err := a.runOne(ctx, cmd, sc, conf, state, f)
		if record != nil {
			records = append(records, *record)
		}
		if err != nil || ctx.Err() != nil {
			return records, err
		}
	}
	return records, nil
}

// declared are the variables that a scenario asks for.
func declared(scenario []byte, vars map[string]string) map[string]string {
	vars = maps.Clone(vars)
	maps.DeleteFunc(vars, func(name, _ string) bool { return !bytes.Contains(scenario, []byte("${"+name+"}")) })
	return vars
}

// demoEnding writes one report of all three runs, and says what came out and what to do next.
func (a *app) demoEnding(cmd *cobra.Command, state string, records []judge.Record) error {
	path := filepath.Join(state, "demo.html")
	if err := a.render(cmd, "html", path, records); err != nil {
		return err
	}
	a.println(cmd)
	asPromised := len(records) == len(demoVerdicts)
	for _, r := range records {
		a.println(cmd, reports.Line(r))
		asPromised = asPromised && r.Verdict == demoVerdicts[r.Run.Scenario]
	}
	a.println(cmd, "\nreport  "+path)
	a.println(cmd, `
next    open the report: it shows how the third page was lost
        friday init            write a scenario for a service of your own
        friday runs            the three runs are stored: friday report latest --format markdown`)
	if !asPromised {
		return &exitError{exitFailed, errors.New("the demo did not come out as PASS, LATE and SILENT; the report says why")}
	}
	return nil
}

// pager is an inbox that runs inside this process.
type pager struct {
	url    string
	cancel context.CancelFunc
	ended  chan error
}

func startInbox(ctx context.Context) (*pager, error) {
	server, err := inbox.New(inbox.DefaultConfig(), inbox.Env{})
	if err != nil {
		return nil, err
	}
	ln, err := server.Listen("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	// Like the faults, the inbox outlives an interruption: the last page still has somewhere to go.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p := &pager{url: "http://" + ln.Addr().String(), cancel: cancel, ended: make(chan error, 1)}
	go func() { p.ended <- server.Serve(ctx, ln) }()
	return p, nil
}

func (p *pager) stop() error {
	p.cancel()
	select {
	case err := <-p.ended:
		return err
	case <-time.After(5 * time.Second):
		return errors.New("the inbox did not stop")
	}
}
