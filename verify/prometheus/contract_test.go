package prometheus

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
)

// canned answers every path with a body that a real server gave.
func canned(t *testing.T, bodies map[string]string) *Source {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := bodies[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		body, err := os.ReadFile(filepath.Join("testdata", name+".raw"))
		if err != nil {
			t.Error(err)
		}
		if name == "query_error_bad_expr" {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return source(t, Params{}, server.URL)
}

func TestContractRules(t *testing.T) {
	for name, want := range map[string]int{"rules_inactive": 0, "rules_firing_pending": 3} {
		rules, err := canned(t, map[string]string{"/api/v1/rules": name}).rules(t.Context(), "alert")
		if err != nil || len(rules) != 3 || len(byFingerprint(rules)) != want {
			t.Fatalf("%s: %v, %v", name, rules, err)
		}
		r := rules[1]
		if r.Name != "TargetDownFor5s" || r.wait() != 5*time.Second || r.group.interval() != time.Second || r.Health != "ok" || r.Labels["severity"] != "warning" {
			t.Errorf("%s: %+v", name, r)
		}
		if want > 0 && (r.Alerts[0].State != "pending" || r.Alerts[0].ActiveAt.UnixMilli() != 1795388910499) {
			t.Errorf("%+v", r.Alerts[0])
		}
	}
}

func TestContractTargets(t *testing.T) {
	for name, health := range map[string]string{"targets_up": "up", "targets_down": "down"} {
		targets, err := canned(t, map[string]string{"/api/v1/targets": name}).targets(t.Context())
		if err != nil || len(targets) != 3 {
			t.Fatalf("%s: %v, %v", name, targets, err)
		}
		x := targets[1]
		interval, timeout := x.within()
		if x.Health != health || x.Labels["job"] != "checkout" || interval != time.Second || timeout != 900*time.Millisecond || x.LastScrape.IsZero() {
			t.Errorf("%s: %+v", name, x)
		}
	}
}

func TestContractQueries(t *testing.T) {
	for name, want := range map[string]string{"query_up": "vector", "query_ALERTS": "vector", "query_range_up": "matrix"} {
		found, err := canned(t, map[string]string{"/api/v1/query": name}).query(t.Context(), "up", want)
		if err != nil || len(found) != 3 || found[0].labels["__name__"] == "" || found[0].samples[0].at.IsZero() {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
	_, err := canned(t, map[string]string{"/api/v1/query": "query_error_bad_expr"}).query(t.Context(), "up{", "vector")
	if httpapi.KindOf(err) != httpapi.Refused {
		t.Errorf("a bad expression: %v", err)
	}
}
