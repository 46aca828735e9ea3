package verifytest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"
)

// Ref is a reference as PagerDuty tells it: {id, type, summary}.
func Ref(kind, id, summary string) map[string]any {
	return map[string]any{"id": id, "type": kind + "_reference", "summary": summary}
}

// status of an incident at a moment.
func (in *Incident) status(now time.Time) string {
	if in.Resolved.IsZero() || in.Resolved.After(now) {
		return "triggered"
	}
	return "resolved"
}

// tell is an incident in PagerDuty's words at a moment. The id of its service is the service's name.
func (in *Incident) tell(now time.Time) json.RawMessage {
	status, changedAt := in.status(now), in.Opened
	var resolvedAt any
	if status == "resolved" {
		changedAt, resolvedAt = in.Resolved, second(in.Resolved)
	}
	service := Ref("service", in.Service, in.Service)
	return encode(with(map[string]any{
		"id": in.ID, "type": "incident", "summary": "[#1] " + in.Title, "title": in.Title, "status": status,
		"urgency": cmp.Or(in.Urgency, "high"), "created_at": second(in.Opened), "incident_key": "key-" + in.ID,
		"html_url": "https://acme.example/incidents/" + in.ID, "service": service, "acknowledgements": []any{},
		"last_status_change_at": second(changedAt), "last_status_change_by": service, "resolved_at": resolvedAt,
		"first_trigger_log_entry": map[string]any{
			"id": "R0" + in.ID, "type": "trigger_log_entry",
			"channel": map[string]any{"type": "api", "details": map[string]any{"host": "web-1", "tries": 3}},
		},
	}, in.Fields))
}

// entries is the log of an incident.
func entries(in Incident) []entry {
	log := append([]Entry{{Type: "trigger_log_entry", At: in.Opened}}, in.Log...)
	if !in.Resolved.IsZero() && in.Fields["resolve_reason"] == nil {
		log = append(log, Entry{Type: "resolve_log_entry", At: in.Resolved, Fields: map[string]any{"agent": Ref("service", in.Service, in.Service)}})
	}
	var all []entry
	for i, e := range log {
		all = append(all, entry{at: e.At, text: encode(with(map[string]any{
			"id": cmp.Or(e.ID, fmt.Sprintf("R%s-%d", in.ID, i)), "type": e.Type, "created_at": second(e.At),
			"incident": Ref("incident", in.ID, in.Title), "channel": map[string]any{"type": "api"},
		}, e.Fields))})
	}
	return all
}

// Notified is the log entry of a message to a person.
func Notified(at time.Time, who, channel, status string) Entry {
	return Entry{Type: "notify_log_entry", At: at, Fields: map[string]any{
		"user":    Ref("user", who, who),
		"channel": map[string]any{"type": "auto", "notification": map[string]any{"type": channel, "status": status}},
	}}
}

// encode panics at a value that is no JSON: that is a mistake in the test.
func encode(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
