package mail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // other character sets than UTF-8
	"github.com/emersion/go-message/mail"
)

// What a mail may be made of; more is an attack on whoever reads it.
const (
	deepest   = 20
	mostParts = 500
)

// parse decodes a mail, or what could be fetched of it: transfer encodings, character sets, encoded words. It is lenient,
// as whoever reads the mailbox is; the error means that there is nothing that a rule could read.
func parse(raw []byte) (m letter, err error) {
	defer func() {
		if r := recover(); r != nil { // a mail may be anything, and is no reason to stop looking at the others
			err = fmt.Errorf("it cannot be decoded: %v", r)
		}
	}()
	whole, err := message.Read(bytes.NewReader(raw))
	if whole == nil {
		return m, err
	}
	header := mail.Header{Header: whole.Header}
	m.subject = text(header, "Subject")
	m.from = addresses(header, "From")
	m.to = strings.Join(addresses(header, "To"), ", ")
	if m.to == "" {
		m.to = text(header, "Delivered-To")
	}
	var bodies []string
	count := 0
	err = whole.Walk(func(path []int, part *message.Entity, _ error) error {
		if count++; count > mostParts || len(path) > deepest {
			return errors.New("it has too many parts")
		}
		if isText(part) {
			// What cannot be decoded to its end is seen up to there: a mail that was cut off still says what it is about.
			data, _ := io.ReadAll(io.LimitReader(part.Body, longest))
			bodies = append(bodies, lines(string(data)))
		}
		return nil
	})
	m.body = strings.Join(bodies, "\n")
	switch {
	case err != nil && len(bodies) == 0:
		return m, err
	case m.subject == "" && len(m.from) == 0 && strings.TrimSpace(m.body) == "":
		return m, errors.New("it has no subject, no sender and no text")
	}
	return m, nil
}

// isText reports whether a part is text to be read; one of no known type is.
func isText(part *message.Entity) bool {
	disposition, _, _ := part.Header.ContentDisposition() // one that cannot be read is none
	kind, _, err := part.Header.ContentType()
	return disposition != "attachment" && (err != nil || !strings.Contains(kind, "/") || strings.HasPrefix(kind, "text/"))
}

// text is a header field in readable form.
func text(h mail.Header, name string) string {
	value, err := h.Text(name)
	if err != nil {
		value = h.Get(name)
	}
	return printable(value)
}

// addresses are those of a header field; what is no list of addresses is taken as it stands.
func addresses(h mail.Header, name string) []string {
	list, err := h.AddressList(name)
	if err != nil || len(list) == 0 {
		if raw := text(h, name); raw != "" {
			return []string{raw}
		}
		return nil
	}
	var all []string
	for _, a := range list {
		all = append(all, printable(a.Address))
	}
	return all
}

// lines is a text in UTF-8 with \n at the ends of its lines.
func lines(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
}

// longestValue bounds what is kept of a header field or a value.
const longestValue = 1000

// printable is a text as it may stand in a report: on one line, without control characters, and not too long.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return unicode.ReplacementChar
		}
		return r
	}, s)
	return strings.TrimSpace(cut(s, longestValue))
}

// cut is the beginning of a text, at most n characters.
func cut(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i] + "…"
		}
	}
	return s
}
