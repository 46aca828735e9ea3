package publish

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/failurefriday/friday/internal/secret"
)

// postOffice is an SMTP server that does as a test tells it.
type postOffice struct {
	refuse  func(to string, try int) error // may be nil
	data    func(try int) error            // may be nil
	user    string                         // must log in, if set
	address string
	trusts  *tls.Config

	mu     sync.Mutex
	tries  int
	mails  []posting
	logins []string
}

type posting struct {
	from string
	to   []string
	text []byte
	safe bool // came by TLS
}

// opened starts the server; without secure it offers no STARTTLS.
func (o *postOffice) opened(t *testing.T, secure bool) *postOffice {
	t.Helper()
	s := smtp.NewServer(o)
	s.Domain = "mail.test"
	if secure {
		web := httptest.NewTLSServer(nil) // for its certificate
		web.Close()
		s.TLSConfig = &tls.Config{Certificates: web.TLS.Certificates}
		o.trusts = &tls.Config{RootCAs: x509.NewCertPool()}
		o.trusts.RootCAs.AddCert(web.Certificate())
	} else {
		s.AllowInsecureAuth = true
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.address = listener.Addr().String()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(listener) // it ends with the test
	}()
	t.Cleanup(func() { _ = s.Close(); <-done })
	return o
}

// settings send to the server as it wants it.
func (o *postOffice) settings(to ...string) *Mail {
	m := &Mail{To: to, From: "Friday <friday@ff.lab>", Server: o.address, TLS: "none", HTML: true, tls: o.trusts}
	if o.trusts != nil {
		m.TLS = "starttls"
	}
	if o.user != "" {
		m.User, m.Password = o.user, secret.Ref{Env: "PASSWORD"}
	}
	return m
}

func (o *postOffice) taken() []posting {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.mails
}

// NewSession is of smtp.Backend.
func (o *postOffice) NewSession(c *smtp.Conn) (smtp.Session, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, safe := c.TLSConnectionState()
	if !safe || o.trusts == nil { // STARTTLS makes a second session
		o.tries++
	}
	return &counter{office: o, try: o.tries, posting: posting{safe: safe}}, nil
}

// counter is one session.
type counter struct {
	posting
	office *postOffice
	try    int
	known  bool
}

func (c *counter) Reset()        { c.to = nil }
func (c *counter) Logout() error { return nil }

func (c *counter) Mail(from string, _ *smtp.MailOptions) error {
	if c.office.user != "" && !c.known {
		return smtp.ErrAuthRequired
	}
	c.from = from
	return nil
}

func (c *counter) Rcpt(to string, _ *smtp.RcptOptions) error {
	if c.office.refuse != nil {
		if err := c.office.refuse(to, c.try); err != nil {
			return err
		}
	}
	c.to = append(c.to, to)
	return nil
}

func (c *counter) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if c.office.data != nil {
		if err := c.office.data(c.try); err != nil {
			return err
		}
	}
	c.text = text
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	c.office.mails = append(c.office.mails, c.posting)
	return nil
}

// AuthMechanisms is of smtp.AuthSession.
func (c *counter) AuthMechanisms() []string {
	if c.office.user == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth is of smtp.AuthSession.
func (c *counter) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		c.office.mu.Lock()
		defer c.office.mu.Unlock()
		c.office.logins = append(c.office.logins, user)
		if user != c.office.user || password != canary {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "no " + password + " here"}
		}
		c.known = true
		return nil
	}), nil
}

var errUnknown = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such person"}

var errGrey = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted, come back later"}

var errBroken = errors.New("broken")
