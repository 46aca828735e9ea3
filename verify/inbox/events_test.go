package inbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestBadEventsAreRefused(t *testing.T) {
	long := strings.Repeat("é", 1025)
	s := mustNew(t, DefaultConfig(), Env{})
	for name, c := range map[string]struct{ body, fault string }{
		"no routing key":       {trigger("routing_key", nil), "'routing_key' is missing or blank"},
		"blank routing key":    {trigger("routing_key", "  "), "'routing_key' is missing or blank"},
		"long routing key":     {trigger("routing_key", long[:512]), "'routing_key' is too long"},
		"no action":            {trigger("event_action", nil), "'event_action' is missing or blank"},
		"unknown action":       {trigger("event_action", "explode"), "'event_action' is invalid"},
		"long dedup key":       {trigger("dedup_key", strings.Repeat("k", 256)), "'dedup_key' is too long"},
		"no summary":           {trigger("payload.summary", nil), "'payload.summary' is missing or blank"},
		"long summary":         {trigger("payload.summary", long), "'payload.summary' is too long"},
		"no source":            {trigger("payload.source", ""), "'payload.source' is missing or blank"},
		"no severity":          {trigger("payload.severity", nil), "'payload.severity' is missing or blank"},
		"unknown severity":     {trigger("payload.severity", "mild"), "'payload.severity' is invalid"},
		"no payload":           {trigger("payload", nil), "'payload.summary' is missing or blank"},
		"wrong type":           {trigger("dedup_key", 7), "'dedup_key' cannot be a number"},
		"link without href":    {trigger("links", []any{map[string]any{"text": "x"}}), "'links[0].href' is missing or blank"},
		"image without source": {trigger("images", []any{map[string]any{"alt": "x"}}), "'images[0].src' is missing or blank"},
		"acknowledge, no key":  {act("acknowledge", ""), "'dedup_key' is missing or blank"},
		"resolve, no key":      {act("resolve", ""), "'dedup_key' is missing or blank"},
		"no JSON":              {`{"routing_key":`, "JSON parse error"},
		"no object":            {`[]`, "JSON parse error"},
		"no body":              {"", "JSON parse error"},
	} {
		t.Run(name, func(t *testing.T) {
			refused := refusal(t, do(s, "POST", "/v2/enqueue", c.body), 400)
			if len(refused.Errors) == 0 || !strings.Contains(strings.Join(refused.Errors, "\n"), c.fault) {
				t.Errorf("errors %q, want %q", refused.Errors, c.fault)
			}
			if refused.Status == "" || refused.Message == "" {
				t.Errorf("status or message is missing: %+v", refused)
			}
		})
	}
	if all := incidents(t, s, ""); len(all) != 0 {
		t.Errorf("refused events opened %+v", all)
	}
}

// refusal is the error body of the Events API.
func refusal(t *testing.T, res *http.Response, status int) eventError {
	t.Helper()
	var e eventError
	if err := json.Unmarshal([]byte(text(t, res, status)), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAllFaultsAreNamedAtOnce(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	got := refusal(t, do(s, "POST", "/v2/enqueue", `{"event_action":"trigger","payload":{"severity":"mild"}}`), 400).Errors
	if len(got) != 4 {
		t.Errorf("%d errors, want routing_key, summary, source and severity: %q", len(got), got)
	}
}

func TestLimitsAreIncluded(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	send(t, s, trigger("payload.summary", strings.Repeat("é", 1024), "dedup_key", strings.Repeat("k", 255)))
	big := trigger("payload.custom_details", map[string]any{"log": strings.Repeat("x", maxBody)})
	refusal(t, do(s, "POST", "/v2/enqueue", big), 413)
}

func TestRateIsLimitedPerRoutingKeyAndMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := DefaultConfig()
		c.RateLimit = 3
		s := mustNew(t, c, Env{})
		for i := range 3 {
			send(t, s, trigger("dedup_key", fmt.Sprint(i)))
		}
		refused := refusal(t, do(s, "POST", "/v2/enqueue", trigger("dedup_key", "one too many")), 429)
		if refused.Status != "throttle exceeded" {
			t.Errorf("status %q", refused.Status)
		}
		send(t, s, trigger("routing_key", "another")) // has a rate of its own
		time.Sleep(time.Minute)
		send(t, s, trigger("dedup_key", "after a minute"))
		if all := incidents(t, s, ""); len(all) != 5 {
			t.Errorf("%d incidents, want 5", len(all))
		}
	})
}

func TestSameKeyIsOneIncident(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	for range 3 {
		if key := send(t, s, trigger()); key != "k1" {
			t.Errorf("dedup_key %q", key)
		}
	}
	send(t, s, trigger("routing_key", "other")) // the key counts within its service
	all := incidents(t, s, "")
	if len(all) != 2 {
		t.Fatalf("%d incidents, want 2", len(all))
	}
	log := logOf(t, s, all[0].ID)
	if n := count(log, "trigger: "); n != 3 {
		t.Errorf("%d triggers in the log, want 3: %q", n, log)
	}
	if n := count(log, "notify: "); n != 1 {
		t.Errorf("%d notifications, want 1: %q", n, log)
	}
}

func TestManyRepeatsAreCountedOnly(t *testing.T) {
	c := DefaultConfig()
	c.RateLimit = 10 * maxRepeats
	s := mustNew(t, c, Env{})
	for range maxRepeats + 10 {
		send(t, s, trigger())
	}
	inc := s.store.all[0]
	if inc.repeats != maxRepeats+9 || inc.log[len(inc.log)-1].kind != kindLimit || len(inc.log) != maxRepeats+4 {
		t.Errorf("%d repeats, %d entries, last %s", inc.repeats, len(inc.log), inc.log[len(inc.log)-1].kind)
	}
}

func count(log []string, prefix string) int {
	return len(filter(log, func(l string) bool { return strings.HasPrefix(l, prefix) }))
}

func TestKeyIsMadeWhereThereIsNone(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	a, b := send(t, s, trigger("dedup_key", nil)), send(t, s, trigger("dedup_key", nil))
	if a == "" || a == b {
		t.Errorf("keys %q and %q", a, b)
	}
	send(t, s, act("resolve", a))
	open := incidents(t, s, "?statuses[]=triggered")
	if len(open) != 1 || open[0].Key != b {
		t.Errorf("open: %+v, want the one of %s", open, b)
	}
}

func TestAcknowledgedIncidentSwallowsTriggers(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	send(t, s, trigger())
	send(t, s, act("acknowledge", "k1"))
	before := onlyIncident(t, s)
	send(t, s, trigger())
	after := onlyIncident(t, s)
	if after.Status != acknowledged || after.ID != before.ID {
		t.Errorf("%+v became %+v", before, after)
	}
	if log := logOf(t, s, after.ID); count(log, "notify: ") != 1 {
		t.Errorf("notified again: %q", log)
	}
}

func TestEventsForNothingAreDropped(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	for _, action := range []string{"acknowledge", "resolve"} {
		if key := send(t, s, act(action, "never seen")); key != "never seen" {
			t.Errorf("%s: dedup_key %q", action, key)
		}
	}
	if all := incidents(t, s, ""); len(all) != 0 {
		t.Errorf("they opened %+v", all)
	}
}

func TestTriggerAfterResolveOpensANewIncident(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	send(t, s, trigger())
	send(t, s, act("resolve", "k1"))
	send(t, s, trigger())
	all := incidents(t, s, "")
	if len(all) != 2 || all[0].Status != resolved || all[1].Status != triggered || all[0].ID == all[1].ID || all[1].Number != 2 {
		t.Errorf("incidents %+v", all)
	}
}

func TestUrgency(t *testing.T) {
	for _, c := range []struct{ rule, severity, want string }{
		{SeverityBased, "critical", High},
		{SeverityBased, "error", High},
		{SeverityBased, "warning", Low},
		{SeverityBased, "info", Low},
		{"", "critical", High},
		{High, "info", High},
		{Low, "critical", Low},
	} {
		s := mustNew(t, Config{Services: []Service{{Name: "checkout", Urgency: c.rule}}}, Env{})
		send(t, s, trigger("payload.severity", c.severity))
		if got := onlyIncident(t, s).Urgency; got != c.want {
			t.Errorf("rule %q, severity %s: %s, want %s", c.rule, c.severity, got, c.want)
		}
	}
}

func TestDisabledServiceDropsEvents(t *testing.T) {
	s := mustNew(t, Config{Services: []Service{{Name: "checkout", Disabled: true}}}, Env{})
	send(t, s, trigger())
	if all := incidents(t, s, ""); len(all) != 0 {
		t.Errorf("incidents %+v", all)
	}
}

func TestMaintenanceOpensNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		s := mustNew(t, Config{
			Services:    []Service{{Name: "checkout"}, {Name: "search"}},
			Maintenance: []Window{{Service: "checkout", Start: now.Add(time.Hour), End: now.Add(2 * time.Hour)}},
		}, Env{})
		send(t, s, trigger("dedup_key", "before"))
		time.Sleep(time.Hour)
		send(t, s, trigger("dedup_key", "within"))
		send(t, s, trigger("dedup_key", "elsewhere", "routing_key", "search"))
		send(t, s, act("resolve", "before"))
		time.Sleep(time.Hour)
		send(t, s, trigger("dedup_key", "after"))
		var keys []string
		for _, i := range incidents(t, s, "") {
			keys = append(keys, i.Key+" "+i.Status)
		}
		if want := []string{"before resolved", "elsewhere triggered", "after triggered"}; !slices.Equal(keys, want) {
			t.Errorf("incidents %q, want %q", keys, want)
		}
	})
}

func TestUnknownRoutingKey(t *testing.T) {
	s := mustNew(t, Config{Services: []Service{{Name: "checkout", RoutingKeys: []string{"one", "two"}}}}, Env{})
	send(t, s, trigger("routing_key", "two"))
	if got := refusal(t, do(s, "POST", "/v2/enqueue", trigger()), 400).Message; got != "Invalid routing key" {
		t.Errorf("message %q", got)
	}
	c := s.world.services
	if len(c) != 1 || onlyIncident(t, s).Service.Summary != "checkout" {
		t.Errorf("%d services", len(c))
	}
}
