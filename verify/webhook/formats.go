package webhook

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/fields"
	"github.com/failurefriday/friday/verify"
)

// group is a message of Alertmanager's webhook.
type group struct {
	Version         string
	GroupKey        string
	Receiver        string
	TruncatedAlerts int
	Alerts          []struct {
		Status       string
		Labels       map[string]string
		Annotations  map[string]string
		StartsAt     time.Time
		GeneratorURL string
		Fingerprint  string
	}
}

// readAlertmanager reads version 4 of Alertmanager's messages. An incident is one alert from its start to its end; those
// that are sent together share a key, which is that of PagerDuty for the same group.
func (s *Source) readAlertmanager(body []byte) (message, error) {
	var g group
	if err := json.Unmarshal(body, &g); err != nil {
		return message{}, err
	}
	switch {
	case g.Version != "4":
		return message{}, fmt.Errorf("the version of the message is %.20q, not 4; a payload of its own is read with format: json", g.Version)
	case g.GroupKey == "" || len(g.Alerts) == 0:
		return message{}, errors.New("the message has no groupKey or no alerts")
	}
	sum := sha256.Sum256([]byte(g.GroupKey))
	m := message{who: g.Receiver, left: max(0, g.TruncatedAlerts)}
	for i, a := range g.Alerts {
		status, known := map[string]verify.Status{"firing": verify.Triggered, "resolved": verify.Resolved}[a.Status]
		if !known || a.Fingerprint == "" || a.StartsAt.IsZero() {
			return message{}, fmt.Errorf("alert %d of the message has no fingerprint, no startsAt, or a status that is neither firing nor resolved", i+1)
		}
		m.events = append(m.events, event{opens: status == verify.Triggered, Incident: verify.Incident{
			ID: a.Fingerprint + " " + a.StartsAt.UTC().Format(time.RFC3339Nano), URL: a.GeneratorURL, Source: s.name,
			Service: a.Labels["service"], Title: cmp.Or(a.Labels["alertname"], a.Annotations["summary"]), Status: status,
			Severity: a.Labels["severity"], Key: hex.EncodeToString(sum[:]), Labels: a.Labels, Opened: a.StartsAt,
		}})
	}
	return m, nil
}

// note is a message of PagerDuty's webhooks v3.
type note struct {
	Event struct {
		EventType  string    `json:"event_type"`
		OccurredAt time.Time `json:"occurred_at"`
		Agent      reference
		Data       struct {
			ID            string
			Type          string
			HTMLURL       string `json:"html_url"`
			Status        string
			Key           string    `json:"incident_key"`
			CreatedAt     time.Time `json:"created_at"`
			Title         string
			Service       reference
			Priority      reference
			Urgency       string
			ResolveReason struct {
				Type     string
				Incident reference
			} `json:"resolve_reason"`
		}
	}
}

type reference struct{ ID, Type, Summary string }

// readPagerDuty reads one event. What is not about an incident, such as the ping of a test, says nothing of any.
func (s *Source) readPagerDuty(body []byte) (message, error) {
	var n note
	if err := json.Unmarshal(body, &n); err != nil {
		return message{}, err
	}
	e, d := n.Event, n.Event.Data
	name, ofIncident := strings.CutPrefix(e.EventType, "incident.")
	switch {
	case e.EventType == "":
		return message{}, errors.New("the message has no event with an event_type")
	case !ofIncident || d.Type != "incident":
		return message{}, nil
	case d.ID == "" || e.OccurredAt.IsZero():
		return message{}, errors.New("the event has no id of an incident, or no occurred_at")
	}
	told := event{at: e.OccurredAt, Incident: verify.Incident{
		ID: d.ID, URL: d.HTMLURL, Source: s.name, Service: d.Service.Summary, Title: d.Title, Urgency: d.Urgency,
		Severity: d.Priority.Summary, Key: d.Key, Opened: d.CreatedAt,
	}}
	switch word := cmp.Or(map[string]string{
		"triggered": "triggered", "reopened": "triggered", "unacknowledged": "triggered", "acknowledged": "acknowledged", "resolved": "resolved",
	}[name], d.Status); verify.Status(word) {
	case verify.Triggered:
		told.Status, told.opens = verify.Triggered, name == "triggered" || name == "reopened"
	case verify.Acknowledged:
		told.Status, told.AcknowledgedBy = verify.Acknowledged, e.Agent.Summary
	case verify.Resolved:
		told.Status, told.ResolvedBy = verify.Resolved, e.Agent.Summary
		told.ResolvedByHand = strings.HasPrefix(e.Agent.Type, "user")
		if d.ResolveReason.Type == "merge_resolve_reason" {
			told.ResolvedBy, told.ResolvedByHand = "merged into "+cmp.Or(d.ResolveReason.Incident.ID, "another incident"), true
		}
	default:
		return message{}, fmt.Errorf("the incident has the status %.40q, which is none", word)
	}
	return message{events: []event{told}}, nil
}

// readJSON reads a message as the parameters say.
func (s *Source) readJSON(body []byte) (message, error) {
	v, err := fields.Decode(bytes.NewReader(body))
	if err != nil {
		return message{}, err
	}
	items, err := s.params.Read(v)
	if err != nil {
		return message{}, err
	}
	var m message
	for _, i := range items {
		if i.ID == "" && i.Key == "" {
			return message{}, fmt.Errorf("there is nothing at %s, so nobody knows which incident it is about", s.params.Fields.Key)
		}
		m.events = append(m.events, event{opens: i.State == fields.Triggered, Incident: verify.Incident{
			ID: i.ID, URL: i.URL, Source: s.name, Service: i.Service, Title: i.Title, Status: verify.Status(i.State),
			Urgency: i.Urgency, Severity: i.Severity, Key: i.Key, Labels: i.Labels, Opened: i.Opened,
		}})
	}
	return m, nil
}
