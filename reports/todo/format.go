package todo

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/failurefriday/friday/reports/show"
)

// View is a list as it is shown.
type View struct {
	Items  []Item
	Now    time.Time // from which ages count
	Hidden int       // findings that are left out because they are closed
	Runs   int       // so many runs were read
	Unread []string  // what could not be read, a sentence each: what it would have added is not known
}

// Format is one way to write a list. It returns what w returns; the same view gives the same bytes.
type Format struct {
	Name, Summary string
	Render        func(w io.Writer, v View) error
}

// Formats lists all formats, the one for people at a terminal first.
func Formats() []Format {
	return []Format{
		{"text", "for people at a terminal", Text(false)},
		{"markdown", "a list with boxes to tick, for tickets and chat", Markdown},
		{"html", "one self-contained page", HTML},
		{"json", "every finding with all its fields", JSON},
		{"csv", "a line a finding, for spreadsheets", CSV},
	}
}

// Text writes the list for people, with the colours of a terminal if it is one.
func Text(color bool) func(io.Writer, View) error {
	return func(w io.Writer, v View) error {
		s := &show.Sheet{Color: color}
		for _, i := range v.Items {
			textItem(s, v.Now, i)
		}
		for _, why := range v.Unread {
			s.Lead(0, "could not look", show.Yellow, why)
		}
		s.Line(0, "", v.sum())
		_, err := io.WriteString(w, s.String())
		return err
	}
}

// paints are the colours of the states.
func paintOf(s State) show.Paint {
	switch s {
	case Regressed:
		return show.Red
	case Closed:
		return show.Dim
	case Open:
		return show.Yellow
	default:
		return show.Plain
	}
}

const textIndent = 4

func textItem(s *show.Sheet, now time.Time, i Item) {
	s.Line(0, s.Paint(show.Bold, i.ID)+"  "+s.Paint(paintOf(i.State), strings.ToUpper(string(i.State)))+"  ", strings.Join(i.head(now), " · "))
	if i.Reason != "" && i.Text != "" {
		s.Line(textIndent, s.Paint(show.Dim, "expected")+"  ", i.Text)
	}
	s.Line(textIndent, s.Paint(show.Dim, "found")+"     ", i.found())
	for _, one := range i.remarks() {
		s.Line(textIndent, s.Paint(show.Dim, one[0])+strings.Repeat(" ", max(1, 10-len(one[0]))), one[1])
	}
	s.WriteByte('\n')
}

// head is a finding in a few words: its verdict, what it is about, whose it is and since when.
func (i Item) head(now time.Time) []string {
	head := []string{i.Label(), i.Scenario}
	if i.Service != "" && i.Service != i.Scenario {
		head = append(head, i.Service)
	}
	if i.Control {
		head = append(head, "negative control")
	}
	owner := i.Owner
	if owner == "" {
		owner = Nobody
	}
	return append(head, owner, show.Age(now.Sub(i.First)), show.Count(i.Runs, "run"))
}

// found is what happened, with the kind of silent failure and the hop where they are known.
func (i Item) found() string {
	text := i.Sentence()
	switch {
	case i.Kind != "" && i.Hop != "":
		text += " (" + i.Kind + ", lost at: " + i.Hop + ")"
	case i.Kind != "":
		text += " (" + i.Kind + ")"
	case i.Hop != "":
		text += " (lost at: " + i.Hop + ")"
	}
	return text
}

// remarks are what else there is to say, each with its label.
func (i Item) remarks() [][2]string {
	var all [][2]string
	say := func(label, text string) {
		if text != "" {
			all = append(all, [2]string{label, text})
		}
	}
	say("now", i.present())
	if i.State != Closed {
		say("do", i.Advice)
	}
	say("note", i.Note)
	switch {
	case i.Closed.IsZero():
		say("reopened", i.Because)
	default:
		text := show.Day(i.Closed) + " by " + i.ClosedBy
		if i.Because != "" {
			text += ": " + i.Because
		}
		say("closed", text)
	}
	if n := len(i.Overturned); n > 0 {
		say("overruled", "the page had come, in "+show.Count(n, "run"))
	}
	return all
}

// present is what newer runs say, in words.
func (i Item) present() string {
	switch {
	case i.Gone:
		return "the scenario does not ask for it any more, so no run will tell: close it if that is right"
	case i.Passing && i.State != Closed:
		return "the newest run that could tell did not show it: close it if it is mended"
	case i.Now != 0 && i.Now != i.Verdict && !i.Passing:
		return "the newest run that could tell says " + i.Now.String()
	}
	return ""
}

// sum is the last line.
func (v View) sum() string {
	n := map[State]int{}
	for _, i := range v.Items {
		n[i.State]++
	}
	var parts []string
	for _, s := range []State{Regressed, Open, Closed} {
		if n[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[s], s))
		}
	}
	text := strings.Join(parts, ", ")
	switch {
	case text != "":
	case v.Runs == 0 && len(v.Unread) == 0:
		return "no runs yet, so nothing was found yet"
	default:
		text = "nothing to do"
	}
	if v.Hidden > 0 {
		text += fmt.Sprintf("; %d closed (--all shows them)", v.Hidden)
	}
	text += "; " + show.Count(v.Runs, "run") + " read"
	if len(v.Unread) > 0 {
		text += ", and not all could be read"
	}
	return text
}

// Markdown writes the list as boxes to tick.
func Markdown(w io.Writer, v View) error {
	var b strings.Builder
	b.WriteString("## To do\n\n")
	for _, i := range v.Items {
		box := " "
		if i.State == Closed {
			box = "x"
		}
		fmt.Fprintf(&b, "- [%s] **%s** %s · %s: %s\n", box, i.ID, i.State, show.MD(strings.Join(i.head(v.Now), " · ")), show.MD(i.found()))
		for _, one := range i.remarks() {
			fmt.Fprintf(&b, "  - %s: %s\n", one[0], show.MD(one[1]))
		}
	}
	if len(v.Items) > 0 {
		b.WriteByte('\n')
	}
	for _, why := range v.Unread {
		fmt.Fprintf(&b, "**Could not look:** %s\n\n", show.MD(why))
	}
	b.WriteString(show.MD(v.sum()) + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// JSON writes an object with the items, and what could not be read.
func JSON(w io.Writer, v View) error {
	v = show.Clean(v)
	if v.Items == nil {
		v.Items = []Item{}
	}
	if v.Unread == nil {
		v.Unread = []string{}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		At     time.Time `json:"at"`
		Items  []Item    `json:"items"`
		Hidden int       `json:"closed_not_shown"`
		Runs   int       `json:"runs"`
		Unread []string  `json:"could_not_look"`
	}{v.Now.UTC(), v.Items, v.Hidden, v.Runs, v.Unread})
}

// csvColumns are the columns of CSV.
func csvColumns() []string {
	return []string{
		"id", "state", "what", "verdict", "kind", "hop", "scenario", "service", "environment", "step", "owner", "first", "last",
		"last_run", "runs", "passing", "closed", "closed_by", "because", "expected", "found", "advice", "note",
	}
}

// CSV writes a line a finding under a header, as RFC 4180 says. What could not be read is not in it: the command tells.
func CSV(w io.Writer, v View) error {
	rows := [][]string{csvColumns()}
	for _, i := range v.Items {
		expected := i.Text
		if i.Reason == "" {
			expected = "" // it is what was found
		}
		rows = append(rows, []string{
			i.ID, string(i.State), string(i.What), i.Verdict.String(), i.Kind, i.Hop, i.Scenario, i.Service, i.Environment, i.Step, i.Owner,
			stamp(i.First), stamp(i.Last), i.LastRun, strconv.Itoa(i.Runs), strconv.FormatBool(i.Passing), stamp(i.Closed), i.ClosedBy,
			i.Because, expected, i.Sentence(), i.Advice, i.Note,
		})
	}
	return show.CSV(w, rows)
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
