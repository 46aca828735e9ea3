package verify

import (
	"net/http"

	"github.com/failurefriday/friday/internal/secret"
)

// Env is what the outside world gives to a source when it is built.
type Env struct {
	Getenv    func(string) string
	Secrets   *secret.Scrubber  // learns every secret that is read
	Transport http.RoundTripper // nil means the default one
	UserAgent string
}
