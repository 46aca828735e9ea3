package lint

import (
	"context"
	"fmt"
	"slices"

	"github.com/failurefriday/friday/internal/amconfig"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/verify"
)

// routed calls each for every alert at every router, where its ways are certain.
func (l *look) routed(each func(*Router, *Engine, alert, []*amconfig.Route)) {
	for _, r := range l.Routers {
		for _, e := range l.Engines {
			for _, a := range e.alerts {
				if routes, certain := r.ways(a, e); certain && len(routes) > 0 {
					each(r, e, a, routes)
				}
			}
		}
	}
}

// routedToNobody finds alerts whose every receiver does nothing: each that must page, and the others all together, since a
// receiver that does nothing is mostly meant to.
func routedToNobody(_ context.Context, l *look) error {
	quiet := map[*amconfig.Route][]string{}
	l.routed(func(r *Router, e *Engine, a alert, routes []*amconfig.Route) {
		if slices.ContainsFunc(routes, r.notifies) {
			return
		}
		route := routes[0]
		if len(a.selectors) == 0 {
			return // a canary: it is heard, not paged
		}
		if !a.pages() && len(l.expects(a)) == 0 {
			quiet[route] = append(quiet[route], a.Name)
			return
		}
		l.say(at(verify.Severe, r.Name, "alert "+a.Name, placeOf(route)), fmt.Sprintf("goes to the receiver %q, which notifies nobody", route.Receiver), "route it to a receiver that somebody watches")
	})
	for _, r := range l.Routers {
		for route := range r.Config.Routes() {
			if names := quiet[route]; len(names) > 0 {
				l.say(at(verify.Remark, r.Name, "receiver "+route.Receiver, placeOf(route)), fmt.Sprintf("notifies nobody, and takes %s", few(names)), "see that nobody waits for these")
			}
		}
	}
	return nil
}

func placeOf(r *amconfig.Route) diag.Pos {
	if r.ReceiverPos.Line > 0 {
		return r.ReceiverPos
	}
	return r.Pos
}

// paging are the integrations that wake people, and keep an incident open until they hear of the recovery.
var paging = []string{"pagerduty", "opsgenie", "victorops", "pushover", "incidentio", "jira"}

// noRecovery finds receivers that page and leave their incidents open: the next page is swallowed by them.
func noRecovery(_ context.Context, l *look) error {
	for _, r := range l.Routers {
		for _, receiver := range r.Config.Receivers {
			mailed := receiver.Has("pagerduty") || receiver.Has("opsgenie") // there is another way, which counts
			for _, in := range receiver.Integrations {
				f := at(verify.Risky, r.Name, "receiver "+receiver.Name, in.Pos)
				switch {
				case in.SendResolved:
				case slices.Contains(paging, in.Kind):
					l.say(f, fmt.Sprintf("%s is not told of recoveries: what it opens stays open, and swallows the next page", in.Kind), "leave send_resolved: true, its default")
				case in.Kind == "email" && !mailed:
					mailed = true
					f.Severity = verify.Remark
					l.say(f, "email tells no recoveries unless it is asked to: whatever opens incidents from these mails leaves them open", "set send_resolved: true")
				}
			}
		}
	}
	return nil
}
