package lint

import (
	"context"
	"fmt"
	"time"

	"github.com/failurefriday/friday/internal/amconfig"
	"github.com/failurefriday/friday/verify"
)

// muted sweeps a week for times at which an alert that must page would reach nobody. It tells every set of routes once.
func muted(_ context.Context, l *look) error {
	type found struct {
		router *Router
		routes []*amconfig.Route
		when   amconfig.Muting
		names  []string
	}
	weeks := map[*amconfig.Route][]amconfig.Muting{}
	var order []string
	all := map[string]*found{}
	l.routed(func(r *Router, _ *Engine, a alert, routes []*amconfig.Route) {
		if !a.pages() && len(l.expects(a)) == 0 {
			return
		}
		var week []amconfig.Muting
		key := r.Name
		for i, route := range routes {
			if _, swept := weeks[route]; !swept {
				weeks[route] = route.Week(r.Now)
			}
			if key += " " + route.Pos.String(); i == 0 {
				week = weeks[route]
			} else if r.notifies(route) {
				week = overlap(week, weeks[route])
			}
		}
		if len(week) == 0 {
			return
		}
		if all[key] == nil {
			all[key] = &found{r, routes, week[0], nil}
			order = append(order, key)
		}
		all[key].names = append(all[key].names, a.Name)
	})
	for _, key := range order {
		f := all[key]
		l.say(at(verify.Risky, f.router.Name, "route to "+f.routes[0].Receiver, f.routes[0].Pos), mutedText(f.when, f.router.Now, few(f.names)), "do not mute what must wake somebody")
	}
	return nil
}

// overlap is when both are muted.
func overlap(a, b []amconfig.Muting) []amconfig.Muting {
	var both []amconfig.Muting
	for _, x := range a {
		for _, y := range b {
			from, until := x.From, x.Until
			if y.From.After(from) {
				from = y.From
			}
			if y.Until.Before(until) {
				until = y.Until
			}
			if from.Before(until) {
				both = append(both, amconfig.Muting{From: from, Until: until, By: x.By, Outside: x.Outside})
			}
		}
	}
	return both
}

func mutedText(m amconfig.Muting, now time.Time, names string) string {
	how := fmt.Sprintf("by %q", m.By)
	if m.Outside {
		how = fmt.Sprintf("outside of %q", m.By)
	}
	const clock = "Mon 15:04"
	if m.Until.Sub(m.From) >= 7*24*time.Hour {
		return fmt.Sprintf("muted %s all week long, and takes %s", how, names)
	}
	if !m.From.After(now) {
		return fmt.Sprintf("muted %s now, until %s UTC, and takes %s", how, m.Until.UTC().Format(clock), names)
	}
	return fmt.Sprintf("muted %s, next from %s to %s UTC, and takes %s", how, m.From.UTC().Format(clock), m.Until.UTC().Format(clock), names)
}
