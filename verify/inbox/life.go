package inbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// enqueue takes a valid event and returns its dedup key. The lock is held.
func (s *Server) enqueue(e event) (string, *eventError) {
	now := s.now()
	svc, refused := s.route(e.RoutingKey, now)
	if refused != nil {
		return "", refused
	}
	if !svc.rate.allow(now, s.rateLimit) {
		return "", throttled("more than %d events in a minute for this routing key; try again later", s.rateLimit)
	}
	if e.Key == "" {
		e.Key = strings.ToLower(newID("") + newID(""))
	}
	switch inc := svc.open[e.Key]; {
	case svc.disabled:
	case inc != nil:
		s.update(inc, e)
	case e.Action != actTrigger: // nothing is open under this key
	case s.world.inMaintenance(svc, now):
	case s.store.openCount >= maxOpen:
		return "", throttled("%d incidents are open, and no more fit; resolve some", maxOpen)
	default:
		s.open(svc, e)
	}
	return e.Key, nil
}

func throttled(format string, args ...any) *eventError {
	return &eventError{429, "throttle exceeded", "Requests for this service are arriving too quickly. Please retry later.", []string{fmt.Sprintf(format, args...)}}
}

// route finds the service of a routing key, or makes it.
func (s *Server) route(key string, now time.Time) (*service, *eventError) {
	if svc := s.world.routes[key]; svc != nil {
		return svc, nil
	}
	if !s.createServices {
		return nil, &eventError{400, "invalid event", "Invalid routing key", []string{"'routing_key' belongs to no service"}}
	}
	if len(s.world.services) >= maxServices {
		return nil, &eventError{400, "invalid event", "Invalid routing key", []string{fmt.Sprintf("%d services are there, and no more are made", maxServices)}}
	}
	name := key
	for s.world.serviceNamed(name) != nil {
		name += " (routing key)"
	}
	return s.world.addService(Service{Name: name, RoutingKeys: []string{key}}, now), nil
}

// update is an event for an incident that is open.
func (s *Server) update(inc *incident, e event) {
	by, how := inc.service.agent(), channel{kind: "api", event: &e}
	switch e.Action {
	case actTrigger:
		s.repeat(inc, how)
	case actAcknowledge:
		s.acknowledge(inc, by, how)
	case actResolve:
		s.resolve(inc, by, how)
	}
}

// open makes an incident of a trigger.
func (s *Server) open(svc *service, e event) {
	now := s.now()
	inc := &incident{
		id: newID("P"), alertID: newID("Q"), service: svc, key: e.Key, event: e, status: triggered,
		urgency: svc.urgencyOf(e.Payload.Severity), created: now, changed: now, changedBy: svc.agent(),
	}
	svc.last = now
	s.store.add(inc)
	s.write(inc, &entry{kind: kindTrigger, summary: "Triggered through the API", agent: svc.agent(), channel: channel{kind: "api", event: &inc.event}})
	s.assign(inc, kindAssign)
}

// repeat is one more trigger of an open incident: it is logged, and nobody is notified.
func (s *Server) repeat(inc *incident, how channel) {
	inc.repeats++
	switch {
	case inc.repeats <= maxRepeats:
		s.write(inc, &entry{kind: kindTrigger, summary: "Triggered again through the API", agent: inc.service.agent(), channel: how})
	case inc.repeats == maxRepeats+1:
		s.write(inc, &entry{kind: kindLimit, summary: fmt.Sprintf("Reached the limit of %d triggers; more are not logged", maxRepeats), agent: inc.service.agent(), channel: channel{kind: "auto"}})
	}
}

// assign gives the incident to the people of its level, notifies those on call and starts the clock of the level. Low
// urgency stays with the first level.
func (s *Server) assign(inc *incident, kind string) {
	at := inc.service.policy.levels[inc.level]
	inc.assignees = slices.DeleteFunc(slices.Clone(at.users), func(u *user) bool { return !u.onCall })
	verb := "Assigned"
	if kind == kindEscalate {
		verb = "Escalated"
	}
	s.write(inc, &entry{kind: kind, summary: verb + " to " + names(inc.assignees), agent: inc.service.agent(), channel: channel{kind: "auto"}, assignees: inc.assignees})
	for _, u := range inc.assignees {
		s.notify(inc, u)
	}
	if inc.urgency == High {
		inc.escalates = s.now().Add(at.delay)
		s.later(inc, at.delay, s.escalate)
	}
}

func names(users []*user) string {
	if len(users) == 0 {
		return "nobody: no one is on call"
	}
	all := make([]string, len(users))
	for i, u := range users {
		all[i] = u.name
	}
	return strings.Join(all, ", ")
}

// notify logs that somebody was told: by mail, and for high urgency by telephone if there is one.
func (s *Server) notify(inc *incident, u *user) {
	ways := []notification{{"email", u.email}}
	if inc.urgency == High && u.phone != "" {
		ways = append(ways, notification{"phone", u.phone})
	}
	for _, way := range ways {
		s.write(inc, &entry{
			kind: kindNotify, summary: "Notified " + u.name + " by " + way.kind, agent: inc.service.agent(),
			channel: channel{kind: "auto", notification: &way}, user: u,
		})
	}
	if s.responder.After > 0 && !inc.responds && (s.responder.Who == "" || s.responder.Who == u.name) {
		inc.responds = true
		s.later(inc, s.responder.After, func(inc *incident) {
			s.acknowledge(inc, u.agent(), channel{kind: "website"})
		})
	}
}

// escalate is called when a level did not acknowledge in time.
func (s *Server) escalate(inc *incident) {
	if inc.level+1 < len(inc.service.policy.levels) {
		inc.level++
		s.assign(inc, kindEscalate)
		return
	}
	inc.escalates = time.Time{}
	s.write(inc, &entry{kind: kindExhaust, summary: "Nobody acknowledged: the escalation policy is at its end", agent: inc.service.agent(), channel: channel{kind: "timeout"}})
}

// later does something with the incident after a while, unless it is acknowledged or resolved by then.
func (s *Server) later(inc *incident, after time.Duration, do func(*incident)) {
	if s.closed {
		return
	}
	inc.timers = append(inc.timers, time.AfterFunc(after, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if inc.status == triggered && !s.closed {
			do(inc)
		}
	}))
}

// acknowledge stops escalation. It does nothing to an incident that is not triggered.
func (s *Server) acknowledge(inc *incident, by agent, how channel) {
	if inc.status != triggered {
		return
	}
	s.turn(inc, acknowledged, by)
	inc.ackedAt, inc.ackedBy = inc.changed, by
	s.write(inc, &entry{kind: kindAcknowledge, summary: "Acknowledged by " + by.name, agent: by, channel: how})
}

// resolve closes the incident. It does nothing to one that is resolved.
func (s *Server) resolve(inc *incident, by agent, how channel) {
	if inc.status == resolved {
		return
	}
	s.turn(inc, resolved, by)
	inc.resolved, inc.assignees = inc.changed, nil
	s.write(inc, &entry{kind: kindResolve, summary: "Resolved by " + by.name, agent: by, channel: how})
	s.store.close(inc)
}

// turn moves the incident to another status.
func (s *Server) turn(inc *incident, status string, by agent) {
	inc.stopTimers()
	counts := inc.service.counts
	counts[inc.status]--
	if status != resolved {
		counts[status]++
	}
	inc.status, inc.changed, inc.changedBy = status, s.now(), by
}

// write appends to the log of the incident and tells everybody who watches.
func (s *Server) write(inc *incident, e *entry) {
	e.id, e.at, e.incident = newID("R"), s.now(), inc
	inc.log = append(inc.log, e)
	s.store.log = append(s.store.log, e)
	s.hub.tell()
}
