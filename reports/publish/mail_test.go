package publish

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message/mail"

	"github.com/failurefriday/friday/internal/browser"
	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// opened is a mail, taken apart.
type openedMail struct {
	header     mail.Header
	text, html string
	files      map[string]string
}

func openMail(t *testing.T, text []byte) openedMail {
	t.Helper()
	for _, line := range bytes.Split(text, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n") || bytes.ContainsFunc(line, func(c rune) bool { return c > '~' }) {
			t.Fatalf("a line that mail servers may spoil: %.100q", line)
		}
	}
	r, err := mail.CreateReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	m := openedMail{header: r.Header, files: map[string]string{}}
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return m
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(part.Body)
		if err != nil {
			t.Fatal(err)
		}
		switch h := part.Header.(type) {
		case *mail.InlineHeader:
			switch kind, params, _ := h.ContentType(); {
			case params["charset"] != "utf-8":
				t.Errorf("%s has the character set %q", kind, params["charset"])
			case kind == "text/plain":
				m.text = strings.ReplaceAll(string(body), "\r\n", "\n")
			case kind == "text/html":
				m.html = strings.ReplaceAll(string(body), "\r\n", "\n")
			}
		case *mail.AttachmentHeader:
			name, err := h.Filename()
			if err != nil {
				t.Error(err)
			}
			m.files[name] = string(body)
		}
	}
}

// mailed is the mail about a run.
func mailed(t *testing.T, n News) openedMail {
	t.Helper()
	office := new(postOffice).opened(t, false)
	if err := built(t, "mail", office.settings("Ada <ada@ff.lab>", "grace@ff.lab"), env()).Tell(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	taken := office.taken()
	if len(taken) != 1 || taken[0].from != "friday@ff.lab" || !slices.Equal(taken[0].to, []string{"ada@ff.lab", "grace@ff.lab"}) {
		t.Fatalf("the server took %+v", taken)
	}
	return openMail(t, taken[0].text)
}

func TestMails(t *testing.T) {
	for name, r := range map[string]judge.Record{"silent": sample.PaymentsDies(), "unrestored": sample.Unrestored(), "passed": sample.Passed()} {
		m := mailed(t, news(r))
		sample.Golden(t, "mail-"+name+".txt", []byte(m.text))
		sample.Golden(t, "mail-"+name+".html", []byte(m.html))
		var want bytes.Buffer
		if err := reports.HTML(&want, []judge.Record{r}); err != nil {
			t.Fatal(err)
		}
		if len(m.files) != 1 || m.files["friday-"+r.Run.ID+".html"] != want.String() {
			t.Errorf("%s: the report is not attached as it is: %d files", name, len(m.files))
		}
	}
	h := mailed(t, news(sample.PaymentsDies())).header
	subject, err := h.Subject()
	if want := "[friday] SILENT payments-dies: nobody was paged: payments-check died 100ms after payments (pid 812) (same process group): nobody was left to notice"; err != nil || subject != want {
		t.Errorf("subject %q, %v", subject, err)
	}
	date, err := h.Date()
	if err != nil || !date.Equal(now) {
		t.Errorf("date %s, %v", date, err)
	}
	id, err := h.MessageID()
	if err != nil || !strings.HasPrefix(id, "friday.") || !strings.HasSuffix(id, "@ff.lab") {
		t.Errorf("message id %q, %v", id, err)
	}
	if h.Get("Auto-Submitted") != "auto-generated" || h.Get("To") != `"Ada" <ada@ff.lab>, <grace@ff.lab>` {
		t.Errorf("header %q, %q", h.Get("Auto-Submitted"), h.Get("To"))
	}
	idOf := func(n News) string {
		h := mailed(t, n).header
		id, _ := h.MessageID()
		return id
	}
	again, later := idOf(news(sample.PaymentsDies())), idOf(News{Record: sample.PaymentsDies(), At: now.Add(time.Second)})
	if id != again || id == later {
		t.Errorf("the same mail is %q and %q, a later one %q", id, again, later)
	}
}

// TestMailsInABrowser: mail programs show what a browser would; FRIDAY_SHOTS keeps what it saw.
func TestMailsInABrowser(t *testing.T) {
	for name, r := range map[string]judge.Record{"silent": sample.PaymentsDies(), "unrestored": sample.Unrestored()} {
		browser.Check(t, "mail-"+name, []byte(mailed(t, news(r)).html))
	}
}

func TestMailOfATest(t *testing.T) {
	m := mailed(t, News{Test: true, At: now})
	subject, _ := m.header.Subject()
	if subject != "[friday] TEST of the notification oncall" || !strings.Contains(m.text, "This is a test") || !strings.Contains(m.html, "This is a test") || len(m.files) > 0 {
		t.Errorf("subject %q, text %q, %d files", subject, m.text, len(m.files))
	}
}

func TestMailAsTextAlone(t *testing.T) {
	office := new(postOffice).opened(t, false)
	settings := office.settings("ada@ff.lab")
	settings.HTML = false
	if err := built(t, "mail", settings, env()).Tell(t.Context(), news(sample.PaymentsDies())); err != nil {
		t.Fatal(err)
	}
	m := openMail(t, office.taken()[0].text)
	if m.text == "" || m.html != "" || len(m.files) > 0 {
		t.Errorf("text of %d bytes, HTML of %d, %d files", len(m.text), len(m.html), len(m.files))
	}
}

// headers are all that a mail may have.
var headers = []string{"From", "To", "Subject", "Date", "Message-Id", "Auto-Submitted", "X-Auto-Response-Suppress", "User-Agent", "Mime-Version", "Content-Type"}

func TestNothingFromOutsideIsAHeader(t *testing.T) {
	for _, text := range append([]string{"x\r\nBcc: eve@evil.example\r\n\r\nhello", "x\nSubject: y", "..\r\n.\r\nQUIT\r\n"}, sample.Hostile...) {
		m := mailed(t, News{Record: poisoned(text), Link: "https://x.org/" + text, At: now})
		for f := m.header.Fields(); f.Next(); {
			if !slices.Contains(headers, f.Key()) {
				t.Errorf("%.40q: the header %s: %s", text, f.Key(), f.Value())
			}
		}
		subject, err := m.header.Subject()
		if err != nil || !strings.HasPrefix(subject, "[friday] NOT RESTORED, SILENT ") || len(subject) > 4*longestSubject {
			t.Errorf("%.40q: subject %q, %v", text, subject, err)
		}
		sample.CheckPlain(t, subject)
		for _, line := range strings.Split(m.text, "\n") {
			sample.CheckPlain(t, line)
		}
		for _, bad := range []string{"<script", "<img", "javascript:alert(1)\"", "onerror=alert(1)>"} {
			if strings.Contains(m.html, bad) {
				t.Errorf("%.40q: the HTML holds %s", text, bad)
			}
		}
		for name := range m.files {
			if strings.ContainsAny(strings.TrimSuffix(name, ".html"), ". /\\\"<>\r\n") || len(name) > 120 {
				t.Errorf("%.40q: a file is called %q", text, name)
			}
		}
	}
}

func TestMailsAreEncrypted(t *testing.T) {
	office := (&postOffice{user: "friday"}).opened(t, true)
	e := env("PASSWORD", canary)
	if err := built(t, "mail", office.settings("ada@ff.lab"), e).Tell(t.Context(), news(sample.Passed())); err != nil {
		t.Fatal(err)
	}
	if taken := office.taken(); len(taken) != 1 || !taken[0].safe {
		t.Errorf("the server took %+v", taken)
	}
	for name, c := range map[string]struct {
		change func(*Mail)
		says   string
	}{
		"a wrong password":     {func(m *Mail) { m.Password.Env = "OTHER" }, `AUTH: 535 "no [redacted] here"; check user and password`},
		"a stranger":           {func(m *Mail) { m.tls = nil }, "TLS: tls: failed to verify certificate"},
		"the wrong kind":       {func(m *Mail) { m.TLS = "tls" }, "TLS: "},
		"somebody in between":  {func(m *Mail) { m.Server = new(postOffice).opened(t, false).address }, "STARTTLS: smtp: server doesn't support STARTTLS; check server and tls in friday.yaml"},
		"nothing to log in to": {func(m *Mail) { m.Server = new(postOffice).opened(t, false).address; m.TLS = "none" }, "the server offers no AUTH PLAIN here"},
	} {
		settings := office.settings("ada@ff.lab")
		c.change(settings)
		before := len(office.taken())
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		err := built(t, "mail", settings, env("PASSWORD", canary, "OTHER", "wr0ng-"+canary)).Tell(ctx, news(sample.Passed()))
		cancel()
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "c4nary") {
			t.Errorf("%s: error %v, want …%s…", name, err, c.says)
		}
		if len(office.taken()) != before {
			t.Errorf("%s: the mail was sent", name)
		}
	}
}

func TestFileNames(t *testing.T) {
	m := message{}
	m.Run = "../" + show.OneLine(sample.Hostile[0])
	if got := m.fileName(); got != "friday-----script-alert-1---script-.html" {
		t.Errorf("got %q", got)
	}
}
