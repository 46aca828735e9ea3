// Package reports renders judged records for people and for machines, and keeps them in the run store. It asks no
// system and no clock: the same records give the same bytes, today and in a year.
package reports

import (
	"fmt"
	"io"

	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify/judge"
)

// Renderer writes records to w in one format. It returns what w returns; after an error the output is incomplete and
// must be thrown away. No records at all is an error. Known are findings of these and other runs with what people decided
// (todo.List); without them, what is to do is told all the same, but not whose it has become and since when. It changes
// nothing in what it is given, and may be called at any time from any goroutine.
type Renderer func(w io.Writer, records []judge.Record, known ...todo.Item) error

// Format is one way to show records.
type Format struct {
	Name    string
	Ext     string // of a file in this format, with the dot
	Summary string // one line of help
	Render  Renderer
}

// Formats lists all formats, the one for people at a terminal first.
func Formats() []Format {
	return []Format{
		{"text", ".txt", "for terminals and logs: what is wrong, why, and what to do", Text(false)},
		{"markdown", ".md", "for tickets and chat", Markdown},
		{"html", ".html", "one self-contained page with timelines, for a browser or for print", HTML},
		{"json", ".json", "the records as they are, for programs", JSON},
		{"junit", ".xml", "JUnit XML, for CI", JUnit},
	}
}

func checkSome(records []judge.Record) error {
	if len(records) == 0 {
		return fmt.Errorf("no run to report on")
	}
	return nil
}
