package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/reports/ci"
	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/verify/judge"
)

// ciReport tells the runs that are named to a pipeline, each compared with the last green run before it.
func (a *app) ciReport(cmd *cobra.Command, runs []string, f reportFlags) error {
	i, err := ciFormats().find(f.format)
	switch {
	case err != nil:
		return err
	case f.to != "" && f.out != "":
		return usage(errors.New("--to writes all formats into a folder, --output one into a file: give one of them"))
	case f.to != "" && cmd.Flags().Changed("format"):
		return usage(errors.New("--to writes all formats that have a file: leave out --format"))
	}
	report, err := a.ciReportOf(cmd, runs)
	if err != nil {
		return err
	}
	told, err := a.told(f.notify)
	if err != nil {
		return err
	}
	if f.to != "" {
		err = a.writeAll(cmd, f.to, report)
	} else {
		err = a.writeOne(cmd, ci.Formats()[i], f.out, report)
	}
	if err != nil {
		return err
	}
	return told.tellOf(cmd, report.Records())
}

func (a *app) writeOne(cmd *cobra.Command, format ci.Format, out string, report ci.Report) error {
	var text bytes.Buffer
	if err := format.Render(&text, report); err != nil {
		return err
	}
	if err := a.emit(cmd, out, text.Bytes()); err != nil {
		return err
	}
	if summary := a.getenv("GITHUB_STEP_SUMMARY"); format.Name == "github" && summary != "" {
		return a.appendSummary(cmd, summary, report)
	}
	return nil
}

// writeAll writes every format that has a file into a folder, which is made if it is not there. The files are for the
// pipeline, which may run as somebody else.
func (a *app) writeAll(cmd *cobra.Command, dir string, report ci.Report) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return usage(fmt.Errorf("cannot make the folder for the reports: %w", err))
	}
	for _, format := range ci.Formats() {
		if format.File == "" {
			continue
		}
		var text bytes.Buffer
		if err := format.Render(&text, report); err != nil {
			return err
		}
		if err := a.emitFor(cmd, filepath.Join(dir, format.File), text.Bytes(), forPipelines); err != nil {
			return err
		}
	}
	return nil
}

const forPipelines os.FileMode = 0o644

// appendSummary adds the job summary to what other commands of the step have written. Together they must not be longer than
// GitHub takes, or it shows none of them: where not even the count fits, nothing is added, and that is said.
func (a *app) appendSummary(cmd *cobra.Command, file string, report ci.Report) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return usage(fmt.Errorf("cannot write the job summary, which GITHUB_STEP_SUMMARY names: %w", err))
	}
	there := 0
	if info, err := f.Stat(); err == nil {
		there = int(min(info.Size(), ci.MaxSummary))
	}
	var text bytes.Buffer
	if there > 0 {
		text.WriteByte('\n') // what is there may not end its last line
	}
	if err := ci.Summary(ci.MaxSummary-there-text.Len())(&text, report); err != nil {
		return errors.Join(err, f.Close())
	}
	clean := a.scrub.CleanBytes(text.Bytes())
	if there+len(clean) > ci.MaxSummary {
		fmt.Fprintln(cmd.ErrOrStderr(), "friday: the job summary is left out: what other commands wrote leaves no room for it")
		return f.Close()
	}
	_, err = f.Write(clean)
	if err := errors.Join(err, f.Close()); err != nil {
		return usage(fmt.Errorf("cannot write the job summary: %w", err))
	}
	return nil
}

// ciReportOf loads the runs and compares each with the last green run before it. A run that is named twice is told once, or
// the counts would be wrong.
func (a *app) ciReportOf(cmd *cobra.Command, runs []string) (ci.Report, error) {
	records, err := a.recordsOf(cmd, runs)
	if err != nil {
		return ci.Report{}, err
	}
	report := ci.Report{}
	if report.Dir, err = os.Getwd(); err != nil {
		return ci.Report{}, fmt.Errorf("cannot tell the current folder: %w", err)
	}
	report.Root = a.repository(report.Dir)
	for i, r := range records {
		if slices.ContainsFunc(records[:i], func(earlier judge.Record) bool { return earlier.Run.ID == r.Run.ID }) {
			continue
		}
		now := digest.Of(r)
		past, err := a.past(cmd, now)
		if err != nil {
			return ci.Report{}, err
		}
		diff, err := a.sinceGreen(cmd, now, past)
		if err != nil {
			return ci.Report{}, err
		}
		report.Runs = append(report.Runs, ci.Run{Record: r, Diff: &diff})
	}
	return report, nil
}

// repository is the top of the repository, as the pipeline names it; else the current folder.
func (a *app) repository(here string) string {
	for _, name := range []string{"GITHUB_WORKSPACE", "CI_PROJECT_DIR"} {
		if dir := a.getenv(name); filepath.IsAbs(dir) {
			return filepath.Clean(dir)
		}
	}
	return here
}

func ciFormats() formats {
	return formatsOf(ci.Formats(), func(f ci.Format) (string, string) { return f.Name, f.Summary })
}
