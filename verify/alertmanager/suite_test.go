package alertmanager

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

// unreadable is an answer whose own form is good.
var unreadable = verifytest.Fault{Name: "a configuration that is none", Spoil: verifytest.Answer("", 200, `{"cluster":{"status":"ready"},"config":{"original":"["}}`).Spoil}

func TestSuite(t *testing.T) {
	verifytest.Suite{
		New:     func(url string, timeout time.Duration) verify.Source { return source(t, Params{timeout: timeout}, url) },
		Backend: func() verifytest.Backend { return &fake{} },
		ID:      func(in verify.Incident) string { return in.Labels["id"] },
		Forgets: true,
		Nothing: []verifytest.Fault{
			verifytest.Answer("too many at once", 503, "Limit of concurrent GET requests reached (8), try again later.\n", "Content-Type: text/plain"),
			verifytest.Answer("an error that is a JSON string", 400, `"bad matcher format: x("`),
			verifytest.Answer("a JSON string with status 200", 200, `"failed to parse"`),
			verifytest.Answer("an alert that is null", 200, `[null]`),
			verifytest.Answer("an alert without labels", 200, `[{"fingerprint":"1","startsAt":"2026-01-02T03:04:05Z","receivers":[{"name":"a"}],"status":{"state":"active"}}]`),
			verifytest.Answer("an alert without start", 200, `[{"fingerprint":"1","labels":{"a":"b"},"receivers":[{"name":"a"}],"status":{"state":"active"}}]`),
			verifytest.Answer("an alert without state", 200, `[{"fingerprint":"1","labels":{"a":"b"},"startsAt":"2026-01-02T03:04:05Z","receivers":[{"name":"a"}]}]`),
			verifytest.Answer("an alert without receivers", 200, `[{"fingerprint":"1","labels":{"a":"b"},"startsAt":"2026-01-02T03:04:05Z","status":{"state":"active"}}]`),
			verifytest.Answer("a status without configuration", 200, `{"cluster":{"status":"ready","peers":[]},"config":{},"versionInfo":{"version":"0.25.0"}}`),
			unreadable,
		},
		Optional: []string{"annotations", "generatorURL", "endsAt", "updatedAt"},
	}.Run(t)
}

func TestWhatTheServerSaysIsInTheError(t *testing.T) {
	for _, fault := range []verifytest.Fault{
		verifytest.Answer("busy", 503, "Limit of concurrent GET requests reached (8), try again later.\n"),
		verifytest.Answer("bad", 400, `"bad matcher format: x("`),
	} {
		line := &verifytest.Faulty{Good: &fake{}}
		line.Script(func(int) *verifytest.Fault { return &fault })
		src := handle(t, line)
		_, err := src.Open(t.Context())
		if httpapi.KindOf(err) != fault.Kind || !strings.Contains(err.Error(), "Limit of concurrent") && !strings.Contains(err.Error(), "bad matcher") {
			t.Errorf("%s: got %v", fault.Name, err)
		}
	}
}

func handle(t *testing.T, h http.Handler) *Source {
	t.Helper()
	return source(t, Params{}, serveHTTP(t, h))
}
