package diag

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problem is one thing wrong in a file.
type Problem struct {
	Pos  Pos
	Msg  string // what is wrong: lower case, no full stop
	Hint string // what to do about it; may be empty
	Line string // the source line at Pos, without its end
}

// String shows the problem as a compiler would: the place and the message, the source line with a caret under the
// column, and the hint.
func (p Problem) String() string {
	var b strings.Builder
	if at := p.Pos.String(); at != "" {
		b.WriteString(at + ": ")
	}
	b.WriteString(p.Msg)
	if p.Line != "" {
		line, caret := excerpt(p.Line, p.Pos.Col)
		gutter := fmt.Sprintf("%5d | ", p.Pos.Line)
		b.WriteString("\n" + gutter + line)
		b.WriteString("\n" + strings.Repeat(" ", len(gutter)) + caret + "^")
	}
	if p.Hint != "" {
		b.WriteString("\n        " + p.Hint)
	}
	return b.String()
}

// Longer lines are cut, so that the caret stays on the screen.
const (
	before = 60
	after  = 60
)

// excerpt returns the line as it can be shown, and the white space that puts a caret under column col of it. Tabs are
// kept in both, so that they line up whatever the width of a tab is.
func excerpt(line string, col int) (shown, caret string) {
	chars := []rune(line)
	at := max(0, min(col-1, len(chars)))
	start, end := 0, len(chars)
	if len(chars) > before+after {
		start, end = max(0, at-before), min(len(chars), at+after)
	}
	var text, space strings.Builder
	if start > 0 {
		text.WriteRune('…')
		space.WriteByte(' ')
	}
	for i := start; i < end; i++ {
		c := chars[i]
		if c != '\t' && !unicode.IsPrint(c) {
			c = unicode.ReplacementChar // nothing in a file may steer the terminal
		}
		text.WriteRune(c)
		if i >= at {
			continue
		}
		if c != '\t' {
			c = ' '
		}
		space.WriteRune(c)
	}
	if end < len(chars) {
		text.WriteRune('…')
	}
	return text.String(), space.String()
}

// Problems are all that is wrong in a file, in the order of the file. It is an error.
type Problems []Problem

// Error shows every problem.
func (ps Problems) Error() string {
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = p.String()
	}
	return strings.Join(texts, "\n")
}

// All returns the problems that err carries, or nil.
func All(err error) Problems {
	var ps Problems
	errors.As(err, &ps)
	return ps
}

// Report collects the problems of one file.
type Report struct {
	lines  []string
	found  Problems
	hidden []string
}

// NewReport starts an empty report about a file with this content.
func NewReport(data []byte) *Report {
	return &Report{lines: strings.Split(string(data), "\n")}
}

// Add notes a problem. hint may be empty.
func (r *Report) Add(pos Pos, msg, hint string) {
	p := Problem{Pos: pos, Msg: msg, Hint: hint}
	if pos.Line > 0 && pos.Line <= len(r.lines) {
		p.Line = strings.TrimSuffix(r.lines[pos.Line-1], "\r")
	}
	r.found = append(r.found, p)
}

// Hide keeps a text of the file, which may be a secret, out of everything that is told of the file. Fewer than four
// characters are not hidden: they would blot out half of it.
func (r *Report) Hide(text string) {
	if len(text) >= 4 {
		r.hidden = append(r.hidden, text)
	}
}

// Err returns the Problems in the order of the file, or nil if there are none.
func (r *Report) Err() error {
	if len(r.found) == 0 {
		return nil
	}
	sorted := slices.Clone(r.found)
	for i := range sorted {
		for _, text := range r.hidden {
			dots := strings.Repeat("•", utf8.RuneCountInString(text)) // as long, for the caret
			sorted[i].Msg, sorted[i].Line = strings.ReplaceAll(sorted[i].Msg, text, dots), strings.ReplaceAll(sorted[i].Line, text, dots)
		}
	}
	slices.SortStableFunc(sorted, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col))
	})
	return sorted
}
