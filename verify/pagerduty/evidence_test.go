package pagerduty

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

// paused is a service with escalation policy E-NAME that may pause its alerts.
func paused(name, status string, pause any) item {
	return service(name, status, "E-"+name, item{"auto_pause_notifications_parameters": pause})
}

func oncall(policy string, level int, user any) item {
	return item{"user": user, "escalation_policy": verifytest.Ref("escalation_policy", policy, policy), "escalation_level": level}
}

// town is an account with one service for each kind of trouble.
func town() *verifytest.PagerDuty {
	ann := verifytest.Ref("user", "U1", "Ann")
	return &verifytest.PagerDuty{Lists: map[string][]item{
		"services": {
			paused("Checkout", "active", nil),
			paused("Payments", "critical", item{"enabled": true, "timeout": 300}),
			paused("Search", "disabled", item{"enabled": false, "timeout": 300}),
			paused("Mail", "maintenance", "garbled"),
			paused("Maps", "active", nil),
			paused("Cart", "warning", nil),
			paused("Login", "maintenance", nil),
		},
		"maintenance_windows": {
			{"id": "W1", "description": "moving house", "end_time": "2099-05-01T12:00:00Z", "services": []any{verifytest.Ref("service", "ID-Login", "Login"), verifytest.Ref("service", "ID-Maps", "Maps"), nil, "x"}},
		},
		"oncalls": {
			oncall("E-Checkout", 1, ann), oncall("E-Payments", 1, ann), oncall("E-Search", 1, ann), oncall("E-Mail", 1, ann),
			oncall("E-Maps", 1, ann), oncall("E-Login", 1, ann), oncall("E-Cart", 2, ann), oncall("E-Cart", 1, nil),
		},
	}}
}

func on(id string, services ...string) verify.Expectation {
	return verify.Expectation{ID: id, Match: verify.Match{Service: match.Must(services...)}}
}

// brief is evidence in one line.
func brief(found []verify.Evidence) []string {
	var all []string
	for _, e := range found {
		line := fmt.Sprintf("%s/%s: %s", e.Hop, e.State, e.Text)
		if e.Delay > 0 {
			line += " [" + e.Delay.String() + "]"
		}
		all = append(all, line)
	}
	return all
}

func TestEvidence(t *testing.T) {
	for _, c := range []struct {
		name     string
		expected verify.Expectation
		want     []string
	}{
		{"all is well", on("1.1", "Checkout"), nil},
		{"pause", on("1.1", "Payments"), []string{"incident created/: service Payments pauses every alert for 5m0s before it opens an incident [5m0s]"}},
		{"disabled", on("1.1", "Search"), []string{"routed/broken: service Search is disabled: events open no incident"}},
		{"maintenance, nobody knows why", on("1.1", "Mail"), []string{"routed/broken: service Mail is in maintenance: events open no incident"}},
		{"maintenance", on("1.1", "Login"), []string{`routed/broken: service Login is in maintenance until 2099-05-01T12:00:00Z ("moving house"): events open no incident`}},
		{"a window that has just begun", on("1.1", "Maps"), []string{`routed/broken: service Maps is in maintenance until 2099-05-01T12:00:00Z ("moving house"): events open no incident`}},
		{"nobody on call", on("1.1", "Cart"), []string{"responder notified/broken: nobody is on call at level 1 of the escalation policy of service Cart"}},
		{"several", on("1.1", "/^(Cart|Search|Checkout)$/"), []string{
			"routed/broken: service Search is disabled: events open no incident",
			"responder notified/broken: nobody is on call at level 1 of the escalation policy of service Cart",
		}},
		{"no such service", on("1.1", "Chekout"), []string{`incident created/broken: there is no service named "Chekout"`}},
		{"no service fits", on("1.1", "/^X/"), []string{"incident created/: no service matches /^X/ (yet)"}},
		{"any service", verify.Expectation{ID: "1.1"}, nil},
		{"must not fire", verify.Expectation{ID: "1.1", MustNot: true, Match: verify.Match{Service: match.Must("Search")}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := serve(t, town(), Params{})
			src.local = false
			found, err := src.Trace(t.Context(), []verify.Expectation{c.expected})
			if err != nil || !slices.Equal(brief(found), c.want) {
				t.Errorf("got  %q, %v\nwant %q", brief(found), err, c.want)
			}
			for _, e := range found {
				if e.Expectation != "1.1" || e.Source != "pd" || e.At.IsZero() || e.Request == "" || e.Answer == "" {
					t.Errorf("%+v does not say of what, where, when, or how it is known", e)
				}
				if !slices.Contains(src.Sees(), e.Hop) {
					t.Errorf("evidence for %s, which the source says it cannot see", e.Hop)
				}
				if e.State == verify.Broken && e.Advice == "" {
					t.Errorf("no advice about %q", e.Text)
				}
			}
		})
	}
}

func TestTraceGuessesWhichServiceWasMeant(t *testing.T) {
	src := serve(t, town(), Params{})
	src.local = false
	found, err := src.Trace(t.Context(), []verify.Expectation{on("1.1", "Chekout")})
	if err != nil || len(found) != 1 || !strings.HasSuffix(found[0].Advice, `did you mean "Checkout"?`) {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestTraceOfTheInbox: there a service comes into being with its first event, so that it is not there yet breaks nothing.
func TestTraceOfTheInbox(t *testing.T) {
	found, err := serve(t, town(), Params{}).Trace(t.Context(), []verify.Expectation{on("1.1", "Newcomer")})
	if err != nil || len(found) != 1 || found[0].State != verify.Unknown {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestTraceWithoutPermission: what the token may not read is unknown, and nothing more.
func TestTraceWithoutPermission(t *testing.T) {
	for path, want := range map[string][]string{
		"/services":            {"routed/: nobody could look at services"},
		"/maintenance_windows": {"routed/: nobody could look at maintenance_windows", "responder notified/broken: nobody is on call at level 1 of the escalation policy of service Cart"},
		"/oncalls":             {"responder notified/: nobody could look at oncalls"},
	} {
		src := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == path {
				http.Error(w, `{"error":{"message":"Access Denied","code":2010}}`, http.StatusForbidden)
				return
			}
			town().ServeHTTP(w, r)
		}), Params{})
		found, err := src.Trace(t.Context(), []verify.Expectation{on("1.1", "Cart")})
		if err != nil || !slices.Equal(brief(found), want) {
			t.Errorf("%s: %q, %v; want %q", path, brief(found), err, want)
		}
	}
}

// TestTraceThatCouldNotLook: a failure anywhere else is an error, never evidence.
func TestTraceThatCouldNotLook(t *testing.T) {
	for bad := range 3 {
		for _, fault := range append(verifytest.Faults(), verifytest.Answer("null", 200, `{"services":null,"maintenance_windows":null,"oncalls":null}`)) {
			if strings.HasPrefix(fault.Name, "40") {
				continue // may not look
			}
			faulty := &verifytest.Faulty{Good: town()}
			faulty.Script(func(n int) *verifytest.Fault {
				if n >= bad { // a reset connection is tried once more by the transport
					return &fault
				}
				return nil
			})
			t.Run(fmt.Sprintf("%s, request %d", fault.Name, bad), func(t *testing.T) {
				t.Parallel()
				if found, err := serve(t, faulty, Params{timeout: fault.Patience()}).Trace(t.Context(), []verify.Expectation{on("1.1", "Cart")}); err == nil || found != nil {
					t.Errorf("%q, %v; want an error alone", brief(found), err)
				}
			})
		}
	}
}

// TestTraceOfAGreatAccount: on-calls are asked for by policy, so that an account with more of them than can be listed
// does not stop a run.
func TestTraceOfAGreatAccount(t *testing.T) {
	fake := town()
	src := serve(t, fake, Params{})
	if _, err := src.Trace(t.Context(), []verify.Expectation{on("1.1", "Cart"), on("1.2", "/./")}); err != nil {
		t.Fatal(err)
	}
	requests := fake.Requests()
	if got := requests[2].Query["escalation_policy_ids[]"]; requests[2].Path != "/oncalls" || len(got) != 7 {
		t.Errorf("asked %s for the policies %v, want each of the seven once", requests[2].Path, got)
	}
	for i := range mostPolicies {
		fake.Lists["services"] = append(fake.Lists["services"], paused(fmt.Sprint("More", i), "active", nil))
	}
	if _, err := src.Trace(t.Context(), []verify.Expectation{on("1.2", "/./")}); err != nil {
		t.Fatal(err)
	}
	if got := fake.Requests()[5].Query["escalation_policy_ids[]"]; got != nil {
		t.Errorf("asked for %d policies by name: the URL grows too long", len(got))
	}
}
