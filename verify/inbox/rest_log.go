package inbox

import (
	"slices"
	"time"
)

// overview are the kinds of log entries that is_overview=true shows.
var overview = []string{kindTrigger, kindEscalate, kindExhaust, kindAcknowledge, kindResolve}

func (c *call) listLog() (answer, error) { return c.entriesOf(c.s.store.log) }

func (c *call) listIncidentLog() (answer, error) {
	inc := c.incidentByID()
	if inc == nil {
		return answer{}, notFound()
	}
	return c.entriesOf(inc.log)
}

// entriesOf answers with log entries, newest first.
func (c *call) entriesOf(log []*entry) (answer, error) {
	when, err := c.span()
	if err != nil {
		return answer{}, err
	}
	brief, teams := c.query.Get("is_overview") == "true", setOf(c.query, "team_ids")
	some := filter(log, func(e *entry) bool {
		return when.holds(e.at) && teams.of == nil && (!brief || slices.Contains(overview, e.kind))
	})
	slices.Reverse(some)
	return pageOf(c, "log_entries", some, c.entry)
}

func (c *call) getLogEntry() (answer, error) {
	id := c.r.PathValue("id")
	return one("log_entry", find(c.s.store.log, func(e *entry) bool { return e.id == id }), c.entry)
}

// sentView is an item of GET /notifications.
type sentView struct {
	ID        string  `json:"id"`
	Type      string  `json:"type"`
	StartedAt *string `json:"started_at"`
	Address   string  `json:"address"`
	User      any     `json:"user"`
	Status    string  `json:"status"`
}

// maxNotifications is how long a time GET /notifications looks at.
const maxNotifications = 92 * 24 * time.Hour

func (c *call) listNotifications() (answer, error) {
	when, err := c.span()
	switch {
	case err != nil:
		return answer{}, err
	case when.since.IsZero() || when.until.IsZero():
		return answer{}, badInput("since and until are required")
	case when.until.Sub(when.since) > maxNotifications:
		return answer{}, badRange("the range of time is longer than 3 months")
	}
	kind := c.query.Get("filter")
	some := filter(c.s.store.log, func(e *entry) bool {
		return e.kind == kindNotify && when.holds(e.at) && (kind == "" || kind == e.channel.notification.kind+"_notification")
	})
	slices.Reverse(some)
	return pageOf(c, "notifications", some, c.sent)
}

func (c *call) sent(e *entry) sentView {
	n := e.channel.notification
	return sentView{
		ID: e.id, Type: n.kind + "_notification", StartedAt: stamp(e.at), Address: n.address,
		User: c.agent(e.user.agent(), "users"), Status: "success",
	}
}
