package icinga2

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// notification is an object that says who is told of the problems of a host or a service, and how.
type notification struct {
	name        string
	Host        text       `json:"host_name"`
	Service     text       `json:"service_name"`
	Command     text       `json:"command"`
	Period      text       `json:"period"`
	States      texts      `json:"states"` // nil: all
	Types       texts      `json:"types"`
	Users       texts      `json:"users"`
	Groups      texts      `json:"user_groups"`
	Times       lax[times] `json:"times"`
	LastProblem num        `json:"last_problem_notification"`
	Notified    texts      `json:"notified_problem_users"`
}

// times are the limits of a notification, counted from the HARD change.
type times struct {
	Begin num `json:"begin"`
	End   num `json:"end"`
}

func (n *notification) times() times {
	if n.Times.v == nil {
		return times{}
	}
	return *n.Times.v
}

func keyOf(host, service text) string {
	if service == "" {
		return string(host)
	}
	return string(host) + "!" + string(service)
}

// notifications lists the notification objects by the host or service that they are of.
func (s *Source) notifications(ctx context.Context) (map[string][]notification, error) {
	all, err := objects[notification](ctx, s, "notifications", s.only("notification.host_name"), "host_name", "service_name", "command", "period",
		"states", "types", "users", "user_groups", "times", "last_problem_notification", "notified_problem_users")
	if err != nil {
		return nil, err
	}
	found := map[string][]notification{}
	for _, o := range all {
		n := *o.Attrs
		n.name = o.Name
		key := keyOf(n.Host, n.Service)
		found[key] = append(found[key], n)
	}
	for _, list := range found {
		slices.SortFunc(list, func(a, b notification) int { return cmp.Compare(a.name, b.name) })
	}
	return found, nil
}

// user is somebody who can be told.
type user struct {
	Notifies num   `json:"enable_notifications"`
	Period   text  `json:"period"`
	States   texts `json:"states"`
	Types    texts `json:"types"`
	Groups   texts `json:"groups"`
}

var userAttributes = []string{"enable_notifications", "period", "states", "types", "groups"}

// period is a time period.
type period struct {
	Inside   num               `json:"is_inside"`
	Ranges   lax[mapOfStrings] `json:"ranges"`
	Segments lax[[]segment]    `json:"segments"`
}

type mapOfStrings map[string]string

type segment struct {
	Begin num `json:"begin"`
	End   num `json:"end"`
}

var periodAttributes = []string{"is_inside", "ranges", "segments"}

// next is when a period opens again, as far as Icinga has worked it out; zero if it has not.
func (p *period) next(now time.Time) time.Time {
	var next time.Time
	if p.Segments.v == nil {
		return next
	}
	for _, s := range *p.Segments.v {
		if t := s.Begin.time(); t.After(now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	return next
}

// always reports whether a period covers the whole week.
func (p *period) always() bool {
	if p.Ranges.v == nil {
		return false
	}
	for _, day := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
		if (*p.Ranges.v)[day] != "00:00-24:00" {
			return false
		}
	}
	return true
}

// downtime is a span of time in which nobody is told.
type downtime struct {
	Host    text `json:"host_name"`
	Service text `json:"service_name"`
	Author  text `json:"author"`
	Comment text `json:"comment"`
	Start   num  `json:"start_time"`
	End     num  `json:"end_time"`
	Fixed   num  `json:"fixed"`
	Trigger num  `json:"trigger_time"`
	Last    num  `json:"duration"`
}

var downtimeAttributes = []string{
	"host_name", "service_name", "author", "comment", "start_time", "end_time", "fixed", "trigger_time", "duration",
}

// until is when it is over: a flexible one lasts for a time from its trigger on.
func (d *downtime) until() time.Time {
	if d.Fixed == 0 && d.Trigger > 0 {
		return (d.Trigger + d.Last).time()
	}
	return d.End.time()
}

// comment is what somebody said of a host or service; the acknowledgements are among them.
type comment struct {
	Host    text `json:"host_name"`
	Service text `json:"service_name"`
	Author  text `json:"author"`
	Text    text `json:"text"`
	Kind    num  `json:"entry_type"`
}

const ofAcknowledgement = 4 // entry_type of a comment

var commentAttributes = []string{"host_name", "service_name", "author", "text", "entry_type"}

// dependency says that a host or service cannot be reached where another one has a problem.
type dependency struct {
	ChildHost     text `json:"child_host_name"`
	ChildService  text `json:"child_service_name"`
	ParentHost    text `json:"parent_host_name"`
	ParentService text `json:"parent_service_name"`
}

var dependencyAttributes = []string{"child_host_name", "child_service_name", "parent_host_name", "parent_service_name"}
