package maillab

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// The one account. Every address at Domain is delivered to the mailbox of its own name; the password is the same.
const (
	Domain   = "ff.lab"
	User     = "oncall@" + Domain
	Password = "labs3cret"
)

// patience bounds every wait for something that takes a fraction of a second on a quiet machine.
const patience = 60 * time.Second

// Box is a Dovecot that runs.
type Box struct {
	IMAP string // host:port, plain text
	LMTP string
	server
}

// Dovecot starts a Dovecot with no mails and waits until it answers.
func Dovecot(t testing.TB) *Box {
	t.Helper()
	b := &Box{}
	b.start(t, "dovecot", 2, func(addrs []string) (string, []string) {
		b.IMAP, b.LMTP = addrs[0], addrs[1]
		return strings.NewReplacer("${IMAP}", port(b.IMAP), "${LMTP}", port(b.LMTP), "${PASSWORD}", Password).Replace(dovecotConf), []string{"-F", "-c"}
	})
	return b
}

// OpenSMTPD starts an OpenSMTPD that delivers to the box, and returns its address.
func (b *Box) OpenSMTPD(t testing.TB) (addr string) {
	t.Helper()
	var s server
	s.start(t, "smtpd", 1, func(addrs []string) (string, []string) {
		addr = addrs[0]
		return strings.NewReplacer("${SMTP}", port(addr), "${LMTP}", b.LMTP, "${DOMAIN}", Domain).Replace(smtpdConf), []string{"-d", "-f"}
	})
	return addr
}

// Deliver hands a mail to Dovecot by LMTP.
func (b *Box) Deliver(t testing.TB, text string) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", b.LMTP, patience)
	if err != nil {
		t.Fatal(err)
	}
	client := smtp.NewClientLMTP(conn)
	defer client.Close()
	if err := deliver(client, text); err != nil {
		t.Fatalf("LMTP: %v", err)
	}
}

func deliver(client *smtp.Client, text string) error {
	if err := client.Mail("monitor@"+Domain, nil); err != nil {
		return err
	}
	if err := client.Rcpt(User, nil); err != nil {
		return err
	}
	body, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(body, strings.ReplaceAll(text, "\n", "\r\n")); err != nil {
		return err
	}
	return body.Close()
}

func port(addr string) string {
	_, p, _ := net.SplitHostPort(addr)
	return p
}

const dovecotConf = `
base_dir = /run/dovecot
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
log_path = /dev/stderr
mail_location = maildir:/var/mail/%u
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
passdb {
  driver = static
  args = password=${PASSWORD}
}
userdb {
  driver = static
  args = uid=mail gid=mail home=/var/mail/%u allow_all_users=yes
}
service imap-login {
  inet_listener imap {
    address = 127.0.0.1
    port = ${IMAP}
  }
  inet_listener imaps {
    port = 0
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${LMTP}
  }
}
namespace inbox {
  inbox = yes
}
`

const smtpdConf = `
listen on 127.0.0.1 port ${SMTP} hostname ${DOMAIN}
action "box" lmtp "${LMTP}" rcpt-to virtual { "@" = "mail" }
match from any for domain "${DOMAIN}" action "box"
`
