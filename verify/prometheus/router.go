package prometheus

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/failurefriday/friday/verify"
)

// handed tells whether Prometheus has sent the page to an Alertmanager.
func (t *trail) handed(p *page, l *life, now *look) verify.Evidence {
	e := verify.Evidence{
		Hop: verify.HandedToRouter, Request: "GET /api/v1/alertmanagers, GET /metrics",
		Answer: short(fmt.Sprintf("%d Alertmanagers: %s", len(now.routers), t.s.clean(strings.Join(now.routers, ", ")))),
	}
	first, fires := l.fired()
	if fires && p.base == nil {
		p.base = now
		if t.last != nil {
			p.base = t.last
		}
	}
	switch {
	case len(now.routers) == 0:
		e.State, e.Kind, e.At = verify.Broken, "SF-11", now.at
		e.Text = "Prometheus knows no Alertmanager, so nobody is told of an alert that fires"
		e.Advice = "set alerting.alertmanagers in its configuration, and see that they are discovered"
		return e
	case !fires:
		e.State, e.Text = verify.Waiting, "nothing is to be sent yet"
		return e
	case now.counters == nil || p.base.counters == nil:
		e.Text = "Prometheus does not show its own metrics, so whether it sent the alert is not known"
		return e
	}
	p.fired++
	return t.counted(e, p, now, first)
}

// counted reads from Prometheus' counters what became of the page. They count all alerts, this one among them.
func (t *trail) counted(e verify.Evidence, p *page, now *look, first stretch) verify.Evidence {
	base := p.base
	var good, bad []string
	failures := 0.0
	for _, url := range slices.Sorted(maps.Keys(now.counters.sent)) {
		failed := now.counters.failed[url] - base.counters.failed[url]
		switch sent := now.counters.sent[url] - base.counters.sent[url]; {
		case failed > 0:
			bad, failures = append(bad, t.s.clean(url)), failures+failed
		case sent > 0: // Prometheus counts what it tried to send, too, so only where nothing failed
			good = append(good, t.s.clean(url))
		}
	}
	dropped := now.counters.dropped - base.counters.dropped
	e.Answer = short(fmt.Sprintf("since before it fired: sent to %s; errors at %s: %v; dropped: %v", or(good), or(bad), failures, dropped))
	switch {
	case len(good) > 0:
		e.State, e.At, e.Text = verify.OK, now.at, "sent to "+strings.Join(good, ", ")
		if p.fired <= 2 { // it is sent with the evaluation, and was by the first counters that were read after it
			e.At = first.from
		}
		if len(bad) > 0 {
			e.Text += ", not to " + strings.Join(bad, ", ")
		}
	case failures > 0 || dropped > 0:
		e.State, e.Kind, e.At = verify.Broken, "SF-11", now.at
		e.Text = fmt.Sprintf("the alert fired at %s and did not reach %s: %v errors, %v alerts dropped", stamp(t.s.ours(first.from)), or(bad), failures, dropped)
		e.Advice = "see that Prometheus reaches its Alertmanagers, and let something outside page when it does not"
	case base.at.After(first.from) && t.first != nil && first.from.Before(t.first.at):
		e.State, e.At, e.Text = verify.OK, first.from, "sent without error before anybody looked"
	default:
		e.State, e.Kind, e.Text = verify.Waiting, "SF-11", "nothing has been sent since it fired"
		e.Advice = "see whether an Alertmanager takes long to answer"
	}
	return e
}

// or lists names, of which there may be none.
func or(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
