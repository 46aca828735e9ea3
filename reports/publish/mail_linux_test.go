package publish

import (
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/failurefriday/friday/internal/maillab"
	"github.com/failurefriday/friday/reports/sample"
)

// TestRealMail: a real OpenSMTPD takes the mail, and a real Dovecot shows it.
func TestRealMail(t *testing.T) {
	t.Parallel()
	box := maillab.Dovecot(t)
	settings := &Mail{To: []string{maillab.User}, From: "friday@" + maillab.Domain, Server: box.OpenSMTPD(t), TLS: "none", HTML: true}
	r := sample.PaymentsDies()
	r.Summary = "nobody was paged – 漢字, " + sample.Hostile[0]
	if err := built(t, "mail", settings, env()).Tell(t.Context(), news(r)); err != nil {
		t.Fatal(err)
	}
	client, err := imapclient.DialInsecure(box.IMAP, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Login(maillab.User, maillab.Password).Wait(); err != nil {
		t.Fatal(err)
	}
	for limit := time.Now().Add(time.Minute); ; {
		inbox, err := client.Select("INBOX", nil).Wait()
		if err != nil {
			t.Fatal(err)
		}
		if inbox.NumMessages == 1 {
			break
		}
		if time.Now().After(limit) {
			t.Fatalf("%d mails after a minute, want 1", inbox.NumMessages)
		}
		if err := client.Noop().Wait(); err != nil {
			t.Fatal(err)
		}
	}
	found, err := client.Fetch(imap.SeqSetNum(1), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{{}}}).Collect()
	if err != nil || len(found) != 1 {
		t.Fatalf("%d mails, %v", len(found), err)
	}
	m := openMail(t, found[0].BodySection[0].Bytes)
	subject, err := m.header.Subject()
	if err != nil || subject != "[friday] SILENT payments-dies: "+r.Summary {
		t.Errorf("subject %q, %v", subject, err)
	}
	if m.text == "" || m.html == "" || len(m.files) != 1 {
		t.Errorf("text of %d bytes, HTML of %d, %d files", len(m.text), len(m.html), len(m.files))
	}
}
