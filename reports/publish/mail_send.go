package publish

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"slices"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/failurefriday/friday/internal/secret"
)

// mailer sends mails over one server.
type mailer struct {
	server, host string
	mode         string // starttls, tls, none
	tls          *tls.Config
	user         string
	password     secret.Value
	from         *mail.Address
	to           []*mail.Address
	html         bool
	hello        string
	agent        string
	dial         func(ctx context.Context, network, address string) (net.Conn, error)
}

// delivery is one mail on its way: who has not got it yet, and who never will.
type delivery struct {
	text    []byte
	waiting []string
	refused []string // each with the server's words
}

// send brings the mail to everybody who can be reached. A recipient who is refused is an error; the others have it.
func (m *mailer) send(ctx context.Context, msg message) error {
	text, err := m.compose(msg)
	if err != nil {
		return err
	}
	d := &delivery{text: text}
	for _, to := range m.to {
		d.waiting = append(d.waiting, to.Address)
	}
	// A mail server that is reached has all the time there is: many greet late, or look long at what they were sent, and who
	// asks again meanwhile sends the mail twice.
	err = persist(ctx, inAll, func(ctx context.Context) error { return m.try(ctx, d) })
	if len(d.refused) > 0 {
		refused := fmt.Errorf("refused for %s", strings.Join(d.refused, ", "))
		return &refusal{errors.Join(refused, err), "check the addresses in friday.yaml"}
	}
	return err
}

// try is one connection.
func (m *mailer) try(ctx context.Context, d *delivery) error {
	conn, err := m.dial(ctx, "tcp", m.server)
	if err != nil {
		return m.failed("connect", err)
	}
	defer conn.Close()
	// The client knows no context: it ends with its connection.
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	client, err := m.open(ctx, conn)
	if err == nil {
		err = m.deliver(client, d)
	}
	if ctx.Err() != nil && err != nil {
		return &busy{err: fmt.Errorf("%s: no answer in time: %w", m.server, ctx.Err())}
	}
	return err
}

// open brings a connection to where a mail may be sent.
func (m *mailer) open(ctx context.Context, conn net.Conn) (*smtp.Client, error) {
	var client *smtp.Client
	switch m.mode {
	case "tls":
		secure := tls.Client(conn, m.tls)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, m.failed("TLS", err)
		}
		client = smtp.NewClient(secure)
	case "none":
		client = smtp.NewClient(conn)
	default:
		var err error
		if client, err = smtp.NewClientStartTLS(conn, m.tls); err != nil {
			return nil, m.failed("STARTTLS", err)
		}
	}
	if err := client.Hello(m.hello); err != nil {
		var said *smtp.SMTPError
		if m.mode != "none" && !errors.As(err, &said) {
			return nil, m.failed("TLS", err) // which begins with the first word
		}
		return nil, m.failed("EHLO", err)
	}
	if m.user == "" {
		return client, nil
	}
	if !client.SupportsAuth(sasl.Plain) {
		return nil, m.failed("AUTH", errors.New("the server offers no AUTH PLAIN here"))
	}
	if err := client.Auth(sasl.NewPlainClient("", m.user, m.password.Reveal())); err != nil {
		return nil, m.failed("AUTH", err)
	}
	return client, nil
}

// deliver sends the mail to those who wait for it. Who is refused for good waits no longer.
func (m *mailer) deliver(client *smtp.Client, d *delivery) error {
	if err := client.Mail(m.from.Address, nil); err != nil {
		return m.failed("MAIL FROM", err)
	}
	var ready []string
	var later error
	for _, to := range slices.Clone(d.waiting) {
		err := client.Rcpt(to, nil)
		var said *smtp.SMTPError
		switch {
		case err == nil:
			ready = append(ready, to)
		case !errors.As(err, &said):
			return m.failed("RCPT TO", err)
		case said.Temporary():
			later = m.failed("RCPT TO "+to, err)
		default:
			d.refused = append(d.refused, fmt.Sprintf("%s (%s)", to, words(said)))
			d.waiting = slices.DeleteFunc(d.waiting, func(w string) bool { return w == to })
		}
	}
	if len(ready) > 0 {
		if err := data(client, d.text); err != nil {
			return m.failed("DATA", err)
		}
		d.waiting = slices.DeleteFunc(d.waiting, func(w string) bool { return slices.Contains(ready, w) })
	}
	_ = client.Quit() // the mail is taken: a farewell that fails is no matter
	return later
}

func data(client *smtp.Client, text []byte) error {
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	return w.Close()
}

// failed says at which command it failed, and whether another try may help.
func (m *mailer) failed(what string, err error) error {
	var said *smtp.SMTPError
	if errors.As(err, &said) {
		told := fmt.Errorf("%s: %s: %s", m.server, what, words(said))
		switch {
		case said.Temporary():
			return &busy{err: told}
		case what == "AUTH":
			return &refusal{told, "check user and password"}
		}
		return &refusal{err: told}
	}
	told := fmt.Errorf("%s: %s: %w", m.server, what, err)
	if passes(err) || errors.Is(err, io.ErrClosedPipe) {
		return &busy{err: told}
	}
	return &refusal{told, "check server and tls in friday.yaml"}
}

// words are what a server said, in one line that cannot steer a terminal.
func words(said *smtp.SMTPError) string {
	return fmt.Sprintf("%d %q", said.Code, strings.Join(strings.Fields(said.Message), " "))
}
