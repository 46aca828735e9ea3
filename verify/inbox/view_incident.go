package inbox

import "fmt"

// incidentView is an incident as the REST API shows it.
type incidentView struct {
	ref
	Number             int               `json:"incident_number"`
	Title              string            `json:"title"`
	CreatedAt          *string           `json:"created_at"`
	UpdatedAt          *string           `json:"updated_at"`
	Status             string            `json:"status"`
	Key                string            `json:"incident_key"`
	Service            any               `json:"service"`
	Assignments        []assignmentView  `json:"assignments"`
	AssignedVia        string            `json:"assigned_via"`
	LastStatusChangeAt *string           `json:"last_status_change_at"`
	LastStatusChangeBy any               `json:"last_status_change_by"`
	ResolvedAt         *string           `json:"resolved_at"`
	FirstEntry         any               `json:"first_trigger_log_entry"`
	AlertCounts        alertCounts       `json:"alert_counts"`
	IsMergeable        bool              `json:"is_mergeable"`
	IncidentType       map[string]string `json:"incident_type"`
	Policy             any               `json:"escalation_policy"`
	Teams              []ref             `json:"teams"`
	PendingActions     []pendingView     `json:"pending_actions"`
	Acknowledgements   []ackView         `json:"acknowledgements"`
	AlertGrouping      any               `json:"alert_grouping"`
	Priority           any               `json:"priority"`
	ResolveReason      any               `json:"resolve_reason"`
	Responders         []ref             `json:"incidents_responders"`
	ResponderRequests  []ref             `json:"responder_requests"`
	Urgency            string            `json:"urgency"`
}

type assignmentView struct {
	At       *string `json:"at"`
	Assignee any     `json:"assignee"`
}

type ackView struct {
	At           *string `json:"at"`
	Acknowledger any     `json:"acknowledger"`
}

type pendingView struct {
	Type string  `json:"type"`
	At   *string `json:"at"`
}

type alertCounts struct {
	All       int `json:"all"`
	Triggered int `json:"triggered"`
	Resolved  int `json:"resolved"`
}

func (i *incident) summary() string {
	return fmt.Sprintf("[#%d] %s", i.number, i.event.Payload.Summary)
}

func (c *call) incident(i *incident) incidentView {
	v := c.view
	out := incidentView{
		ref:    v.ref(i.id, "incident", i.summary(), "/incidents/"+i.id),
		Number: i.number, Title: i.event.Payload.Summary, CreatedAt: stamp(i.created), Status: i.status, Key: i.key,
		UpdatedAt:   stamp(i.log[len(i.log)-1].at),
		Service:     v.serviceRef(i.service),
		Assignments: []assignmentView{}, AssignedVia: "escalation_policy",
		LastStatusChangeAt: stamp(i.changed), LastStatusChangeBy: c.agent(i.changedBy, "agents"), ResolvedAt: stamp(i.resolved),
		FirstEntry: v.entryRef(i.log[0]), AlertCounts: alertCounts{All: 1, Triggered: 1}, IsMergeable: true,
		IncidentType: map[string]string{"name": "incident_default"}, Policy: v.policyRef(i.service.policy),
		Teams: []ref{}, PendingActions: []pendingView{}, Acknowledgements: []ackView{},
		Responders: []ref{}, ResponderRequests: []ref{}, Urgency: i.urgency,
	}
	out.HTMLURL = v.incidentPage(i)
	c.including(&out, i)
	for _, u := range i.assignees {
		out.Assignments = append(out.Assignments, assignmentView{stamp(i.assignedAt()), c.agent(u.agent(), "assignees")})
	}
	switch {
	case i.status == resolved:
		out.AlertCounts = alertCounts{All: 1, Resolved: 1}
	case i.status == acknowledged:
		out.Acknowledgements = append(out.Acknowledgements, ackView{stamp(i.ackedAt), c.agent(i.ackedBy, "acknowledgers")})
	case !i.escalates.IsZero():
		out.PendingActions = append(out.PendingActions, pendingView{"escalate", stamp(i.escalates)})
	}
	return out
}

// including puts whole things where include[] asks for them.
func (c *call) including(out *incidentView, i *incident) {
	if c.view.include.has("services") {
		out.Service = c.with().service(i.service)
	}
	if c.view.include.has("escalation_policies") {
		out.Policy = c.policy(i.service.policy)
	}
	if c.view.include.has("first_trigger_log_entries") {
		out.FirstEntry = c.with("channels").entry(i.log[0])
	}
}

// with is the same call with another include[], so that what is included does not include in turn.
func (c *call) with(include ...string) *call {
	other := *c
	other.view.include = set{append([]string{}, include...)}
	return &other
}

// agent is a reference, or the whole user or service where include[] asks for it.
func (c *call) agent(a agent, include string) any {
	if c.view.include.has(include) {
		if u := c.s.world.userByID(a.id); u != nil {
			return c.user(u)
		}
		if s := c.s.world.serviceByID(a.id); s != nil {
			return c.with().service(s)
		}
	}
	return c.view.agentRef(a)
}

// entryView is a log entry as the REST API shows it.
type entryView struct {
	ref
	CreatedAt *string        `json:"created_at"`
	Agent     ref            `json:"agent"`
	Channel   any            `json:"channel"`
	Service   any            `json:"service"`
	Incident  any            `json:"incident"`
	Teams     []ref          `json:"teams"`
	Contexts  []contextView  `json:"contexts"`
	Details   map[string]any `json:"event_details"`
	User      *ref           `json:"user,omitempty"`
	Assignees []ref          `json:"assignees,omitempty"`
}

func (c *call) entry(e *entry) entryView {
	v := c.view
	out := entryView{
		ref: v.ref(e.id, e.kind, e.summary, "/log_entries/"+e.id), CreatedAt: stamp(e.at), Agent: v.agentRef(e.agent),
		Channel: e.channel.brief(), Service: v.serviceRef(e.incident.service), Incident: v.incidentRef(e.incident),
		Teams: []ref{}, Contexts: []contextView{}, Details: map[string]any{}, Assignees: refs(e.assignees, v.userRef),
	}
	out.HTMLURL = v.incidentPage(e.incident)
	if ev := e.channel.event; ev != nil {
		out.Contexts = ev.contexts()
		if ev.Action == actTrigger {
			out.Details["description"] = ev.Payload.Summary
		}
	}
	if e.user != nil {
		out.User = new(v.userRef(e.user))
	}
	if v.include.has("channels") {
		out.Channel = e.channel.full()
	}
	if v.include.has("services") {
		out.Service = c.with().service(e.incident.service)
	}
	if v.include.has("incidents") {
		out.Incident = c.with().incident(e.incident)
	}
	return out
}

// channelView is a channel in full.
type channelView struct {
	Type         string            `json:"type"`
	Notification *notificationView `json:"notification,omitempty"`
	Summary      string            `json:"summary,omitempty"`
	Description  string            `json:"description,omitempty"`
	Key          string            `json:"incident_key,omitempty"`
	Client       string            `json:"client,omitempty"`
	ClientURL    string            `json:"client_url,omitempty"`
	Details      any               `json:"details,omitempty"`
	CEF          *cefDetails       `json:"cef_details,omitempty"`
}

type notificationView struct {
	Type    string `json:"type"`
	Address string `json:"address"`
	Status  string `json:"status"`
}

func (ch channel) brief() channelView { return channelView{Type: ch.kind} }

func (ch channel) full() channelView {
	out := ch.brief()
	if n := ch.notification; n != nil {
		out.Notification = &notificationView{n.kind + "_notification", n.address, "success"}
	}
	if e := ch.event; e != nil {
		out.Summary, out.Description, out.Key = e.Payload.Summary, e.Payload.Summary, e.Key
		out.Client, out.ClientURL, out.Details, out.CEF = e.Client, e.ClientURL, e.details(), new(e.cef())
	}
	return out
}
