package icinga2

import (
	"context"
	"fmt"
	"time"

	"github.com/failurefriday/friday/verify"
)

// Audit finds, with nothing broken, what would keep pages from coming: what is switched off, what is quiet for long, what
// nobody is told of, and checks that do not run. What the ApiUser may not read is a finding as well.
func (s *Source) Audit(ctx context.Context) ([]verify.Finding, error) {
	w, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	found := w.auditWhole()
	for i := range w.all {
		found = append(found, w.auditOne(&w.all[i])...)
	}
	for i := range found {
		found[i].Source = s.name
	}
	return found, nil
}

// auditWhole finds what concerns the whole instance.
func (w *world) auditWhole() []verify.Finding {
	var found []verify.Finding
	for _, e := range w.hidden {
		found = append(found, verify.Finding{Kind: "SF-29", Check: "permission", Severity: verify.Risky, Subject: "ApiUser", Text: e.Text, Advice: e.Advice})
	}
	say := func(bad bool, kind, check, text, advice string) {
		if bad {
			found = append(found, verify.Finding{Kind: kind, Check: check, Severity: verify.Severe, Subject: "Icinga", Text: text, Advice: advice})
		}
	}
	say(!w.app.Notifications, "SF-12", "notifications-off", "notifications are switched off for the whole of Icinga", "switch them on: enable_notifications of the IcingaApplication")
	say(!w.app.Notifier, "SF-11", "no-notification-feature", "the notification feature is not switched on in this Icinga", "switch it on, unless another node of the zone notifies: icinga2 feature enable notification")
	say(!w.app.Checker || !w.app.HostChecks || !w.app.ServiceChecks, "SF-03", "checks-off", "checks of hosts or services are switched off for the whole of Icinga", "switch them on again")
	return found
}

// long is how long a downtime may last before it looks forgotten.
const long = 24 * time.Hour

// auditOne finds what concerns one host or service.
func (w *world) auditOne(c *checkable) []verify.Finding {
	var found []verify.Finding
	say := func(kind, check string, severity verify.Severity, text, advice string) {
		found = append(found, verify.Finding{Kind: kind, Check: check, Severity: severity, Subject: c.what(), Text: text, Advice: advice})
	}
	if c.Notifies.num == 0 {
		say("SF-12", "notifications-off", verify.Severe, "notifications are switched off for "+c.what(), "switch them on: enable_notifications of "+c.what())
	}
	for _, d := range w.down[c.key] {
		if last := d.until().Sub(d.Start.time()); last > long && d.until().After(w.at) {
			say("SF-12", "long-downtime", verify.Risky, fmt.Sprintf("%s has a downtime of %s until %s, %s long (%q)", c.what(), d.Author, clockTime(d.until()), verify.Seconds(last), d.Comment),
				"end it when the work is done, and give downtimes an end within a day")
		}
	}
	if c.Acked != 0 && w.at.Sub(c.AckedAt.time()) > long {
		say("SF-17", "old-acknowledgement", verify.Risky, fmt.Sprintf("the problem of %s has been acknowledged since %s", c.what(), clockTime(c.AckedAt.time())),
			"mend it or take the acknowledgement back: nobody is told as long as it lasts")
	}
	if o := w.untold(c, c.gravest()); o != nil {
		say(o.kind, checkNames[o.kind], w.severity(c, o), o.text, o.advice)
	}
	if c.Active == 0 {
		say("SF-05", "passive-without-freshness", verify.Risky, c.what()+" is not checked actively, so it stays as it is when its sender falls silent", "switch active checks on: Icinga then runs its check_command where no result came in time")
	}
	if e := w.collected(c, time.Time{}); e.State == verify.Broken && e.Kind == "SF-03" && w.app.Checker && w.app.ServiceChecks && w.app.HostChecks {
		say("SF-03", "late-check", verify.Severe, e.Text, e.Advice)
	}
	if e := w.evaluated(c); e.State == verify.Broken {
		say(e.Kind, "failing-check", verify.Severe, e.Text, e.Advice)
	}
	return append(found, w.auditPeriods(c)...)
}

// checkNames are what finds the kinds of obstacles that notifications put up.
var checkNames = map[string]string{"SF-09": "late-notification", "SF-14": "outside-period", "SF-15": "no-notification", "SF-20": "nobody-told"}

// severity: hosts often have nobody of their own, since their services do; and a period opens again.
func (w *world) severity(c *checkable, o *obstacle) verify.Severity {
	if c.service == "" && len(w.notes[c.key]) == 0 || o.kind == "SF-14" || o.kind == "SF-09" {
		return verify.Risky
	}
	return verify.Severe
}

// auditPeriods finds periods that leave out a part of the week, where no notification covers all of it. A period that is
// closed now is found already.
func (w *world) auditPeriods(c *checkable) []verify.Finding {
	part := func(name text) bool {
		p, ok := w.periods[string(name)]
		return name != "" && ok && !p.always() && p.Inside != 0
	}
	var found []verify.Finding
	if part(c.Period) {
		found = append(found, verify.Finding{
			Kind: "SF-14", Check: "part-time-check", Severity: verify.Risky, Subject: c.what(),
			Text: fmt.Sprintf("%s is checked only in the period %s, which does not cover the whole week", c.what(), c.Period), Advice: "check what must wake somebody all the time",
		})
	}
	notes := w.notes[c.key]
	for i := range notes {
		if !part(notes[i].Period) {
			return found
		}
	}
	if len(notes) > 0 {
		found = append(found, verify.Finding{
			Kind: "SF-14", Check: "part-time-notification", Severity: verify.Risky, Subject: c.what(),
			Text:   fmt.Sprintf("somebody is told of %s only in the period %s, which does not cover the whole week", c.what(), notes[0].Period),
			Advice: "have somebody told at all times",
		})
	}
	return found
}
