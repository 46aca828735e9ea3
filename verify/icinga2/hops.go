package icinga2

import (
	"fmt"
	"time"

	"github.com/failurefriday/friday/verify"
)

// Sees lists the hops that Icinga can tell of.
func (s *Source) Sees() []verify.Hop {
	return []verify.Hop{
		verify.Collected, verify.RuleEvaluated, verify.Pending, verify.Firing, verify.HandedToRouter, verify.Routed,
		verify.NotificationAccepted, verify.ResponderNotified, verify.IncidentAcknowledged, verify.IncidentResolved,
	}
}

// patience is how far behind its schedule a check may be, besides one whole interval.
const patience = 10 * time.Second

// collected tells whether the check of c runs at all. Fault is by Icinga's clock, and zero as long as nothing is broken.
func (w *world) collected(c *checkable, fault time.Time) verify.Evidence {
	e := c.evidence(verify.Collected)
	global := w.app.ServiceChecks
	if c.service == "" {
		global = w.app.HostChecks
	}
	late := w.at.Sub(c.Checked.time())
	switch {
	case !global || !w.app.Checker:
		broken(&e, "SF-03", "checks are switched off for the whole of Icinga", "switch them on again, and let something outside notice when checks stop")
		e.Request, e.Answer = request("status"), fmt.Sprintf("enable_host_checks: %t, enable_service_checks: %t, checker: %t", w.app.HostChecks, w.app.ServiceChecks, w.app.Checker)
	case c.Active == 0 && (fault.IsZero() || c.Checked.time().Before(fault)):
		e.State, e.Kind = verify.Waiting, "SF-05"
		e.Text, e.Advice = c.what()+" is not checked actively: it stays as it is until somebody sends a result", "check it actively as well, so that a silent sender is noticed"
		e.Answer = "enable_active_checks: false"
	case w.closed(c.Period):
		broken(&e, "SF-14", fmt.Sprintf("%s is not checked now: %s", c.what(), w.closedText(c.Period)), "check what must wake somebody all the time")
	case c.pending():
		e.State, e.Kind, e.Text, e.Advice = verify.Waiting, "SF-03", c.what()+" has never been checked", "see why: its command_endpoint or its zone may be away"
	case c.Active != 0 && late > 2*c.interval()+patience:
		broken(&e, "SF-03", fmt.Sprintf("the last check of %s was at %s, although it is due every %s", c.what(), clockTime(c.Checked.time()), verify.Seconds(c.interval())),
			"see why the checker has stopped, and let something outside notice when checks are late")
	case fault.IsZero():
		e.State, e.At, e.Text = verify.OK, c.Checked.time(), fmt.Sprintf("%s is checked every %s", c.what(), verify.Seconds(c.Every.span()))
	case c.began().Before(fault):
		e.State, e.Kind, e.Text = verify.Waiting, "SF-09", fmt.Sprintf("%s has not been checked since the fault: it is checked every %s", c.what(), verify.Seconds(c.Every.span()))
		e.Advice = "check it more often, or allow more time"
	default:
		e.State, e.At, e.Text = verify.OK, c.Checked.time(), c.what()+" was checked after the fault"
	}
	return e
}

// interval is the time between two checks as things are.
func (c *checkable) interval() time.Duration {
	if !c.hard() {
		return c.Retry.span()
	}
	return c.Every.span()
}

// began is when the last check began.
func (c *checkable) began() time.Time {
	if c.Result.v != nil && c.Result.v.Start > 0 {
		return c.Result.v.Start.time()
	}
	return c.Checked.time()
}

// evidence is the beginning of what is said of a hop.
func (c *checkable) evidence(hop verify.Hop) verify.Evidence {
	e := verify.Evidence{Hop: hop, Request: request(c.list()), Answer: c.answer()}
	return e
}

func (c *checkable) answer() string {
	kind := "SOFT"
	if c.hard() {
		kind = "HARD"
	}
	return fmt.Sprintf("%s: state: %s %s, last_check: %.3f, output: %q", c.key, c.state(), kind, float64(c.Checked.num), cut(c.output(), 160))
}

// cut shortens a text for a reader.
func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

func broken(e *verify.Evidence, kind, text, advice string) {
	e.State, e.Kind, e.Text, e.Advice = verify.Broken, kind, text, advice
}

// usual are the exit statuses that a plugin may have; Icinga reports one that could not be run by 128 and more.
const usual = 3

// evaluated tells whether the check itself works.
func (w *world) evaluated(c *checkable) verify.Evidence {
	e := c.evidence(verify.RuleEvaluated)
	switch {
	case c.pending() || c.Result.v == nil:
		e.State, e.Text = verify.Waiting, c.what()+" has never been checked"
	case c.Result.v.Exit > usual || c.Result.v.Exit < 0:
		broken(&e, "SF-07", fmt.Sprintf("the check %s of %s cannot be run: %s", c.Command, c.what(), cut(c.output(), 120)), "mend the check: run its command by hand, as the user of Icinga")
	case c.state() == "UNKNOWN":
		broken(&e, "SF-07", fmt.Sprintf("the check %s of %s fails, and says nothing of what it looks at: %s", c.Command, c.what(), cut(c.output(), 120)), "mend the check: run its command by hand, as the user of Icinga")
	default:
		e.State, e.At, e.Text = verify.OK, c.Checked.time(), fmt.Sprintf("the check %s of %s says %s", c.Command, c.what(), c.state())
	}
	return e
}

// router tells whether Icinga sends notifications at all.
func (w *world) router(c *checkable) verify.Evidence {
	e := c.evidence(verify.HandedToRouter)
	switch {
	case !w.app.Notifier:
		broken(&e, "SF-11", "the notification feature is not switched on in this Icinga", "switch it on: icinga2 feature enable notification")
		e.Request, e.Answer = request("status"), "notificationcomponent: {}"
	case c.problem() && c.hard():
		e.State, e.At, e.Text = verify.OK, c.Hard.time(), "the notification feature is switched on"
	default:
		e.State, e.Text = verify.Waiting, c.what()+" is not in a HARD problem state"
	}
	return e
}
