package inbox

import (
	"net/http/httptest"
	"testing"

	"github.com/failurefriday/friday/internal/browser"
)

// The page keeps a stream open and draws itself anew from it: it must do so without a complaint from the browser.
func TestThePageInABrowser(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	send(t, s, trigger("routing_key", "R1", "dedup_key", "a", "payload.summary", "checkout: no answer for 30 s, and a title that is too long for the screen of any phone", "client", "prober", "client_url", "https://prober.example/1"))
	send(t, s, trigger("routing_key", "R1", "dedup_key", "b", "payload.summary", "database: replication lag", "payload.severity", "warning"))
	server := httptest.NewServer(s)
	t.Cleanup(server.Close) // after the browsers, which keep streams open
	browser.CheckSite(t, "inbox", server.URL, "/")
}
