package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/reports/coverage"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/store"
)

// coverageFlags are the flags of friday coverage.
type coverageFlags struct {
	rules                rulesFlags
	untestable           []string
	maxAge               age
	environment          string
	least, leastServices percentage
	format, out          string
}

func (a *app) coverageCommand() *cobra.Command {
	f := coverageFlags{maxAge: age(aQuarter)}
	cmd := &cobra.Command{
		Use:   "coverage [FILE...]",
		Short: "Tell which alerts and services are proven by a run, and which nobody ever tried",
		Long: `Coverage holds every alert rule, and every service of PagerDuty, against the stored runs: which one has fired in time and
resolved, when last, and in which run. A proof grows old: after --max-age it is none any more. What was never proven comes
first, then what failed, and what is rotten.

A FILE is a prometheus.yml (with the rule files that it names), a file of rules, or a PrometheusRule. Without one, the
sources of friday.yaml are asked: the rules of every Prometheus, and the services of every PagerDuty.

A run proves an alert if an expectation names it (alert:), or its incident carries its name, and the page came in time.
Rules with the label friday: untestable, the annotation friday_untestable: REASON, or named by --untestable do not count.

Formats:
` + coverageFormatList() + `

Exit status:
  0  told; with --min: at least so much is proven
  1  --min, --min-services: less is proven
  2  bad usage, or a file that cannot be read
  3  something could not be looked at, so nobody knows whether enough is proven`,
		Example: "  friday coverage\n  friday coverage prometheus.yml --min 80%\n  friday coverage --prometheus http://localhost:9090 --format html -o coverage.html",
		RunE:    func(cmd *cobra.Command, files []string) error { return a.coverage(cmd, files, f) },
	}
	f.rules.flags(cmd)
	cmd.Flags().StringArrayVar(&f.untestable, "untestable", nil, "`name` of an alert that cannot be proven by breaking something; may be repeated")
	cmd.Flags().Var(&f.maxAge, "max-age", "a proof that is older than this proves nothing any more")
	cmd.Flags().StringVar(&f.environment, "environment", "", "only runs in this `environment` prove anything")
	cmd.Flags().Var(&f.least, "min", "exit with 1 if fewer of the rules are proven, such as 80%")
	cmd.Flags().Var(&f.leastServices, "min-services", "exit with 1 if fewer of the services are proven")
	cmd.Flags().StringVarP(&f.format, "format", "f", "text", "one of "+strings.Join(coverageFormatNames(), ", "))
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "write to this `file` instead of standard output")
	return cmd
}

func (a *app) coverage(cmd *cobra.Command, files []string, f coverageFlags) error {
	i := slices.IndexFunc(coverage.Formats(), func(x coverage.Format) bool { return x.Name == f.format })
	if i < 0 {
		return usage(fmt.Errorf("unknown format %q: want one of %s", f.format, strings.Join(coverageFormatNames(), ", ")))
	}
	report, err := a.coverageOf(cmd.Context(), files, f, time.Now())
	if err != nil {
		return err
	}
	render := coverage.Formats()[i].Render
	if _, tty := terminal(cmd.OutOrStdout()); tty && f.format == "text" && f.out == "" {
		render = coverage.Text(true)
	}
	var text bytes.Buffer
	if err := render(&text, report); err != nil {
		return err
	}
	if err := a.emit(cmd, f.out, text.Bytes()); err != nil {
		return err
	}
	if f.format != "text" { // which says it itself
		for _, why := range report.Unseen {
			fmt.Fprintln(cmd.ErrOrStderr(), "friday: could not look: "+show.OneLine(why))
		}
	}
	return f.code(cmd, report)
}

// code is what --min and what could not be looked at come to.
func (f coverageFlags) code(cmd *cobra.Command, r coverage.Report) error {
	short := f.least.short(cmd, "rule", r.OfRules, len(r.Unseen) > 0)
	short = f.leastServices.short(cmd, "service", r.OfServices, len(r.Unseen) > 0) || short
	switch {
	case len(r.Unseen) > 0: // and so it is not known whether it is short
		return &exitError{code: exitCannotTell}
	case short:
		return &exitError{code: exitFailed}
	}
	return nil
}

// short reports whether less is proven than is wanted, and says so.
func (p *percentage) short(cmd *cobra.Command, what string, is coverage.Sum, unseen bool) bool {
	missing := is.Missing(p.percent)
	switch {
	case !p.given || p.percent == 0 || is.Counted > 0 && missing == 0:
		return false
	case is.Counted > 0:
		fmt.Fprintf(cmd.ErrOrStderr(), "friday: %d of %s proven (%s), less than %s: %d more to prove\n", is.Proven, show.Count(is.Counted, what), is.Percent(), p, missing)
	case unseen:
		fmt.Fprintf(cmd.ErrOrStderr(), "friday: no %s was seen, so nobody knows whether %s is reached\n", what, p)
	default:
		fmt.Fprintf(cmd.ErrOrStderr(), "friday: there is no %s to prove, so %s is not reached\n", what, p)
	}
	return true
}

// coverageWithin bounds all that live servers are asked.
const coverageWithin = time.Minute

func (a *app) coverageOf(ctx context.Context, files []string, f coverageFlags, now time.Time) (coverage.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, coverageWithin)
	defer cancel()
	found, err := a.gatherRules(ctx, files, f.rules)
	if err != nil {
		return coverage.Report{}, err
	}
	return a.covered(ctx, found, f, now)
}

// covered holds what was found against the stored runs. The rows tell their rules by the index in found.alerting().
func (a *app) covered(ctx context.Context, found *ruleSet, f coverageFlags, now time.Time) (coverage.Report, error) {
	_, state, err := a.configured()
	if err != nil {
		return coverage.Report{}, err
	}
	in := coverage.Input{Services: found.services, Unseen: found.unseen, Now: now, MaxAge: time.Duration(f.maxAge), Untestable: f.untestable}
	for _, r := range found.alerting() {
		in.Rules = append(in.Rules, r.covered())
	}
	for _, name := range f.untestable {
		if !slices.ContainsFunc(in.Rules, func(r coverage.Rule) bool { return r.Name == name }) && len(in.Unseen) == 0 {
			return coverage.Report{}, usage(fmt.Errorf("--untestable %s: no alert rule has this name", name))
		}
	}
	runs, unread, err := a.store(state).Digests(ctx, store.Filter{Environment: f.environment})
	if err != nil {
		return coverage.Report{}, err
	}
	in.Runs = runs
	for _, r := range unread {
		in.Unseen = append(in.Unseen, fmt.Sprintf("run %s: %s", r.ID, r.Error))
	}
	return coverage.Of(in), nil
}

// percentage is a flag that takes a share: 80%.
type percentage struct {
	percent float64 // 0 to 100
	given   bool
}

func (p *percentage) Type() string { return "percentage" }

func (p *percentage) String() string {
	if !p.given {
		return ""
	}
	return strconv.FormatFloat(p.percent, 'f', -1, 64) + "%"
}

func (p *percentage) Set(text string) error {
	n, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "%")), 64)
	if err != nil || n < 0 || n > 100 || n != n {
		return errors.New("want a percentage from 0% to 100%")
	}
	p.percent, p.given = n, true
	return nil
}

func coverageFormatNames() []string {
	var names []string
	for _, f := range coverage.Formats() {
		names = append(names, f.Name)
	}
	return names
}

func coverageFormatList() string {
	var lines []string
	for _, f := range coverage.Formats() {
		lines = append(lines, fmt.Sprintf("  %-9s %s", f.Name, f.Summary))
	}
	return strings.Join(lines, "\n")
}
