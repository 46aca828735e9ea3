package alertmanager

import (
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
)

// late are groups that wait long enough for something to happen to them meanwhile.
var late = with("group_wait: 0s", "group_wait: 1h")

// followed starts a server and follows the alert that is down, which comes after the fault.
func followed(t *testing.T, config string) (*world, verify.Trail, time.Time) {
	t.Helper()
	w := start(t, config, Params{})
	trail := w.Follow([]verify.Expectation{want(down, "")})
	once(t, trail, time.Time{})
	fault := time.Now()
	w.post(t, fault, down)
	seen := once(t, trail, fault)
	if seen[verify.Routed].State != verify.OK || seen[verify.NotificationAccepted].Kind != "SF-09" {
		t.Fatalf("got %+v", seen)
	}
	return w, trail, fault
}

// TestWhatSuppressesAPageThatWaitsIsWhereItIsLost: it was routed before.
func TestWhatSuppressesAPageThatWaitsIsWhereItIsLost(t *testing.T) {
	t.Parallel()
	w, trail, fault := followed(t, late)
	w.silence(t, time.Now(), "job", "api")
	seen := see(t, trail, fault, verify.NotificationAccepted, verify.Broken, "SF-12")
	if seen[verify.Routed].State != verify.OK || !strings.Contains(seen[verify.NotificationAccepted].Text, "by alice") {
		t.Errorf("got %+v", seen)
	}
}

// TestAnAlertThatEndsBeforeItsGroupIsNotifiedPagesNobody.
func TestAnAlertThatEndsBeforeItsGroupIsNotifiedPagesNobody(t *testing.T) {
	t.Parallel()
	w, trail, fault := followed(t, late)
	w.end(t, down)
	seen := see(t, trail, fault, verify.NotificationAccepted, verify.Waiting, "SF-10")
	if seen[verify.Routed].State != verify.OK || seen[verify.HandedToRouter].State != verify.OK {
		t.Errorf("what has passed has passed: %+v", seen)
	}
}

// two receivers are notified in the same way, one at once, one later.
const two = `
global: {resolve_timeout: 1m}
route:
  receiver: oncall
  group_wait: 2s
  routes: [{receiver: other, matchers: [team="other"], group_wait: 0s}, {matchers: [job="api"]}]
receivers:
  - name: oncall
    pagerduty_configs: [{routing_key: 0123456789abcdef0123456789abcdef, url: HOOKS/ours}]
  - name: other
    pagerduty_configs: [{routing_key: 0123456789abcdef0123456789abcdef, url: HOOKS/theirs}]
`

// TestTheNotificationsOfOthersAreNotOurs: neither what they were accepted for nor what they were refused for.
func TestTheNotificationsOfOthersAreNotOurs(t *testing.T) {
	t.Parallel()
	for path, says := range map[string]string{"/theirs": "receiver other is notified so as well, and may have been the one", "/ours": "may have been the one"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			w := start(t, two, Params{})
			w.hooks.answers(path, 400)
			trail := w.Follow([]verify.Expectation{want(down, "")})
			once(t, trail, time.Time{})
			fault := time.Now()
			w.post(t, fault, down, "alertname=Other team=other")
			for {
				seen := once(t, trail, fault)[verify.NotificationAccepted]
				if seen.State == verify.OK || seen.State == verify.Broken {
					t.Fatalf("nobody can tell whose it was: %+v", seen)
				}
				if strings.Contains(seen.Text, says) {
					break
				}
				if time.Since(fault) > 45*time.Second {
					t.Fatalf("got %+v", seen)
				}
				time.Sleep(50 * time.Millisecond)
			}
		})
	}
}

// TestBothAcceptedIsBothAccepted: as many as all of them need.
func TestBothAcceptedIsBothAccepted(t *testing.T) {
	t.Parallel()
	w := start(t, two, Params{})
	trail := w.Follow([]verify.Expectation{want(down, "")})
	once(t, trail, time.Time{})
	fault := time.Now()
	w.post(t, fault, down, "alertname=Other team=other")
	seen := see(t, trail, fault, verify.NotificationAccepted, verify.OK, "")
	if at := seen[verify.NotificationAccepted].At; at.Before(fault.Add(time.Second)) || len(w.hooks.all()) != 2 {
		t.Errorf("accepted at %s, %d notifications", at, len(w.hooks.all()))
	}
}
