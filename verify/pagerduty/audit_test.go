package pagerduty

import (
	"fmt"
	"strings"
	"testing"

	"github.com/failurefriday/friday/verify/verifytest"
)

func TestAudit(t *testing.T) {
	fake := &verifytest.PagerDuty{Lists: map[string][]map[string]any{
		"services": {
			service("Good", "active", "STAFFED", nil), service("Old", "disabled", "EMPTY", nil),
			service("Closed", "maintenance", "STAFFED", nil), service("Alone", "active", "EMPTY", nil),
		},
		"maintenance_windows": {},
		"oncalls": {
			{"escalation_policy": item{"id": "STAFFED"}, "escalation_level": 1, "user": verifytest.Ref("user", "U1", "Ann")},
			{"escalation_policy": item{"id": "EMPTY"}, "escalation_level": 2, "user": verifytest.Ref("user", "U2", "Bob")},
		},
	}}
	for want, p := range map[string]Params{
		"SF-15 disabled note service Old; SF-12 maintenance warning service Closed; SF-20 nobody-on-call error service Alone": {},
		"SF-15 disabled error service Old; SF-20 nobody-on-call error service Old":                                            {Services: []string{"Old", "ID-Good"}},
	} {
		src := serve(t, fake, p)
		src.name = "pd"
		found, err := src.Audit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range found {
			got = append(got, fmt.Sprintf("%s %s %s %s", f.Kind, f.Check, f.Severity, f.Subject))
			if f.Source != "pd" || f.Text == "" || f.Advice == "" {
				t.Errorf("%+v", f)
			}
		}
		if text := strings.Join(got, "; "); text != want {
			t.Errorf("%v: %s, want %s", p.Services, text, want)
		}
	}
}

func TestAuditSaysWhatItCouldNotLookAt(t *testing.T) {
	for bad := range 3 {
		for code, finds := range map[int]bool{500: false, 403: true} {
			fault := verifytest.Answer("fault", code, "")
			faulty := &verifytest.Faulty{Good: town()}
			faulty.Script(func(n int) *verifytest.Fault {
				if n == bad {
					return &fault
				}
				return nil
			})
			found, err := serve(t, faulty, Params{}).Audit(t.Context())
			if (err == nil) != finds {
				t.Errorf("request %d, status %d: %v, %v", bad, code, found, err)
			}
			if finds && bad != 2 && (len(found) == 0 || found[0].Kind != "SF-29") {
				t.Errorf("request %d, status %d: %v", bad, code, found)
			}
		}
	}
}
