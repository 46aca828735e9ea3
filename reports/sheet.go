package reports

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// columns is the widest line of a text report.
const columns = 100

// paint is a colour of the terminal, as the parameter of its escape sequence.
type paint string

const (
	plain  paint = ""
	bold   paint = "1"
	dim    paint = "2"
	red    paint = "1;31"
	green  paint = "32"
	yellow paint = "33"
)

// sheet is a text page that wraps what is put on it.
type sheet struct {
	strings.Builder
	color bool
}

func (s *sheet) paint(p paint, text string) string {
	if !s.color || p == plain || text == "" {
		return text
	}
	return "\x1b[" + string(p) + "m" + text + "\x1b[0m"
}

// line writes text after a lead (a bullet, a label), both on one line; what does not fit goes on below, under the
// beginning of the text. The lead is ours: short, and never from outside as it is.
func (s *sheet) line(indent int, lead, text string) { s.colored(indent, lead, plain, text) }

func (s *sheet) colored(indent int, lead string, p paint, text string) {
	under := indent + ansi.StringWidth(lead)
	for i, part := range wrap(text, columns-under) {
		if i == 0 {
			s.WriteString(strings.TrimRight(strings.Repeat(" ", indent)+lead+s.paint(p, part), " "))
		} else {
			s.WriteString(strings.Repeat(" ", under) + s.paint(p, part))
		}
		s.WriteByte('\n')
	}
}

// heading writes a title with an empty line before it.
func (s *sheet) heading(text string) {
	s.WriteByte('\n')
	s.colored(0, "", bold, text)
}

// wrap breaks text into lines of at most width cells; always at least one.
func wrap(text string, width int) []string {
	lines := strings.Split(ansi.Wrap(OneLine(text), max(width, 20), ""), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return lines
}

// padded is text filled up with spaces to width cells.
func padded(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-ansi.StringWidth(text)))
}

// shortened is text cut to width cells.
func shortened(text string, width int) string { return ansi.Truncate(text, width, "…") }
