package pagerduty

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/verify"
)

// closed tells of a service that opens no incidents now.
func (a *account) closed(o object) (verify.Evidence, bool) {
	ev := verify.Evidence{Hop: verify.Routed, State: verify.Broken, Request: "GET /services", Answer: "status: " + o.text("status")}
	window, covered := a.window(o)
	maintained := o.text("status") == "maintenance"
	switch {
	case o.text("status") == "disabled":
		ev.Text = fmt.Sprintf("service %s is disabled: events open no incident", name(o))
		ev.Advice = "enable the service, or send its events to another one"
	case covered && (maintained || window.time("end_time").After(time.Now())): // the status may lag behind
		ev.Request = "GET /maintenance_windows?filter=ongoing"
		ev.Answer = fmt.Sprintf("%s until %s", window.text("id"), window.text("end_time"))
		ev.Text = fmt.Sprintf("service %s is in maintenance until %s (%q): events open no incident", name(o), window.text("end_time"), window.text("description"))
		ev.Advice = "end the maintenance window before the game day: alerts stay on"
	case maintained:
		ev.Text = fmt.Sprintf("service %s is in maintenance: events open no incident", name(o))
		ev.Advice = "end the maintenance window before the game day: alerts stay on"
	default:
		return verify.Evidence{}, false
	}
	return ev, true
}

// window is the ongoing maintenance window that covers a service.
func (a *account) window(service object) (object, bool) {
	for _, w := range a.windows {
		if slices.ContainsFunc(w.list("services"), func(o object) bool { return o.text("id") != "" && o.text("id") == service.text("id") }) {
			return w, true
		}
	}
	return nil, false
}

// pause tells of a service that holds every alert back before it opens an incident, in case it heals by itself.
func pause(o object) (verify.Evidence, bool) {
	seconds, _ := o.at("auto_pause_notifications_parameters", "timeout").(float64)
	if o.at("auto_pause_notifications_parameters", "enabled") != true || seconds <= 0 {
		return verify.Evidence{}, false
	}
	delay := verify.Seconds(seconds * float64(time.Second))
	return verify.Evidence{
		Hop: verify.IncidentCreated, Request: "GET /services", Answer: fmt.Sprintf("auto_pause_notifications_parameters: %gs", seconds), Delay: delay,
		Text: fmt.Sprintf("service %s pauses every alert for %s before it opens an incident", name(o), delay),
	}, true
}

// nobody tells of a service whose escalation policy begins with nobody.
func (a *account) nobody(o object) (verify.Evidence, bool) {
	policy := o.text("escalation_policy", "id")
	if policy == "" || a.firstUp == nil || a.firstUp[policy] {
		return verify.Evidence{}, false
	}
	return verify.Evidence{
		Hop: verify.ResponderNotified, State: verify.Broken, Request: "GET /oncalls", Answer: "nobody at level 1 of " + policy,
		Text:   fmt.Sprintf("nobody is on call at level 1 of the escalation policy of service %s", name(o)),
		Advice: "put somebody on call at level 1, or let the policy begin with a schedule that has no gap",
	}, true
}

// near says which service may have been meant, if there is one of nearly that name.
func (a *account) near(wanted string) string {
	var names []string
	for _, o := range a.services {
		names = append(names, name(o))
	}
	if found, ok := diag.Nearest(wanted, names); ok {
		return fmt.Sprintf("; did you mean %q?", found)
	}
	return ""
}

// name of a service.
func name(o object) string { return cmp.Or(o.text("name"), o.text("summary")) }
