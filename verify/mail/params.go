// Package mail reads a mailbox by IMAP as an alerting system: rules say which mails open an incident and which close it.
// It only reads: the mailbox is examined, never selected, and no mail is marked as seen.
package mail

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
)

// Kind is the entry in the list of sources.
var Kind = verify.SourceKind{
	Name:    "mail",
	Summary: "Mails of alerts in a mailbox, by IMAP; rules tell which mail opens an incident and which closes it.",
	Example: `{url: "imaps://imap.example.org", user: oncall@example.org, password: {env: MAIL_PASSWORD}, preset: alertmanager}`,
	New:     func() verify.SourceParams { return new(Params) },
}

// Params are the settings of a mailbox.
type Params struct {
	URL      string        `yaml:"url" required:"true" doc:"imaps://host (TLS) or imap://host (STARTTLS; plain on loopback only), with a port if it is not the standard one"`
	Insecure bool          `yaml:"insecure" doc:"let imap:// send the password unencrypted to another host"`
	User     string        `yaml:"user" required:"true" doc:"name to log in with"`
	Password secret.Ref    `yaml:"password" doc:"password, from env: or file:"`
	Mailbox  string        `yaml:"mailbox" default:"INBOX" doc:"mailbox to read"`
	Lookback time.Duration `yaml:"lookback" default:"24h" min:"1m" doc:"mails that are older when Friday first looks are not read, nor any before the newest 500"`
	Poll     time.Duration `yaml:"poll" default:"1s" doc:"shortest time between two polls"`

	Preset     string    `yaml:"preset" doc:"rules that come with Friday, tried after those of rules: alertmanager, icinga, monit, nagios"`
	Filter     Predicate `yaml:"filter" doc:"mails that do not fit are none of ours: they are neither taken for alerts nor reported"`
	Rules      []Rule    `yaml:"rules" doc:"tried in order; the first that fits a mail and finds its incident_key counts"`
	Fallback   string    `yaml:"fallback" default:"discard" doc:"what a mail does that no rule fits: open_new_incident, or discard, which reports it"`
	RegexFlags string    `yaml:"regex_flags" default:"sm" pattern:"^[imsU]*$" want:"any of i, m, s, U" doc:"RE2 flags of all regular expressions of the rules"`

	timeout time.Duration // of one command; 0 means the default
	tls     *tls.Config   // nil means the default
}

// schemes and their standard ports.
var schemes = map[string]string{"imap": "143", "imaps": "993"}

// The two fallbacks.
const (
	openNew = "open_new_incident"
	discard = "discard"
)

// Check finds what the types of the parameters do not tell, in all rules at once.
func (p *Params) Check() []diag.FieldError {
	var bad []diag.FieldError
	add := func(field, format string, args ...any) {
		bad = append(bad, diag.FieldError{Field: field, Msg: fmt.Sprintf(format, args...)})
	}
	if u, err := url.Parse(p.URL); err != nil || schemes[u.Scheme] == "" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || strings.Trim(u.Path, "/") != "" {
		add("url", "want imaps:// or imap://, a host, perhaps a port, and nothing else")
	}
	if p.Password.IsZero() {
		add("password", "is needed: name an environment variable (env:) or a file (file:)")
	}
	if p.Poll < 100*time.Millisecond {
		add("poll", "must be at least 100ms")
	}
	if p.Fallback != openNew && p.Fallback != discard {
		add("fallback", "%q is none: want %s or %s", p.Fallback, openNew, discard)
	}
	names := presetNames()
	switch {
	case p.Preset != "" && !slices.Contains(names, p.Preset):
		add("preset", "%q is none: want one of %s", p.Preset, strings.Join(names, ", "))
	case p.Preset == "" && len(p.Rules) == 0 && p.Fallback == discard:
		add("rules", "no mail would ever open an incident: give rules, a preset, or fallback: %s", openNew)
	}
	return append(bad, p.checkRules()...)
}

// PollEvery is the shortest time between two polls.
func (p *Params) PollEvery() time.Duration { return p.Poll }

const (
	defaultTimeout  = 15 * time.Second // of one command
	defaultLookback = 24 * time.Hour
)

// Build makes the source. It reads the password and makes no request.
func (p *Params) Build(name string, env verify.Env) (verify.Source, error) {
	if env.Secrets == nil {
		env.Secrets = new(secret.Scrubber)
	}
	password, err := p.Password.Read(env.Getenv)
	if err != nil {
		return nil, fmt.Errorf("password: %w", err)
	}
	env.Secrets.Learn(password)
	rules, err := p.compile()
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(p.URL)
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	host := net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), schemes[u.Scheme]))
	door := door{
		address: host, base: u.Scheme + "://" + host, user: p.User, password: password, mailbox: cmp.Or(p.Mailbox, "INBOX"),
		secure: u.Scheme == "imaps", plain: p.Insecure || onLoopback(u.Hostname()), tls: p.tls,
		timeout: cmp.Or(p.timeout, defaultTimeout), clean: env.Secrets.Clean,
	}
	box := newBox(door, rules, cmp.Or(p.Lookback, defaultLookback))
	return &Source{name: name, box: box, rules: rules}, nil
}

func onLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
