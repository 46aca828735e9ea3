package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// Run is one line of the list of runs.
type Run struct {
	ID       string         `json:"id"`
	Scenario string         `json:"scenario,omitempty"`
	Service  string         `json:"service,omitempty"`
	Verdict  judge.Verdict  `json:"verdict"`
	Restored bool           `json:"restored"`
	Started  time.Time      `json:"started,omitzero"`
	Finished time.Time      `json:"finished,omitzero"` // zero: the runner died, or is still at it
	Duration verify.Seconds `json:"duration_s,omitempty"`
	Error    string         `json:"error,omitempty"` // why the run cannot be read; the fields but ID are then zero
}

// List returns all runs, newest first. A run that cannot be read is listed with its Error and never left out; the error
// that is returned means that there is no list.
func (s Store) List() ([]Run, error) {
	ids, err := s.ids()
	if err != nil {
		return nil, err
	}
	runs := make([]Run, 0, len(ids))
	for _, id := range ids {
		runs = append(runs, s.summary(id))
	}
	return runs, nil
}

func (s Store) summary(id string) Run {
	r, err := s.read(filepath.Join(s.runs(), id))
	if err != nil {
		return Run{ID: id, Error: err.Error()}
	}
	run := Run{
		ID: id, Scenario: r.Run.Scenario, Service: r.Run.Service, Verdict: r.Verdict, Restored: r.Restored,
		Started: r.Started, Finished: r.Finished,
	}
	if !r.Finished.IsZero() {
		run.Duration = verify.Seconds(r.Finished.Sub(r.Started))
	}
	return run
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
			widths[i] = max(widths[i], ansi.StringWidth(cell))
		}
	}
	var b strings.Builder
	for i, row := range rows {
		line := ""
		for j, cell := range row {
			line += show.Padded(cell, widths[j]) + "  "
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
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
	cells := []string{r.Verdict.String(), r.Scenario, cmp.Or(r.Service, "–"), r.Started.UTC().Format("2006-01-02 15:04"), length, r.ID}
	for i := range cells {
		cells[i] = show.OneLine(cells[i])
	}
	return cells
}
