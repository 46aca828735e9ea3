package webhook

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

// only is the one incident that the receiver has.
func only(t *testing.T, s *Source) verify.Incident {
	t.Helper()
	all, err := s.store.list(func(verify.Incident) bool { return true })
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v; want one incident", all, err)
	}
	return all[0]
}

// pd posts an event, signed, with the id of its delivery.
func pd(t *testing.T, s *Source, delivery string, body any) {
	t.Helper()
	text := encode(body)
	if code := post(s, text, "X-PagerDuty-Signature: "+sign(text, "s3cret-S"), "X-Webhook-Id: "+delivery); code != 202 {
		t.Fatalf("status %d: %+v", code, s.log.list())
	}
}

// TestPagerDutyLife: an incident from its ping to its end and on, with messages that come twice and too late.
func TestPagerDutyLife(t *testing.T) {
	t.Parallel()
	s := start(t, `{format: pagerduty, secret: {env: S}}`)
	began := time.Now()
	in := verifytest.Incident{ID: "P1", Service: "Checkout", Title: "down", Opened: began}
	pd(t, s, "w0", map[string]any{"event": map[string]any{
		"event_type": "pagey.ping", "resource_type": "pagey", "occurred_at": "2026-01-01T00:00:00Z", "data": map[string]any{"message": "Hello", "type": "ping"},
	}})
	pd(t, s, "w1", v3("incident.triggered", began, in))
	first := only(t, s)
	if first.Status != verify.Triggered || first.Service != "Checkout" || first.Urgency != "high" || first.Severity != "P1" || first.Key != "key-P1" ||
		len(first.Notified) != 1 || first.Notified[0].Who != "hook" || first.Notified[0].Channel != "webhook" || !first.Notified[0].At.Equal(first.Opened) ||
		first.Opened.Before(began) || time.Since(first.Opened) > time.Minute {
		t.Errorf("triggered: %+v", first)
	}
	pd(t, s, "w2", v3("incident.acknowledged", began.Add(time.Second), in))
	if got := only(t, s); got.Status != verify.Acknowledged || got.AcknowledgedBy != "Ann" || got.Acknowledged.IsZero() || !got.Opened.Equal(first.Opened) {
		t.Errorf("acknowledged: %+v", got)
	}
	pd(t, s, "w3", v3("incident.resolved", began.Add(3*time.Second), in))
	ended := only(t, s)
	if ended.Status != verify.Resolved || !ended.ResolvedByHand || ended.ResolvedBy != "Ann" || ended.Resolved.IsZero() || ended.Acknowledged.IsZero() {
		t.Errorf("resolved: %+v", ended)
	}
	pd(t, s, "w2", v3("incident.acknowledged", began.Add(9*time.Second), in)) // the same delivery again
	pd(t, s, "w4", v3("incident.acknowledged", began.Add(2*time.Second), in)) // overtaken by the end
	if got := only(t, s); got.Status != verify.Resolved || !got.Resolved.Equal(ended.Resolved) {
		t.Errorf("after a repetition and a late one: %+v", got)
	}
	pd(t, s, "w5", v3("incident.reopened", began.Add(10*time.Second), in))
	if got := only(t, s); got.Status != verify.Triggered || len(got.Notified) != 2 || !got.Resolved.IsZero() {
		t.Errorf("reopened: %+v", got)
	}
	merged := v3("incident.resolved", began.Add(11*time.Second), in)
	merged["event"].(map[string]any)["data"].(map[string]any)["resolve_reason"] = map[string]any{
		"type": "merge_resolve_reason", "incident": map[string]any{"id": "P9", "type": "incident_reference"},
	}
	pd(t, s, "w6", merged)
	if got := only(t, s); got.ResolvedBy != "merged into P9" || !got.ResolvedByHand {
		t.Errorf("merged: %+v", got)
	}
	pd(t, s, "w7", v3("incident.resolved", began, verifytest.Incident{ID: "P0", Opened: began}))
	if only(t, s); s.store.unknown != 1 {
		t.Errorf("%d ends of what had not come are told", s.store.unknown)
	}
}

// TestRealMessages: what a real Alertmanager has posted is read; the key is that of its PagerDuty messages.
func TestRealMessages(t *testing.T) {
	t.Parallel()
	s := start(t, `{}`)
	s.since = time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)
	for _, name := range []string{"firing", "resolved"} {
		body, err := os.ReadFile("testdata/alertmanager_" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if code := post(s, string(body)); code != 202 {
			t.Fatalf("%s: status %d, %+v", name, code, s.log.list())
		}
	}
	got := only(t, s)
	want := verify.Incident{
		ID: "afe0bb4c528f071d 2026-11-22T23:08:30.499Z", Title: "TargetDown", Service: "checkout", Severity: "critical", Status: verify.Resolved,
		Key: "7f125be2a86f87293c6f2beaa0e8d73643b9fd149b2a9cc1cce3b05ef1f627d6",
	}
	if got.ID != want.ID || got.Title != want.Title || got.Service != want.Service || got.Severity != want.Severity || got.Status != want.Status || got.Labels["job"] != "checkout" ||
		len(got.Notified) != 1 || got.Notified[0].Who != "all" || got.Key != want.Key {
		t.Errorf("%+v", got)
	}
}

// TestKeysWithoutIDs: after the end of an incident the same key means another one.
func TestKeysWithoutIDs(t *testing.T) {
	t.Parallel()
	s := start(t, `{format: json, items: alerts, fields: {key: host, title: text, status: state}}`)
	say := func(states ...string) {
		for _, state := range states {
			if code := post(s, fmt.Sprintf(`{"alerts":[{"host":"web","text":"%s","state":%q}]}`, "web is "+state, state)); code != 202 {
				t.Fatalf("status %d: %+v", code, s.log.list())
			}
		}
	}
	say("ok", "down", "down", "ack", "ok", "ok", "down")
	all, err := s.Since(t.Context(), time.Now().Add(-time.Second))
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	a, b := all[0], all[1]
	if a.Status != verify.Resolved || b.Status != verify.Triggered || a.ID == b.ID || a.Key != "web" || a.Acknowledged.IsZero() || len(a.Notified) != 1 || a.Title != "web is ack" {
		t.Errorf("%+v\n%+v", a, b)
	}
	if s.store.unknown != 1 {
		t.Errorf("%d ends of what had not come are told", s.store.unknown)
	}
}

// TestOldOnesAreNotNew: an alert that had begun before we listened may be repeated at any time.
func TestOldOnesAreNotNew(t *testing.T) {
	t.Parallel()
	s := start(t, `{}`)
	for name, began := range map[string]time.Time{"old": s.since.Add(-time.Minute), "new": s.since.Add(time.Second)} {
		body := encode(map[string]any{"version": "4", "groupKey": "g", "truncatedAlerts": 3, "alerts": []any{
			map[string]any{"status": "firing", "labels": map[string]string{"alertname": name}, "startsAt": began, "fingerprint": name},
		}})
		if code := post(s, body); code != 202 {
			t.Fatalf("status %d", code)
		}
	}
	since, err := s.Since(t.Context(), s.since)
	if len(since) != 1 || since[0].Title != "new" || err != nil {
		t.Errorf("since: %+v, %v", since, err)
	}
	if open, err := s.Open(t.Context()); len(open) != 2 || err != nil {
		t.Errorf("open: %+v, %v", open, err)
	}
	found, err := s.Trace(t.Context(), nil)
	told := ""
	for _, e := range found {
		told += e.Text + "\n"
	}
	if err != nil || !strings.Contains(told, "1 incident says to have begun before Friday listened") || !strings.Contains(told, "6 alerts were left out") {
		t.Errorf("%s, %v", told, err)
	}
}

// TestFull: what is too much is an error from then on, never a silence.
func TestFull(t *testing.T) {
	t.Parallel()
	s := start(t, `{`+plain+`}`)
	for i := range mostIncidents {
		if code := post(s, fmt.Sprintf(`{"id":"%d","title":"down","status":"open"}`, i)); code != 202 {
			t.Fatalf("%d: status %d", i, code)
		}
	}
	if open, err := s.Open(t.Context()); len(open) != mostIncidents || err != nil {
		t.Fatalf("%d, %v", len(open), err)
	}
	if code := post(s, one); code != 503 {
		t.Errorf("one more: status %d", code)
	}
	if _, err := s.Open(t.Context()); err == nil || !strings.Contains(err.Error(), "more than 10000 incidents") {
		t.Errorf("%v", err)
	}
}

func TestFullOfText(t *testing.T) {
	t.Parallel()
	s := start(t, `{`+plain+`}`)
	title := strings.Repeat("x", 1_000_000)
	for i := range 100 {
		if code := post(s, fmt.Sprintf(`{"id":"%d","title":"%s","status":"open"}`, i, title)); code == 503 {
			if s.store.bytes > mostBytes || i < 60 {
				t.Errorf("%d bytes after %d messages", s.store.bytes, i)
			}
			return
		}
	}
	t.Error("it takes in whatever comes")
}
