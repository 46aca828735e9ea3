// Package pagerduty reads incidents, log entries, services, maintenance windows and on-calls from PagerDuty's REST API v2,
// or from anything that speaks it. It only reads: a read-only account key is enough.
package pagerduty

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
)

// Kind is the entry in the list of sources.
var Kind = verify.SourceKind{
	Name:    "pagerduty",
	Summary: "Incidents of PagerDuty, or of the embedded inbox, by REST API v2.",
	Example: "{token: {env: PAGERDUTY_TOKEN}, region: eu}",
	New:     func() verify.SourceParams { return &Params{Region: "us", Poll: time.Second} },
}

// Params are the settings of a PagerDuty source.
type Params struct {
	Token    secret.Ref    `yaml:"token" doc:"API key, from env: or file:; a read-only one is enough. Not needed for a url on loopback"`
	Region   string        `yaml:"region" default:"us" doc:"service region of the account: us or eu"`
	URL      string        `yaml:"url" doc:"base URL of the API instead of the region's, such as that of friday inbox"`
	Services []string      `yaml:"services" doc:"only incidents of these services, by name or id; by default all of the account"`
	Poll     time.Duration `yaml:"poll" default:"1s" doc:"shortest time between two polls"`

	timeout time.Duration // of one request; 0 means the default
}

// regions are the base URLs of the API.
var regions = map[string]string{"us": "https://api.pagerduty.com", "eu": "https://api.eu.pagerduty.com"}

// Check finds what the types of the parameters do not tell.
func (p *Params) Check() []diag.FieldError {
	var bad []diag.FieldError
	if regions[p.Region] == "" {
		bad = append(bad, diag.FieldError{Field: "region", Msg: fmt.Sprintf("%q is no region: want us or eu", p.Region)})
	}
	if p.URL != "" && !httpapi.IsBase(p.URL) {
		bad = append(bad, diag.FieldError{Field: "url", Msg: "want http:// or https://, a host, and no user or query"})
	}
	if p.Token.IsZero() && !onLoopback(p.URL) {
		bad = append(bad, diag.FieldError{Field: "token", Msg: "is needed: name an environment variable (env:) or a file (file:)"})
	}
	return append(bad, httpapi.CheckPoll(p.Poll)...)
}

// PollEvery is the shortest time between two polls.
func (p *Params) PollEvery() time.Duration { return p.Poll }

// onLoopback reports whether a URL names this very machine by address.
func onLoopback(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	return u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
}

// placeholder is sent where no token is needed: the API wants the header all the same.
const placeholder = "none"

// Build makes the source. It reads the token and makes no request.
func (p *Params) Build(name string, env verify.Env) (verify.Source, error) {
	if env.Secrets == nil {
		env.Secrets = new(secret.Scrubber)
	}
	token := secret.New(placeholder)
	if !p.Token.IsZero() {
		read, err := p.Token.Read(env.Getenv)
		if err != nil && !(onLoopback(p.URL) && p.Token.Env != "") {
			return nil, fmt.Errorf("token: %w", err)
		}
		if err == nil {
			token = read
			env.Secrets.Learn(token)
		}
	}
	base := p.URL
	if base == "" {
		base = regions[p.Region]
	}
	return &Source{name: name, region: p.Region, narrow: narrowing{wanted: p.Services}, local: onLoopback(base), base: base, api: httpapi.New(httpapi.Options{
		Base: base, UserAgent: env.UserAgent, Transport: env.Transport, Clean: env.Secrets.Clean,
		Timeout:   p.timeout,
		Header:    http.Header{"Accept": {"application/vnd.pagerduty+json;version=2"}},
		Authorize: func(r *http.Request) { r.Header.Set("Authorization", "Token token="+token.Reveal()) },
	})}, nil
}
