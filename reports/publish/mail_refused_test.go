package publish

import (
	"bufio"
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/failurefriday/friday/reports/sample"
)

func TestRefusedRecipients(t *testing.T) {
	office := (&postOffice{refuse: func(to string, try int) error {
		switch {
		case to == "nobody@ff.lab":
			return errUnknown
		case to == "slow@ff.lab" && try == 1:
			return errGrey
		}
		return nil
	}}).opened(t, false)
	err := built(t, "mail", office.settings("ada@ff.lab", "nobody@ff.lab", "slow@ff.lab"), env()).Tell(t.Context(), news(sample.Passed()))
	if want := `oncall (mail) was not told: refused for nobody@ff.lab (550 "no such person"); check the addresses in friday.yaml`; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %s…", err, want)
	}
	var got []string
	var ids []string
	for _, p := range office.taken() {
		got = append(got, strings.Join(p.to, "+"))
		m := openMail(t, p.text)
		id, _ := m.header.MessageID()
		ids = append(ids, id)
	}
	if want := []string{"ada@ff.lab", "slow@ff.lab"}; !slices.Equal(got, want) {
		t.Errorf("the mail went to %v, want %v: each once", got, want)
	}
	if len(ids) != 2 || ids[0] != ids[1] {
		t.Errorf("one mail has the ids %v", ids)
	}
}

func TestServersThatFail(t *testing.T) {
	for _, c := range []struct {
		name   string
		office *postOffice
		taken  int
		says   string
	}{
		{"greylisting", &postOffice{refuse: func(_ string, try int) error {
			if try == 1 {
				return errGrey
			}
			return nil
		}}, 1, ""},
		{"busy after the data", &postOffice{data: func(try int) error {
			if try == 1 {
				return &smtp.SMTPError{Code: 452, Message: "disk full"}
			}
			return nil
		}}, 1, ""},
		{"greylisting for hours", &postOffice{refuse: func(string, int) error { return errGrey }}, 0, `RCPT TO ada@ff.lab: 451 "greylisted, come back later" (tried `},
		{"no spam", &postOffice{data: func(int) error { return &smtp.SMTPError{Code: 554, Message: "\x1b[2J spam"} }}, 0, `DATA: 554 "\x1b[2J spam"`},
		{"nobody is welcome", &postOffice{refuse: func(string, int) error { return errUnknown }}, 0, "refused for ada@ff.lab"},
		{"broken", &postOffice{data: func(int) error { return errBroken }}, 0, "DATA: 554"},
	} {
		office := c.office.opened(t, false)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		err := built(t, "mail", office.settings("ada@ff.lab"), env()).Tell(ctx, news(sample.Passed()))
		cancel()
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: error %v, want …%s…", c.name, err, c.says)
		}
		if n := len(office.taken()); n != c.taken {
			t.Errorf("%s: %d mails were taken, want %d", c.name, n, c.taken)
		}
	}
}

// TestAServerThatSaysNothing: it is given up in time.
func TestAServerThatSaysNothing(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	settings := &Mail{To: []string{"ada@ff.lab"}, From: "friday@ff.lab", Server: listener.Addr().String(), TLS: "none"}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	err = built(t, "mail", settings, env()).Tell(ctx, news(sample.Passed()))
	if err == nil || !strings.Contains(err.Error(), "no answer in time") {
		t.Errorf("error %v", err)
	}
}

// TestAServerThatTakesItsTime: one that greets late and looks long at the mail gets it once.
func TestAServerThatTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mails, settings := 0, &Mail{To: []string{"ada@ff.lab"}, From: "friday@ff.lab", Server: "mail.test:25", TLS: "none"}
		target := built(t, "mail", settings, env())
		target.sender.(*mailer).dial = func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() { mails += slowly(theirs) }()
			return ours, nil
		}
		if err := target.Tell(t.Context(), news(sample.Passed())); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute) // of the bubble: whoever was called is done
		synctest.Wait()
		if mails != 1 {
			t.Errorf("%d mails were taken", mails)
		}
	})
}

// slowly is a mail server in one connection, and returns how many mails it took.
func slowly(conn net.Conn) (mails int) {
	defer conn.Close()
	say := func(text string) { _, _ = io.WriteString(conn, text+"\r\n") } // who is gone is not waited for
	time.Sleep(8 * time.Second)
	say("220 mail.test")
	data := false
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		switch line := lines.Text(); {
		case data && line == ".":
			data, mails = false, mails+1
			time.Sleep(15 * time.Second)
			say("250 taken")
		case data:
		case line == "DATA":
			data = true
			say("354 go on")
		case line == "QUIT":
			say("221 bye")
		default:
			say("250 ok")
		}
	}
	return mails
}
