package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/reports/coverage"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/scenarios/suggest"
)

// suggestFlags are the flags of friday suggest.
type suggestFlags struct {
	coverageFlags
	files []string
	dir   string
	all   bool
}

func (a *app) suggestCommand() *cobra.Command {
	f := suggestFlags{coverageFlags: coverageFlags{maxAge: age(aQuarter)}}
	cmd := &cobra.Command{
		Use:   "suggest [ALERT...]",
		Short: "Draft scenarios for alerts that no run has proven",
		Long: `Suggest drafts a scenario for an alert rule: what to break, found among the processes and containers of this machine by
what the rule looks at, a probe of the steady state, and the page to expect, with comments that say why. Without an ALERT it
lists the rules that are not proven, with what it would break; with --to it writes a file for each.

Rules are read from --rules, --prometheus, or the sources of friday.yaml. A live Prometheus also tells which instances there
are. Nothing is touched; programs that are protected, and those of Friday, are never suggested. Where nothing is found, the
scenario has a gap that friday validate points at.

Exit status:
  0  told or written
  2  bad usage, or a file that cannot be read or written
  3  something could not be looked at; what was found is told`,
		Example: "  friday suggest\n  friday suggest CheckoutDown > checkout-down.yaml\n  friday suggest --rules prometheus.yml --to scenarios",
		RunE:    func(cmd *cobra.Command, alerts []string) error { return a.suggest(cmd, alerts, f) },
	}
	cmd.Flags().StringArrayVar(&f.files, "rules", nil, "a prometheus.yml or a `file` of rules; may be repeated")
	f.rules.flags(cmd)
	cmd.Flags().Var(&f.maxAge, "max-age", "a proof that is older than this proves nothing any more")
	cmd.Flags().StringVar(&f.dir, "to", "", "write a file for each alert into this `folder`; one that is there is left as it is")
	cmd.Flags().BoolVar(&f.all, "all", false, "also alerts that are proven")
	return cmd
}

func (a *app) suggest(cmd *cobra.Command, alerts []string, f suggestFlags) error {
	ctx, cancel := context.WithTimeout(cmd.Context(), coverageWithin)
	defer cancel()
	found, err := a.gatherRules(ctx, f.files, f.rules)
	if err != nil {
		return err
	}
	rules, err := a.unproven(ctx, found, alerts, f)
	for _, why := range found.unseen {
		fmt.Fprintln(cmd.ErrOrStderr(), "friday: could not look: "+show.OneLine(why))
	}
	if err != nil {
		return err
	}
	conf, err := a.config()
	if err != nil {
		return err
	}
	m := newMachine(ctx, conf)
	called := map[string]int{}
	for _, r := range different(found.alerting()) {
		called[r.Name]++
	}
	rules = different(rules)
	var drafts []suggest.Draft
	series := seriesOfAll(ctx, rules)
	for i, r := range rules {
		d := m.draft(ctx, r, series[i], called[r.Name] > 1)
		d.Source = pageSource(conf)
		drafts = append(drafts, d)
	}
	switch {
	case f.dir != "":
		err = a.writeDrafts(cmd, f.dir, drafts)
	case len(alerts) > 0 && len(drafts) == 1:
		err = a.printDraft(cmd, drafts[0])
	case len(alerts) > 0:
		err = usage(errors.New("one scenario stands in a file: say --to FOLDER for several"))
	default:
		a.listDrafts(cmd, drafts)
	}
	if err == nil && len(found.unseen) > 0 {
		return &exitError{code: exitCannotTell}
	}
	return err
}

// different are the rules without those that make an alert which one before them makes, as pairs of servers have them.
func different(rules []loadedRule) []loadedRule {
	known := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(rules), func(r loadedRule) bool {
		alert := r.covered().Alert()
		twice := known[alert]
		known[alert] = true
		return twice
	})
}

// unproven are the rules to draft for: those that are named, or else all that are not proven.
func (a *app) unproven(ctx context.Context, found *ruleSet, alerts []string, f suggestFlags) ([]loadedRule, error) {
	all := found.alerting()
	if len(alerts) > 0 {
		rules, err := rulesNamed(all, alerts)
		if err != nil && len(found.unseen) > 0 {
			return nil, &exitError{exitCannotTell, err} // it may be where nobody could look
		}
		return rules, usage(err)
	}
	report, err := a.covered(ctx, found, f.coverageFlags, time.Now())
	if err != nil {
		return nil, err
	}
	found.unseen = report.Unseen
	var rules []loadedRule
	for _, row := range report.Rules {
		if f.all || row.State != coverage.Proven && row.State != coverage.Untestable {
			rules = append(rules, all[row.Index])
		}
	}
	return rules, nil
}

// rulesNamed are the rules of these names. A name that none has is an error.
func rulesNamed(all []loadedRule, alerts []string) (rules []loadedRule, err error) {
	var names []string
	for _, r := range all {
		names = append(names, r.Name)
		if slices.Contains(alerts, r.Name) {
			rules = append(rules, r)
		}
	}
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	var bad []error
	for _, name := range alerts {
		if !slices.Contains(names, name) {
			hint := cmp.Or(diag.DidYouMean(name, names), "friday coverage lists them")
			bad = append(bad, fmt.Errorf("no alert rule is called %q; %s", name, show.OneLine(hint)))
		}
	}
	return rules, errors.Join(bad...)
}

// pageSource is the source that a page is expected at: the nearest to a person that is configured.
func pageSource(conf *scenarios.Config) string {
	order := []string{"pagerduty", "icinga2", "monit", "mail", "webhook", "http", "alertmanager", "prometheus"}
	best, rank := "", len(order)
	for _, name := range slices.Sorted(maps.Keys(conf.Sources)) {
		if i := slices.Index(order, conf.Sources[name].Kind); i >= 0 && i < rank {
			best, rank = name, i
		}
	}
	return best
}

func (a *app) printDraft(cmd *cobra.Command, d suggest.Draft) error {
	text, err := d.Scenario()
	if err != nil {
		return err
	}
	if len(d.Targets) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "friday: nothing was found that "+show.OneLine(d.Rule.Name)+" may look at: say in the file what to break")
	}
	return a.emit(cmd, "", text)
}

// writeDrafts writes a file for each draft. One that is there already is somebody's work.
func (a *app) writeDrafts(cmd *cobra.Command, dir string, drafts []suggest.Draft) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return usage(fmt.Errorf("cannot make the folder: %w", err))
	}
	taken := map[string]bool{}
	for _, d := range drafts {
		d.Name = d.Slug()
		for n := 2; taken[d.Name]; n++ {
			d.Name = fmt.Sprintf("%s-%d", d.Slug(), n)
		}
		taken[d.Name] = true
		text, err := d.Scenario()
		if err != nil {
			return err
		}
		path := filepath.Join(dir, d.Name+".yaml")
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			a.println(cmd, path+": is there already, and was left as it is")
			continue
		}
		if err := a.emitFor(cmd, path, text, 0o644); err != nil {
			return err
		}
		said := "to be filled in: nothing was found to break"
		if len(d.Targets) > 0 {
			said = "breaks " + targetWords(d.Targets[0])
		}
		a.println(cmd, path+": "+show.OneLine(d.Rule.Name)+", "+said)
	}
	return nil
}

func targetWords(t suggest.Target) string {
	if t.Container {
		return "container " + show.OneLine(t.Name)
	}
	return "process " + show.OneLine(t.Name)
}

func (a *app) listDrafts(cmd *cobra.Command, drafts []suggest.Draft) {
	if len(drafts) == 0 {
		a.println(cmd, "every alert rule is proven: there is nothing to suggest")
		return
	}
	var s show.Sheet
	var rows [][]string
	for _, d := range drafts {
		target, why := "–", "nothing was found on this machine that it may look at"
		if len(d.Targets) > 0 {
			target, why = targetWords(d.Targets[0]), d.Targets[0].Why(d.Hints)
		}
		rows = append(rows, []string{d.Rule.Name, target, why})
	}
	s.Table([]string{"ALERT", "WOULD BREAK", "BECAUSE"}, rows)
	a.println(cmd, strings.TrimRight(s.String(), "\n")+"\n\nfriday suggest ALERT prints a scenario; --to FOLDER writes all")
}
