package coverage

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// Format is one way to write a report. It returns what w returns; the same report gives the same bytes.
type Format struct {
	Name, Summary string
	Render        func(w io.Writer, r Report) error
}

// Formats lists all formats, the one for people at a terminal first.
func Formats() []Format {
	return []Format{
		{"text", "for people at a terminal", Text(false)},
		{"markdown", "tables, for tickets and job summaries", Markdown},
		{"html", "one self-contained page", HTML},
		{"json", "every row with all its fields", JSON},
		{"csv", "a line a rule or service, for spreadsheets", CSV},
	}
}

// table is the rows of a kind under their heading.
type table struct {
	Title, What string
	Rows        []Row
	Sum         Sum
}

func (r Report) tables() []table {
	all := []table{{"Alert rules", "rule", r.Rules, r.OfRules}}
	if len(r.Services) > 0 {
		all = append(all, table{"Services of the pager", "service", r.Services, r.OfServices})
	}
	return all
}

// Sentence is the coverage of a table in one sentence.
func (t table) Sentence() string {
	if t.Sum.Counted == 0 {
		return "there is no " + t.What + " to prove"
	}
	text := fmt.Sprintf("%d of %s proven (%s), mean freshness %s", t.Sum.Proven, show.Count(t.Sum.Counted, t.What), t.Sum.Percent(), show.Percent(t.Sum.Fresh))
	if t.Sum.Untestable > 0 {
		text += fmt.Sprintf("; %d untestable not counted", t.Sum.Untestable)
	}
	return text
}

// Meaning says what the words of the report mean.
func (r Report) Meaning() string {
	return fmt.Sprintf("Proven: a run broke something, this page came in time, and it went again by itself after the fault; both within the last %s. "+
		"Freshness falls linearly from 100%% on the day of the proof to 0%% after %s; what is not proven has none. "+
		"The share counts rules that are loaded and testable; recording rules, negative controls and runs that could not tell count for nothing.", show.Age(r.MaxAge), show.Age(r.MaxAge))
}

// age of a proof, for people.
func (r Report) age(p *Proof) string {
	if p == nil {
		return "–"
	}
	if past := r.Now.Sub(p.At); past >= time.Hour {
		return show.Age(past) + " ago"
	}
	return "just now"
}

// last is the run to look at: the proof of a proven row, or the last one that tried.
func (row Row) last() string {
	if row.Tried == nil {
		return ""
	}
	return row.Tried.Run
}

// word is the state, with the verdict where that says more.
func (row Row) word() string {
	if row.State == Failed && row.Verdict != judge.Unjudged || row.State == Half && row.Verdict.Class() == judge.Failed {
		return string(row.State) + ": " + row.Verdict.String()
	}
	return string(row.State)
}

// Sign is the state as one character, so that colour is never alone in telling it.
func (row Row) Sign() string {
	return map[State]string{Never: "·", Failed: "✗", Rotten: "⌛", Half: "◐", Proven: "✓", Untestable: "–"}[row.State]
}

func (r Report) cells(row Row) []string {
	fresh := ""
	if row.State == Proven {
		fresh = show.Percent(row.Freshness)
	}
	return []string{row.word(), row.Name + row.Labels, row.Where, r.age(row.Fired), r.age(row.Resolved), fresh, row.last(), row.Note}
}

func columns() []string {
	return []string{"state", "name", "where", "fired", "resolved", "fresh", "last run", "note"}
}

// Text writes the report for people, with the colours of a terminal if it is one.
func Text(color bool) func(io.Writer, Report) error {
	return func(w io.Writer, r Report) error {
		s := &show.Sheet{Color: color}
		for i, t := range r.tables() {
			if i > 0 {
				s.WriteByte('\n')
			}
			s.Lead(0, t.Title, show.Bold, t.Sentence())
			width := 0
			for _, row := range t.Rows {
				width = max(width, show.Width(row.Sign()+" "+row.word()))
			}
			for _, row := range t.Rows {
				r.textRow(s, width, row)
			}
		}
		if r.Runs == 0 {
			s.Line(0, "", "there is no run to look at; friday runs lists those that are stored, and their environments")
		}
		for _, why := range r.Unseen {
			s.Lead(0, "could not look", show.Yellow, why)
		}
		_, err := io.WriteString(w, s.String())
		return err
	}
}

// textRow writes a row as an entry: a table of names, places and runs is wider than any terminal.
func (r Report) textRow(s *show.Sheet, width int, row Row) {
	text := row.Name + row.Labels
	if row.Where != "" {
		text += " · " + row.Where
	}
	if row.Note != "" {
		text += ": " + row.Note
	}
	s.Line(0, s.Paint(paintOf(row.State), show.Padded(row.Sign()+" "+row.word(), width))+"  ", text)
	if more := strings.Join(slices.DeleteFunc([]string{r.proof(row), row.last()}, func(s string) bool { return s == "" }), " · "); more != "" {
		s.Line(width+2, "", more)
	}
}

func paintOf(s State) show.Paint {
	switch s {
	case Failed:
		return show.Red
	case Proven:
		return show.Green
	case Untestable:
		return show.Dim
	default:
		return show.Yellow
	}
}

// Markdown writes a table of each kind.
func Markdown(w io.Writer, r Report) error {
	var b strings.Builder
	for _, t := range r.tables() {
		fmt.Fprintf(&b, "## %s\n\n%s\n\n", t.Title, show.MD(t.Sentence()))
		var rows [][]string
		for _, row := range t.Rows {
			cells := r.cells(row)
			for i := range cells {
				cells[i] = show.MD(cells[i])
			}
			cells[0] = row.Sign() + " " + cells[0]
			rows = append(rows, cells)
		}
		if len(rows) > 0 {
			show.MDTable(&b, columns(), rows)
		}
	}
	for _, why := range r.Unseen {
		fmt.Fprintf(&b, "**Could not look:** %s\n\n", show.MD(why))
	}
	b.WriteString(show.MD(r.Meaning()) + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// JSON writes the report as an object.
func JSON(w io.Writer, r Report) error {
	r = show.Clean(r)
	if r.Rules == nil {
		r.Rules = []Row{}
	}
	if r.Services == nil {
		r.Services = []Row{}
	}
	if r.Unseen == nil {
		r.Unseen = []string{}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Version int     `json:"version"`
		MaxAge  float64 `json:"max_age_s"`
		Report
	}{1, r.MaxAge.Seconds(), r})
}

// CSV writes a line a rule or service under a header, as RFC 4180 says. What could not be looked at is not in it: the
// command tells.
func CSV(w io.Writer, r Report) error {
	rows := [][]string{{"kind", "name", "labels", "where", "state", "verdict", "fired", "resolved", "freshness", "last_run", "note"}}
	for _, t := range r.tables() {
		for _, row := range t.Rows {
			verdict := ""
			if row.Tried != nil {
				verdict = row.Verdict.String()
			}
			rows = append(rows, []string{
				t.What, row.Name, row.Labels, row.Where, string(row.State), verdict, stamp(row.Fired), stamp(row.Resolved),
				strconv.FormatFloat(row.Freshness, 'f', 3, 64), row.last(), row.Note,
			})
		}
	}
	return show.CSV(w, rows)
}

func stamp(p *Proof) string {
	if p == nil {
		return ""
	}
	return p.At.UTC().Format(time.RFC3339)
}

// Width of a share on a meter of 400.
func (table) Width(share float64) string { return show.Px(400 * share) }
