package mail

import (
	"cmp"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

const (
	patience = time.Second      // bounds one command in the tests of faults
	calm     = 30 * time.Second // bounds one that is not meant to fail
)

// source makes a source that reads the mailbox at url.
func source(tb testing.TB, p Params, url string) *Source {
	tb.Helper()
	p.URL, p.User, p.Password, p.timeout = url, cmp.Or(p.User, user), secret.Ref{Env: "PASSWORD"}, cmp.Or(p.timeout, calm)
	src, err := p.Build("mail", verify.Env{Getenv: func(string) string { return password }})
	if err != nil {
		tb.Fatal(err)
	}
	made := src.(*Source)
	tb.Cleanup(func() {
		<-made.box.turn
		made.box.drop()
	})
	return made
}

func TestSuite(t *testing.T) {
	verifytest.Suite{
		New: func(url string, timeout time.Duration) verify.Source {
			return source(t, Params{Rules: testRules(), timeout: timeout}, url)
		},
		Serve: func(t *testing.T, incidents ...verifytest.Incident) (verifytest.Line, string) {
			f := plainFake(t)
			f.deliver(t, incidents...)
			l := newLine(t, f.addr)
			return l, "imap://" + l.addr
		},
		Faults: allFaults(),
		ID:     func(in verify.Incident) string { return in.Key },
		Optional: []string{
			"From", "To", "Date", "Message-Id", "Mime-Version", "Content-Type", "Content-Transfer-Encoding", "Delivered-To",
		},
	}.Run(t)
}
