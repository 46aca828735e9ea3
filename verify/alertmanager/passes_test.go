package alertmanager

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
)

var errWait = errors.New("not yet")

// base is a configuration that notifies at once.
const base = `
global: {resolve_timeout: 1m}
route: {receiver: oncall, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers:
  - name: oncall
    pagerduty_configs: [{routing_key: 0123456789abcdef0123456789abcdef, url: HOOKS/v2/enqueue}]
`

const down = "alertname=CheckoutDown job=api severity=critical"

// TestAPagePassesAllHops: the times are the server's, and the evidence names the key that PagerDuty is sent.
func TestAPagePassesAllHops(t *testing.T) {
	t.Parallel()
	w := start(t, base, Params{})
	trail := w.Follow([]verify.Expectation{want(down, "")})
	if seen := once(t, trail, time.Time{}); seen[verify.HandedToRouter].State != verify.Waiting || len(seen) != 1 {
		t.Errorf("before the alert: %+v", seen)
	}
	fault := time.Now()
	if seen := once(t, trail, fault); seen[verify.HandedToRouter].State != verify.Waiting {
		t.Errorf("before the alert: %+v", seen)
	}
	before := time.Now()
	w.post(t, before, down)
	after := time.Now()
	seen := see(t, trail, fault, verify.NotificationAccepted, verify.OK, "")
	once(t, trail, fault)
	handed, routed, accepted := seen[verify.HandedToRouter], seen[verify.Routed], seen[verify.NotificationAccepted]
	if handed.State != verify.OK || handed.At.Before(before.Truncate(time.Millisecond)) || handed.At.After(after) {
		t.Errorf("handed over between %s and %s, told as %+v", before, after, handed)
	}
	if routed.State != verify.OK || routed.Text != "goes to receiver oncall by {} (pagerduty)" {
		t.Errorf("routed: %+v", routed)
	}
	sent := w.hooks.all()
	if len(sent) != 1 || accepted.At.Before(handed.At) || !strings.Contains(accepted.Answer, sent[0].body["dedup_key"].(string)) {
		t.Errorf("accepted: %+v; PagerDuty got %+v", accepted, sent)
	}
	w.end(t, down) // what has passed has passed
	w.am.Await(t, "the end of the alert", func() error {
		if open, err := w.Open(t.Context()); err != nil || len(open) > 0 {
			return errors.Join(errWait, err)
		}
		return nil
	})
	if again := once(t, trail, fault); again[verify.NotificationAccepted] != accepted || again[verify.Routed] != routed || again[verify.HandedToRouter] != handed {
		t.Errorf("after the alert: %+v\nwant %+v", again, seen)
	}
}
