package alertmanager

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
)

// contract is what a real Alertmanager 0.25 answered, by file name.
func contract(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestContract reads three alerts of a real server: one is active, one is inhibited by it, one is silenced.
func TestContract(t *testing.T) {
	bodies := map[string][]byte{}
	for path, name := range map[string]string{
		"/api/v2/alerts": "api_v2_alerts_active_silenced_inhibited.raw", "/api/v2/alerts/groups": "api_v2_alerts_groups.raw",
		"/api/v2/silences": "api_v2_silences.raw", "/api/v2/status": "api_v2_status.raw",
	} {
		bodies[path] = contract(t, name)
	}
	bodies["/metrics"] = []byte("alertmanager_build_info 1\n")
	s := handle(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(bodies[r.URL.Path]) }))
	open, err := s.Open(t.Context())
	if err != nil || len(open) != 1 || open[0].Title != "TargetDown" || open[0].Service != "checkout" || open[0].Severity != "critical" {
		t.Fatalf("open: %+v, %v", open, err)
	}
	if sent := contract(t, "pagerduty_v2_trigger_TargetDown.raw"); !strings.Contains(string(sent), `"dedup_key":"`+open[0].Key+`"`) {
		t.Errorf("the key %s is not the one that was sent: %s", open[0].Key, sent)
	}
	if got := open[0].Opened.Format(time.RFC3339Nano); got != "2026-11-22T23:08:30.499Z" {
		t.Errorf("opened %s", got)
	}
	for alert, says := range map[string]string{
		"alertname=ProbeFailing":    `SF-13 ProbeFailing{instance="http://127.0.0.1:18080/healthz"`,
		"alertname=TargetDownFor5s": `SF-12 TargetDownFor5s{instance="127.0.0.1:18080"`,
		"alertname=TargetDown":      " goes to receiver all by {} (email, pagerduty, webhook)",
	} {
		found, err := s.Follow([]verify.Expectation{want(alert, "")}).Look(t.Context(), time.Time{})
		if err != nil || len(found) < 2 || !strings.HasPrefix(fmt.Sprint(found[1].Kind, " ", found[1].Text), says) {
			t.Errorf("%s: got %+v, %v", alert, found, err)
		}
	}
	bodies["/api/v2/alerts"] = contract(t, "api_v2_alerts_empty.raw")
	if open, err := s.Open(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("empty: %+v, %v", open, err)
	}
}
