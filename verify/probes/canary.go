package probes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
)

// CanaryKind is the probe `canary`.
var CanaryKind = verify.ProbeKind{
	Name:    "canary",
	Summary: "hears an alert that always fires, by a source: where it stops, every page of that way is lost",
	Example: `{alert: Watchdog, source: alertmanager, max_age: 3m}`,
	New:     func() verify.Probe { return &Canary{MaxAge: 3 * time.Minute} },
}

// Canary is green as long as an alert that always fires is heard: it is open at the source, and its sender has repeated
// it lately, where the source tells when it last did. Its pulse carries when it was last heard.
type Canary struct {
	Alert  match.Pattern            `yaml:"alert" required:"true" doc:"title of the incident, or its label alertname"`
	Source string                   `yaml:"source" required:"true" doc:"name of the source in friday.yaml that hears it"`
	Labels map[string]match.Pattern `yaml:"labels" doc:"labels that it must have"`
	MaxAge time.Duration            `yaml:"max_age" default:"3m" min:"100ms" doc:"red if its sender has not repeated it for so long; Prometheus repeats every alert once a minute"`

	heard verify.Source
}

// SourceName is the source that hears the canary.
func (p *Canary) SourceName() string { return p.Source }

// Bind hands over that source. Without one, Check could not look.
func (p *Canary) Bind(s verify.Source) { p.heard = s }

// Check asks the source what is open. A source that does not answer is an error: the canary may sing all the same.
func (p *Canary) Check(ctx context.Context) (verify.Pulse, error) {
	if p.heard == nil {
		return verify.Pulse{}, errors.New("no source was given to hear it by")
	}
	listen := p.heard.Open
	if h, ok := p.heard.(verify.Hearer); ok {
		listen = h.Heard // a canary wakes nobody
	}
	open, err := listen(ctx)
	if err != nil {
		return verify.Pulse{}, err
	}
	var last *verify.Incident
	for i, in := range open {
		if p.fits(in) && (last == nil || in.Heard.After(last.Heard)) {
			last = &open[i]
		}
	}
	if last == nil {
		return red("no alert %s is open on %s", p.Alert, p.Source), nil
	}
	if last.Heard.IsZero() {
		return green("%s is open", last.Title), nil
	}
	at := last.Heard.Add(-p.offset())
	age := max(0, time.Since(at))
	pulse := verify.Pulse{OK: age <= p.MaxAge, Detail: fmt.Sprintf("%s was last heard %s ago", last.Title, verify.Seconds(age)), Heard: at.UTC()}
	return pulse, nil
}

func (p *Canary) fits(in verify.Incident) bool {
	if !p.Alert.Match(in.Title) && !p.Alert.Match(cmp.Or(in.Labels["alertname"], in.Title)) {
		return false
	}
	for name, want := range p.Labels {
		if !want.Match(in.Labels[name]) {
			return false
		}
	}
	return true
}

// offset is how far the source's clock is ahead of ours.
func (p *Canary) offset() time.Duration {
	if c, ok := p.heard.(verify.Clocked); ok {
		ahead, _ := c.Offset()
		return ahead
	}
	return 0
}
