package httpapi

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/secret"
)

// IsBase reports whether text can be the base of an API: http or https, a host, and neither user nor query.
func IsBase(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && u.RawQuery == "" && u.User == nil
}

// fastestPoll is the shortest time between two polls that a server is asked to bear.
const fastestPoll = 100 * time.Millisecond

// CheckPoll finds a pace that no server should be asked to bear.
func CheckPoll(every time.Duration) []diag.FieldError {
	if every < fastestPoll {
		return []diag.FieldError{{Field: "poll", Msg: "must be at least 100ms"}}
	}
	return nil
}

// Credentials say who asks: a user with a password, a bearer token, or nobody.
type Credentials struct {
	User            string
	Password, Token secret.Ref
}

// Check finds what does not go together.
func (c Credentials) Check() []diag.FieldError {
	var bad []diag.FieldError
	if (c.User == "") != c.Password.IsZero() {
		bad = append(bad, diag.FieldError{Field: "password", Msg: "user and password go together"})
	}
	if c.User != "" && !c.Token.IsZero() {
		bad = append(bad, diag.FieldError{Field: "token", Msg: "there is a user already: want one way to authenticate"})
	}
	return bad
}

// Authorize reads the secret, which known learns, and is what Options.Authorize wants: nil where nobody asks.
func (c Credentials) Authorize(getenv func(string) string, known *secret.Scrubber) (func(*http.Request), error) {
	read := func(what string, ref secret.Ref) (secret.Value, error) {
		value, err := ref.Read(getenv)
		if err != nil {
			return value, fmt.Errorf("%s: %w", what, err)
		}
		known.Learn(value)
		return value, nil
	}
	switch {
	case c.User != "":
		password, err := read("password", c.Password)
		if err == nil {
			known.LearnLogin(c.User, password.Reveal())
		}
		return func(r *http.Request) { r.SetBasicAuth(c.User, password.Reveal()) }, err
	case !c.Token.IsZero():
		token, err := read("token", c.Token)
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token.Reveal()) }, err
	}
	return nil, nil
}

// Trusting is a transport like the given one (nil is the default one) that trusts the certificates in a file instead of
// the system's, and otherwise does as config says. With neither, it is the given one itself.
func Trusting(given http.RoundTripper, ca string, config *tls.Config) (http.RoundTripper, error) {
	if ca == "" && config == nil {
		return given, nil
	}
	if given == nil {
		given = http.DefaultTransport
	}
	base, ok := given.(*http.Transport)
	if !ok {
		return nil, errors.New("ca: the transport in use cannot be told whom to trust")
	}
	if config == nil {
		config = &tls.Config{}
	}
	config.MinVersion = tls.VersionTLS12
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("ca: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca: %s holds no certificate in PEM", ca)
		}
	}
	own := base.Clone()
	own.TLSClientConfig = config
	return own, nil
}
