// Package publish tells people of a run: in a chat, to a program by a webhook, or by mail. What it sends is made from the
// judged record alone.
package publish

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/failurefriday/friday/internal/decode"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// Kinds lists the kinds of target that friday.yaml can name.
func Kinds() []decode.Kind {
	return []decode.Kind{
		{Name: "slack", Summary: "An incoming webhook of Slack, Mattermost or Rocket.Chat.", New: func() any { return new(Slack) }},
		{Name: "webhook", Summary: "A POST of JSON to any address, signed if wanted.", New: func() any { return new(Webhook) }},
		{Name: "mail", Summary: "A mail by SMTP, as text and HTML, with the report attached.", New: func() any { return new(Mail) }},
	}
}

// On says which runs a target is told of.
type On string

// The runs that a target can be told of.
const (
	Always  On = "always"
	Failure On = "failure" // everything but a PASS that was restored
	Change  On = "change"  // the verdict is not that of the run before, or that one is not known
)

// Env is what the outside world gives to a target when it is built.
type Env struct {
	Getenv    func(string) string
	Secrets   *secret.Scrubber  // learns every secret that is read
	Transport http.RoundTripper // nil means the default one
	UserAgent string
	Host      string // name of this machine, for SMTP; may be empty
}

// News is one run to tell of.
type News struct {
	Record judge.Record
	Before *judge.Verdict // of the run of this scenario before; nil if there is none, or nobody knows
	Link   string         // address of the run's published report; may be empty
	At     time.Time      // now: the date of a mail
	Test   bool           // there is no run: the target is being tried
}

// Target is one place to tell.
type Target struct {
	Name string
	Kind string
	On   On

	sender  sender
	secrets *secret.Scrubber
}

// sender brings a message to where it is to go. Its errors hold neither the address nor another secret.
type sender interface {
	send(ctx context.Context, m message) error
}

// params are the settings of a target, as friday.yaml has them.
type params interface {
	build(env Env) (sender, error)
}

// Build makes the target called name from the settings of a kind in Kinds. It reads the secrets, which env.Secrets
// learns, and connects to nobody.
func Build(name, kind string, on On, settings any, env Env) (Target, error) {
	if env.Secrets == nil {
		env.Secrets = new(secret.Scrubber)
	}
	p, ok := settings.(params)
	if !ok {
		return Target{}, fmt.Errorf("notify %s: %s is no kind of target", name, kind)
	}
	s, err := p.build(env)
	if err != nil {
		return Target{}, fmt.Errorf("notify %s: %s: %w", name, kind, err)
	}
	if on == "" {
		on = Always
	}
	return Target{Name: name, Kind: kind, On: on, sender: s, secrets: env.Secrets}, nil
}

// Wants reports whether the target is to be told, and if not, why.
func (t Target) Wants(n News) (bool, string) {
	good := n.Record.Verdict.Class() == judge.Passed && n.Record.Restored
	switch {
	case n.Test || t.On == Always:
		return true, ""
	case t.On == Failure && good:
		return false, "it passed"
	case t.On == Change && n.Record.Restored && n.Before != nil && *n.Before == n.Record.Verdict:
		return false, "the verdict is " + n.Record.Verdict.String() + " as before"
	}
	return true, ""
}

// inAll bounds how long a target is tried.
const inAll = 30 * time.Second

// Tell sends the news, and tries again for up to 30 seconds where that may help. It does not ask Wants. The error tells
// what to do, and holds no secret; the news may have arrived all the same where the answer to it was lost.
func (t Target) Tell(ctx context.Context, n News) error {
	ctx, cancel := context.WithTimeout(ctx, inAll)
	defer cancel()
	n.Record = show.Map(n.Record, t.secrets.Clean)
	m := message{test: n.Test, target: t.Name, link: n.Link, at: n.At, record: n.Record, clean: t.secrets.CleanBytes}
	if !n.Test {
		m.Brief = reports.BriefOf(n.Record)
	}
	err := t.sender.send(ctx, m)
	if err == nil {
		return nil
	}
	again := "friday report " + m.Run + " --notify " + t.Name
	if n.Test {
		again = "friday notify --test " + t.Name
	}
	hint := ""
	var refused *refusal
	if errors.As(err, &refused) && refused.do != "" {
		hint = refused.do + ", then "
	}
	return fmt.Errorf("%s (%s) was not told: %s; %ssend it again with: %s", t.Name, t.Kind, t.secrets.Clean(err.Error()), hint, again)
}

// LinkTo is the address of a run's report on the site that is published at base; "" without a base.
func LinkTo(base, file string) string {
	if base == "" {
		return ""
	}
	link, err := url.JoinPath(base, file)
	if err != nil {
		return ""
	}
	return link
}
