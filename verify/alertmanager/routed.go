package alertmanager

import (
	"fmt"
	"slices"
	"strings"

	"github.com/failurefriday/friday/internal/amconfig"
	"github.com/failurefriday/friday/verify"
)

// What is asked of the server, as evidence tells it.
const (
	askAlerts   = "GET /api/v2/alerts"
	askGroups   = "GET /api/v2/alerts/groups"
	askSilences = "GET /api/v2/silences"
	askStatus   = "GET /api/v2/status"
	askMetrics  = "GET /metrics"
)

// absent tells of an alert that has not come.
func (s sampling) absent(p *page) verify.Evidence {
	return verify.Evidence{
		Hop: verify.HandedToRouter, State: verify.Waiting, At: s.src.ours(s.look.at), Kind: "SF-11", Request: askAlerts,
		Answer: fmt.Sprintf("%d alerts, none of them fits", len(s.look.alerts)),
		Text:   fmt.Sprintf("Alertmanager has no alert %s yet", p.want.Name),
		Advice: "see whether the rule fires, and whether whoever evaluates it reaches this Alertmanager",
	}
}

// handed tells when an alert came.
func (s sampling) handed(a *seen) verify.Evidence {
	e := verify.Evidence{
		Hop: verify.HandedToRouter, State: verify.OK, At: s.src.ours(a.arrived), Request: askAlerts, Answer: told(a.alert),
		Text: shown(a.Labels) + " came to Alertmanager",
	}
	if s.prior(a) || a.before == nil {
		e.Text = fmt.Sprintf("%s has been in Alertmanager since %s", shown(a.Labels), clock(a.arrived, s.look.at))
	}
	return e
}

// routed tells whether an alert may be notified, and goes to whom it should.
func (s sampling) routed(p *page, a *seen) verify.Evidence {
	if held, ok := s.held(p, a); ok {
		return held
	}
	if wrong, ok := s.misrouted(p, a); ok {
		return wrong
	}
	var ways []string
	for _, r := range s.ways(p, a) {
		ways = append(ways, fmt.Sprintf("%s by %s (%s)", r.Receiver, r.Key(), kinds(s.instances(r.Receiver))))
	}
	e := verify.Evidence{
		Hop: verify.Routed, State: verify.OK, At: s.src.ours(a.arrived), Request: askAlerts, Answer: told(a.alert),
		Text: "goes to receiver " + strings.Join(ways, " and "),
	}
	return e
}

// ways are the routes of an alert that count for a page.
func (s sampling) ways(p *page, a *seen) []*amconfig.Route {
	return slices.DeleteFunc(slices.Clone(a.routes), func(r *amconfig.Route) bool { return !p.want.Receiver.Match(r.Receiver) })
}

// held tells what suppresses an alert: a silence, another alert, the calendar.
func (s sampling) held(p *page, a *seen) (verify.Evidence, bool) {
	e := verify.Evidence{Hop: verify.Routed, State: verify.Broken, At: s.src.ours(s.look.at), Request: askAlerts, Answer: told(a.alert)}
	switch {
	case len(a.Status.SilencedBy) > 0:
		e.Kind, e.Text = "SF-12", shown(a.Labels)+" is silenced"
		e.Advice = "end the silence; give silences an owner, an end that is near, and matchers that are narrow"
		if one, known := s.look.silences[a.Status.SilencedBy[0]]; known {
			e.Request, e.Text = askSilences, fmt.Sprintf("%s is silenced by %s", shown(a.Labels), silenced(one, s.look.at))
			e.Answer = fmt.Sprintf("id %s createdBy %s comment %q startsAt %s endsAt %s", one.ID, one.Owner, one.Comment, one.Start, one.End)
		}
		return e, true
	case len(a.Status.InhibitedBy) > 0:
		e.Kind, e.Text, e.Advice = "SF-13", s.inhibited(a), "narrow the inhibition, and see that its equal labels are there on both sides"
		return e, true
	}
	return s.muted(p, a, e)
}

func (s sampling) inhibited(a *seen) string {
	by := a.Status.InhibitedBy[0]
	source, known := s.look.shown[by]
	if !known {
		return fmt.Sprintf("%s is inhibited by the alert %s, which has gone since", shown(a.Labels), by)
	}
	text := fmt.Sprintf("%s is inhibited by %s", shown(a.Labels), shown(source.Labels))
	rule, ok := s.look.config.Inhibits(source.Labels, a.Labels)
	if !ok {
		return text
	}
	text += fmt.Sprintf(" (rule at %s: %s suppresses %s", rule.Pos, amconfig.Text(rule.Source), amconfig.Text(rule.Target))
	switch absent := rule.Absent(source.Labels, a.Labels); {
	case len(rule.Equal) == 0:
		text += ", whatever they have in common)"
	case len(absent) > 0:
		text += fmt.Sprintf("; equal labels %v, of which %v are missing on both sides, which counts as equal)", rule.Equal, absent)
	default:
		text += fmt.Sprintf("; equal labels %v)", rule.Equal)
	}
	return text
}

// muted tells of an alert all of whose routes are muted now. Servers before 0.28 do not tell: their calendar is read as they
// read it.
func (s sampling) muted(p *page, a *seen, e verify.Evidence) (verify.Evidence, bool) {
	var by []string
	ways := s.ways(p, a)
	for _, r := range ways {
		m, muted := s.muting(r)
		shownBy := s.look.muted[a.Fingerprint][r.Receiver]
		switch {
		case muted && !m.Outside:
			by = append(by, fmt.Sprintf("receiver %s is muted by the time interval %s%s", r.Receiver, m.By, s.until(m)))
		case muted:
			by = append(by, fmt.Sprintf("receiver %s is notified only in the time interval %s%s", r.Receiver, m.By, s.until(m)))
		case len(shownBy) > 0:
			by = append(by, fmt.Sprintf("receiver %s is muted by %s", r.Receiver, strings.Join(shownBy, ", ")))
		}
	}
	if len(by) == 0 || len(by) < len(ways) {
		return verify.Evidence{}, false
	}
	e.Kind, e.Request = "SF-14", askStatus
	e.Text, e.Advice = fmt.Sprintf("%s is held back: %s", shown(a.Labels), strings.Join(by, "; ")), "do not mute what must wake somebody"
	if len(s.look.muted[a.Fingerprint]) > 0 {
		e.Request, e.Answer = askGroups, fmt.Sprintf("mutedBy %v", s.look.muted[a.Fingerprint])
	}
	return e, true
}

func (s sampling) until(m amconfig.Muting) string {
	if m.Until.IsZero() {
		return ", with no end in sight"
	}
	return " until " + clock(m.Until, s.look.at)
}

// misrouted tells of an alert that goes to the wrong receiver, to one that notifies nobody, or, where it has only the
// root route left because it lacks a label that others ask for, perhaps to the wrong one.
func (s sampling) misrouted(p *page, a *seen) (verify.Evidence, bool) {
	e := verify.Evidence{
		Hop: verify.Routed, State: verify.Broken, At: s.src.ours(s.look.at), Kind: "SF-15", Request: askAlerts, Answer: told(a.alert),
		Advice: "give the alert the labels that its route asks for, and let no route end in a receiver that does nothing",
	}
	went := strings.Join(names(a.Receivers), ", ")
	why := func() string { return colon(missed(s.look.config, a.Labels, p.want)) }
	ways := s.ways(p, a)
	notifies := slices.ContainsFunc(ways, func(r *amconfig.Route) bool { return len(s.instances(r.Receiver)) > 0 })
	switch {
	case len(ways) == 0:
		e.Text = fmt.Sprintf("%s goes to receiver %s, not to %s%s", shown(a.Labels), went, p.want.Receiver, why())
	case !notifies:
		e.Text = fmt.Sprintf("%s goes to receiver %s, which notifies nobody%s", shown(a.Labels), went, why())
	case p.want.Receiver.Empty() && len(ways) == 1 && ways[0].Parent == nil && why() != "":
		e.State = verify.Waiting
		e.Text = fmt.Sprintf("%s takes only the root route, to receiver %s%s", shown(a.Labels), went, why())
	default:
		return verify.Evidence{}, false
	}
	return e, true
}

// colon puts a reason behind a statement, if there is one.
func colon(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

// missed says why an alert does not take a route that it was meant to take: the first to the receiver that is wanted, or,
// where none is, the first that asks for a label that the alert does not have.
func missed(config *amconfig.Config, labels map[string]string, want verify.AlertMatch) string {
	for r := range config.Routes() {
		for at := r; at.Parent != nil; at = at.Parent {
			why := amconfig.Missed(at.Matchers, labels)
			if why == "" || want.Receiver.Empty() && !lacking(at, labels) || !want.Receiver.Match(r.Receiver) {
				continue
			}
			return fmt.Sprintf("route %s (%s) is not taken, since %s", r.Key(), at.Pos, why)
		}
		if r.Parent != nil && !want.Receiver.Empty() && want.Receiver.Match(r.Receiver) {
			return fmt.Sprintf("route %s (%s) fits, and is not reached: one before or below it takes the alert", r.Key(), r.Pos)
		}
	}
	return ""
}

// lacking reports whether all that keeps an alert from a route is that labels are missing.
func lacking(r *amconfig.Route, labels map[string]string) bool {
	for _, m := range r.Matchers {
		if !m.Matches(labels[m.Name]) && labels[m.Name] != "" {
			return false
		}
	}
	return true
}
