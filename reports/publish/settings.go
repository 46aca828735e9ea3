package publish

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/secret"
)

// Text is a value in friday.yaml: a plain text, or a secret by the name of its place.
type Text struct {
	secret.Ref `yaml:",inline"`
	Plain      string `yaml:"-"`
}

// UnmarshalScalar takes a plain text.
func (t *Text) UnmarshalScalar(text string) error {
	t.Plain = text
	return nil
}

// IsZero reports whether nothing is set.
func (t Text) IsZero() bool { return t == Text{} }

func (t Text) read(env Env) (string, error) {
	if t.Plain != "" {
		return t.Plain, nil
	}
	value, err := t.Ref.Read(env.Getenv)
	if err != nil {
		return "", err
	}
	env.Secrets.Learn(value)
	return strings.TrimSpace(value.Reveal()), nil
}

// place is where a value comes from, for people.
func (t Text) place() string {
	switch {
	case t.Env != "":
		return "$" + t.Env
	case t.File != "":
		return t.File
	}
	return "friday.yaml"
}

// checkRef finds what is wrong with a secret that is named in field.
func checkRef(field string, r secret.Ref, needed bool) []diag.FieldError {
	switch {
	case r.Env != "" && r.File != "":
		return []diag.FieldError{{Field: field, Msg: "comes from env or from file, not from both"}}
	case r.IsZero() && needed:
		return []diag.FieldError{{Field: field, Msg: "is needed: name an environment variable (env:) or a file (file:)"}}
	}
	return nil
}

// checkPlainURL finds what is wrong with an address that stands in the file. One that may hold a secret must not.
func checkPlainURL(field, text string) []diag.FieldError {
	u, err := address(text)
	switch {
	case err != nil:
		return []diag.FieldError{{Field: field, Msg: err.Error(), Secret: true}}
	case u.User != nil || u.RawQuery != "":
		return []diag.FieldError{{Field: field, Msg: "has a user or a query, which may be secret: name it by {env: NAME} or {file: PATH}", Secret: true}}
	}
	return nil
}

// errNoAddress does not say what was found: it may be a secret.
var errNoAddress = errors.New("want http:// or https:// and a host")

func address(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errNoAddress
	}
	return u, nil
}

// learnURL has the parts of a secret address hidden that a server may repeat: who asks, its path, what ends it, and its query.
func learnURL(known *secret.Scrubber, u *url.URL) {
	if u.User != nil {
		password, _ := u.User.Password()
		known.LearnLogin(u.User.Username(), password)
	}
	parts := []string{u.String(), u.RequestURI(), u.EscapedPath(), u.Path, u.Path[strings.LastIndexByte(u.Path, '/')+1:], u.RawQuery}
	for _, values := range u.Query() {
		parts = append(parts, values...)
	}
	for _, part := range parts {
		if len(part) >= 8 { // shorter ones are words of other texts
			known.Learn(secret.New(part))
		}
	}
}

// ownHeaders are those that a message has anyhow.
var ownHeaders = []string{"Content-Type", "Content-Length", "Transfer-Encoding", "Host", "User-Agent", "Connection", signatureHeader}

// secretHeaders are parts of the names of headers whose value is one.
var secretHeaders = []string{"authorization", "cookie", "token", "secret", "key", "password", "auth"}

func checkHeader(name string, value Text) []diag.FieldError {
	field := "headers." + name
	canonical := http.CanonicalHeaderKey(name)
	switch {
	case !httpguts.ValidHeaderFieldName(name):
		return []diag.FieldError{{Field: "headers", Msg: fmt.Sprintf("%q is no name of a header", name)}}
	case slices.Contains(ownHeaders, canonical):
		return []diag.FieldError{{Field: field, Msg: "is set by Friday"}}
	case value.Plain != "" && slices.ContainsFunc(secretHeaders, func(s string) bool { return strings.Contains(strings.ToLower(name), s) }):
		return []diag.FieldError{{Field: field, Msg: "is a secret: name it by {env: NAME} or {file: PATH}, with the whole value of the header in it", Secret: true}}
	case value.Plain != "" && !httpguts.ValidHeaderFieldValue(value.Plain):
		return []diag.FieldError{{Field: field, Msg: "has characters that no header may have"}}
	case value.Plain == "":
		return checkRef(field, value.Ref, true)
	}
	return nil
}

// readHeader reads the value of a header. Of "Bearer TOKEN", the token alone is a secret, too.
func readHeader(name string, value Text, env Env) (string, error) {
	text, err := value.read(env)
	if err != nil {
		return "", err
	}
	if !httpguts.ValidHeaderFieldValue(text) {
		return "", fmt.Errorf("the value of %s in %s has characters that no header may have", name, value.place())
	}
	if _, token, ok := strings.Cut(text, " "); ok && value.Plain == "" {
		env.Secrets.Learn(secret.New(token))
	}
	return text, nil
}

func onLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
