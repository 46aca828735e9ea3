package reports

import (
	"fmt"
	"time"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// friday is a Friday morning, the moment at which every sample run has its fault in force.
var friday = time.Date(2026, 11, 20, 10, 15, 4, 120e6, time.UTC)

func at(seconds float64) time.Time {
	return friday.Add(time.Duration(seconds * float64(time.Second)))
}

func secs(s float64) verify.Seconds { return verify.Seconds(s * float64(time.Second)) }

func ptr(s float64) *verify.Seconds { v := secs(s); return &v }

func stretch(from, to float64, state, text string) judge.Span {
	return judge.Span{From: at(from), To: at(to), State: state, Text: text}
}

func lane(kind judge.LaneKind, name string, spans ...judge.Span) judge.Lane {
	return judge.Lane{Name: name, Kind: kind, Step: 1, Spans: spans}
}

func say(seconds float64, text string) judge.LogLine {
	return judge.LogLine{At: at(seconds), Step: 1, Text: text}
}

// base is a run of one step in which service was hit by kind for hold seconds, and everything came back.
func base(service, kind string, hold float64) judge.Record {
	target := service + " (pid 812)"
	return judge.Record{
		Version: judge.Version,
		Run: verify.RunInfo{
			ID: "20261120-101502-" + service + "-k3tz", Friday: "0.1.0", Scenario: service, Service: service, Owner: "team " + service,
			Environment: "demo", Host: "lab-1", User: "ada", Seed: 4211,
			File: "scenarios/" + service + ".yaml", Definition: "9f2c1d0e7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d",
		},
		Started: at(-2.1), Finished: at(hold + 3), Restored: true,
		Steps: []judge.Step{{
			Index: 1, Name: "break " + service, Started: at(-1.4), InForce: at(0), Symptom: at(0.3),
			HoldEnd: at(hold), HoldWhy: "the time was up", Reverted: at(hold + 0.2), Healthy: at(hold + 1.1), Ended: at(hold + 2.8),
			Faults: []judge.Fault{{
				ID: "1.1.1", Kind: kind, Target: target, Injected: at(-0.05), InForce: at(0), Reverted: at(hold + 0.2),
				DownFor: secs(hold), Share: 1,
			}},
		}},
		Sources: []judge.Source{{Name: "inbox", Kind: "pagerduty", Polls: int(hold*2) + 4, Requests: int(hold*2) + 6, Offset: secs(0.004), OffsetKnown: true}},
		Lanes: []judge.Lane{
			lane(judge.LaneFault, kind, stretch(0, hold+0.2, "active", target)),
			lane(judge.LaneService, service+" answers", stretch(-1.4, 0.3, "green", ""), stretch(0.3, hold+1.1, "red", "connection refused"), stretch(hold+1.1, hold+2.8, "green", "")),
		},
		Log: []judge.LogLine{
			say(-2.1, "run started by ada on lab-1"), say(-1.6, "guard armed"), say(-1.4, "step 1 started: break "+service),
			say(-0.05, kind+" on "+target), say(0, "in force: "+target), say(0.3, service+" answers: red, connection refused"),
			say(hold, "hold ended: the time was up"), say(hold+0.2, "reverted: "+target), say(hold+1.1, "steady state is green again"),
		},
	}
}

// expects is a page for service within a deadline, with every hop unknown.
func expects(service string, within float64) judge.Result {
	r := judge.Result{Expectation: verify.Expectation{
		ID: "1.1", Step: 1, Source: "inbox", Within: secs(within),
		Match: verify.Match{Service: match.Must(service), Title: match.Must("/is down/")},
		Text:  fmt.Sprintf("fires on inbox: service %s, title /is down/, within %s", service, secs(within)),
	}, Deadline: at(within)}
	for _, hop := range verify.Hops() {
		r.Hops = append(r.Hops, verify.Evidence{Hop: hop})
	}
	return r
}

// saw sets what is known of a hop.
func saw(r *judge.Result, hop verify.Hop, state verify.State, seconds float64, text string) *verify.Evidence {
	r.Hops[hop] = verify.Evidence{Hop: hop, State: state, At: at(seconds), Source: "inbox", Text: text}
	return &r.Hops[hop]
}

// pageFor is the incident that a monitor opened.
func pageFor(service string, opened, resolved float64) verify.Incident {
	return verify.Incident{
		ID: "Q1" + service, URL: "https://example.pagerduty.com/incidents/Q1" + service, Source: "inbox", Service: service,
		Title: service + " is down", Status: verify.Resolved, Urgency: "high", Key: service + "/down", Opened: at(opened),
		Notified: []verify.Notification{{At: at(opened + 0.4), Who: "Grace Hopper", Channel: "push"}},
		Resolved: at(resolved), ResolvedBy: service + "-check",
	}
}
