package inbox

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

// serviceView is a service as the REST API shows it.
type serviceView struct {
	ref
	Name                   string            `json:"name"`
	Description            string            `json:"description"`
	CreatedAt              *string           `json:"created_at"`
	Status                 string            `json:"status"`
	LastIncidentTimestamp  *string           `json:"last_incident_timestamp,omitempty"`
	AutoResolveTimeout     *int              `json:"auto_resolve_timeout"`    // null: never
	AcknowledgementTimeout *int              `json:"acknowledgement_timeout"` // null: never
	AlertCreation          string            `json:"alert_creation"`
	Integrations           []ref             `json:"integrations"`
	Policy                 any               `json:"escalation_policy"`
	Teams                  []ref             `json:"teams"`
	UrgencyRule            map[string]string `json:"incident_urgency_rule"`
	ScheduledActions       []string          `json:"scheduled_actions"`
	AutoPause              autoPause         `json:"auto_pause_notifications_parameters"`
}

type autoPause struct {
	Enabled bool `json:"enabled"`
	Timeout int  `json:"timeout"`
}

func (c *call) service(s *service) serviceView {
	v := c.view
	out := serviceView{
		ref: v.ref(s.id, "service", s.name, "/services/"+s.id), Name: s.name, CreatedAt: stamp(s.created),
		Status: c.s.world.status(s, c.s.now()), LastIncidentTimestamp: stamp(s.last), AlertCreation: "create_alerts_and_incidents",
		Integrations: []ref{v.integrationRef(s)}, Policy: v.policyRef(s.policy), Teams: []ref{},
		UrgencyRule: map[string]string{"type": "constant", "urgency": s.urgency}, ScheduledActions: []string{},
	}
	if c.view.include.has("escalation_policies") {
		out.Policy = c.policy(s.policy)
	}
	return out
}

func (c *call) listServices() (answer, error) {
	query, name, teams := c.query.Get("query"), c.query.Get("name"), setOf(c.query, "team_ids")
	some := filter(c.s.world.services, func(s *service) bool {
		return contains(s.name, query) && (name == "" || name == s.name) && teams.of == nil
	})
	slices.SortStableFunc(some, func(a, b *service) int { return cmp.Compare(a.name, b.name) })
	switch by := c.query.Get("sort_by"); by {
	case "", "name", "name:asc":
	case "name:desc":
		slices.Reverse(some)
	default:
		return answer{}, badInput("sort_by knows name, name:asc and name:desc, not %q", by)
	}
	return pageOf(c, "services", some, c.service)
}

func (c *call) getService() (answer, error) {
	return one("service", c.s.world.serviceByID(c.r.PathValue("id")), c.service)
}

// windowView is a maintenance window as the REST API shows it.
type windowView struct {
	ref
	SequenceNumber int     `json:"sequence_number"`
	StartTime      *string `json:"start_time"`
	EndTime        *string `json:"end_time"`
	Description    string  `json:"description"`
	Services       []ref   `json:"services"`
	Teams          []ref   `json:"teams"`
	CreatedBy      *ref    `json:"created_by,omitempty"`
}

func (c *call) window(m *window) windowView {
	out := windowView{
		ref:            c.view.ref(m.id, "maintenance_window", cmp.Or(m.description, "Maintenance"), "/maintenance_windows/"+m.id),
		SequenceNumber: m.number, StartTime: stamp(m.start), EndTime: stamp(m.end), Description: m.description,
		Services: refs(m.services, c.view.serviceRef), Teams: []ref{},
	}
	if m.by != nil {
		out.CreatedBy = new(c.view.userRef(m.by))
	}
	return out
}

func (c *call) listWindows() (answer, error) {
	in, ok := map[string]func(*window, time.Time) bool{
		"past":    func(m *window, now time.Time) bool { return !now.Before(m.end) },
		"future":  func(m *window, now time.Time) bool { return now.Before(m.start) },
		"ongoing": (*window).ongoing,
		"open":    func(m *window, now time.Time) bool { return now.Before(m.end) },
		"all":     func(*window, time.Time) bool { return true },
	}[cmp.Or(c.query.Get("filter"), "all")]
	if !ok {
		return answer{}, badInput("filter knows past, future, ongoing, open and all, not %q", c.query.Get("filter"))
	}
	services, teams, query, now := setOf(c.query, "service_ids"), setOf(c.query, "team_ids"), c.query.Get("query"), c.s.now()
	some := filter(c.s.world.windows, func(m *window) bool {
		covered := services.has(refs(m.services, func(s *service) string { return s.id })...)
		return in(m, now) && covered && teams.of == nil && contains(m.description, query)
	})
	return pageOf(c, "maintenance_windows", some, c.window)
}

func (c *call) windowByID() *window {
	id := c.r.PathValue("id")
	return find(c.s.world.windows, func(m *window) bool { return m.id == id })
}

func (c *call) getWindow() (answer, error) {
	return one("maintenance_window", c.windowByID(), c.window)
}

// windowBody is the body of POST and PUT; what is missing is not changed.
type windowBody struct {
	Window *struct {
		Start       *time.Time            `json:"start_time"`
		End         *time.Time            `json:"end_time"`
		Description *string               `json:"description"`
		Services    []struct{ ID string } `json:"services"`
	} `json:"maintenance_window"`
}

// readWindow applies the body of the request to a copy of a window.
func (c *call) readWindow(m window) (*window, error) {
	var body windowBody
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	in := body.Window
	if in == nil {
		return nil, badInput("the body has no maintenance_window")
	}
	if in.Start != nil {
		m.start = *in.Start
	}
	if in.End != nil {
		m.end = *in.End
	}
	if in.Description != nil {
		m.description = *in.Description
	}
	if in.Services != nil {
		m.services = nil
	}
	for _, one := range in.Services {
		s := c.s.world.serviceByID(one.ID)
		if s == nil {
			return nil, badInput("there is no service %q", one.ID)
		}
		m.services = append(m.services, s)
	}
	switch {
	case len(m.services) == 0:
		return nil, badInput("services is missing")
	case m.start.IsZero() || m.end.IsZero():
		return nil, badInput("start_time and end_time are required")
	case !m.end.After(m.start):
		return nil, badInput("end_time must be after start_time")
	}
	return &m, nil
}

func (c *call) postWindow() (answer, error) {
	by, err := c.from()
	if err != nil {
		return answer{}, err
	}
	m, err := c.readWindow(window{by: by})
	if err != nil {
		return answer{}, err
	}
	c.s.world.addWindow(m)
	return answer{http.StatusCreated, map[string]any{"maintenance_window": c.window(m)}}, nil
}

func (c *call) putWindow() (answer, error) {
	old := c.windowByID()
	if old == nil {
		return answer{}, notFound()
	}
	m, err := c.readWindow(*old)
	if err != nil {
		return answer{}, err
	}
	*old = *m
	return one("maintenance_window", old, c.window)
}

// deleteWindow removes a window of the future and ends one that is going on.
func (c *call) deleteWindow() (answer, error) {
	m, now := c.windowByID(), c.s.now()
	switch {
	case m == nil:
		return answer{}, notFound()
	case !now.Before(m.end):
		return answer{}, &apiError{status: 405, Code: 2001, Message: "Invalid Input Provided", Errors: []string{"the maintenance window has already ended"}}
	case m.ongoing(now):
		m.end = now
	default:
		c.s.world.windows = slices.DeleteFunc(c.s.world.windows, func(w *window) bool { return w == m })
	}
	return answer{status: http.StatusNoContent}, nil
}
