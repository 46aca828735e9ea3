package inbox

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/secret"
)

func TestCheckFindsEveryFault(t *testing.T) {
	now := time.Now()
	bad := Config{
		Users:    []User{{Name: "Ada", Email: "ada@x.example"}, {Name: "Ada", Email: "ADA@x.example"}, {Email: "no address"}},
		Policies: []Policy{{Name: "P"}, {Name: "P", Levels: []Level{{Delay: -1}, {Users: []string{"Nobody"}}}}},
		Services: []Service{
			{Name: "a", Urgency: "loud", Policy: "none", RoutingKeys: []string{"k", "k", strings.Repeat("x", 256)}},
			{Name: "a", RoutingKeys: []string{""}},
		},
		Maintenance: []Window{{Service: "b", Start: now, End: now}},
		Responder:   Responder{Who: "Nobody"},
		RateLimit:   -1, APIRateLimit: -1,
	}
	want := []string{
		"api_rate_limit", "escalation_policies[0].levels", "escalation_policies[1].levels[0].delay", "escalation_policies[1].levels[0].users",
		"escalation_policies[1].levels[1].users[0]", "escalation_policies[1].name", "maintenance_windows[0].end", "maintenance_windows[0].service",
		"rate_limit", "responder.after", "responder.who", "services[0].escalation_policy", "services[0].routing_keys[1]", "services[0].routing_keys[2]",
		"services[0].urgency", "services[1].name", "services[1].routing_keys[0]", "users[1].email", "users[1].name", "users[2].email", "users[2].name",
	}
	var got []string
	for _, f := range bad.Check() {
		got = append(got, f.Field)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("faults:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	_, err := New(bad, Env{})
	if err == nil || strings.Count(err.Error(), "\n") != len(want)-1 {
		t.Errorf("New does not say all of it, a line each: %v", err)
	}
}

func TestGoodConfigs(t *testing.T) {
	for name, c := range map[string]Config{"zero": {}, "default": DefaultConfig(), "ladder": ladder()} {
		if faults := c.Check(); len(faults) != 0 {
			t.Errorf("%s: %v", name, faults)
		}
	}
}

func TestTokenIsReadAndScrubbed(t *testing.T) {
	c := DefaultConfig()
	c.Token = secret.Ref{Env: "TOKEN"}
	if _, err := New(c, Env{}); err == nil || !strings.HasPrefix(err.Error(), "token: ") {
		t.Errorf("without a value: %v", err)
	}
	var scrub secret.Scrubber
	mustNew(t, c, Env{Getenv: func(string) string { return "open-sesame-42" }, Secrets: &scrub})
	if got := scrub.Clean("the token is open-sesame-42"); strings.Contains(got, "sesame") {
		t.Errorf("the scrubber does not know the token: %s", got)
	}
}
