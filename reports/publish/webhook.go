package publish

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/secret"
)

// Webhook are the settings of an address that is posted to.
type Webhook struct {
	URL     Text            `yaml:"url" required:"true" doc:"address to post to; one that holds a secret comes from env: or file:"`
	Headers map[string]Text `yaml:"headers" doc:"headers to send; the value of one that proves who sends comes from env: or file:"`
	Secret  secret.Ref      `yaml:"secret" doc:"key of the signature in X-Friday-Signature, from env: or file:"`
}

// Check finds what the types do not tell.
func (w *Webhook) Check() []diag.FieldError {
	var bad []diag.FieldError
	if w.URL.Plain != "" {
		bad = append(bad, checkPlainURL("url", w.URL.Plain)...)
	} else {
		bad = append(bad, checkRef("url", w.URL.Ref, true)...)
	}
	for _, name := range slices.Sorted(maps.Keys(w.Headers)) {
		bad = append(bad, checkHeader(name, w.Headers[name])...)
	}
	return append(bad, checkRef("secret", w.Secret, false)...)
}

func (w *Webhook) build(env Env) (sender, error) {
	p, err := newPoster(w.URL, env)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(w.Headers)) {
		value, err := readHeader(name, w.Headers[name], env)
		if err != nil {
			return nil, fmt.Errorf("headers: %s: %w", name, err)
		}
		p.header.Set(name, value)
	}
	h := &hook{poster: p}
	if !w.Secret.IsZero() {
		if h.key, err = w.Secret.Read(env.Getenv); err != nil {
			return nil, fmt.Errorf("secret: %w", err)
		}
		env.Secrets.Learn(h.key)
	}
	return h, nil
}

type hook struct {
	*poster
	key secret.Value
}

// Version of what a webhook is sent. It grows when a field changes its meaning or goes; new fields do not change it.
const Version = 1

// signatureHeader holds "sha256=" and the HMAC-SHA256 of the body, in hexadecimal digits.
const signatureHeader = "X-Friday-Signature"

// posted is what a webhook is sent.
type posted struct {
	Version  int             `json:"version"`
	Test     bool            `json:"test"` // there was no run: the fields but summary and restored are empty
	Run      postedRun       `json:"run"`
	Verdict  string          `json:"verdict"`
	Summary  string          `json:"summary"`
	Restored bool            `json:"restored"`
	Left     []string        `json:"left"`     // what is not restored, one sentence each
	Do       string          `json:"do"`       // the command to run if it is not restored
	Findings []postedFinding `json:"findings"` // the expectations that did not pass, silent ones first
	Counts   map[string]int  `json:"counts"`   // expectations by verdict
	Link     string          `json:"link"`
}

type postedRun struct {
	ID          string    `json:"id"`
	Scenario    string    `json:"scenario"`
	Title       string    `json:"title"`
	Service     string    `json:"service"`
	Owner       string    `json:"owner"`
	Environment string    `json:"environment"`
	Control     bool      `json:"control"` // negative control: no fault was injected
	Started     time.Time `json:"started,omitzero"`
	Finished    time.Time `json:"finished,omitzero"`
}

type postedFinding struct {
	ID          string `json:"id"`
	Verdict     string `json:"verdict"`
	Expectation string `json:"expectation"`
	Reason      string `json:"reason"`
	Broken      string `json:"broken"` // the first broken hop
	Kind        string `json:"kind"`   // of silent failure: SF-01 …
	Do          string `json:"do"`
}

func (h *hook) send(ctx context.Context, m message) error {
	body, err := inJSON(h.posted(m))
	if err != nil {
		return err
	}
	body = m.clean(body)
	signed := *h.poster
	if !h.key.IsZero() {
		signed.header = h.header.Clone()
		signed.header.Set(signatureHeader, "sha256="+sign(h.key, body))
	}
	return signed.post(ctx, body, func(answer) bool { return true })
}

func (h *hook) posted(m message) posted {
	if m.test {
		return posted{Version: Version, Test: true, Summary: m.testWords(), Restored: true, Left: []string{}, Findings: []postedFinding{}, Counts: map[string]int{}}
	}
	p := posted{
		Version: Version, Verdict: m.Verdict.String(), Summary: m.Summary, Restored: m.Restored, Do: m.Do, Link: m.link,
		Run: postedRun{
			ID: m.Run, Scenario: m.Scenario, Title: m.Title, Service: m.Service, Owner: m.Owner, Environment: m.Environment,
			Control: m.Control, Started: m.record.Started, Finished: m.record.Finished,
		},
		Left: append([]string{}, m.Left...), Findings: []postedFinding{}, Counts: count(m.record),
	}
	if !m.Restored {
		p.Left = append([]string{m.StateText}, m.Left...)
	}
	for _, f := range m.Findings {
		p.Findings = append(p.Findings, postedFinding{f.ID, f.Verdict.String(), f.Text, f.Reason, f.Broken, f.Kind, f.Do})
	}
	return p
}

func sign(key secret.Value, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
