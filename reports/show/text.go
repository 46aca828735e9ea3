// Package show is what all reports share: text from outside made safe, moments and lengths of time for people, tables, and
// the page that HTML reports stand on.
package show

import (
	"encoding/csv"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// colours are the escape sequences that only paint. They are left out; every other one is made visible.
var colours = regexp.MustCompile("\x1b\\[[0-9;:]*m")

// OneLine makes text from outside safe for a terminal and fit for one line: line breaks and tabs become spaces, and
// what could drive the terminal or hide text (control characters, direction marks, broken UTF-8) becomes visible.
func OneLine(text string) string {
	if printable(text) && !strings.Contains(text, "  ") {
		return strings.Trim(text, " ") // nearly all are like that
	}
	return strings.Join(strings.Fields(Visible(text)), " ")
}

// What the runners of pipelines take for orders in a log: ::name:: at the beginning of a line, ##[name] and ##name[ in it.
var (
	ordersFirst  = regexp.MustCompile(`^(\s*):(:\S.*::)`)
	ordersWithin = regexp.MustCompile(`##(\w*)\[`)
)

// Harmless is a line for a log in which no runner finds an order.
func Harmless(line string) string {
	if strings.Contains(line, "##") {
		line = ordersWithin.ReplaceAllString(line, "# #$1[")
	}
	if strings.Contains(line, "::") {
		line = ordersFirst.ReplaceAllString(line, "$1: $2")
	}
	return line
}

// printable reports whether a text is of ASCII characters that can be seen, and spaces.
func printable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// Width is how many cells a text of one line takes on a terminal.
func Width(text string) int {
	if printable(text) {
		return len(text)
	}
	return ansi.StringWidth(text)
}

// Visible is text with nothing in it that a reader cannot see; line breaks and tabs stay.
func Visible(text string) string {
	if printable(text) {
		return text
	}
	text = colours.ReplaceAllString(text, "")
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r == '\r':
			if !strings.HasPrefix(text[i:], "\r\n") {
				b.WriteByte('\n')
			}
		case r == '\u2028' || r == '\u2029':
			b.WriteByte('\n')
		case r < 0x80 && unicode.IsControl(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case unicode.IsControl(r) || hides(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// hides tells the characters that change how their neighbours are shown and cannot be seen themselves. The joiners of
// scripts and emoji are none of them.
func hides(r rune) bool {
	return unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' && r != '\u00ad' || r == '\ufffe' || r == '\uffff'
}

// Cell is text from outside as one cell of a table that a spreadsheet may read: it takes none for a formula.
func Cell(text string) string {
	text = OneLine(text)
	if text != "" && strings.ContainsRune("=+-@", rune(text[0])) {
		return "'" + text
	}
	return text
}

// CSV writes rows as RFC 4180 says, each cell as Cell makes it.
func CSV(w io.Writer, rows [][]string) error {
	out := csv.NewWriter(w)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i := range row {
			cells[i] = Cell(row[i])
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// Clean returns a deep copy in which every string is Visible, so that no renderer has to think of it field by field.
func Clean[T any](from T) T { return Map(from, Visible) }

// Map returns a deep copy in which every string has been changed by change.
func Map[T any](from T, change func(string) string) T {
	var to T
	copyWith(change, reflect.ValueOf(&to).Elem(), reflect.ValueOf(&from).Elem())
	return to
}

// copyWith copies from into to, deeply. Values with fields of their own that nobody else can set (times, patterns) are
// immutable and copied as they are.
func copyWith(change func(string) string, to, from reflect.Value) {
	switch from.Kind() {
	case reflect.String:
		to.SetString(change(from.String()))
	case reflect.Pointer:
		if !from.IsNil() {
			to.Set(reflect.New(from.Type().Elem()))
			copyWith(change, to.Elem(), from.Elem())
		}
	case reflect.Slice:
		if from.IsNil() {
			return
		}
		to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
		for i := range from.Len() {
			copyWith(change, to.Index(i), from.Index(i))
		}
	case reflect.Map:
		if from.IsNil() {
			return
		}
		to.Set(reflect.MakeMapWithSize(from.Type(), from.Len()))
		for _, key := range from.MapKeys() {
			cleanKey, value := reflect.New(key.Type()).Elem(), reflect.New(from.Type().Elem()).Elem()
			copyWith(change, cleanKey, key)
			copyWith(change, value, from.MapIndex(key))
			to.SetMapIndex(cleanKey, value)
		}
	case reflect.Struct:
		to.Set(from)
		for i := range from.NumField() {
			if from.Type().Field(i).IsExported() {
				copyWith(change, to.Field(i), from.Field(i))
			}
		}
	default:
		to.Set(from)
	}
}
