package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"

	"github.com/spf13/cobra"

	attackskinds "github.com/failurefriday/friday/attacks/all"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/reports/store"
	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// runFlags are the flags of friday run and, without those about the outcome, of friday plan.
type runFlags struct {
	vars    variables
	allow   []string
	seed    uint64
	control bool
	yes     bool
	notify  []string
	gate    gate
	show    display
}

func (f *runFlags) planning(cmd *cobra.Command) {
	f.vars.flag(cmd)
	cmd.Flags().StringArrayVar(&f.allow, "allow", nil, "allow runs in this `environment` this time; production needs it always")
	cmd.Flags().Uint64Var(&f.seed, "seed", 0, "seed for pick: the same `number` picks the same targets (default: a new one each time, shown in the report)")
	cmd.Flags().BoolVar(&f.control, "control", false, "negative control: the same scenario with no fault; fires must stay silent then")
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run FILE...",
		Short: "Break, watch the pager, undo, judge, report",
		Long: `Run plans every scenario, shows what will be hit, asks on a terminal whether to go on, and then breaks, watches, undoes
and judges. Whatever happens to it, its faults are undone: by itself when it is interrupted, by its guard when it is
killed, and by friday recover when both are gone.

Ctrl-C reverts and reports; a second Ctrl-C leaves the revert to the guard. friday halt does the first from another terminal.

With --notify, the result is told once the run is stored. Who could not be told is named on standard error; that changes
the exit status only where it would be 0: to 6.
` + gateHelp + exitStatus,
		Example: `  friday run checkout.yaml
  friday run --yes --json scenarios/*.yaml
  friday run --yes --notify oncall-chat checkout.yaml
  friday run --allow production --var region=eu checkout.yaml`,
		Args: oneOrMore("scenario file"),
		RunE: func(cmd *cobra.Command, files []string) error { return a.runFiles(cmd, files, f) },
	}
	f.planning(cmd)
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "do not ask before breaking anything")
	notifyFlag(cmd, &f.notify)
	f.gate.flag(cmd)
	f.show.flags(cmd)
	return cmd
}

// runFiles runs the scenarios one after the other. All files are read before the first is run: a mistake in the last one
// is no reason to break anything.
func (a *app) runFiles(cmd *cobra.Command, files []string, f runFlags) error {
	if err := f.gate.read(cmd.Flags().Changed("fail-on")); err != nil {
		return err
	}
	conf, state, err := a.configured()
	if err != nil {
		return err
	}
	told, err := a.notifier(conf, state, f.notify)
	if err != nil {
		return err
	}
	var loaded []*scenarios.Scenario
	var bad []error
	for _, file := range files {
		sc, err := a.loadScenario(file, f.vars, conf)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		loaded = append(loaded, sc)
	}
	if len(bad) > 0 {
		return usage(errors.Join(bad...))
	}
	ctx, stop := a.interruptible(cmd, state)
	defer stop()
	var codes []int
	for _, sc := range loaded {
		record, err := a.runOne(ctx, cmd, sc, conf, state, f)
		code := exitCode(err)
		if record != nil {
			code = max(code, recordCode(*record))
		}
		if record != nil && err == nil {
			code = a.gated(ctx, cmd, state, f.gate, *record, code)
		}
		if err != nil {
			fmt.Fprintln(cmd.ErrOrStderr(), message(err))
		}
		if record != nil && a.tell(ctx, cmd, told, *record) != nil && code == exitPass {
			code = exitUntold
		}
		codes = append(codes, code)
		if code == exitUnrestored || ctx.Err() != nil {
			break // nothing more is broken on top of this
		}
	}
	if code := worstCode(codes); code != exitPass {
		return &exitError{code: code}
	}
	return nil
}

// runOne runs one scenario, judges it, stores and shows the result. A nil record means that nothing was touched.
func (a *app) runOne(ctx context.Context, cmd *cobra.Command, sc *scenarios.Scenario, conf *scenarios.Config, state string, f runFlags) (*judge.Record, error) {
	session, err := a.session(sc, conf, state, f)
	if err != nil {
		return nil, err
	}
	session.Confirm = func(p *scenarios.Plan) error { return a.confirm(cmd, p, f) }
	view := f.show.open(cmd, sc)
	// The record is judged from what was observed, not from the file: a full disk must not change the verdict.
	var events []verify.Event
	session.Observe = func(e verify.Event) { events = append(events, e); view.observe(e) }
	session.Begun = view.begin
	id, err := scenarios.Conduct(ctx, session)
	if id == "" {
		view.close()
		return nil, err
	}
	record := judge.Judge(events)
	saveErr := a.store(state).Save(record)
	view.close()
	view.result(record, scenarios.RunDir(state, id))
	return &record, errors.Join(err, saveErr)
}

func (a *app) session(sc *scenarios.Scenario, conf *scenarios.Config, state string, f runFlags) (scenarios.Session, error) {
	setup, err := a.setup(sc, conf, state, f)
	if err != nil {
		return scenarios.Session{}, err
	}
	exe, err := os.Executable()
	if err != nil {
		return scenarios.Session{}, fmt.Errorf("cannot find my own program for the guard: %w", err)
	}
	return scenarios.Session{
		Setup: setup, Lookup: attackskinds.Find, Guard: []string{exe, "guard", "--state", state},
	}, nil
}

func (a *app) setup(sc *scenarios.Scenario, conf *scenarios.Config, state string, f runFlags) (scenarios.Setup, error) {
	seed := f.seed
	if seed == 0 {
		seed = rand.Uint64()>>12 | 1 // fits a JSON number, and is never "none"
	}
	protected, err := proc.NewProtected(conf.Protected)
	if err != nil {
		return scenarios.Setup{}, err
	}
	host, _ := os.Hostname()
	return scenarios.Setup{
		Scenario: sc, Config: conf, Env: a.env(), State: state, Seed: seed, Control: f.control, Allow: f.allow,
		Protected: protected.Reason, Paths: a.ownPaths(), Run: verify.RunInfo{Friday: version(), Host: host, User: a.who()},
	}, nil
}

func (a *app) store(state string) store.Store {
	return store.Store{Dir: state, Judge: judge.Judge, ReadHistory: scenarios.ReadRun}
}
