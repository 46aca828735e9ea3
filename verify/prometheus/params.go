// Package prometheus reads alerts, rules, targets and series from Prometheus' HTTP API, or from anything that speaks it,
// and follows pages from the signal to the hand-over to Alertmanager. It only reads.
package prometheus

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
)

// Kind is the entry in the list of sources.
var Kind = verify.SourceKind{
	Name:    "prometheus",
	Summary: "Firing alerts of Prometheus, and the way of a page up to its hand-over to Alertmanager.",
	Example: `{url: "http://127.0.0.1:9090"}`,
	Follows: true,
	New:     func() verify.SourceParams { return &Params{Poll: time.Second} },
}

// Params are the settings of a Prometheus source.
type Params struct {
	URL      string        `yaml:"url" required:"true" doc:"base URL of Prometheus, with the prefix of its routes if it has one"`
	User     string        `yaml:"user" doc:"user for basic authentication"`
	Password secret.Ref    `yaml:"password" doc:"password of that user, from env: or file:"`
	Token    secret.Ref    `yaml:"token" doc:"bearer token, from env: or file:"`
	CA       string        `yaml:"ca" doc:"file of the certificates (PEM) that sign the server's; by default those of the system"`
	Poll     time.Duration `yaml:"poll" default:"1s" doc:"shortest time between two polls"`

	timeout time.Duration // of one request; 0 means the default
}

// Check finds what the types of the parameters do not tell.
func (p *Params) Check() []diag.FieldError {
	var bad []diag.FieldError
	if u, err := url.Parse(p.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.User != nil {
		bad = append(bad, diag.FieldError{Field: "url", Msg: "want http:// or https://, a host, and no user or query"})
	}
	if (p.User == "") != p.Password.IsZero() {
		bad = append(bad, diag.FieldError{Field: "password", Msg: "user and password go together"})
	}
	if p.User != "" && !p.Token.IsZero() {
		bad = append(bad, diag.FieldError{Field: "token", Msg: "there is a user already: want one way to authenticate"})
	}
	if p.Poll < 100*time.Millisecond {
		bad = append(bad, diag.FieldError{Field: "poll", Msg: "must be at least 100ms"})
	}
	return bad
}

// PollEvery is the shortest time between two polls.
func (p *Params) PollEvery() time.Duration { return p.Poll }

// Build makes the source. It reads the secrets and makes no request.
func (p *Params) Build(name string, env verify.Env) (verify.Source, error) {
	if env.Secrets == nil {
		env.Secrets = new(secret.Scrubber)
	}
	authorize, err := p.authorize(env)
	if err != nil {
		return nil, err
	}
	transport, err := p.transport(env)
	if err != nil {
		return nil, err
	}
	return &Source{name: name, base: p.URL, clean: env.Secrets.Clean, longest: usualInterval, api: httpapi.New(httpapi.Options{
		Base: p.URL, UserAgent: env.UserAgent, Transport: transport, Clean: env.Secrets.Clean, Timeout: p.timeout, Authorize: authorize,
	})}, nil
}

// authorize is how a request shows who asks.
func (p *Params) authorize(env verify.Env) (func(*http.Request), error) {
	read := func(what string, ref secret.Ref) (secret.Value, error) {
		value, err := ref.Read(env.Getenv)
		if err != nil {
			return value, fmt.Errorf("%s: %w", what, err)
		}
		env.Secrets.Learn(value)
		return value, nil
	}
	switch {
	case p.User != "":
		password, err := read("password", p.Password)
		return func(r *http.Request) { r.SetBasicAuth(p.User, password.Reveal()) }, err
	case !p.Token.IsZero():
		token, err := read("token", p.Token)
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token.Reveal()) }, err
	}
	return nil, nil
}

// transport trusts the certificates that were named.
func (p *Params) transport(env verify.Env) (http.RoundTripper, error) {
	if p.CA == "" {
		return env.Transport, nil
	}
	pem, err := os.ReadFile(p.CA)
	if err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca: %s holds no certificate in PEM", p.CA)
	}
	base, ok := env.Transport.(*http.Transport)
	if env.Transport == nil {
		base, ok = http.DefaultTransport.(*http.Transport)
	}
	if !ok {
		return nil, errors.New("ca: the transport in use cannot be told whom to trust")
	}
	own := base.Clone()
	own.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return own, nil
}
