package publish

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/emersion/go-message/mail"

	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

//go:embed templates
var templates embed.FS

// compose writes the mail. The same message at the same moment has the same Message-ID, so that a mail that was sent twice
// is known as one.
func (m *mailer) compose(msg message) ([]byte, error) {
	var out bytes.Buffer
	var h gomail.Header
	h.SetAddressList("From", []*gomail.Address{{Name: m.from.Name, Address: m.from.Address}})
	h.SetAddressList("To", addresses(m.to))
	h.SetSubject(msg.subject())
	h.SetDate(msg.at)
	h.SetMessageID(m.messageID(msg))
	h.Set("Auto-Submitted", "auto-generated")
	h.Set("X-Auto-Response-Suppress", "All")
	h.Set("User-Agent", m.agent)
	w, err := gomail.CreateWriter(&out, h)
	if err != nil {
		return nil, err
	}
	if err := m.texts(w, msg); err != nil {
		return nil, err
	}
	if m.html && !msg.test {
		if err := attach(w, msg); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func addresses(list []*mail.Address) []*gomail.Address {
	var all []*gomail.Address
	for _, a := range list {
		all = append(all, &gomail.Address{Name: a.Name, Address: a.Address})
	}
	return all
}

// longestSubject is more than any mail program shows.
const longestSubject = 160

func (m message) subject() string {
	if m.test {
		return "[friday] TEST of the notification " + show.OneLine(m.target)
	}
	text := "[friday] " + m.Verdict.String() + " " + m.Scenario
	if !m.Restored {
		text = "[friday] " + m.State + ", " + m.Verdict.String() + " " + m.Scenario
	}
	if m.Summary != "" {
		text += ": " + m.Summary
	}
	return show.Shortened(show.OneLine(text), longestSubject)
}

func (m *mailer) messageID(msg message) string {
	sum := sha256.Sum256([]byte(msg.Run + "\x00" + msg.target + "\x00" + msg.at.UTC().Format(time.RFC3339Nano)))
	_, domain, _ := strings.Cut(m.from.Address, "@")
	return "friday." + hex.EncodeToString(sum[:12]) + "@" + domain
}

// texts writes the message as text and, if wanted, as HTML.
func (m *mailer) texts(w *gomail.Writer, msg message) error {
	in, err := w.CreateInline()
	if err != nil {
		return err
	}
	if err := inline(in, "text/plain", msg.clean([]byte(msg.text()))); err != nil {
		return err
	}
	if m.html {
		page, err := msg.page()
		if err != nil {
			return err
		}
		if err := inline(in, "text/html", msg.clean(page)); err != nil {
			return err
		}
	}
	return in.Close()
}

func inline(in *gomail.InlineWriter, kind string, text []byte) error {
	var h gomail.InlineHeader
	h.SetContentType(kind, map[string]string{"charset": "utf-8"})
	h.Set("Content-Transfer-Encoding", "quoted-printable")
	part, err := in.CreatePart(h)
	if err != nil {
		return err
	}
	return written(part, text)
}

// attach adds the whole report: a page that needs nothing else.
func attach(w *gomail.Writer, msg message) error {
	var page bytes.Buffer
	if err := reports.HTML(&page, []judge.Record{msg.record}); err != nil {
		return err
	}
	var h gomail.AttachmentHeader
	h.SetContentType("text/html", map[string]string{"charset": "utf-8"})
	h.SetFilename(msg.fileName())
	part, err := w.CreateAttachment(h)
	if err != nil {
		return err
	}
	return written(part, msg.clean(page.Bytes()))
}

func written(w io.WriteCloser, text []byte) error {
	if _, err := w.Write(text); err != nil {
		return err
	}
	return w.Close()
}

// fileName is that of the attached report: no character in it means anything to a mail program or a file system.
func (m message) fileName() string {
	name := strings.Map(func(c rune) rune {
		if c == '-' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return c
		}
		return '-'
	}, m.Run)
	return "friday-" + name[:min(len(name), 100)] + ".html"
}

// text is the message for mail programs that show no HTML, and for those who like it so.
func (m message) text() string {
	var s show.Sheet
	for i, p := range m.parts() {
		if i > 0 {
			s.WriteByte('\n')
		}
		if p.head != "" {
			s.Line(0, "", p.head)
		}
		for _, line := range p.lines {
			s.Line(0, "", line)
		}
	}
	if m.link != "" {
		s.WriteString("\nThe whole report: " + show.OneLine(m.link) + "\n")
	}
	return s.String()
}

// page is the message as HTML that mail programs show: tables, styles at the elements, nothing loaded.
func (m message) page() ([]byte, error) {
	set, err := template.New("").Funcs(template.FuncMap{"finding": m.finding, "head": func(p part) string { return p.head }, "lines": func(p part) []string { return p.lines }, "web": show.WebAddress}).
		ParseFS(templates, "templates/mail.html")
	if err != nil {
		return nil, err
	}
	shown, more := m.Findings, 0
	if len(shown) > mostFindings {
		shown, more = shown[:mostFindings], len(shown)-mostFindings
	}
	var out bytes.Buffer
	err = set.ExecuteTemplate(&out, "mail.html", map[string]any{
		"M": m.Brief, "Test": m.test, "TestWords": m.testWords(), "Whose": m.whose(), "Which": m.which(), "Link": m.link,
		"Headline": m.headline(), "Findings": shown, "More": more, "HTML": !m.test,
	})
	return out.Bytes(), err
}
