package main

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/failurefriday/friday/reports/sample"
)

// BenchmarkManyRuns measures whole commands over 10,000 stored runs, from the start of the process to its end, beside
// friday version, and how much memory they take at their peak.
func BenchmarkManyRuns(b *testing.B) {
	exe, err := build()
	if err != nil {
		b.Fatal(err)
	}
	state := b.TempDir()
	sample.Fill(b, state, 10_000)
	for _, args := range []string{
		"runs --reindex", "runs", "runs --failed --limit 20", "todo", "metrics",
		"report --for quarter --since 90d --format html", "report --for quarter --since 5y --format html", "version",
	} {
		b.Run(strings.ReplaceAll(args, " ", "_"), func(b *testing.B) {
			peak := 0.0
			for b.Loop() {
				cmd := exec.Command(exe, append(strings.Fields(args), "--state", state)...)
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, out[:min(len(out), 2000)])
				}
				peak = max(peak, float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)/1024)
			}
			b.ReportMetric(peak, "MiB-peak")
		})
	}
}
