// Package secret keeps tokens out of everything that is written: files, logs, reports, errors.
package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
)

// Ref says where a secret is kept; exactly one field is set. The secret itself never stands in a file of ours.
type Ref struct {
	Env  string `yaml:"env" doc:"name of the environment variable that holds the secret"`
	File string `yaml:"file" doc:"path of the file that holds the secret; surrounding white space is cut off"`
}

// Value is a secret in memory. It prints and marshals as [redacted].
type Value struct{ text string }

const redacted = "[redacted]"

// String hides the secret.
func (Value) String() string { return redacted }

// GoString hides the secret.
func (Value) GoString() string { return redacted }

// MarshalText hides the secret.
func (Value) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Reveal returns the secret itself, for the one place that sends it.
func (v Value) Reveal() string { return v.text }

// IsZero reports whether there is no secret.
func (v Value) IsZero() bool { return v.text == "" }

// New wraps a secret that is already at hand.
func New(text string) Value { return Value{text: text} }

// IsZero reports whether r names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// Read fetches the secret. getenv is os.Getenv or a fake of it. A missing or empty secret is an error that names the
// place, never the content.
func (r Ref) Read(getenv func(string) string) (Value, error) {
	switch {
	case r.Env != "" && r.File != "":
		return Value{}, fmt.Errorf("a secret comes from env or from file, not from both")
	case r.Env != "":
		text := getenv(r.Env)
		if text == "" {
			return Value{}, fmt.Errorf("environment variable %s is not set", r.Env)
		}
		return Value{text}, nil
	case r.File != "":
		data, err := os.ReadFile(r.File)
		if err != nil {
			return Value{}, fmt.Errorf("cannot read the secret: %w", err)
		}
		text := strings.TrimSpace(string(data))
		if text == "" {
			return Value{}, fmt.Errorf("secret file %s is empty", r.File)
		}
		return Value{text}, nil
	}
	return Value{}, fmt.Errorf("no secret is named (env: or file:)")
}

// Scrubber replaces known secrets in text. The zero Scrubber is ready; it is safe for concurrent use.
type Scrubber struct {
	mu     sync.RWMutex
	values []string
}

// Learn adds secrets to hide from now on. Values shorter than four bytes are ignored: they would blot out half the text.
func (s *Scrubber) Learn(values ...Value) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range values {
		for _, form := range []string{v.text, inJSON(v.text), url.QueryEscape(v.text)} {
			if len(v.text) >= 4 && !slices.Contains(s.values, form) {
				s.values = append(s.values, form)
			}
		}
	}
	slices.SortFunc(s.values, func(a, b string) int { return len(b) - len(a) })
}

// LearnLogin adds the password of a user, and both as they are sent: a server may repeat what it was sent. Where there is no
// password, the user is the secret, as in addresses that begin with a token.
func (s *Scrubber) LearnLogin(user, password string) {
	for _, sent := range []string{user + ":" + password, "\x00" + user + "\x00" + password} { // HTTP, and SASL PLAIN
		s.Learn(New(base64.StdEncoding.EncodeToString([]byte(sent))))
	}
	if password == "" {
		password = user
	}
	s.Learn(New(password))
}

// inJSON is how a secret with quotes or control characters stands inside a JSON string.
func inJSON(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		return text
	}
	return string(quoted[1 : len(quoted)-1])
}

// Clean returns text with every known secret replaced.
func (s *Scrubber) Clean(text string) string { return string(s.CleanBytes([]byte(text))) }

// CleanBytes is Clean for bytes.
func (s *Scrubber) CleanBytes(text []byte) []byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, v := range s.values {
		text = bytes.ReplaceAll(text, []byte(v), []byte(redacted))
	}
	return text
}

// Writer returns a writer that cleans what passes through it. Each Write is taken for whole lines.
func (s *Scrubber) Writer(w io.Writer) io.Writer { return &writer{s, w} }

type writer struct {
	scrub *Scrubber
	next  io.Writer
}

func (w *writer) Write(p []byte) (int, error) {
	if _, err := w.next.Write(w.scrub.CleanBytes(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}
