package sample

import (
	"fmt"
	"time"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// Friday is a Friday morning, the moment at which every sample run has its fault in force.
var Friday = time.Date(2026, 11, 20, 10, 15, 4, 120e6, time.UTC)

// At is the moment that many seconds after the fault was in force.
func At(seconds float64) time.Time {
	return Friday.Add(time.Duration(seconds * float64(time.Second)))
}

// Secs is a length of time in seconds.
func Secs(s float64) verify.Seconds { return verify.Seconds(s * float64(time.Second)) }

// Ptr is Secs for a field that may be empty.
func Ptr(s float64) *verify.Seconds { v := Secs(s); return &v }

// Stretch is a span of a lane.
func Stretch(from, to float64, state, text string) judge.Span {
	return judge.Span{From: At(from), To: At(to), State: state, Text: text}
}

// Lane is a lane of step 1.
func Lane(kind judge.LaneKind, name string, spans ...judge.Span) judge.Lane {
	return judge.Lane{Name: name, Kind: kind, Step: 1, Spans: spans}
}

// Say is a line of the log.
func Say(seconds float64, text string) judge.LogLine {
	return judge.LogLine{At: At(seconds), Step: 1, Text: text}
}

// Base is a run of one step in which service was hit by kind for hold seconds, and everything came back.
func Base(service, kind string, hold float64) judge.Record {
	target := service + " (pid 812)"
	return judge.Record{
		Version: judge.Version,
		Run: verify.RunInfo{
			ID: "20261120-101502-" + service + "-k3tz", Friday: "0.1.0", Scenario: service, Service: service, Owner: "team " + service,
			Environment: "demo", Host: "lab-1", User: "ada", Seed: 4211,
			File: "scenarios/" + service + ".yaml", Definition: "9f2c1d0e7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d",
		},
		Started: At(-2.1), Finished: At(hold + 3), Restored: true,
		Steps: []judge.Step{{
			Index: 1, Name: "break " + service, Started: At(-1.4), InForce: At(0), Symptom: At(0.3),
			HoldEnd: At(hold), HoldWhy: "the time was up", Reverted: At(hold + 0.2), Healthy: At(hold + 1.1), Ended: At(hold + 2.8),
			Faults: []judge.Fault{{
				ID: "1.1.1", Kind: kind, Target: target, Injected: At(-0.05), InForce: At(0), Reverted: At(hold + 0.2),
				DownFor: Secs(hold), Share: 1,
			}},
		}},
		Sources: []judge.Source{{Name: "inbox", Kind: "pagerduty", Polls: int(hold*2) + 4, Requests: int(hold*2) + 6, Offset: Secs(0.004), OffsetKnown: true}},
		Lanes: []judge.Lane{
			Lane(judge.LaneFault, kind, Stretch(0, hold+0.2, "active", target)),
			Lane(judge.LaneService, service+" answers", Stretch(-1.4, 0.3, "green", ""), Stretch(0.3, hold+1.1, "red", "connection refused"), Stretch(hold+1.1, hold+2.8, "green", "")),
		},
		Log: []judge.LogLine{
			Say(-2.1, "run started by ada on lab-1"), Say(-1.6, "guard armed"), Say(-1.4, "step 1 started: break "+service),
			Say(-0.05, kind+" on "+target), Say(0, "in force: "+target), Say(0.3, service+" answers: red, connection refused"),
			Say(hold, "hold ended: the time was up"), Say(hold+0.2, "reverted: "+target), Say(hold+1.1, "steady state is green again"),
		},
	}
}

// Expects is a page for service within a deadline, with every hop unknown.
func Expects(service string, within float64) judge.Result {
	r := judge.Result{Expectation: verify.Expectation{
		ID: "1.1", Step: 1, Source: "inbox", Within: Secs(within),
		Match: verify.Match{Service: match.Must(service), Title: match.Must("/is down/")},
		Text:  fmt.Sprintf("fires on inbox: service %s, title /is down/, within %s", service, Secs(within)),
	}, Deadline: At(within)}
	for _, hop := range verify.Hops() {
		r.Hops = append(r.Hops, verify.Evidence{Hop: hop})
	}
	return r
}

// Saw sets what is known of a hop.
func Saw(r *judge.Result, hop verify.Hop, state verify.State, seconds float64, text string) *verify.Evidence {
	r.Hops[hop] = verify.Evidence{Hop: hop, State: state, At: At(seconds), Source: "inbox", Text: text}
	return &r.Hops[hop]
}

// PageFor is the incident that a monitor opened.
func PageFor(service string, opened, resolved float64) verify.Incident {
	return verify.Incident{
		ID: "Q1" + service, URL: "https://example.pagerduty.com/incidents/Q1" + service, Source: "inbox", Service: service,
		Title: service + " is down", Status: verify.Resolved, Urgency: "high", Key: service + "/down", Opened: At(opened),
		Notified: []verify.Notification{{At: At(opened + 0.4), Who: "Grace Hopper", Channel: "push"}},
		Resolved: At(resolved), ResolvedBy: service + "-check",
	}
}
