package inbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// view draws things as the REST API shows them.
type view struct {
	base    string // http://127.0.0.1:8080
	include set
}

func newView(r *http.Request, query url.Values) view {
	v := view{base: "http://" + r.Host, include: setOf(query, "include")}
	if r.TLS != nil {
		v.base = "https://" + r.Host
	}
	if v.include.of == nil {
		v.include.of = []string{}
	}
	return v
}

// stamp is a time in whole seconds; nil if it has not come.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Format("2006-01-02T15:04:05Z"))
}

// ref is a reference to a thing.
type ref struct {
	ID      string  `json:"id"`
	Type    string  `json:"type"`
	Summary string  `json:"summary"`
	Self    string  `json:"self"`
	HTMLURL *string `json:"html_url"`
}

func (v view) ref(id, kind, summary, path string) ref {
	return ref{ID: id, Type: kind, Summary: summary, Self: v.base + path}
}

func (v view) userRef(u *user) ref {
	return v.ref(u.id, "user_reference", u.name, "/users/"+u.id)
}

func (v view) serviceRef(s *service) ref {
	return v.ref(s.id, "service_reference", s.name, "/services/"+s.id)
}

func (v view) integrationRef(s *service) ref {
	return v.ref(s.integration, "events_api_v2_inbound_integration_reference", "Events API v2", "/services/"+s.id+"/integrations/"+s.integration)
}

func (v view) policyRef(p *policy) ref {
	return v.ref(p.id, "escalation_policy_reference", p.name, "/escalation_policies/"+p.id)
}

func (v view) incidentRef(i *incident) ref {
	r := v.ref(i.id, "incident_reference", i.summary(), "/incidents/"+i.id)
	r.HTMLURL = v.incidentPage(i)
	return r
}

// incidentPage is where people look at an incident.
func (v view) incidentPage(i *incident) *string { return new(v.base + "/?incident=" + i.id) }

func (v view) entryRef(e *entry) ref {
	r := v.ref(e.id, e.kind+"_reference", e.summary, "/log_entries/"+e.id)
	r.HTMLURL = v.incidentPage(e.incident)
	return r
}

func (v view) agentRef(a agent) ref {
	return v.ref(a.id, a.kind+"_reference", a.name, "/"+a.kind+"s/"+a.id)
}

// refs draws many.
func refs[T, V any](all []T, draw func(T) V) []V {
	out := make([]V, len(all))
	for i, one := range all {
		out[i] = draw(one)
	}
	return out
}

// contextView is a link or an image of an event.
type contextView struct {
	Type string `json:"type"`
	Href string `json:"href,omitempty"`
	Src  string `json:"src,omitempty"`
	Text string `json:"text,omitempty"`
}

// alertView is the one alert of an incident.
type alertView struct {
	ref
	CreatedAt   *string   `json:"created_at"`
	Status      string    `json:"status"`
	AlertKey    string    `json:"alert_key"`
	Service     ref       `json:"service"`
	FirstEntry  ref       `json:"first_trigger_log_entry"`
	Incident    ref       `json:"incident"`
	Suppressed  bool      `json:"suppressed"`
	Severity    string    `json:"severity"`
	Integration ref       `json:"integration"`
	Body        alertBody `json:"body"`
}

type alertBody struct {
	Type     string          `json:"type"`
	Contexts []contextView   `json:"contexts"`
	Details  json.RawMessage `json:"details"`
	CEF      cefDetails      `json:"cef_details"`
}

// cefDetails are the fields of the event under the names that PagerDuty gives them afterwards.
type cefDetails struct {
	Key       string          `json:"dedup_key"`
	Summary   string          `json:"description"`
	Severity  string          `json:"severity"`
	Source    string          `json:"source_origin"`
	Component string          `json:"source_component,omitempty"`
	Group     string          `json:"service_group,omitempty"`
	Class     string          `json:"event_class,omitempty"`
	Client    string          `json:"client,omitempty"`
	ClientURL string          `json:"client_url,omitempty"`
	Timestamp string          `json:"creation_time,omitempty"`
	Details   json.RawMessage `json:"details,omitempty"`
}

func (e *event) cef() cefDetails {
	p := e.Payload
	return cefDetails{e.Key, p.Summary, p.Severity, p.Source, p.Component, p.Group, p.Class, e.Client, e.ClientURL, p.Timestamp, p.Details}
}

// details are the custom details as an object: an empty one if there are none, and what is no object stands in one.
func (e *event) details() json.RawMessage {
	sent := bytes.TrimSpace(e.Payload.Details)
	switch {
	case len(sent) == 0 || string(sent) == "null":
		return json.RawMessage("{}")
	case sent[0] != '{':
		return slices.Concat([]byte(`{"details":`), sent, []byte("}"))
	}
	return e.Payload.Details
}

func (v view) alert(i *incident) alertView {
	status := triggered // alerts know no "acknowledged"
	if i.status == resolved {
		status = resolved
	}
	a := alertView{
		ref:       v.ref(i.alertID, "alert", i.event.Payload.Summary, "/incidents/"+i.id+"/alerts/"+i.alertID),
		CreatedAt: stamp(i.created), Status: status, AlertKey: i.key, Service: v.serviceRef(i.service),
		FirstEntry: v.entryRef(i.log[0]), Incident: v.incidentRef(i), Severity: i.event.Payload.Severity,
		Integration: v.integrationRef(i.service),
		Body:        alertBody{Type: "alert_body", Contexts: i.event.contexts(), Details: i.event.details(), CEF: i.event.cef()},
	}
	a.HTMLURL = v.incidentPage(i)
	return a
}
