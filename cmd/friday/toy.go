package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/internal/toy"
)

// toyCommand is the toy world of the demo and the tests; nobody types it.
func (a *app) toyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "toy", Short: "Toy services for the demo", Hidden: true}
	cmd.AddCommand(a.toyService(), a.toySupervise(), a.toyMonitor())
	return cmd
}

func (a *app) toyService() *cobra.Command {
	var o toy.ServiceOptions
	cmd := &cobra.Command{Use: "service", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return untilToldOff(cmd, func() error { return toy.Service(cmd.Context(), o) })
	}}
	o.Flags(cmd.Flags())
	return cmd
}

func (a *app) toyMonitor() *cobra.Command {
	o := toy.MonitorOptions{Log: a.stderr}
	cmd := &cobra.Command{Use: "monitor", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return untilToldOff(cmd, func() error { return toy.Monitor(cmd.Context(), o) })
	}}
	o.Flags(cmd.Flags())
	return cmd
}

func (a *app) toySupervise() *cobra.Command {
	o := toy.SuperviseOptions{Lifeline: a.stdin, Log: os.Stderr} // a file, so that the programs write to it themselves
	cmd := &cobra.Command{Use: "supervise", Args: cobra.ArbitraryArgs, RunE: func(cmd *cobra.Command, args []string) error {
		exe, err := os.Executable()
		if err != nil {
			return err
		}
		o.Exe = exe
		o.SetPrograms(args)
		return untilToldOff(cmd, func() error { return toy.Supervise(cmd.Context(), o) })
	}}
	o.Flags(cmd.Flags())
	return cmd
}

// untilToldOff runs f until the process is asked to end.
func untilToldOff(cmd *cobra.Command, f func() error) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	cmd.SetContext(ctx)
	return f()
}
