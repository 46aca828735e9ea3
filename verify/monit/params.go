// Package monit reads the services of Monit from the XML of its HTTP interface, and follows pages from the check to the
// alert. It only reads: a read-only user is enough.
package monit

import (
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
)

// Kind is the entry in the list of sources.
var Kind = verify.SourceKind{
	Name:    "monit",
	Summary: "Failed services of Monit, and the way of a page from the check to the alert.",
	Example: `{url: "http://127.0.0.1:2812", user: friday, password: {env: MONIT_PASSWORD}}`,
	Follows: true,
	New:     func() verify.SourceParams { return &Params{Cycles: 1, Poll: time.Second} },
}

// Params are the settings of a Monit source.
type Params struct {
	URL      string        `yaml:"url" required:"true" doc:"base URL of Monit's HTTP interface (set httpd)"`
	User     string        `yaml:"user" doc:"user of that interface; a read-only one is enough"`
	Password secret.Ref    `yaml:"password" doc:"password of that user, from env: or file:"`
	Cycles   int           `yaml:"cycles" default:"1" min:"1" doc:"for how many cycles a test must fail before Monit alerts, as the control file says (for 3 cycles): Monit does not tell it"`
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
	if p.Cycles < 1 {
		bad = append(bad, diag.FieldError{Field: "cycles", Msg: "must be at least 1"})
	}
	return append(bad, httpapi.CheckPoll(p.Poll)...)
}

func (p *Params) credentials() httpapi.Credentials {
	return httpapi.Credentials{User: p.User, Password: p.Password}
}

// PollEvery is the shortest time between two polls.
func (p *Params) PollEvery() time.Duration { return p.Poll }

// Build makes the source. It reads the password and makes no request.
func (p *Params) Build(name string, env verify.Env) (verify.Source, error) {
	if env.Secrets == nil {
		env.Secrets = new(secret.Scrubber)
	}
	authorize, err := p.credentials().Authorize(env.Getenv, env.Secrets)
	if err != nil {
		return nil, err
	}
	return &Source{
		name: name, base: p.URL, cycles: max(1, p.Cycles), last: map[string]*verify.Incident{},
		api: httpapi.New(httpapi.Options{
			Base: p.URL, UserAgent: env.UserAgent, Transport: env.Transport, Clean: env.Secrets.Clean, Timeout: p.timeout, Authorize: authorize,
		}),
	}, nil
}
