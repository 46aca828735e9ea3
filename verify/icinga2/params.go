// Package icinga2 reads problems from Icinga 2's REST API and follows pages from the check to the notification. It only
// reads: an ApiUser that may objects/query/* and status/query is enough.
package icinga2

import (
	"fmt"
	"net/http"
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
)

// Kind is the entry in the list of sources.
var Kind = verify.SourceKind{
	Name:    "icinga2",
	Summary: "Problems of Icinga 2, and the way of a page from the check to the notification.",
	Example: `{url: "https://icinga.example.org:5665", ca: /etc/icinga2/pki/ca.crt, user: friday, password: {env: ICINGA_PASSWORD}}`,
	Follows: true,
	New:     func() verify.SourceParams { return &Params{Poll: time.Second} },
}

// Params are the settings of an Icinga 2 source.
type Params struct {
	URL         string        `yaml:"url" required:"true" doc:"base URL of the API: https://, host, port (usually 5665)"`
	User        string        `yaml:"user" doc:"name of the ApiUser; it needs the permissions objects/query/* and status/query"`
	Password    secret.Ref    `yaml:"password" doc:"password of that user, from env: or file:"`
	CA          string        `yaml:"ca" doc:"file of the certificates (PEM) that sign the server's; by default those of the system"`
	ServerName  string        `yaml:"server_name" doc:"name in the server's certificate, where it is not the host of the url"`
	Fingerprint string        `yaml:"fingerprint" doc:"SHA-256 of the server's certificate in hex, instead of a ca"`
	Hosts       []string      `yaml:"hosts" doc:"only these hosts and their services, by object name; by default all. Large installations should name them"`
	Poll        time.Duration `yaml:"poll" default:"1s" doc:"shortest time between two polls"`

	timeout time.Duration // of one request; 0 means the default
}

// mostHosts bounds the length of a URL: Icinga takes headers of 8 KB.
const mostHosts = 50

// Check finds what the types of the parameters do not tell.
func (p *Params) Check() []diag.FieldError {
	var bad []diag.FieldError
	say := func(field, msg string) { bad = append(bad, diag.FieldError{Field: field, Msg: msg}) }
	if !httpapi.IsBase(p.URL) {
		say("url", "want https:// (or http:// behind a proxy), a host, and no user or query")
	}
	bad = append(bad, p.credentials().Check()...)
	if p.Fingerprint != "" {
		if _, err := fingerprint(p.Fingerprint); err != nil {
			say("fingerprint", err.Error())
		}
		if p.CA != "" || p.ServerName != "" {
			say("fingerprint", "a fingerprint says it all: want no ca or server_name beside it")
		}
	}
	if len(p.Hosts) > mostHosts {
		say("hosts", fmt.Sprintf("at most %d can be asked for at once", mostHosts))
	}
	return append(bad, httpapi.CheckPoll(p.Poll)...)
}

func (p *Params) credentials() httpapi.Credentials {
	return httpapi.Credentials{User: p.User, Password: p.Password}
}

// PollEvery is the shortest time between two polls.
func (p *Params) PollEvery() time.Duration { return p.Poll }

// Build makes the source. It reads the password and the certificates, and makes no request.
func (p *Params) Build(name string, env verify.Env) (verify.Source, error) {
	if env.Secrets == nil {
		env.Secrets = new(secret.Scrubber)
	}
	authorize, err := p.credentials().Authorize(env.Getenv, env.Secrets)
	if err != nil {
		return nil, err
	}
	transport, err := p.transport(env.Transport)
	if err != nil {
		return nil, err
	}
	return &Source{
		name: name, base: p.URL, hosts: p.Hosts, clean: env.Secrets.Clean, told: map[string]*verify.Incident{}, hushed: map[string]time.Time{},
		api: httpapi.New(httpapi.Options{
			Base: p.URL, UserAgent: env.UserAgent, Transport: transport, Clean: env.Secrets.Clean, Timeout: p.timeout,
			Header: http.Header{"Accept": {"application/json"}}, Authorize: authorize,
		}),
	}, nil
}
