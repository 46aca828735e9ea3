package publish

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/mail"
	"strings"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/secret"
)

// Mail are the settings of a mail.
type Mail struct {
	To       []string   `yaml:"to" required:"true" doc:"addresses to send to"`
	From     string     `yaml:"from" required:"true" doc:"address of the sender"`
	Server   string     `yaml:"server" required:"true" doc:"SMTP server, host:port"`
	User     string     `yaml:"user" doc:"name to log in with"`
	Password secret.Ref `yaml:"password" doc:"password, from env: or file:"`
	TLS      string     `yaml:"tls" default:"starttls" pattern:"^(starttls|tls|none)$" want:"starttls, tls or none" doc:"starttls, tls (from the first byte), or none: in the clear, and no password but on loopback"`
	HTML     bool       `yaml:"html" default:"true" doc:"send HTML beside the text, and attach the whole report"`

	tls *tls.Config // nil means the default
}

// Check finds what the types do not tell, all of it at once.
func (p *Mail) Check() []diag.FieldError {
	var bad []diag.FieldError
	say := func(wrong bool, field, msg string) {
		if wrong {
			bad = append(bad, diag.FieldError{Field: field, Msg: msg})
		}
	}
	for i, to := range p.To {
		_, err := mailbox(to)
		say(err != nil, fmt.Sprintf("to.%d", i), fmt.Sprintf("%q is no mail address: %v", to, err))
	}
	_, err := mailbox(p.From)
	say(err != nil, "from", fmt.Sprintf("%q is no mail address: %v", p.From, err))
	host, port, err := net.SplitHostPort(p.Server)
	say(err != nil || host == "" || port == "", "server", "want host:port, such as mail.example.org:587")
	bad = append(bad, checkRef("password", p.Password, p.User != "")...)
	say(p.User == "" && !p.Password.IsZero(), "user", "is needed: password and user go together")
	say(p.User != "" && p.TLS == "none" && err == nil && !onLoopback(host), "tls", "a password is not sent in the clear: want starttls or tls")
	return bad
}

// mailbox reads an address. One that SMTP could only take with an extension is refused.
func mailbox(text string) (*mail.Address, error) {
	a, err := mail.ParseAddress(text)
	if err != nil {
		return nil, err
	}
	for _, c := range a.Address {
		if c <= ' ' || c > '~' {
			return nil, fmt.Errorf("%q is not ASCII: a domain is written as xn--…", c)
		}
	}
	return a, nil
}

func (p *Mail) build(env Env) (sender, error) {
	host, _, err := net.SplitHostPort(p.Server)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	m := &mailer{server: p.Server, host: host, mode: p.TLS, user: p.User, html: p.HTML, hello: hello(env.Host), agent: env.UserAgent}
	m.dial = (&net.Dialer{Timeout: oneTry}).DialContext
	m.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	if p.tls != nil {
		m.tls = p.tls.Clone()
	}
	m.tls.ServerName = host
	if m.from, err = mailbox(p.From); err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	for _, to := range p.To {
		a, err := mailbox(to)
		if err != nil {
			return nil, fmt.Errorf("to: %w", err)
		}
		m.to = append(m.to, a)
	}
	if p.User != "" {
		if m.password, err = p.Password.Read(env.Getenv); err != nil {
			return nil, fmt.Errorf("password: %w", err)
		}
		env.Secrets.LearnLogin(p.User, m.password.Reveal())
	}
	return m, nil
}

// hello is the name to greet a server with.
func hello(host string) string {
	if host == "" || strings.ContainsFunc(host, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return "localhost"
	}
	return host
}
