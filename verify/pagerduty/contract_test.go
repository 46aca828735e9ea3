package pagerduty

import (
	"cmp"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
)

// paths are those that a source reads.
var paths = []string{"/incidents", "/log_entries", "/services", "/maintenance_windows", "/oncalls"}

// contract is PagerDuty's own description of its API.
func contract(t *testing.T) object {
	t.Helper()
	dir := cmp.Or(os.Getenv("FRIDAY_CONTRACTS"), filepath.Join("..", "shared", "contracts"))
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("..", "..", dir) // from the root of the repository
	}
	text, err := os.ReadFile(filepath.Join(dir, "pagerduty", "rest.openapi.json"))
	if os.IsNotExist(err) {
		t.Skipf("set FRIDAY_CONTRACTS to a folder that holds pagerduty/rest.openapi.json: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var contract object
	if err := json.Unmarshal(text, &contract); err != nil {
		t.Fatal(err)
	}
	return contract
}

// examples are the answers that the contract gives, by path.
func examples(t *testing.T) map[string]map[string]any {
	t.Helper()
	contract, all := contract(t), map[string]map[string]any{}
	for _, path := range paths {
		body, ok := contract.at("paths", path, "get", "responses", "200", "content", "application/json", "examples", "response", "value").(map[string]any)
		if !ok {
			t.Fatalf("the contract has no example for %s", path)
		}
		body["more"] = false // an example is one page
		all[path] = body
	}
	return all
}

func TestContract(t *testing.T) {
	bodies := examples(t)
	src := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewEncoder(w).Encode(bodies[r.URL.Path]); err != nil {
			t.Error(err)
		}
	}), Params{})
	if err := src.Ready(t.Context()); err != nil {
		t.Errorf("Ready: %v", err)
	}
	at := time.Date(2015, 10, 6, 21, 30, 42, 0, time.UTC)
	found, err := src.Since(t.Context(), at)
	if err != nil || len(found) != 1 {
		t.Fatalf("Since: %v, %v", found, err)
	}
	in := found[0]
	if in.ID != "PT4KHLK" || in.Title != "The server is on fire." || in.Service != "My Mail Service" || in.Urgency != "high" ||
		in.Status != verify.Resolved || !in.Opened.Equal(at) || in.Key != "baf7cf21b1da41b4b0221008339ff357" || in.URL == "" {
		t.Errorf("incident %+v", in)
	}
	if want := time.Date(2015, 10, 6, 21, 38, 23, 0, time.UTC); !in.Resolved.Equal(want) {
		t.Errorf("resolved %s, want %s", in.Resolved, want)
	}
	evidence, err := src.Trace(t.Context(), []verify.Expectation{{ID: "1.1", Match: verify.Match{Service: match.Must("My Application Service")}}})
	if err != nil || len(evidence) != 2 {
		t.Fatalf("evidence %+v, %v", evidence, err)
	}
	if pause := evidence[0]; pause.Hop != verify.IncidentCreated || pause.Delay.Duration() != 5*time.Minute {
		t.Errorf("the service pauses its alerts for 300 s: %+v", pause)
	}
	if nobody := evidence[1]; nobody.Hop != verify.ResponderNotified || nobody.State != verify.Broken {
		t.Errorf("the one person on call is at level 2: %+v", nobody)
	}
}
