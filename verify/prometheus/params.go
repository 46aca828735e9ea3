// Package prometheus reads alerts, rules, targets and series from Prometheus' HTTP API, or from anything that speaks it,
// and follows pages from the signal to the hand-over to Alertmanager. It only reads.
package prometheus

import (
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
	if !httpapi.IsBase(p.URL) {
		bad = append(bad, diag.FieldError{Field: "url", Msg: "want http:// or https://, a host, and no user or query"})
	}
	bad = append(bad, p.credentials().Check()...)
	return append(bad, httpapi.CheckPoll(p.Poll)...)
}

func (p *Params) credentials() httpapi.Credentials {
	return httpapi.Credentials{User: p.User, Password: p.Password, Token: p.Token}
}

// PollEvery is the shortest time between two polls.
func (p *Params) PollEvery() time.Duration { return p.Poll }

// Build makes the source. It reads the secrets and makes no request.
func (p *Params) Build(name string, env verify.Env) (verify.Source, error) {
	if env.Secrets == nil {
		env.Secrets = new(secret.Scrubber)
	}
	authorize, err := p.credentials().Authorize(env.Getenv, env.Secrets)
	if err != nil {
		return nil, err
	}
	transport, err := httpapi.Trusting(env.Transport, p.CA, nil)
	if err != nil {
		return nil, err
	}
	return &Source{name: name, base: p.URL, clean: env.Secrets.Clean, longest: usualInterval, api: httpapi.New(httpapi.Options{
		Base: p.URL, UserAgent: env.UserAgent, Transport: transport, Clean: env.Secrets.Clean, Timeout: p.timeout, Authorize: authorize,
	})}, nil
}
