package main

import (
	"bytes"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/reports/publish"
)

func (a *app) metricsCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "metrics",
		Short: "Write the state of all scenarios as metrics for Prometheus",
		Long: `Metrics writes what the stored runs say of every scenario, as OpenMetrics text that node_exporter's textfile collector
reads as well: when it was last run and last passed, its verdict, how long the page took, whether everything was restored,
and which findings are open or have regressed. docs/metrics.md tells of each metric and has rules that alert.

FILE is replaced as a whole and may be read by everybody. What could not be read is counted and said on standard error. A
run that goes on is not counted.

Exit status:
  0  written
  2  bad usage, or the state directory cannot be read, or FILE cannot be written`,
		Example: "  friday metrics\n  friday metrics -o /var/lib/prometheus/node-exporter/friday.prom",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.metrics(cmd, out) },
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to this `file` instead of standard output")
	return cmd
}

func (a *app) metrics(cmd *cobra.Command, out string) error {
	known, err := a.findings(cmd)
	if err != nil {
		return err
	}
	known.warn(cmd)
	var text bytes.Buffer
	if err := publish.Metrics(&text, publish.Stored{
		Runs: known.runs, Findings: known.items, Unreadable: len(known.unread), Damaged: len(known.damaged), Now: time.Now(),
		Version: version(), GoVersion: runtime.Version(),
	}); err != nil {
		return err
	}
	return a.emitFor(cmd, out, text.Bytes(), forExporters)
}

// forExporters is the mode of the file: the exporter runs as another user.
const forExporters os.FileMode = 0o644
