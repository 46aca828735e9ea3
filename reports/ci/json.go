package ci

import (
	"encoding/json"
	"io"
	"time"

	"github.com/failurefriday/friday/reports/compare"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// schema is the version of the JSON. It grows when a field changes its meaning or goes; new fields do not change it.
const schema = 1

// The shape of the JSON. Times are UTC, lengths are in seconds.
type (
	results struct {
		Version int       `json:"version"`
		Counts  Counts    `json:"counts"`
		Runs    []runJSON `json:"runs"`
	}
	runJSON struct {
		Run          string            `json:"run"`
		Scenario     string            `json:"scenario"`
		Title        string            `json:"title,omitempty"`
		Service      string            `json:"service,omitempty"`
		Owner        string            `json:"owner,omitempty"`
		Environment  string            `json:"environment,omitempty"`
		File         string            `json:"file,omitempty"`
		Definition   string            `json:"definition"` // sha256 of the scenario after variables
		Friday       string            `json:"friday"`     // version
		Seed         uint64            `json:"seed"`
		Control      bool              `json:"control"`
		Started      time.Time         `json:"started"`
		Finished     time.Time         `json:"finished,omitzero"` // not there: the runner died
		Verdict      judge.Verdict     `json:"verdict"`
		Summary      string            `json:"summary"`
		Restored     bool              `json:"restored"`
		Aborted      *judge.Abort      `json:"aborted,omitempty"`
		Residue      []judge.Residue   `json:"residue"`
		Counts       Counts            `json:"counts"`
		Expectations []expectationJSON `json:"expectations"`
		Diff         *compare.Diff     `json:"diff"`              // since the last green run; null if there is none
		NoDiff       string            `json:"no_diff,omitempty"` // why it is null
		Notes        []string          `json:"notes,omitempty"`   // on what could not be compared
	}
	expectationJSON struct {
		ID           string          `json:"id"`
		Key          string          `json:"key"` // the same in all runs
		Step         string          `json:"step"`
		Text         string          `json:"text"`
		Line         int             `json:"line,omitempty"`
		Verdict      judge.Verdict   `json:"verdict"`
		Outcome      string          `json:"outcome"` // passed, failed or could_not_tell
		Reason       string          `json:"reason"`
		Advice       string          `json:"advice,omitempty"`
		Kind         string          `json:"kind,omitempty"`
		LostAt       string          `json:"lost_at,omitempty"`
		Within       verify.Seconds  `json:"within_s,omitempty"`
		TimeToDetect *verify.Seconds `json:"time_to_detect_s,omitempty"`
		Budget       *verify.Budget  `json:"budget,omitempty"`
	}
)

// JSON writes an object with a version, the counts, and every run with its expectations and its difference.
func JSON(w io.Writer, r Report) error {
	if len(r.Runs) == 0 {
		return errNoRun
	}
	out := results{Version: schema, Counts: r.counts(), Runs: []runJSON{}}
	for _, run := range r.Runs {
		out.Runs = append(out.Runs, run.json(r.path(run.Record)))
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(show.Clean(out))
}

func (r Run) json(file string) runJSON {
	rec := r.Record
	out := runJSON{
		Run: rec.Run.ID, Scenario: rec.Run.Scenario, Title: rec.Run.Title, Service: rec.Run.Service, Owner: rec.Run.Owner,
		Environment: rec.Run.Environment, File: file, Definition: rec.Run.Definition, Friday: rec.Run.Friday, Seed: rec.Run.Seed,
		Control: rec.Run.Control, Started: rec.Started.UTC(), Finished: rec.Finished, Verdict: rec.Verdict, Summary: rec.Summary,
		Restored: rec.Restored, Aborted: rec.Aborted, Residue: rec.Residue, Counts: r.counts(), Expectations: []expectationJSON{}, Diff: r.Diff,
	}
	if out.Residue == nil {
		out.Residue = []judge.Residue{}
	}
	if r.Diff == nil || r.Diff.Before == nil {
		out.Diff, out.NoDiff = nil, compare.NoGreen
		if r.Diff != nil {
			out.Notes = r.Diff.Notes
		}
	}
	for _, p := range r.points() {
		if x := p.result; x != nil {
			out.Expectations = append(out.Expectations, expectationJSON{
				ID: x.ID, Key: p.key, Step: p.step, Text: x.Text, Line: x.Line, Verdict: x.Verdict, Outcome: outcome(x.Verdict), Reason: x.Reason,
				Advice: p.advice, Kind: x.Kind, LostAt: p.lostHop, Within: x.Within, TimeToDetect: x.TimeToDetect, Budget: x.Budget,
			})
		}
	}
	return out
}

func outcome(v judge.Verdict) string {
	switch v.Class() {
	case judge.Passed:
		return "passed"
	case judge.Failed:
		return "failed"
	default:
		return "could_not_tell"
	}
}
