package mail

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// start is when the mails of the tests come.
var start = time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)

// hostile are mails against all promises, and what a rule may still see of them: body, subject, or an error.
var hostile = []struct {
	name, raw     string
	subject, body string
	bad           bool
}{
	{name: "nothing", raw: "", bad: true},
	{name: "no header", raw: "\r\n\r\n", body: "\n", bad: true},
	{name: "not a header", raw: "hello world\r\nfoo\r\n", bad: true},
	{name: "null bytes", raw: "Subject: a\x00b\r\n\r\nDOWN\x00\x00\r\n", subject: "a\uFFFDb", body: "DOWN\x00\x00\n"},
	{name: "no body", raw: "Subject: down\r\n\r\n", subject: "down"},
	{name: "encoded words", raw: "Subject: =?utf-8?q?gr=C3=BCn?= =?iso-8859-1?Q?_gr=FCn?=\r\n\r\nx", subject: "grün grün", body: "x"},
	{name: "a broken encoded word", raw: "Subject: =?utf-8?q?gr=C3=B\r\n\r\nx", subject: "=?utf-8?q?gr=C3=B", body: "x"},
	{name: "an unknown charset in the subject", raw: "Subject: =?x-martian?q?abc?=\r\n\r\nx", subject: "=?x-martian?q?abc?=", body: "x"},
	{name: "an unknown charset", raw: "Subject: a\r\nContent-Type: text/plain; charset=x-martian\r\n\r\nDOWN\xff", subject: "a", body: "DOWN\uFFFD"},
	{name: "latin-1", raw: "Subject: a\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\ngr\xfcn", subject: "a", body: "grün"},
	{name: "an unknown encoding", raw: "Subject: a\r\nContent-Transfer-Encoding: rot13\r\n\r\nDOWN", subject: "a", body: "DOWN"},
	{name: "base64 that ends in the middle", raw: "Subject: a\r\nContent-Transfer-Encoding: base64\r\n\r\nRE9XTiB3\r\nZWI*", subject: "a", body: "DOWN w"},
	{name: "quoted-printable that is none", raw: "Subject: a\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nDOWN =ZZ web", subject: "a", body: "DOWN =ZZ web"},
	{name: "a subject of several lines", raw: "Subject: down\r\n web\r\n\r\nx", subject: "down web", body: "x"},
	{name: "a terminal is not steered", raw: "Subject: a\x1b[31mred\r\n\r\nx", subject: "a\uFFFD[31mred", body: "x"},
	{name: "a boundary that never comes", raw: "Subject: a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nDOWN", subject: "a", bad: true},
	{name: "no boundary", raw: "Subject: a\r\nContent-Type: multipart/mixed\r\n\r\nDOWN", subject: "a", bad: true},
	{
		name:    "a part that is cut off",
		raw:     "Subject: a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nDOWN web",
		subject: "a", body: "DOWN web",
	},
	{
		name: "an attachment is not read",
		raw: "Subject: a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: text/plain\r\n" +
			"Content-Disposition: attachment; filename=x\r\n\r\ntwo\r\n--b\r\nContent-Type: text/html\r\n\r\n<b>three</b>\r\n--b--\r\n",
		subject: "a", body: "one\n<b>three</b>",
	},
	{name: "parts in parts without end", raw: nest(10_000), bad: true},
	{name: "parts without number", raw: "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\nContent-Type: image/png\r\n\r\n\r\n", 20_000), bad: true},
	{name: "a header without end", raw: "Subject: " + strings.Repeat("x", longest), bad: true},
}

// nest is a mail with so many parts in each other.
func nest(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString("Content-Type: multipart/mixed; boundary=b" + strings.Repeat("x", i%10) + "\r\n\r\n--b" + strings.Repeat("x", i%10) + "\r\n")
	}
	return b.String()
}

func TestHostileMails(t *testing.T) {
	t.Parallel()
	for _, c := range hostile {
		begun := time.Now()
		m, err := parse([]byte(c.raw))
		if (err != nil) != c.bad || m.subject != c.subject || m.body != c.body {
			t.Errorf("%s: subject %q, body %q, %v; want %q, %q, error: %v", c.name, m.subject, cut(m.body, 100), err, c.subject, c.body, c.bad)
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("%s took %s", c.name, took)
		}
	}
}

// FuzzParse: whatever a mail is, reading it ends, what is kept of it is text that may be shown, and a mail that cannot be
// read fits no rule.
func FuzzParse(f *testing.F) {
	for _, c := range hostile {
		f.Add([]byte(cut(c.raw, 10_000)))
	}
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) == 0 {
		f.Fatal("no mails to begin with", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(crlf(string(raw)))
	}
	var engines []*engine
	for _, name := range append(presetNames(), "") {
		e, err := (&Params{Preset: name, Fallback: openNew}).compile()
		if err != nil {
			f.Fatal(err)
		}
		engines = append(engines, e)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, e := range engines {
			m := e.item(header{uid: 7, at: start}, raw, start)
			if m.fault != "" && (m.means != unmatched || m.key != "") {
				t.Errorf("a mail that cannot be read means %+v", m.reading)
			}
			texts := []string{m.subject, m.from, m.to, m.key, m.fault}
			for name, v := range m.fields {
				texts = append(texts, name, v)
			}
			for _, text := range texts {
				if !utf8.ValidString(text) || printable(text) != text {
					t.Errorf("%q is not fit to be shown", text)
				}
			}
			for _, p := range fold([]item{m, m}, "mail", user) {
				if p.ID == "" || p.Opened.IsZero() {
					t.Errorf("incident %+v", p)
				}
			}
		}
	})
}
