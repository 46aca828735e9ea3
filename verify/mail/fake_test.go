package mail

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"github.com/failurefriday/friday/verify/verifytest"
)

// The account of all fakes.
const (
	user     = "oncall@ff.lab"
	password = "labs3cret"
)

// fake is an IMAP server in memory with one account.
type fake struct {
	*imapmemserver.User
	addr string
}

// newFake starts a server with an empty INBOX.
func newFake(tb testing.TB, options imapserver.Options) *fake {
	tb.Helper()
	f := &fake{User: imapmemserver.NewUser(user, password)}
	memory := imapmemserver.New()
	memory.AddUser(f.User)
	options.NewSession = func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
		return memory.NewSession(), nil, nil
	}
	options.Caps = imap.CapSet{imap.CapIMAP4rev1: {}}
	options.Logger = log.New(io.Discard, "", 0)
	server := imapserver.New(&options)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	f.addr = listener.Addr().String()
	go func() { _ = server.Serve(listener) }() // it ends with an error when it is closed
	tb.Cleanup(func() { _ = server.Close() })
	f.reset(tb)
	return f
}

func plainFake(tb testing.TB) *fake { return newFake(tb, imapserver.Options{InsecureAuth: true}) }

// reset makes a new INBOX, with another UIDVALIDITY.
func (f *fake) reset(tb testing.TB) {
	tb.Helper()
	_ = f.Delete("INBOX") // there may be none
	if err := f.Create("INBOX", nil); err != nil {
		tb.Fatal(err)
	}
}

// add delivers a mail.
func (f *fake) add(tb testing.TB, at time.Time, text string) {
	tb.Helper()
	body := strings.ReplaceAll(text, "\n", "\r\n")
	if _, err := f.Append("INBOX", literal{bytes.NewReader([]byte(body))}, &imap.AppendOptions{Time: at}); err != nil {
		tb.Fatal(err)
	}
}

type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

// note is a mail in the format that the rules of these tests know.
func note(subject, key, service string) string {
	return fmt.Sprintf("From: Monitor <monitor@ff.lab>\nTo: %s\nSubject: %s\n\nKey: %s\nService: %s\n", user, subject, key, service)
}

// testRules know the mails that note makes.
func testRules() []Rule {
	extract := map[string]Extract{
		keyName:   {From: partBody, Regex: `^Key: ([^\n]+)`},
		"service": {From: partBody, After: "Service:", Before: "\n"},
		"title":   {From: partSubject, Regex: `^[A-Z]+ (.+)`},
	}
	return pair(Predicate{In: partSubject, Regex: "^DOWN "}, Predicate{In: partSubject, Regex: "^UP "}, extract)
}

// deliver adds the mails of the suite's incidents, in the order of their times.
func (f *fake) deliver(tb testing.TB, incidents ...verifytest.Incident) {
	tb.Helper()
	type mail struct {
		at   time.Time
		text string
	}
	var all []mail
	for _, in := range incidents {
		text := with(note("DOWN "+in.Title, in.ID, in.Service), in.Fields)
		all = append(all, mail{in.Opened, text})
		if !in.Resolved.IsZero() {
			all = append(all, mail{in.Resolved, strings.Replace(text, "DOWN", "UP", 1)})
		}
	}
	slices.SortStableFunc(all, func(a, b mail) int { return a.at.Compare(b.at) })
	for _, m := range all {
		f.add(tb, m.at, m.text)
	}
}

// with replaces header fields of a mail.
func with(text string, fields map[string]any) string {
	header, body, _ := strings.Cut(text, "\n\n")
	for name, v := range fields {
		kept := slices.DeleteFunc(strings.Split(header, "\n"), func(line string) bool { return strings.HasPrefix(line, name+":") })
		if v != verifytest.Absent {
			kept = append(kept, name+": "+strings.ReplaceAll(fmt.Sprint(v), "\n", " "))
		}
		header = strings.Join(kept, "\n")
	}
	return header + "\n\n" + body
}
