package pagerduty

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

type item = map[string]any

func service(name, status, policy string, more item) item {
	s := item{"id": "ID-" + name, "name": name, "status": status, "escalation_policy": verifytest.Ref("escalation_policy", policy, policy)}
	for k, v := range more {
		s[k] = v
	}
	return s
}

func TestTrace(t *testing.T) {
	oncall := func(policy string, level int, user any) item {
		return item{"escalation_policy": item{"id": policy}, "escalation_level": level, "user": user}
	}
	fake := &verifytest.PagerDuty{Lists: map[string][]map[string]any{
		"services": {
			service("Good", "active", "STAFFED", item{"auto_pause_notifications_parameters": item{"enabled": false, "timeout": 300}}),
			service("Disabled", "disabled", "STAFFED", nil),
			service("Closed", "maintenance", "STAFFED", nil),
			service("Paused", "active", "STAFFED", item{"auto_pause_notifications_parameters": item{"enabled": true, "timeout": 120}}),
			service("Alone", "active", "EMPTY", nil),
		},
		"maintenance_windows": {{
			"id": "W1", "end_time": "2026-11-09T22:00:00Z", "description": "new disks",
			"services": []item{verifytest.Ref("service", "ID-Closed", "Closed")},
		}},
		"oncalls": {
			oncall("STAFFED", 1, verifytest.Ref("user", "U1", "Ann")), oncall("EMPTY", 2, verifytest.Ref("user", "U2", "Bob")), oncall("EMPTY", 1, nil),
		},
	}}
	src := serve(t, fake, Params{})
	src.name = "pd"
	for _, c := range []struct {
		service string
		hop     verify.Hop
		state   verify.State
		delay   time.Duration
		says    string // "" for no evidence at all
	}{
		{"Good", 0, "", 0, ""},
		{"Disabled", verify.Routed, verify.Broken, 0, "disabled"},
		{"Closed", verify.Routed, verify.Broken, 0, `until 2026-11-09T22:00:00Z ("new disks")`},
		{"Paused", verify.IncidentCreated, verify.Unknown, 2 * time.Minute, "pauses every alert for 2m0s"},
		{"Alone", verify.ResponderNotified, verify.Broken, 0, "nobody is on call at level 1"},
		{"Missing", verify.IncidentCreated, verify.Unknown, 0, "no service matches"},
	} {
		found, err := src.Trace(t.Context(), []verify.Expectation{
			{ID: "1.1", Match: verify.Match{Service: match.Must(c.service)}},
			{ID: "1.2", Match: verify.Match{Service: match.Must(c.service)}, MustNot: true},
			{ID: "1.3", Match: verify.Match{Title: match.Must("x")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if c.says == "" {
			if len(found) != 0 {
				t.Errorf("%s: %+v, want nothing", c.service, found)
			}
			continue
		}
		if len(found) != 1 {
			t.Errorf("%s: %+v, want one piece of evidence", c.service, found)
			continue
		}
		ev := found[0]
		if ev.Hop != c.hop || ev.State != c.state || ev.Delay.Duration() != c.delay || !strings.Contains(ev.Text, c.says) {
			t.Errorf("%s: %+v", c.service, ev)
		}
		if ev.Source != "pd" || ev.Expectation != "1.1" || ev.At.IsZero() || !slices.Contains(src.Sees(), ev.Hop) {
			t.Errorf("%s: evidence of %q for %q at %s on hop %s", c.service, ev.Source, ev.Expectation, ev.At, ev.Hop)
		}
	}
}

func TestTraceSaysWhenItCouldNotLook(t *testing.T) {
	for bad := range 3 {
		fault := verifytest.Answer("500", 500, "")
		faulty := &verifytest.Faulty{Good: town()}
		faulty.Script(func(n int) *verifytest.Fault {
			if n == bad {
				return &fault
			}
			return nil
		})
		if found, err := serve(t, faulty, Params{}).Trace(t.Context(), []verify.Expectation{on("1.1", "Cart")}); err == nil || found != nil {
			t.Errorf("request %d failed: %v, %v", bad, found, err)
		}
	}
}
