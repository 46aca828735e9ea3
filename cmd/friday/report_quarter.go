package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
	_ "time/tzdata" // --zone works where the system knows no zones, as in a small container

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/reports/quarter"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/site"
	"github.com/failurefriday/friday/scenarios"
)

// quarterFlags are the flags of friday report that are for --for quarter alone.
type quarterFlags struct {
	since, until         moment
	service, environment string
	zone                 string
	maxAge               age
	declared             []string
}

// aQuarter is how long the report looks back if nobody says otherwise.
const aQuarter = 90 * 24 * time.Hour

// flags adds them to a command.
func (q *quarterFlags) flags(cmd *cobra.Command) {
	q.maxAge = age(aQuarter)
	cmd.Flags().Var(&q.since, "since", "quarter: runs that were started at or after this moment; an age or a day (90d before --until)")
	cmd.Flags().Var(&q.until, "until", "quarter: runs that were started before this moment (now)")
	cmd.Flags().StringVar(&q.service, "service", "", "quarter: only runs about this `service`")
	cmd.Flags().StringVar(&q.environment, "environment", "", "quarter: only runs in this `environment`")
	cmd.Flags().StringVar(&q.zone, "zone", "UTC", "quarter: the `zone` of days and off-hours, such as Europe/Berlin, or Local")
	cmd.Flags().Var(&q.maxAge, "max-age", "quarter: a PASS that is older than this proves nothing any more")
	cmd.Flags().StringArrayVar(&q.declared, "declared", nil, "quarter: a scenario `file`, or a folder of them, whose faults are to be tested: those that nobody ran are shown; may be repeated")
}

// names are those of the flags.
func (q *quarterFlags) names() []string {
	return []string{"since", "until", "service", "environment", "zone", "max-age", "declared"}
}

// given is an error if one of them is set although somebody else is to read the report.
func (q *quarterFlags) given(cmd *cobra.Command, reader string) error {
	i := slices.IndexFunc(q.names(), cmd.Flags().Changed)
	if reader == "quarter" || i < 0 {
		return nil
	}
	return usage(fmt.Errorf("--%s is for --for quarter", q.names()[i]))
}

// quarterReport tells all runs of a period to those who are responsible for reliability.
func (a *app) quarterReport(cmd *cobra.Command, runs []string, f reportFlags) error {
	i, err := quarterFormats().find(f.format)
	switch {
	case err != nil:
		return err
	case len(runs) > 0:
		return usage(errors.New("--for quarter tells all runs of a period: name none, and use --since, --until, --service or --environment"))
	case len(f.notify) > 0:
		return usage(errors.New("--notify tells single runs: it does not go with --for quarter"))
	}
	known, err := a.findings(cmd)
	if err != nil {
		return err
	}
	o, err := a.quarterOptions(f.quarter, known, time.Now())
	if err != nil {
		return err
	}
	render := quarter.Formats()[i].Render
	if _, tty := terminal(cmd.OutOrStdout()); tty && f.format == "text" && f.out == "" {
		render = quarter.Text(true)
	}
	var text bytes.Buffer
	if err := render(&text, quarter.Of(known.runs, o)); err != nil {
		return err
	}
	if f.format == "csv" {
		known.warn(cmd) // all others say it themselves
	}
	return a.emit(cmd, f.out, text.Bytes())
}

// quarterOptions are what the flags ask for.
func (a *app) quarterOptions(q quarterFlags, k known, now time.Time) (quarter.Options, error) {
	zone, err := time.LoadLocation(q.zone)
	if err != nil {
		return quarter.Options{}, usage(fmt.Errorf("--zone %s: %w; want a name such as Europe/Berlin, UTC or Local", q.zone, err))
	}
	o := quarter.Options{
		Since: q.since.at, Until: q.until.at, Now: now, Zone: zone, MaxAge: time.Duration(q.maxAge), Service: q.service,
		Environment: q.environment, Items: k.items, Unread: k.unseen(),
	}
	if o.Until.IsZero() {
		o.Until = now
	}
	if o.Since.IsZero() {
		o.Since = o.Until.Add(-aQuarter)
	}
	if !o.Since.Before(o.Until) {
		return o, usage(fmt.Errorf("--since %s is not before --until %s: there is no time between them", show.Date(o.Since), show.Date(o.Until)))
	}
	o.Declared, err = a.declaredCells(q)
	return o, err
}

// declaredCells are the faults that scenario files would make.
func (a *app) declaredCells(q quarterFlags) ([]metrics.Cell, error) {
	var cells []metrics.Cell
	for _, name := range q.declared {
		files := []string{name}
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			if files, err = scenarioFiles(name); err != nil {
				return nil, usage(err)
			}
		}
		for _, file := range files {
			sc, err := a.loadScenario(file, nil, nil)
			if err != nil {
				return nil, err
			}
			if q.environment != "" && sc.Environment != "" && sc.Environment != q.environment {
				continue
			}
			cells = append(cells, cellsOf(sc)...)
		}
	}
	return cells, nil
}

// cellsOf are the faults of a scenario for which somebody is to be paged.
func cellsOf(sc *scenarios.Scenario) []metrics.Cell {
	var cells []metrics.Cell
	for _, s := range sc.Steps {
		if !slices.ContainsFunc(s.Expect, func(e scenarios.Expect) bool { return e.Fires != nil }) {
			continue
		}
		var step digest.Step
		for _, x := range s.Attacks {
			step.Faults = append(step.Faults, digest.Fault{Kind: x.Kind})
		}
		cells = append(cells, metrics.Cell{Service: sc.Service, Class: step.Class()})
	}
	return cells
}

// scenarioFiles are the YAML files of a folder. A folder without any is a mistake.
func scenarioFiles(dir string) ([]string, error) {
	var all []string
	for _, ending := range []string{"*.yaml", "*.yml"} {
		found, err := filepath.Glob(filepath.Join(dir, ending))
		if err != nil {
			return nil, fmt.Errorf("--declared %s: %w", dir, err)
		}
		all = append(all, found...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("--declared %s: there is no scenario file (*.yaml) in it", dir)
	}
	slices.Sort(all)
	return all, nil
}

// quarterFront is the front page of a site: the quarter up to now.
func (a *app) quarterFront(cmd *cobra.Command, now time.Time) func(io.Writer, []show.Link) error {
	return func(w io.Writer, nav []show.Link) error {
		known, err := a.findings(cmd)
		if err != nil {
			return err
		}
		o, err := a.quarterOptions(quarterFlags{zone: "UTC", maxAge: age(aQuarter)}, known, now)
		if err != nil {
			return err
		}
		return quarter.HTMLIn(nav, site.FileOf)(w, quarter.Of(known.runs, o))
	}
}

func quarterFormats() formats {
	return formatsOf(quarter.Formats(), func(f quarter.Format) (string, string) { return f.Name, f.Summary })
}
