package quarter

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/reports/show"
)

// Format is one way to show the report.
type Format struct {
	Name, Ext, Summary string
	Render             func(io.Writer, Report) error
}

// Formats lists all of them, the one for people at a terminal first.
func Formats() []Format {
	return []Format{
		{"text", ".txt", "for terminals", Text(false)},
		{"html", ".html", "one self-contained page with pictures, for a browser or for print", HTML},
		{"markdown", ".md", "for wikis and tickets", Markdown},
		{"json", ".json", "all numbers, for programs", JSON},
		{"csv", ".csv", "one row a fault, for spreadsheets", CSV},
	}
}

// JSON writes the report as one object. What is +∞ has null seconds and never set.
func JSON(w io.Writer, r Report) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(show.Clean(r))
}

// columns are the columns of CSV. Lengths are in seconds; empty is not known, inf is what never came.
func columns() []string {
	return []string{
		"run", "scenario", "title", "service", "environment", "owner", "definition", "step", "class", "at", "seen_in_force", "outcome", "counts",
		"pages", "within_s", "time_to_detect_s", "time_to_notify_s", "time_to_acknowledge_s", "fault_to_acknowledge_s", "time_to_resolve_s",
		"margin_s", "recovery_s", "self_healed", "reset_s", "incidents", "matched", "unexpected", "notifications", "kind", "hop", "hops_seen", "reason",
	}
}

// CSV writes a line a fault under a header, as RFC 4180 says, also of those that do not count. Of a fault with several
// pages, the deadline, the acknowledgement, the resolution and what follows from them are those of the page that made its
// outcome.
func CSV(w io.Writer, r Report) error {
	out := csv.NewWriter(w)
	if err := out.Write(columns()); err != nil {
		return err
	}
	for _, f := range r.faults {
		if err := out.Write(cells(f)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func cells(f metrics.Fault) []string {
	p, within, hop := lead(f), "", ""
	if p.Within > 0 {
		within = number(p.Within.Duration())
	}
	if p.Broken != nil {
		hop = p.Broken.String()
	}
	row := []string{f.Run, f.Scenario, f.Title, f.Service, f.Environment, f.Owner, f.Definition, f.Step, f.Class}
	for i := range row {
		row[i] = show.Cell(row[i]) // the others are ours, and a negative number is no formula
	}
	return append(row,
		f.At.UTC().Format(time.RFC3339Nano),
		strconv.FormatBool(!f.Estimated), f.Outcome.String(), strconv.FormatBool(f.Valid()), strconv.Itoa(len(f.Pages)), within,
		took(f.Detect), took(f.Notify), took(p.Ack), took(f.FaultToAck), took(p.Resolve), took(p.Margin), took(f.Recovery),
		strconv.FormatBool(f.SelfHealed), took(p.Reset), strconv.Itoa(f.Opened), strconv.Itoa(f.Matched), strconv.Itoa(f.Unexpected),
		strconv.Itoa(len(f.Notified)), show.Cell(p.Kind), hop, strconv.Itoa(p.HopsSeen), show.Cell(p.Reason),
	)
}

func took(t metrics.Took) string {
	switch t.Known {
	case metrics.Exactly:
		return number(t.For)
	case metrics.Never:
		return "inf"
	case metrics.Unseen:
	}
	return ""
}

func number(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }
