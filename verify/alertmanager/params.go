// Package alertmanager reads alerts, silences, routing and counters from the HTTP API of Prometheus Alertmanager, or from
// anything that speaks it, and follows pages from the hand-over to the notification. It only reads.
package alertmanager

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
)

// Kind is the entry in the list of sources.
var Kind = verify.SourceKind{
	Name:    "alertmanager",
	Summary: "Active alerts of Alertmanager, and the way of a page through its routes to the notification.",
	Example: `{url: "http://127.0.0.1:9093"}`,
	Follows: true,
	New:     func() verify.SourceParams { return &Params{Poll: time.Second} },
}

// Params are the settings of an Alertmanager source.
type Params struct {
	URL       string        `yaml:"url" required:"true" doc:"base URL of Alertmanager, with the prefix of its routes if it has one"`
	User      string        `yaml:"user" doc:"user for basic authentication"`
	Password  secret.Ref    `yaml:"password" doc:"password of that user, from env: or file:"`
	Token     secret.Ref    `yaml:"token" doc:"bearer token, from env: or file:"`
	Receivers []string      `yaml:"receivers" doc:"only alerts that go to one of these receivers count as incidents; by default any that notifies somebody"`
	Poll      time.Duration `yaml:"poll" default:"1s" doc:"shortest time between two polls"`

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
	base := strings.TrimSuffix(p.URL, "/")
	return &Source{
		name: name, base: base, narrow: p.Receivers, clean: env.Secrets.Clean,
		api: httpapi.New(httpapi.Options{
			Base: base, UserAgent: env.UserAgent, Transport: env.Transport, Clean: env.Secrets.Clean, Timeout: p.timeout, Authorize: authorize,
		}),
	}, nil
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
