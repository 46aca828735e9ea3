// Package rest reads incidents from any HTTP API that lists them as JSON: what is asked, where the fields stand and what
// their words mean are parameters. It only reads.
package rest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/failurefriday/friday/internal/fields"
	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
)

// Kind is the entry in the list of sources.
var Kind = verify.SourceKind{
	Name:    "http",
	Summary: "Incidents of any HTTP API that lists them as JSON.",
	Example: `{url: "https://api.example.org", path: /v2/alerts, auth: [{prefix: "Bearer ", env: TOKEN}], items: alerts, ` +
		`fields: {id: id, title: title, status: status, opened: created_at, resolved: resolved_at}}`,
	New: func() verify.SourceParams { return &Params{Poll: time.Second, Timeout: 10 * time.Second} },
}

// Params are the settings of an HTTP source.
type Params struct {
	URL  string `yaml:"url" required:"true" doc:"base URL of the API: http:// or https://, host, and perhaps a path"`
	Path string `yaml:"path" doc:"path of the list, behind that of the url"`

	Query      map[string]Values `yaml:"query" doc:"query of the list: name to value, or to a list of values. {now} stands for the time in a minute"`
	OpenQuery  map[string]Values `yaml:"open_query" doc:"more of the query where every open incident is wanted, however old"`
	SinceQuery map[string]Values `yaml:"since_query" doc:"more of the query where all incidents since a moment are wanted, in any state; {since} stands for that moment: {created_after: \"{since}\"}"`
	SinceTimes fields.Format     `yaml:"since_times" doc:"format of {since} and {now}; by default that of times"`

	Headers map[string]string `yaml:"headers" doc:"headers of every request; no secrets"`
	Auth    []Auth            `yaml:"auth" doc:"headers with a secret, each {header: Authorization, prefix: \"Bearer \", env: TOKEN}, or with file: instead of env:; with user: it is basic authentication"`

	fields.Shape `yaml:",inline"`

	Paging   Paging        `yaml:"paging" doc:"how the list goes on; by default it has a single page"`
	OpenOnly bool          `yaml:"open_only" doc:"the list shows only what is open: what is gone from it is taken for resolved"`
	Poll     time.Duration `yaml:"poll" default:"1s" min:"100ms" doc:"shortest time between two polls"`
	Timeout  time.Duration `yaml:"timeout" default:"10s" min:"100ms" doc:"longest time for one request"`
}

// Auth is a header with a secret in it.
type Auth struct {
	Header string `yaml:"header" doc:"name of the header; by default Authorization"`
	Prefix string `yaml:"prefix" doc:"what stands before the secret: \"Bearer \", \"GenieKey \""`
	User   string `yaml:"user" doc:"name for basic authentication, with the secret for a password"`

	secret.Ref `yaml:",inline"`
}

// Paging is how a list goes on after its first page. One of next, cursor, offset and page says it.
type Paging struct {
	Next   fields.Path `yaml:"next" doc:"field with the URL of the next page; null, empty or not there on the last one"`
	Cursor fields.Path `yaml:"cursor" doc:"field with a word to ask for the next page by; null, empty or not there on the last one"`
	Param  string      `yaml:"param" doc:"query parameter that takes the cursor"`
	Offset string      `yaml:"offset" doc:"query parameter that takes the number of items to leave out"`
	Page   string      `yaml:"page" doc:"query parameter that takes the number of the page"`
	First  int         `yaml:"first" default:"1" min:"0" doc:"number of the first page"`
	Total  fields.Path `yaml:"total" doc:"field with the number of all items; without one, pages by offset or number are asked for until one is empty"`
	Most   int         `yaml:"most" default:"100" min:"1" doc:"most pages of one list; that there are more is an error"`
}

// Values are the values of one parameter of a query.
type Values []string

// UnmarshalText reads a single value.
func (v *Values) UnmarshalText(text []byte) error { return v.UnmarshalTexts([]string{string(text)}) }

// UnmarshalTexts reads a list of values.
func (v *Values) UnmarshalTexts(texts []string) error {
	*v = texts
	return nil
}

// PollEvery is the shortest time between two polls.
func (p *Params) PollEvery() time.Duration { return p.Poll }

// Build makes the source. It reads the secrets and makes no request.
func (p *Params) Build(name string, env verify.Env) (verify.Source, error) {
	if env.Secrets == nil {
		env.Secrets = new(secret.Scrubber)
	}
	base, err := url.Parse(p.URL)
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	header := http.Header{"Accept": {"application/json"}}
	for name, value := range p.Headers {
		header.Set(name, value)
	}
	authorize, err := p.authorize(env)
	if err != nil {
		return nil, err
	}
	s := &Source{name: name, params: *p, base: base, known: map[string]verify.Incident{}}
	if s.params.SinceTimes.IsZero() {
		s.params.SinceTimes = p.Times
	}
	s.api = httpapi.New(httpapi.Options{
		Base: base.Scheme + "://" + base.Host, UserAgent: env.UserAgent, Transport: env.Transport, Clean: env.Secrets.Clean,
		Timeout: p.Timeout, Header: header, Authorize: authorize,
	})
	return s, nil
}

// authorize reads the secrets, and makes what puts them into a request.
func (p *Params) authorize(env verify.Env) (func(*http.Request), error) {
	secrets := make([]secret.Value, len(p.Auth))
	for i, a := range p.Auth {
		read, err := a.Read(env.Getenv)
		if err != nil {
			return nil, fmt.Errorf("auth[%d]: %w", i, err)
		}
		env.Secrets.Learn(read)
		secrets[i] = read
		if a.User != "" {
			pair := a.User + ":" + read.Reveal()
			secrets[i] = secret.New(base64.StdEncoding.EncodeToString([]byte(pair)))
			env.Secrets.Learn(secrets[i])
		}
	}
	return func(r *http.Request) {
		for i, a := range p.Auth {
			r.Header.Set(a.header(), a.prefix()+secrets[i].Reveal())
		}
	}, nil
}

func (a Auth) header() string {
	if a.Header == "" {
		return "Authorization"
	}
	return a.Header
}

func (a Auth) prefix() string {
	if a.User != "" {
		return "Basic "
	}
	return a.Prefix
}
