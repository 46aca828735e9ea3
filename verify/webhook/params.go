// Package webhook receives pages: it listens, and whoever sends alerts posts them to it, such as Alertmanager, PagerDuty's
// webhooks v3, or anything that posts JSON. What was sent before it listened is not known. It speaks plain HTTP; senders
// from outside reach it through a proxy with TLS.
package webhook

import (
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/fields"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
)

// Kind is the entry in the list of sources.
var Kind = verify.SourceKind{
	Name:    "webhook",
	Summary: "Pages that Alertmanager, PagerDuty or anything else posts to Friday; what came before it listened is not known.",
	Example: `{listen: "127.0.0.1:9912", path: /pages, format: alertmanager, secret: {env: WEBHOOK_TOKEN}}`,
	New: func() verify.SourceParams {
		return &Params{Listen: "127.0.0.1:9912", Path: "/", Format: alertmanager, Poll: time.Second}
	},
}

// The formats of messages.
const (
	alertmanager = "alertmanager" // its webhook, version 4
	pagerduty    = "pagerduty"    // webhooks v3
	plainJSON    = "json"
)

// Params are the settings of a receiver.
type Params struct {
	Listen    string     `yaml:"listen" default:"127.0.0.1:9912" doc:"host:port to listen at; without a host on loopback only"`
	Path      string     `yaml:"path" default:"/" doc:"path that is posted to; anything else is refused"`
	Format    string     `yaml:"format" default:"alertmanager" doc:"alertmanager: an incident is an alert, its key the SHA-256 of the group's (PagerDuty's dedup key); pagerduty: webhooks v3; json: as items, fields, states and times say"`
	Secret    secret.Ref `yaml:"secret" doc:"what proves who sends, from env: or file:. alertmanager: bearer token, or with user: the password; pagerduty: the secret of the subscription; json: see signature. Needed unless on loopback"`
	User      string     `yaml:"user" doc:"alertmanager: name for basic authentication"`
	Signature Signature  `yaml:"signature" doc:"json: how the secret comes with a message"`

	fields.Shape `yaml:",inline"`

	Poll time.Duration `yaml:"poll" default:"1s" min:"100ms" doc:"shortest time between two looks at what has come"`
}

// Signature is how a message proves who sent it.
type Signature struct {
	Header   string `yaml:"header" doc:"name of the header that holds the signature or the secret; by default Authorization"`
	Prefix   string `yaml:"prefix" doc:"what stands before it: \"Bearer \", sha256="`
	Hash     string `yaml:"hash" doc:"sha256 or sha1: HMAC of the body with the secret; by default the header holds the secret itself"`
	Encoding string `yaml:"encoding" doc:"of an HMAC: hex (default) or base64"`
}

// PollEvery is the shortest time between two looks.
func (p *Params) PollEvery() time.Duration { return p.Poll }

// Check finds what the types of the parameters do not tell, all of it at once.
func (p *Params) Check() []diag.FieldError {
	var bad []diag.FieldError
	say := func(wrong bool, field, msg string) {
		if wrong {
			bad = append(bad, diag.FieldError{Field: field, Msg: msg})
		}
	}
	host, _, err := net.SplitHostPort(p.address())
	local := host == "localhost" || net.ParseIP(host).IsLoopback()
	say(err != nil, "listen", "want host:port, such as 127.0.0.1:9912")
	say(!strings.HasPrefix(p.Path, "/") || strings.ContainsAny(p.Path, "?#"), "path", "must begin with a slash and have no query")
	say(p.Secret.Env != "" && p.Secret.File != "", "secret", "comes from env or from file, not from both")
	say(err == nil && !local && p.Secret.IsZero() && p.Format != pagerduty, "secret", "is needed where others than this machine can post")
	say(p.User != "" && p.Secret.IsZero(), "secret", "is needed: the password of the user")
	switch p.Format {
	case alertmanager:
		say(strings.Contains(p.User, ":"), "user", "must have no colon")
	case pagerduty:
		say(p.Secret.IsZero(), "secret", "is needed: PagerDuty shows it once, when the subscription is made")
	case plainJSON:
		bad = append(bad, p.checkJSON()...)
	default:
		say(true, "format", fmt.Sprintf("%q is no format: want alertmanager, pagerduty or json", p.Format))
	}
	say(p.User != "" && p.Format != alertmanager, "user", "belongs to the format alertmanager")
	say(p.Signature != Signature{} && p.Format != plainJSON, "signature", "belongs to the format json: the others have theirs")
	shaped := len(p.Fields.ID) > 0 || !p.Fields.Key.IsZero() || len(p.Fields.Title) > 0 || !p.Items.IsZero()
	say(shaped && p.Format != plainJSON, "fields", "belong to the format json: the others have theirs")
	return bad
}

func (p *Params) checkJSON() []diag.FieldError {
	bad := p.Shape.Check()
	say := func(wrong bool, field, msg string) {
		if wrong {
			bad = append(bad, diag.FieldError{Field: field, Msg: msg})
		}
	}
	s := p.Signature
	say(len(p.Fields.ID) == 0 && p.Fields.Key.IsZero(), "fields.id", "is needed, or fields.key: what tells which incident a message is about")
	say(s != Signature{} && p.Secret.IsZero(), "secret", "is needed for a signature")
	say(s.Hash != "" && s.Hash != "sha256" && s.Hash != "sha1", "signature.hash", "want sha256 or sha1")
	say(s.Hash != "" && s.Header == "", "signature.header", "is needed: the header that holds the HMAC")
	say(s.Encoding != "" && s.Encoding != "hex" && s.Encoding != "base64", "signature.encoding", "want hex or base64")
	say(s.Encoding != "" && s.Hash == "", "signature.encoding", "belongs to an HMAC: name its hash")
	return bad
}

// address is where to listen: on loopback unless a host is named.
func (p *Params) address() string {
	if !strings.Contains(p.Listen, ":") {
		return "127.0.0.1:" + p.Listen
	}
	if strings.HasPrefix(p.Listen, ":") {
		return "127.0.0.1" + p.Listen
	}
	return p.Listen
}

// Build makes the receiver. It reads the secret and does not listen yet.
func (p *Params) Build(name string, env verify.Env) (verify.Source, error) {
	if env.Secrets == nil {
		env.Secrets = new(secret.Scrubber)
	}
	s := &Source{name: name, params: *p, clean: env.Secrets.Clean, now: time.Now, store: newStore(), busy: make(chan struct{}, mostAtOnce)}
	if !p.Secret.IsZero() {
		read, err := p.Secret.Read(env.Getenv)
		if err != nil {
			return nil, fmt.Errorf("secret: %w", err)
		}
		env.Secrets.Learn(read)
		s.secret = read
	}
	s.decode = map[string]decoder{alertmanager: s.readAlertmanager, pagerduty: s.readPagerDuty, plainJSON: s.readJSON}[p.Format]
	if s.decode == nil {
		return nil, fmt.Errorf("format: %q is no format", p.Format)
	}
	return s, nil
}
