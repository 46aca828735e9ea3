package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/attacks/journal"
	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/verify"
)

// interruptible returns a context that ends, with the reason as its cause, when a person or the system wants the run to
// stop: Ctrl-C, SIGTERM, SIGHUP (a closed terminal) and friday halt all revert everything and report. A second Ctrl-C
// or SIGTERM ends the program at once and leaves the revert to the guard.
func (a *app) interruptible(cmd *cobra.Command, state string) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(cmd.Context())
	began := time.Now()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, journal.HaltSignal)
	// A reader that has gone away is no reason to die with a fault in force. Caught, not ignored: what is ignored is
	// inherited by every program that is started.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		for s := range signals {
			switch {
			case s == journal.HaltSignal:
				cancel(&scenarios.Stop{By: verify.ByHalt, Reason: haltReason(state, began)})
			case ctx.Err() == nil:
				cancel(&scenarios.Stop{By: verify.BySignal, Reason: "interrupted (" + s.String() + ")"})
				fmt.Fprintln(cmd.ErrOrStderr(), "\nreverting everything; press Ctrl-C again to leave that to the guard")
			case s != syscall.SIGHUP:
				a.leaveToGuard(cmd, state)
			}
		}
	}()
	return ctx, func() { signal.Stop(signals); close(signals); cancel(nil) }
}

func haltReason(state string, since time.Time) string {
	reason, err := journal.HaltReason(state, since)
	if err != nil || reason == "" {
		return "friday halt"
	}
	return reason
}

// leaveToGuard says what is still owed and ends the program: with it dies its end of the guard's pipe, and the guard
// reverts the rest.
func (a *app) leaveToGuard(cmd *cobra.Command, state string) {
	debts, err := journal.Owed(state)
	for _, d := range debts {
		fmt.Fprintln(cmd.ErrOrStderr(), owedLine(d))
	}
	if err != nil {
		fmt.Fprintln(cmd.ErrOrStderr(), message(err))
	}
	if len(debts) > 0 || err != nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "the guard reverts this now; see friday recover --list")
		os.Exit(exitUnrestored)
	}
	os.Exit(exitInterrupted)
}
