package inbox

import (
	"slices"
	"time"
)

// incident is one page. Everything in it changes under the server's lock only.
type incident struct {
	id, alertID string
	number      int
	service     *service
	key         string
	event       event // the first trigger
	status      string
	urgency     string

	created, changed, resolved time.Time
	changedBy                  agent
	ackedAt                    time.Time
	ackedBy                    agent

	level     int // of the escalation policy, from 0
	assignees []*user
	escalates time.Time // when the next level's turn is; zero: never
	timers    []*time.Timer
	responds  bool // somebody is about to acknowledge
	repeats   int  // triggers after the first

	log []*entry // oldest first
}

// entry is one line in the log of an incident.
type entry struct {
	id, kind  string
	summary   string
	at        time.Time
	incident  *incident
	agent     agent
	channel   channel
	user      *user   // notify
	assignees []*user // assign, escalate
}

// agent is who did something: a user, or the service on behalf of its integration.
type agent struct {
	kind, id, name string
}

func (u *user) agent() agent    { return agent{"user", u.id, u.name} }
func (s *service) agent() agent { return agent{"service", s.id, s.name} }

// channel is by what means something was done.
type channel struct {
	kind         string // api, auto, website, timeout
	notification *notification
	event        *event // trigger by api
}

// notification is one attempt to reach a person.
type notification struct {
	kind, address string // email, phone
}

// The kinds of log entries that an inbox writes.
const (
	kindTrigger     = "trigger_log_entry"
	kindAssign      = "assign_log_entry"
	kindNotify      = "notify_log_entry"
	kindEscalate    = "escalate_log_entry"
	kindExhaust     = "exhaust_escalation_path_log_entry"
	kindAcknowledge = "acknowledge_log_entry"
	kindResolve     = "resolve_log_entry"
	kindLimit       = "reach_trigger_limit_log_entry"
)

// maxRepeats is how many triggers of an open incident are logged; later ones are only counted.
const maxRepeats = 100

// stopTimers ends escalation and the responder.
func (i *incident) stopTimers() {
	for _, t := range i.timers {
		t.Stop()
	}
	i.timers, i.escalates = nil, time.Time{}
}

// notified are the entries of those who were told, first told first.
func (i *incident) notified() []*entry {
	var all []*entry
	for _, e := range i.log {
		if e.kind == kindNotify {
			all = append(all, e)
		}
	}
	return all
}

// assignedAt is when the people who have it got it.
func (i *incident) assignedAt() time.Time {
	for _, e := range slices.Backward(i.log) {
		if e.kind == kindAssign || e.kind == kindEscalate {
			return e.at
		}
	}
	return i.created
}
