package show

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Columns is the widest line of a text report.
const Columns = 100

// Paint is a colour of the terminal, as the parameter of its escape sequence.
type Paint string

// The paints of text reports.
const (
	Plain  Paint = ""
	Bold   Paint = "1"
	Dim    Paint = "2"
	Red    Paint = "1;31"
	Green  Paint = "32"
	Yellow Paint = "33"
)

// Sheet is a text page, at most Columns wide, that wraps what is put on it, and in which no runner of pipelines finds an
// order, wherever a line breaks. The zero Sheet is empty and has no colour.
type Sheet struct {
	strings.Builder
	Color bool
}

// Paint is text in a colour, where the sheet has colours.
func (s *Sheet) Paint(p Paint, text string) string {
	if !s.Color || p == Plain || text == "" {
		return text
	}
	return "\x1b[" + string(p) + "m" + text + "\x1b[0m"
}

// Line writes text after a lead (a bullet, a label), both on one line; what does not fit goes on below, under the
// beginning of the text. The text may be from outside; the lead is ours: short, and never from outside as it is.
func (s *Sheet) Line(indent int, lead, text string) { s.Colored(indent, lead, Plain, text) }

// Colored is Line with the text in a colour.
func (s *Sheet) Colored(indent int, lead string, p Paint, text string) {
	under := indent + ansi.StringWidth(lead)
	for i, part := range Wrap(text, Columns-under) {
		part = Harmless(part)
		if i == 0 {
			s.WriteString(strings.TrimRight(strings.Repeat(" ", indent)+lead+s.Paint(p, part), " "))
		} else {
			s.WriteString(strings.Repeat(" ", under) + s.Paint(p, part))
		}
		s.WriteByte('\n')
	}
}

// Lead writes a coloured word and a text after it.
func (s *Sheet) Lead(indent int, word string, p Paint, text string) {
	s.Line(indent, s.Paint(p, word)+"  ", text)
}

// Entry writes a labelled line, unless there is nothing to say.
func (s *Sheet) Entry(label, text string) {
	if text != "" {
		s.Line(4, s.Paint(Dim, Padded(label, 14))+"  ", text)
	}
}

// Heading writes a title with an empty line before it.
func (s *Sheet) Heading(text string) {
	s.WriteByte('\n')
	s.Colored(0, "", Bold, text)
}

// Table writes rows under a header, in columns as wide as they need to be. Cells may be from outside.
func (s *Sheet) Table(header []string, rows [][]string) {
	all := append([][]string{header}, rows...)
	widths := make([]int, len(header))
	for _, row := range all {
		for i := range row {
			row[i] = OneLine(row[i])
			widths[i] = max(widths[i], Width(row[i]))
		}
	}
	for _, row := range all {
		line := ""
		for i, cell := range row {
			line += Padded(cell, widths[i]) + "  "
		}
		s.WriteString(Harmless(strings.TrimRight(line, " ")) + "\n")
	}
}

// Wrap breaks text into lines of at most width cells; always at least one.
func Wrap(text string, width int) []string {
	lines := strings.Split(ansi.Wrap(OneLine(text), max(width, 20), ""), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return lines
}

// Padded is text filled up with spaces to width cells.
func Padded(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-Width(text)))
}

// Shortened is text cut to width cells.
func Shortened(text string, width int) string { return ansi.Truncate(text, width, "…") }
