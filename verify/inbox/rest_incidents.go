package inbox

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// maxRange is the longest time that GET /incidents looks at; without since it looks at the last month.
const maxRange = 184 * 24 * time.Hour

func (c *call) listIncidents() (answer, error) {
	when, err := c.incidentSpan()
	if err != nil {
		return answer{}, err
	}
	order, err := incidentOrder(c.query.Get("sort_by"))
	if err != nil {
		return answer{}, err
	}
	fits := c.incidentFilter()
	some := filter(c.s.store.all, func(i *incident) bool { return when.holds(i.created) && fits(i) })
	if order != nil {
		slices.SortStableFunc(some, order)
	}
	return pageOf(c, "incidents", some, c.incident)
}

// incidentSpan is since and until of GET /incidents, with its defaults and bounds.
func (c *call) incidentSpan() (span, error) {
	if c.query.Get("date_range") == "all" {
		return span{}, nil
	}
	when, err := c.span()
	if err != nil {
		return when, err
	}
	until := when.until
	if until.IsZero() {
		until = c.s.now()
	}
	if when.since.IsZero() {
		when.since = until.AddDate(0, -1, 0)
	}
	if until.Sub(when.since) > maxRange {
		return when, badRange("the range of time is longer than 6 months")
	}
	return when, nil
}

func (c *call) incidentFilter() func(*incident) bool {
	statuses, urgencies, services := setOf(c.query, "statuses"), setOf(c.query, "urgencies"), setOf(c.query, "service_ids")
	teams, users, key := setOf(c.query, "team_ids"), setOf(c.query, "user_ids"), c.query.Get("incident_key")
	return func(i *incident) bool {
		return statuses.has(i.status) && urgencies.has(i.urgency) && services.has(i.service.id) &&
			teams.of == nil && (key == "" || key == i.key) && users.has(ids(i.assignees)...)
	}
}

func ids(users []*user) []string { return refs(users, func(u *user) string { return u.id }) }

// incidentOrder reads sort_by: up to two fields, each with :asc or :desc. Nil is the order of creation.
func incidentOrder(by string) (func(a, b *incident) int, error) {
	if by == "" {
		return nil, nil
	}
	var orders []func(a, b *incident) int
	for field := range strings.SplitSeq(by, ",") {
		order, ok := orderBy(field)
		if !ok {
			return nil, badInput("sort_by knows incident_number, created_at, resolved_at and urgency, each with :asc or :desc, not %q", field)
		}
		orders = append(orders, order)
	}
	if len(orders) > 2 {
		return nil, badInput("sort_by takes two fields at most")
	}
	return func(a, b *incident) int {
		for _, order := range orders {
			if n := order(a, b); n != 0 {
				return n
			}
		}
		return 0
	}, nil
}

func orderBy(field string) (func(a, b *incident) int, bool) {
	name, direction, _ := strings.Cut(field, ":")
	if direction != "" && direction != "asc" && direction != "desc" {
		return nil, false
	}
	order := map[string]func(a, b *incident) int{
		"incident_number": func(a, b *incident) int { return cmp.Compare(a.number, b.number) },
		"created_at":      func(a, b *incident) int { return a.created.Compare(b.created) },
		"resolved_at":     func(a, b *incident) int { return a.resolved.Compare(b.resolved) },
		"urgency":         func(a, b *incident) int { return cmp.Compare(b.urgency, a.urgency) }, // low before high
	}[name]
	if order != nil && direction == "desc" {
		return func(a, b *incident) int { return order(b, a) }, true
	}
	return order, order != nil
}

func (c *call) incidentByID() *incident { return c.s.store.byID[c.r.PathValue("id")] }

func (c *call) getIncident() (answer, error) { return one("incident", c.incidentByID(), c.incident) }

func (c *call) listAlerts() (answer, error) {
	inc := c.incidentByID()
	if inc == nil {
		return answer{}, notFound()
	}
	var alerts []*incident // each has exactly one
	status, key := c.view.alert(inc).Status, c.query.Get("alert_key")
	if setOf(c.query, "statuses").has(status) && (key == "" || key == inc.key) {
		alerts = append(alerts, inc)
	}
	return pageOf(c, "alerts", alerts, c.view.alert)
}

// change is one incident in the body of a PUT. Only its status can be changed here.
type change struct {
	ID     string `json:"id"`
	Type   string `json:"type"`
	Status string `json:"status"`
}

func (c *call) putIncident() (answer, error) {
	var body struct {
		Incident *change `json:"incident"`
	}
	if err := c.decode(&body); err != nil {
		return answer{}, err
	}
	if body.Incident == nil {
		return answer{}, badInput("the body has no incident")
	}
	body.Incident.ID = c.r.PathValue("id")
	changed, err := c.apply([]change{*body.Incident})
	if err != nil {
		return answer{}, err
	}
	return one("incident", changed[0], c.incident)
}

func (c *call) putIncidents() (answer, error) {
	var body struct {
		Incidents []change `json:"incidents"`
	}
	if err := c.decode(&body); err != nil {
		return answer{}, err
	}
	if len(body.Incidents) == 0 {
		return answer{}, badInput("the body has no incidents")
	}
	if len(body.Incidents) > 250 {
		return answer{}, &apiError{status: 413, Code: 2001, Message: "Invalid Input Provided", Errors: []string{"at most 250 incidents at once"}}
	}
	changed, err := c.apply(body.Incidents)
	if err != nil {
		return answer{}, err
	}
	shown := make([]any, len(changed)) // all of them: a PUT has no pages
	for i, inc := range changed {
		shown[i] = c.incident(inc)
	}
	return answer{body: map[string]any{"incidents": shown}}, nil
}

// apply makes all changes, or none of them if one cannot be made.
func (c *call) apply(changes []change) ([]*incident, error) {
	by, err := c.from()
	if err != nil {
		return nil, err
	}
	all := make([]*incident, len(changes))
	for i, ch := range changes {
		all[i] = c.s.store.byID[ch.ID]
		switch {
		case all[i] == nil:
			return nil, notFound()
		case ch.Type != "incident" && ch.Type != "incident_reference":
			return nil, badInput("type must be incident or incident_reference, not %q", ch.Type)
		case ch.Status != acknowledged && ch.Status != resolved:
			return nil, badInput("the inbox can change the status of an incident to acknowledged or resolved, and nothing else of it")
		case all[i].status == resolved:
			return nil, &apiError{status: 400, Code: 1001, Message: "Incident Already Resolved"}
		}
	}
	for i, ch := range changes {
		c.s.change(all[i], ch.Status, by)
	}
	return all, nil
}

// change is what a person does to an incident.
func (s *Server) change(inc *incident, status string, by *user) {
	if status == acknowledged {
		s.acknowledge(inc, by.agent(), channel{kind: "website"})
	} else {
		s.resolve(inc, by.agent(), channel{kind: "website"})
	}
}
