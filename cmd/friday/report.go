package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify/judge"
)

// reportFlags are the flags of friday report. Each reader takes those that concern it.
type reportFlags struct {
	reader, format, out string
	to                  string // ci: the folder for all formats
	notify              []string
	quarter             quarterFlags
}

// reader is somebody for whom runs are told.
type reader struct {
	name, summary string
	formats       func() formats // the first one is what they get if they ask for none
	report        func(a *app, cmd *cobra.Command, runs []string, f reportFlags) error
}

// readers lists all of them.
func readers() []reader {
	return []reader{
		{"oncall", "the engineer on call, right after: what is restored, what was silent and why, what to do", onCallFormats, (*app).onCallReport},
		{"ci", "the pipeline: what fails the job, and what changed since the last green run", ciFormats, (*app).ciReport},
		{"quarter", "those responsible for reliability: how much is paged in time, what is silent, what nobody tried", quarterFormats, (*app).quarterReport},
	}
}

func (a *app) reportCommand() *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:   "report [RUN...]",
		Short: "Tell stored runs to the engineer, the pipeline or the quarter's review",
		Long: `Report renders one or more stored runs. RUN is the id of a run, a part of it from its beginning that no other run has,
latest, or the path of a run's folder or of a record.json from elsewhere. No system is asked: everything comes from the
records of the runs.

Readers:
` + readerList() + `

Formats for oncall:
` + onCallFormats().list() + `

Formats for ci:
` + ciFormats().list() + `

Formats for quarter, which takes no RUN:
` + quarterFormats().list(),
		Example: "  friday report latest\n  friday report 20261122-1015 --format html -o report.html\n  friday report latest --for ci --to friday-report\n  friday report --for quarter --since 90d --zone Europe/Berlin --format html -o quarter.html",
		RunE: func(cmd *cobra.Command, runs []string) error {
			i := slices.IndexFunc(readers(), func(r reader) bool { return r.name == f.reader })
			if i < 0 {
				return usage(fmt.Errorf("--for %s: nobody reads that; want one of\n%s", f.reader, readerList()))
			}
			r := readers()[i]
			if f.format == "" {
				f.format = r.formats()[0][0]
			}
			if _, err := r.formats().find(f.format); err != nil {
				return fmt.Errorf("--for %s: %w", r.name, err)
			}
			if f.to != "" && r.name != "ci" {
				return usage(fmt.Errorf("--to is for --for ci: to write one format into a file, use --output"))
			}
			if err := f.quarter.given(cmd, r.name); err != nil {
				return err
			}
			return r.report(a, cmd, runs, f)
		},
	}
	cmd.Flags().StringVar(&f.reader, "for", "oncall", "who reads it: oncall, ci or quarter")
	cmd.Flags().StringVarP(&f.format, "format", "f", "", "how; which there are depends on the reader (the first one listed)")
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "write to this `file` instead of standard output")
	cmd.Flags().StringVar(&f.to, "to", "", "ci: write all formats that have a file into this `folder`")
	notifyFlag(cmd, &f.notify)
	f.quarter.flags(cmd)
	return cmd
}

func readerList() string {
	var lines []string
	for _, r := range readers() {
		lines = append(lines, fmt.Sprintf("  %-8s %s", r.name, r.summary))
	}
	return strings.Join(lines, "\n")
}

// onCallReport tells the runs that are named to the engineer on call.
func (a *app) onCallReport(cmd *cobra.Command, runs []string, f reportFlags) error {
	records, err := a.recordsOf(cmd, runs)
	if err != nil {
		return err
	}
	told, err := a.told(f.notify)
	if err != nil {
		return err
	}
	if err := a.render(cmd, f.format, f.out, records); err != nil {
		return err
	}
	return told.tellOf(cmd, records)
}

// recordsOf loads the runs that are named; none is a mistake.
func (a *app) recordsOf(cmd *cobra.Command, runs []string) ([]judge.Record, error) {
	if err := oneOrMore("run")(cmd, runs); err != nil {
		return nil, err
	}
	_, state, err := a.configured()
	if err != nil {
		return nil, err
	}
	var records []judge.Record
	for _, run := range runs {
		r, err := a.store(state).Load(run)
		if err != nil {
			return nil, usage(err)
		}
		records = append(records, r)
	}
	return records, nil
}

// render writes records in a format to a file or to standard output.
func (a *app) render(cmd *cobra.Command, format, out string, records []judge.Record) error {
	i, err := onCallFormats().find(format)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := reports.Formats()[i].Render(&text, records, a.knownFindings(cmd)...); err != nil {
		return err
	}
	return a.emit(cmd, out, text.Bytes())
}

// knownFindings are those of all runs. Without them a report tells less, and it says so.
func (a *app) knownFindings(cmd *cobra.Command) []todo.Item {
	k, err := a.findings(cmd)
	if err != nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "friday: what became of the findings is not known: "+message(err))
		return nil
	}
	return k.items
}

func onCallFormats() formats {
	return formatsOf(reports.Formats(), func(f reports.Format) (string, string) { return f.Name, f.Summary })
}
