package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// Run is one line of the list of runs.
type Run struct {
	ID          string         `json:"id"`
	Scenario    string         `json:"scenario,omitempty"`
	Service     string         `json:"service,omitempty"`
	Environment string         `json:"environment,omitempty"`
	Control     bool           `json:"control,omitempty"` // negative control
	Verdict     judge.Verdict  `json:"verdict"`
	Restored    bool           `json:"restored"`
	Started     time.Time      `json:"started,omitzero"`
	Finished    time.Time      `json:"finished,omitzero"` // zero: the runner died, or is still at it
	Duration    verify.Seconds `json:"duration_s,omitempty"`
	GoesOn      bool           `json:"goes_on,omitempty"`
	Error       string         `json:"error,omitempty"` // why the run cannot be read; the fields but ID are then zero
}

// MarkGoing tells the run that goes on from one whose runner died, which the files alone do not: so far it has no verdict.
// Where only those are meant that did not pass, it is left out.
func MarkGoing(runs []Run, id string, f Filter) []Run {
	i := slices.IndexFunc(runs, func(r Run) bool { return r.ID == id && r.Finished.IsZero() })
	if i < 0 {
		return runs
	}
	if f.Failed {
		return slices.Delete(runs, i, i+1)
	}
	runs[i].GoesOn, runs[i].Verdict, runs[i].Error = true, judge.Unjudged, ""
	return runs
}

// List returns the runs that are meant, newest first. A run that cannot be read is listed with its Error, whatever the
// filter, and never left out; the error that is returned means that there is no list.
func (s Store) List(ctx context.Context, f Filter) ([]Run, error) {
	v, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	_ = v.close() // it was only read from
	runs := make([]Run, 0, len(v.entries))
	for _, e := range v.entries {
		if e.Error != "" || f.fits(e.Run) {
			runs = append(runs, e.lasting())
		}
	}
	return runs, nil
}

func (r Run) lasting() Run {
	if !r.Finished.IsZero() {
		r.Duration = verify.Seconds(r.Finished.Sub(r.Started))
	}
	return r
}

// Reindex makes the index anew and returns how many runs it holds, and those that cannot be read. The error says why there
// is none: everything works without, and takes longer.
func (s Store) Reindex(ctx context.Context) (n int, unread []Run, err error) {
	if err := removeIndex(s.index()); err != nil {
		return 0, nil, fmt.Errorf("cannot remove the old index: %w", err)
	}
	v, err := s.look(ctx)
	if err != nil {
		return 0, nil, err
	}
	if v.why != nil {
		return 0, nil, fmt.Errorf("cannot write the index %s: %w", s.index(), v.why)
	}
	for _, e := range v.entries {
		if e.Error != "" {
			unread = append(unread, e.Run)
		}
	}
	return len(v.entries) - len(unread), unread, v.close()
}

// RunsJSON writes the list as a JSON array; an empty list is an empty array.
func RunsJSON(w io.Writer, runs []Run) error {
	if runs == nil {
		runs = []Run{}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(runs)
}

// RunsText writes the list as a table for a terminal, safe whatever the names hold.
func RunsText(w io.Writer, runs []Run) error {
	if len(runs) == 0 {
		_, err := io.WriteString(w, "no runs yet\n")
		return err
	}
	rows := [][]string{{"VERDICT", "SCENARIO", "SERVICE", "STARTED", "TOOK", "RUN"}}
	for _, r := range runs {
		rows = append(rows, r.cells())
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], show.Width(cell))
		}
	}
	var b strings.Builder
	for i, row := range rows {
		for j, cell := range row {
			if j < len(row)-1 {
				cell = show.Padded(cell, widths[j]) + "  "
			}
			b.WriteString(cell)
		}
		b.WriteByte('\n')
		if i > 0 && runs[i-1].Error != "" {
			fmt.Fprintf(&b, "  %s\n", show.OneLine(runs[i-1].Error))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Run) cells() []string {
	if r.Error != "" {
		return []string{"UNREADABLE", "–", "–", "–", "–", show.OneLine(r.ID)}
	}
	length := "–"
	if !r.Finished.IsZero() {
		length = show.Span(r.Duration)
	}
	verdict, started := r.Verdict.String(), "–"
	if r.GoesOn {
		verdict = "GOES ON"
	}
	if !r.Started.IsZero() {
		started = r.Started.UTC().Format("2006-01-02 15:04")
	}
	cells := []string{verdict, cmp.Or(r.Scenario, "–"), cmp.Or(r.Service, "–"), started, length, r.ID}
	for i := range cells {
		cells[i] = show.OneLine(cells[i])
	}
	return cells
}
