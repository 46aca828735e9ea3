package alertmanager

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/amconfig"
	"github.com/failurefriday/friday/verify"
)

// notice is how far the notification of one alert has come, by kind of integration.
type notice struct {
	want   map[string]float64 // how many there must be
	have   map[string]tally   // what was counted since the alert came
	others map[string]float64 // how many of those may be for others
	blamed []string           // receivers beside ours that use a kind that failed
}

// accepted tells whether the notification of an alert was accepted. Alertmanager counts requests by kind of integration
// only, so what others may have caused in the meantime is taken off. The second result is false where nothing is to be told.
func (s sampling) accepted(p *page, a *seen) (verify.Evidence, bool) {
	ways := s.ways(p, a)
	if len(ways) == 0 {
		return verify.Evidence{}, false
	}
	e := verify.Evidence{Hop: verify.NotificationAccepted, At: s.src.ours(s.look.at), Request: askMetrics, Key: ways[0].DedupKey(a.Labels)}
	keys := "dedup_key " + e.Key + " of the group " + ways[0].GroupKey(a.Labels)
	e.Answer = keys
	base := a.before
	if s.prior(a) {
		base = s.trail.fault
	}
	if s.look.counters == nil || base == nil || base.counters == nil {
		e.Text = "nobody could count the notifications: /metrics cannot be read, or the alert was there before the first look"
		return e, true
	}
	n := s.notice(ways, a, base)
	e.Answer = n.String() + "; " + keys + fmt.Sprintf("; %d alerts in %d groups", len(s.look.alerts), len(s.look.groups))
	switch done, failing := n.done(), n.failing(); {
	case s.look.at.Before(s.earliest(a, ways)): // whatever was counted was for others
		s.waiting(&e, a, ways, n)
	case done && !a.joinedBefore(s.fault):
		e.State, e.Text = verify.OK, "the notification was accepted by "+kinds(n.want)
	case done:
		e.State, e.Text = verify.OK, "the notification was accepted by "+kinds(n.want)+
			", for a group that had been notified before: an incident that is open under its key takes it in"
	case len(failing) > 0:
		s.failed(&e, n, failing)
	default:
		s.waiting(&e, a, ways, n)
	}
	return e, true
}

// joinedBefore reports whether a group of the alert was there before the fault.
func (a *seen) joinedBefore(fault time.Time) bool {
	for _, born := range a.joined {
		if !fault.IsZero() && born.Before(fault) {
			return true
		}
	}
	return false
}

func (s sampling) notice(ways []*amconfig.Route, a *seen, base *look) notice {
	n := notice{want: map[string]float64{}, have: map[string]tally{}, others: map[string]float64{}}
	var own, receivers []string
	for _, r := range ways {
		own, receivers = append(own, crowdID(r.Receiver, r.GroupLabels(a.Labels))), append(receivers, r.Receiver)
		for kind, of := range s.instances(r.Receiver) {
			n.want[kind] += of
		}
	}
	for kind := range n.want {
		n.have[kind] = s.look.counters.since(base.counters, kind)
		n.others[kind] = s.others(since{kind, base.at}, own)
		if n.have[kind].refused > 0 || n.have[kind].failed > 0 {
			n.blamed = append(n.blamed, s.strangers(since{kind, base.at}, receivers)...)
		}
	}
	return n
}

// has reports whether a kind has accepted all that it must, whatever was for others.
func (n notice) has(kind string) bool { return n.have[kind].accepted() >= n.want[kind]+n.others[kind] }

// perhaps reports whether what was accepted would do if nothing of it was for others.
func (n notice) perhaps() bool {
	for kind, want := range n.want {
		if n.have[kind].accepted() < want {
			return false
		}
	}
	return true
}

func (n notice) done() bool {
	for kind := range n.want {
		if !n.has(kind) {
			return false
		}
	}
	return true
}

// failing are the kinds that have failed and not made up for it.
func (n notice) failing() []string {
	var all []string
	for _, kind := range slices.Sorted(maps.Keys(n.want)) {
		if t := n.have[kind]; !n.has(kind) && (t.refused > 0 || t.failed > 0) {
			all = append(all, kind)
		}
	}
	return all
}

// String is what was counted: pagerduty 1 attempted, 3 requests, 3 refused, 1 given up (clientError 1).
func (n notice) String() string {
	var texts []string
	for _, kind := range slices.Sorted(maps.Keys(n.want)) {
		t := n.have[kind]
		text := fmt.Sprintf("%s: %g attempted, %g requests, %g refused, %g given up", kind, t.attempted, t.requests, t.refused, t.failed)
		for _, reason := range slices.Sorted(maps.Keys(t.reasons)) {
			text += fmt.Sprintf(" (%s %g)", reason, t.reasons[reason])
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "; ")
}

// failed tells of notifications that were refused since the alert came.
func (s sampling) failed(e *verify.Evidence, n notice, failing []string) {
	e.State, e.Kind = verify.Broken, "SF-16"
	e.Advice = "mend the key, the address or the payload of the integration, and alert on failed notifications over another way"
	var texts, fine []string
	for _, kind := range failing {
		t := n.have[kind]
		switch {
		case t.failed > 0 && len(t.reasons) > 0:
			texts = append(texts, fmt.Sprintf("%s gave up %g times (%s)", kind, t.failed, strings.Join(slices.Sorted(maps.Keys(t.reasons)), ", ")))
		case t.failed > 0:
			texts = append(texts, fmt.Sprintf("%s gave up %g times", kind, t.failed))
		default:
			texts = append(texts, fmt.Sprintf("%s was refused %g times, and Alertmanager tries again", kind, t.refused))
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(n.want)) {
		if n.has(kind) {
			fine = append(fine, kind)
		}
	}
	e.Text = "the notification failed since the alert came: " + strings.Join(texts, ", ")
	if len(fine) > 0 {
		e.Text += "; " + strings.Join(fine, ", ") + " worked"
	}
	if len(n.blamed) > 0 {
		e.State = verify.Waiting // it may have been another's
		e.Text += "; receiver " + strings.Join(slices.Compact(slices.Sorted(slices.Values(n.blamed))), ", ") + " is notified so as well, and may have been the one"
	}
}

// waiting tells what a notification is waiting for.
func (s sampling) waiting(e *verify.Evidence, a *seen, ways []*amconfig.Route, n notice) {
	e.State, e.Kind = verify.Waiting, "SF-09"
	route := ways[0]
	due, joined := s.due(a, route)
	begun := slices.ContainsFunc(slices.Collect(maps.Values(n.have)), func(t tally) bool { return t.attempted > t.requests })
	switch {
	case s.prior(a):
		e.State, e.Kind = verify.Broken, "SF-17"
		e.Text = fmt.Sprintf("%s was active before the fault, since %s: its group has been notified, and is not again for repeat_interval (%s)",
			shown(a.Labels), clock(a.arrived, s.look.at), verify.Seconds(route.RepeatInterval))
		e.Advice = "see that the alert is resolved before the fault, or group so that the fault makes a group of its own"
	case a.gone:
		e.Kind = "SF-10"
		e.Text = shown(a.Labels) + " was resolved before its group was notified"
		e.Advice = "shorten group_wait, or let the alert fire longer (keep_firing_for)"
	case s.look.at.Before(due) && joined && a.joinedBefore(s.fault):
		e.Kind = "SF-17"
		e.Text = fmt.Sprintf("joined a group that was there before the fault, which is notified at most every group_interval (%s): by %s",
			verify.Seconds(route.GroupInterval), clock(due, s.look.at))
		e.Advice = "group by labels that tell faults apart, or shorten group_interval"
	case s.look.at.Before(due) && joined:
		e.Text = fmt.Sprintf("waits for its group's next turn, every group_interval (%s): by %s", verify.Seconds(route.GroupInterval), clock(due, s.look.at))
		e.Advice = "shorten group_interval, or allow more time"
	case s.look.at.Before(due):
		e.Text = fmt.Sprintf("waits for others of its group until %s (group_wait %s)", clock(due, s.look.at), verify.Seconds(route.GroupWait))
		e.Advice = "shorten group_wait, or allow more time"
	case n.perhaps():
		e.State, e.Kind = verify.Unknown, ""
		e.Text = "notifications were accepted since the alert came, and may have been those of other groups"
	case begun:
		e.Kind, e.Text = "SF-16", "the notification is under way, and has not been answered yet"
		e.Advice = "see why the receiver does not answer"
	case s.look.peers > 1:
		e.State, e.Kind = verify.Unknown, ""
		e.Text = fmt.Sprintf("not notified from here since %s: another of the %d peers may have done it", clock(due, s.look.at), s.look.peers)
	default:
		e.Kind, e.Text = "SF-16", fmt.Sprintf("was due at %s, and has not been seen to be accepted", clock(due, s.look.at))
		e.Advice = "look into the log of Alertmanager"
	}
}

// earliest is when the first of the groups of an alert can be notified.
func (s sampling) earliest(a *seen, ways []*amconfig.Route) time.Time {
	first := a.arrived
	for i, r := range ways {
		due, joined := s.due(a, r)
		if joined || s.prior(a) {
			return a.arrived
		}
		if i == 0 || due.Before(first) {
			first = due
		}
	}
	return first.Add(-time.Second) // timers are not exact, and neither is the offset of the clocks
}

// due is when the group of an alert is notified on a route at the latest, and whether the group was there before the alert.
func (s sampling) due(a *seen, r *amconfig.Route) (time.Time, bool) {
	if _, joined := a.joined[crowdID(r.Receiver, r.GroupLabels(a.Labels))]; joined {
		return a.arrived.Add(r.GroupInterval), true
	}
	if a.StartsAt.Add(r.GroupWait).Before(a.arrived) { // what has waited elsewhere is not made to wait again
		return a.arrived, false
	}
	return a.arrived.Add(r.GroupWait), false
}
