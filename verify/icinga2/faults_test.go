package icinga2

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

// TestFaultsOfIcinga: what a real Icinga does not do on demand, in its own words.
func TestFaultsOfIcinga(t *testing.T) {
	t.Parallel()
	ago := unix(time.Now().Add(-48 * time.Hour))
	for name, c := range map[string]struct {
		attrs object
		mute  bool
		hop   verify.Hop
		kind  string
		says  string
		finds string // check of the audit
	}{
		"no notification feature": {mute: true, hop: verify.HandedToRouter, kind: "SF-11", says: "feature is not switched on", finds: "no-notification-feature"},
		"flapping":                {attrs: object{"flapping": true}, hop: verify.Routed, kind: "SF-10", says: "is flapping"},
		"stalled":                 {attrs: object{"last_check": ago}, hop: verify.Collected, kind: "SF-03", says: "although it is due every 1m0s", finds: "late-check"},
		"unknown": {
			attrs: object{"state": 3, "last_check_result": object{"exit_status": 3, "output": "no route"}}, hop: verify.RuleEvaluated, kind: "SF-07", says: "fails, and says nothing of what it looks at: no route", finds: "failing-check",
		},
		"old acknowledgement": {attrs: object{"acknowledgement": 2, "acknowledgement_last_change": ago, "state": 2}, hop: verify.Routed, kind: "SF-17", says: "is acknowledged", finds: "old-acknowledgement"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fake{mute: c.mute}
			attrs := attrsOf("web")
			maps.Copy(attrs, c.attrs)
			f.put("services", "lab!web", attrs)
			f.put("notifications", "lab!web!page", object{"host_name": "lab", "service_name": "web", "users": []string{"oncall"}})
			f.put("users", "oncall", object{"enable_notifications": true})
			src := serve(t, f)
			found := foretold(t, src, "web")
			if len(found) == 0 || found[0].State != verify.Broken || found[0].Hop != c.hop || found[0].Kind != c.kind || !strings.Contains(found[0].Text, c.says) {
				t.Errorf("%+v", found)
			}
			audited, err := src.Audit(t.Context())
			if err != nil || c.finds != "" && (len(audited) != 1 || audited[0].Check != c.finds || audited[0].Kind != c.kind) {
				t.Errorf("%+v, %v", audited, err)
			}
		})
	}
}

// TestPartTime: periods that leave out a part of the week.
func TestPartTime(t *testing.T) {
	t.Parallel()
	f := &fake{}
	attrs := attrsOf("web")
	attrs["check_period"] = "office"
	f.put("services", "lab!web", attrs)
	f.put("notifications", "lab!web!page", object{"host_name": "lab", "service_name": "web", "users": []string{"oncall"}, "period": "office"})
	f.put("users", "oncall", object{"enable_notifications": true})
	f.put("timeperiods", "office", object{"is_inside": true, "ranges": object{"monday": "09:00-17:00"}})
	found, err := serve(t, f).Audit(t.Context())
	if err != nil || len(found) != 2 || found[0].Check != "part-time-check" || found[1].Check != "part-time-notification" {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestEveryRequestOfALookCounts: none of the nine is dispensable, and none of them is taken for an empty one.
func TestEveryRequestOfALookCounts(t *testing.T) {
	t.Parallel()
	fault := verifytest.Answer("503", 503, "")
	for bad := range 9 {
		faulty := &verifytest.Faulty{Good: &fake{}}
		src := serveFaulty(t, faulty)
		faulty.Script(func(n int) *verifytest.Fault {
			if n == bad {
				return &fault
			}
			return nil
		})
		if found, err := src.Follow([]verify.Expectation{expects("1.1", "web")}).Look(t.Context(), time.Time{}); err == nil || found != nil {
			t.Errorf("request %d failed: %+v, %v", bad, found, err)
		}
		if n := faulty.Count(); n != bad+1 {
			t.Errorf("%d requests after a failure of request %d", n, bad)
		}
	}
}

// TestForbiddenIsUnknown: what the user may not read, in the words of Icinga 2.13, explains nothing and accuses nobody.
func TestForbiddenIsUnknown(t *testing.T) {
	t.Parallel()
	f := &fake{deny: []string{"status", "downtimes", "comments", "dependencies", "users", "timeperiods"}}
	f.put("services", "lab!web", attrsOf("web"))
	f.put("notifications", "lab!web!page", object{"host_name": "lab", "service_name": "web", "users": []string{"oncall"}})
	found, err := serve(t, f).Follow([]verify.Expectation{expects("1.1", "web")}).Look(t.Context(), time.Time{})
	hidden := 0
	for _, e := range found {
		if e.State == verify.Broken {
			t.Errorf("%+v", e)
		}
		if e.State == verify.Unknown {
			hidden++
		}
	}
	if err != nil || hidden != len(f.deny) {
		t.Errorf("%d of %+v, %v", hidden, found, err)
	}
}
