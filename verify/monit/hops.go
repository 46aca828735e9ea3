package monit

import (
	"fmt"
	"time"

	"github.com/failurefriday/friday/verify"
)

// Sees lists the hops that Monit can tell of. Whether it has alerted anybody it does not tell.
func (s *Source) Sees() []verify.Hop {
	return []verify.Hop{verify.Collected, verify.Pending, verify.Firing, verify.IncidentResolved}
}

// look is the status at one moment, Monit's clock.
type look struct {
	status
	at     time.Time
	cycles int
}

// story is what a trail remembers of a service.
type story struct {
	before   bool // it had failed at the first look
	pid      int
	restarts int
	failing  time.Time // when a test was first seen to fail
	turns    int       // how often a test failed and was well again before the service failed
	fired    time.Time
	says     string // what it failed with
}

// see takes in how the service is now.
func (s *story) see(v *service, first bool) {
	if first {
		s.before = v.failed()
	}
	if v.PID != 0 {
		if s.pid != 0 && s.pid != v.PID {
			s.restarts++
		}
		s.pid = v.PID
	}
	_, failing := v.trying()
	switch {
	case v.failed():
		if s.fired.IsZero() && !s.before {
			s.fired, s.says = v.collected(), v.says()
		}
		s.failing = time.Time{}
	case *v.Monitored != monitored:
	case failing && s.failing.IsZero():
		s.failing = v.collected()
	case !failing && !s.failing.IsZero():
		s.failing = time.Time{}
		s.turns++
	}
	if !v.failed() && *v.Monitored == monitored {
		s.before = false
	}
}

// patience is how far behind its schedule a check may be, besides two intervals.
const patience = 10 * time.Second

// collected tells whether the service is checked at all. Fault is by Monit's clock, and zero as long as nothing is broken.
func (l *look) collected(v *service, fault time.Time) verify.Evidence {
	e := l.evidence(verify.Collected, v)
	every := v.every(&l.status)
	switch {
	case *v.Monitored == notMonitored:
		e.State, e.Kind, e.Text = verify.Broken, "SF-10", fmt.Sprintf("%s is not monitored: somebody has switched it off, or Monit gave up after too many restarts", v.Name)
		e.Advice = "switch it on again (monit monitor " + v.Name + "), and alert on the timeout instead of giving up in silence"
	case v.collected().IsZero():
		e.State, e.Text = verify.Waiting, v.Name+" has never been checked"
	case l.at.Sub(v.collected()) > 2*every+patience:
		e.State, e.Kind, e.Text = verify.Broken, "SF-03", fmt.Sprintf("%s was last checked at %s, although it is due every %s", v.Name, clockTime(v.collected()), verify.Seconds(every))
		e.Advice = "see which check holds Monit up: it makes all of them one after the other"
	case fault.IsZero():
		e.State, e.At, e.Text = verify.OK, v.collected(), fmt.Sprintf("%s is checked every %s", v.Name, verify.Seconds(every))
	case v.collected().Before(fault):
		e.State, e.Kind, e.Text = verify.Waiting, "SF-09", fmt.Sprintf("%s has not been checked since the fault: it is checked every %s", v.Name, verify.Seconds(every))
		e.Advice = "shorten the cycle (set daemon), or allow more time"
	default:
		e.State, e.At, e.Text = verify.OK, v.collected(), v.Name+" was checked after the fault"
	}
	return e
}

// pending tells whether a test fails, which Monit may put up with for some cycles.
func (l *look) pending(v *service, s *story, fault time.Time) verify.Evidence {
	e := l.evidence(verify.Pending, v)
	what, failing := v.trying()
	switch {
	case v.failed() && s.before:
		e.State, e.Kind, e.Text = verify.Broken, "SF-17", fmt.Sprintf("%s has failed (%s) since before the fault, so what comes now is nothing new", v.Name, v.says())
		e.Advice = "mend it before the game day"
	case !s.fired.IsZero():
		e.State, e.At, e.Text = verify.OK, s.fired, "Monit says: "+s.says
	case failing:
		e.State, e.Kind = verify.Waiting, "SF-09"
		e.Text = fmt.Sprintf("%s since %s, and Monit waits until it has for the cycles that its control file says", what, clockTime(s.failing))
		e.Advice = "lower the cycles, or allow more time"
	default:
		e.State, e.Text = verify.Waiting, "Monit says: "+v.says()
		if !fault.IsZero() && !v.collected().Before(fault) {
			e.Kind, e.Text = "SF-06", "Monit says ok although the fault is in force"
			e.Advice = "see whether its tests look at what was broken, and whether it has to fail for more cycles than the fault lasts"
		}
	}
	if n := s.turns + s.restarts; e.State == verify.Waiting && n >= 2 {
		e.Kind = "SF-10"
		e.Text += fmt.Sprintf("; it was restarted %d times, and a test failed and was well again %d times", s.restarts, s.turns)
		e.Advice = "alert on the number of restarts, or lower the cycles"
	}
	return e
}

// firing tells whether Monit takes the service for failed.
func (l *look) firing(v *service, s *story) verify.Evidence {
	e := l.evidence(verify.Firing, v)
	if s.fired.IsZero() {
		e.State, e.Text = verify.Waiting, v.Name+" has not failed"
		return e
	}
	e.State, e.At, e.Text = verify.OK, s.fired, "Monit has failed "+v.Name+": "+s.says
	return e
}

// resolved tells that a failure is over.
func (l *look) resolved(v *service, s *story) (verify.Evidence, bool) {
	e := l.evidence(verify.IncidentResolved, v)
	e.State, e.At, e.Text = verify.OK, v.collected(), "Monit says ok again"
	return e, !s.fired.IsZero() && !v.failed() && *v.Monitored == monitored
}

func (l *look) evidence(hop verify.Hop, v *service) verify.Evidence {
	return verify.Evidence{Hop: hop, Request: question, Answer: fmt.Sprintf(
		"%s %s: status %d (%s), monitor %d, collected %d.%06d", v.kind(), v.Name, *v.Status, v.says(), *v.Monitored, v.Sec, v.Usec)}
}

func clockTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
