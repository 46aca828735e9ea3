package maillab_test

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-smtp"

	"github.com/failurefriday/friday/internal/maillab"
)

const hello = "From: monitor@ff.lab\nTo: oncall@ff.lab\nSubject: hello\n\nworld\n"

func TestMailsArrive(t *testing.T) {
	t.Parallel()
	box := maillab.Dovecot(t)
	smarthost := box.OpenSMTPD(t)
	box.Deliver(t, hello)
	client, err := smtp.Dial(smarthost)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	text := strings.NewReader(strings.ReplaceAll(hello, "\n", "\r\n"))
	if err := client.SendMail("monitor@ff.lab", []string{maillab.User}, text); err != nil {
		t.Fatal(err)
	}
	imap, err := imapclient.DialInsecure(box.IMAP, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer imap.Close()
	if err := imap.Login(maillab.User, maillab.Password).Wait(); err != nil {
		t.Fatal(err)
	}
	for limit := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		inbox, err := imap.Select("INBOX", nil).Wait()
		if err != nil {
			t.Fatal(err)
		}
		if inbox.NumMessages == 2 {
			break
		}
		if time.Now().After(limit) {
			t.Fatalf("%d mails after a minute, want 2", inbox.NumMessages)
		}
	}
	for _, place := range []string{"/var/spool/smtpd/queue", "/run/smtpd.sock"} {
		if info, err := os.Stat(place); err == nil && time.Since(info.ModTime()) < time.Minute {
			t.Errorf("%s is on this host: the servers are not by themselves", place)
		}
	}
	t.Cleanup(func() { // runs before the servers are ended
		if _, err := net.Dial("tcp", box.IMAP); err != nil {
			t.Errorf("the server ended too early: %v", err)
		}
	})
}
