package pagerduty

import (
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

// only reads the one incident that a server has.
func only(t *testing.T, in verifytest.Incident) verify.Incident {
	t.Helper()
	fake := &verifytest.PagerDuty{}
	fake.Add(in)
	found, err := serve(t, fake, Params{}).Since(t.Context(), in.Opened)
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	return found[0]
}

// tenAgo is ten minutes ago, a whole second.
func tenAgo() time.Time { return time.Now().UTC().Truncate(time.Second).Add(-10 * time.Minute) }

func TestNotifications(t *testing.T) {
	at := tenAgo()
	in := only(t, verifytest.Incident{ID: "P1", Opened: at, Log: []verifytest.Entry{
		verifytest.Notified(at.Add(9*time.Second), "Bob", "phone", "no_answer"),
		verifytest.Notified(at.Add(4*time.Second), "Ann", "email", "success"),
		{Type: "notify_log_entry", At: at.Add(12 * time.Second), Fields: map[string]any{"channel": map[string]any{"type": nil}, "user": 7}},
	}})
	want := []verify.Notification{
		{At: at.Add(4 * time.Second), Who: "Ann", Channel: "email"},
		{At: at.Add(9 * time.Second), Who: "Bob", Channel: "phone", Failed: "no_answer"},
		{At: at.Add(12 * time.Second)},
	}
	if len(in.Notified) != len(want) {
		t.Fatalf("notified %v, want %v", in.Notified, want)
	}
	for i := range want {
		if in.Notified[i] != want[i] {
			t.Errorf("notification %d: %+v, want %+v", i, in.Notified[i], want[i])
		}
	}
}

func TestAcknowledged(t *testing.T) {
	at := tenAgo()
	ack := func(after time.Duration, who string) verifytest.Entry {
		return verifytest.Entry{Type: "acknowledge_log_entry", At: at.Add(after), Fields: map[string]any{"agent": verifytest.Ref("user", who, who)}}
	}
	in := only(t, verifytest.Incident{ID: "P1", Opened: at, Log: []verifytest.Entry{ack(time.Minute, "Bob"), ack(20*time.Second, "Ann")}})
	if in.AcknowledgedBy != "Ann" || !in.Acknowledged.Equal(at.Add(20*time.Second)) {
		t.Errorf("acknowledged by %q at %s", in.AcknowledgedBy, in.Acknowledged)
	}
	in = only(t, verifytest.Incident{ID: "P1", Opened: at, Fields: map[string]any{"acknowledgements": []any{
		map[string]any{"at": nil, "acknowledger": verifytest.Ref("user", "X", "Nobody")},
		map[string]any{"at": at.Add(time.Minute).Format(time.RFC3339), "acknowledger": verifytest.Ref("user", "U", "Ann")},
		map[string]any{"at": "soon"},
	}}})
	if in.AcknowledgedBy != "Ann" || !in.Acknowledged.Equal(at.Add(time.Minute)) {
		t.Errorf("acknowledged by %q at %s; an acknowledgement without a time is none", in.AcknowledgedBy, in.Acknowledged)
	}
}

func TestWhoResolved(t *testing.T) {
	at := tenAgo()
	user, service := verifytest.Ref("user", "U1", "Ann"), verifytest.Ref("service", "S1", "Checkout")
	entry := func(agent map[string]any, channel string) []verifytest.Entry {
		return []verifytest.Entry{{Type: "resolve_log_entry", At: at.Add(time.Minute), Fields: map[string]any{
			"agent": agent, "channel": map[string]any{"type": channel},
		}}}
	}
	merge := map[string]any{"type": "merge_resolve_reason", "incident": verifytest.Ref("incident", "P2", "[#2]")}
	for _, c := range []struct {
		name   string
		fields map[string]any
		log    []verifytest.Entry
		by     string
		byHand bool
	}{
		{"by the integration", map[string]any{"last_status_change_by": service, "resolve_reason": false}, entry(service, "api"), "Checkout", false},
		{"by a person", map[string]any{"last_status_change_by": user, "resolve_reason": false}, entry(user, "website"), "Ann", true},
		{"by a person, told by the log alone", map[string]any{"last_status_change_by": nil, "resolve_reason": false}, entry(user, "website"), "Ann", true},
		{"by a person, told by the incident alone", map[string]any{"last_status_change_by": user, "resolve_reason": false}, nil, "Ann", true},
		{"by the timeout of the service", map[string]any{"resolve_reason": false}, entry(service, "timeout"), "timeout of the service", true},
		{"merged", map[string]any{"last_status_change_by": service, "resolve_reason": merge}, entry(service, "api"), "merged into P2", true},
		{"merged into nobody knows what", map[string]any{"resolve_reason": map[string]any{"type": "merge_resolve_reason"}}, nil, "merged into another incident", true},
	} {
		in := only(t, verifytest.Incident{ID: "P1", Service: "Checkout", Opened: at, Resolved: at.Add(time.Minute), Fields: c.fields, Log: c.log})
		if in.Status != verify.Resolved || in.ResolvedBy != c.by || in.ResolvedByHand != c.byHand || !in.Resolved.Equal(at.Add(time.Minute)) {
			t.Errorf("%s: %s by %q (by hand: %v) at %s", c.name, in.Status, in.ResolvedBy, in.ResolvedByHand, in.Resolved)
		}
	}
}

func TestLogEntryWithoutTime(t *testing.T) {
	at := tenAgo()
	entry := verifytest.Notified(at, "Ann", "email", "success")
	entry.Fields["created_at"] = "soon"
	fake := &verifytest.PagerDuty{}
	fake.Add(verifytest.Incident{ID: "P1", Opened: at, Log: []verifytest.Entry{entry}})
	if found, err := serve(t, fake, Params{}).Since(t.Context(), at); err == nil || found != nil {
		t.Errorf("%v, %v; want an error: when Ann was notified is not known", found, err)
	}
}
