// Package alertmanager reads alerts, silences, routing and counters from the HTTP API of Prometheus Alertmanager, or from
// anything that speaks it, and follows pages from the hand-over to the notification. It only reads.
package alertmanager

import (
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
	CA        string        `yaml:"ca" doc:"file of the certificates (PEM) that sign the server's; by default those of the system"`
	Receivers []string      `yaml:"receivers" doc:"only alerts that go to one of these receivers count as incidents; by default any that notifies somebody"`
	Poll      time.Duration `yaml:"poll" default:"1s" doc:"shortest time between two polls"`

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
	base := strings.TrimSuffix(p.URL, "/")
	return &Source{
		name: name, base: base, narrow: p.Receivers, clean: env.Secrets.Clean,
		api: httpapi.New(httpapi.Options{
			Base: base, UserAgent: env.UserAgent, Transport: transport, Clean: env.Secrets.Clean, Timeout: p.timeout, Authorize: authorize,
		}),
	}, nil
}
