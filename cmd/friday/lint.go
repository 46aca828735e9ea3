package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/lint"
)

// lintFlags are the flags of friday lint.
type lintFlags struct {
	vars                     variables
	prometheus, alertmanager []string
	format, out, failOn      string
}

func (a *app) lintCommand() *cobra.Command {
	var f lintFlags
	cmd := &cobra.Command{
		Use:   "lint [FILE...]",
		Short: "Find silent failures that wait to happen, with nothing broken",
		Long: `Lint reads rules and configurations, and tells what would keep a page from coming. It only reads, and breaks nothing.

A FILE is a scenario, a prometheus.yml (with the rule files that it names), a file of rules, a PrometheusRule or an
alertmanager.yml; which one, its content tells. Where none of them but scenarios is named, the sources of friday.yaml are
asked, or the servers that --prometheus and --alertmanager name: live servers also know which series there are.
What a monitor shares with its target (SF-01) is told by friday plan.

Checks:
` + checkList() + `

Formats:
` + lintFormats().list() + `

Exit status:
  0  nothing found that --fail-on asks for
  1  something found
  2  bad usage, or a file that cannot be read
  3  a server could not be looked at, and nothing was found elsewhere`,
		Example: "  friday lint prometheus.yml alertmanager.yml scenarios/*.yaml\n  friday lint --prometheus http://localhost:9090 --alertmanager http://localhost:9093\n  friday lint rules/*.yml --format sarif -o lint.sarif",
		RunE:    func(cmd *cobra.Command, files []string) error { return a.lint(cmd, files, f) },
	}
	f.vars.flag(cmd)
	cmd.Flags().StringArrayVar(&f.prometheus, "prometheus", nil, "`URL` of a live Prometheus; may be repeated")
	cmd.Flags().StringArrayVar(&f.alertmanager, "alertmanager", nil, "`URL` of a live Alertmanager; may be repeated")
	cmd.Flags().StringVarP(&f.format, "format", "f", "text", "one of "+lintFormats().String())
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "write to this `file` instead of standard output")
	cmd.Flags().StringVar(&f.failOn, "fail-on", string(verify.Risky), "lowest severity that fails: note, warning or error")
	return cmd
}

// lintWithin bounds all that live servers are asked.
const lintWithin = 2 * time.Minute

func (a *app) lint(cmd *cobra.Command, files []string, f lintFlags) error {
	i, err := lintFormats().find(f.format)
	if err != nil {
		return err
	}
	failing, err := failingFrom(f.failOn)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), lintWithin)
	defer cancel()
	l, err := a.gatherLint(ctx, files, f)
	if err != nil {
		return err
	}
	found, failed := lint.Run(ctx, l.setup)
	found = append(found, l.audited...)
	lint.Sort(found)
	told := reports.Findings{Found: found, Looked: strings.Join(l.looked, ", ")}
	for _, err := range append(l.failed, failed...) {
		told.Unseen = append(told.Unseen, err.Error())
	}
	var text bytes.Buffer
	if err := reports.LintFormats()[i].Render(&text, told); err != nil {
		return err
	}
	if err := a.emit(cmd, f.out, text.Bytes()); err != nil {
		return err
	}
	switch {
	case slices.ContainsFunc(found, func(x verify.Finding) bool { return slices.Contains(failing, x.Severity) }):
		return &exitError{code: exitFailed}
	case len(told.Unseen) > 0:
		return &exitError{code: exitCannotTell}
	}
	return nil
}

// failingFrom are the severities that fail, from the lowest one on.
func failingFrom(lowest string) ([]verify.Severity, error) {
	all := []verify.Severity{verify.Severe, verify.Risky, verify.Remark}
	i := slices.Index(all, verify.Severity(lowest))
	if i < 0 {
		return nil, usage(fmt.Errorf("--fail-on %s: want note, warning or error", lowest))
	}
	return all[:i+1], nil
}

func checkList() string {
	var lines []string
	for _, c := range lint.Checks() {
		lines = append(lines, fmt.Sprintf("  %s %-17s %s", c.Kind, c.Name, c.Summary))
	}
	return strings.Join(lines, "\n")
}

// errNothingToLint is what a lint without anything to look at comes to.
var errNothingToLint = errors.New("nothing to look at: name files, --prometheus or --alertmanager, or configure sources in friday.yaml")

func lintFormats() formats {
	return formatsOf(reports.LintFormats(), func(f reports.LintFormat) (string, string) { return f.Name, f.Summary })
}
