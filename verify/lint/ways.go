package lint

import (
	"slices"
	"time"

	"github.com/failurefriday/friday/internal/amconfig"
)

// ways are the routes that the alerts of a rule take at a router. Certain is false where they hang on labels that only the
// series tell.
func (r *Router) ways(a alert, e *Engine) (routes []*amconfig.Route, certain bool) {
	known, open, closed := a.static(e)
	if r.Config.Root == nil || !decided(r.Config.Root, known, func(label string) bool {
		_, is := known[label]
		return !is && (!closed || slices.Contains(open, label))
	}) {
		return nil, false
	}
	return r.Config.Match(known), true
}

// decided reports whether the ways below a route are the same whatever values the open labels have.
func decided(r *amconfig.Route, known map[string]string, open func(label string) bool) bool {
	for _, child := range r.Routes {
		no, maybe := false, false
		for _, m := range child.Matchers {
			switch {
			case open(m.Name):
				maybe = true
			case !m.Matches(known[m.Name]):
				no = true
			}
		}
		switch {
		case no:
			continue
		case maybe || !decided(child, known, open):
			return false
		case !child.Continue:
			return true
		}
	}
	return true
}

// notifies reports whether a route leads to anybody.
func (r *Router) notifies(route *amconfig.Route) bool {
	receiver, ok := r.Config.Receiver(route.Receiver)
	return ok && len(receiver.Integrations) > 0
}

// groupWait is the shortest that the group of a new alert waits at any router; ok is false where nobody knows.
func (l *look) groupWait(a alert, e *Engine) (wait time.Duration, ok bool) {
	for _, r := range l.Routers {
		routes, certain := r.ways(a, e)
		if !certain {
			return 0, false
		}
		for _, route := range routes {
			if !ok || route.GroupWait < wait {
				wait, ok = route.GroupWait, true
			}
		}
	}
	return wait, ok
}
