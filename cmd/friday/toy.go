package main

import (
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/internal/toy"
)

// toyCommand is the toy world of the demo and the tests; nobody types it.
func (a *app) toyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "toy", Short: "Toy services for the demo", Hidden: true}
	cmd.AddCommand(a.toyService(), a.toySupervise(), a.toyMonitor())
	return cmd
}

// untilToldOff runs f until the process is asked to end.
func untilToldOff(cmd *cobra.Command, f func(cmd *cobra.Command) error) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	cmd.SetContext(ctx)
	return f(cmd)
}

func (a *app) toyService() *cobra.Command {
	var o toy.ServiceOptions
	cmd := &cobra.Command{Use: "service", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return untilToldOff(cmd, func(cmd *cobra.Command) error { return toy.Service(cmd.Context(), o) })
	}}
	cmd.Flags().StringVar(&o.Name, "name", "service", "")
	cmd.Flags().StringVar(&o.Addr, "addr", "127.0.0.1:0", "")
	return cmd
}

func (a *app) toyMonitor() *cobra.Command {
	var o toy.MonitorOptions
	cmd := &cobra.Command{Use: "monitor", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return untilToldOff(cmd, func(cmd *cobra.Command) error { return toy.Monitor(cmd.Context(), o) })
	}}
	cmd.Flags().StringVar(&o.Name, "name", "monitor", "")
	cmd.Flags().StringVar(&o.URL, "url", "", "")
	cmd.Flags().DurationVar(&o.Every, "every", time.Second, "")
	cmd.Flags().DurationVar(&o.Timeout, "timeout", time.Second, "")
	cmd.Flags().IntVar(&o.Failures, "failures", 3, "")
	cmd.Flags().StringVar(&o.InboxURL, "inbox", "", "")
	cmd.Flags().StringVar(&o.RoutingKey, "key", "", "")
	cmd.Flags().StringVar(&o.Service, "service", "", "")
	cmd.Flags().StringVar(&o.Severity, "severity", "critical", "")
	return cmd
}
