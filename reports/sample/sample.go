// Package sample holds records for the tests of all reports: one of each kind that a reader meets.
package sample

import (
	"time"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// All are one record of each kind that a reader meets.
func All() []judge.Record {
	return []judge.Record{Passed(), Late(), PaymentsDies(), Unrestored(), Inconclusive(), Aborted()}
}

// Passed is a run in which the page came in time, and nothing else was paged.
func Passed() judge.Record {
	r := Base("checkout", "process.kill", 8)
	r.Run.Scenario, r.Run.Title = "checkout-dies", "Checkout dies and somebody is paged"
	r.Run.Hypothesis = "When checkout is killed, on-call is paged within 5 s and the incident closes by itself."
	r.Verdict, r.Summary = judge.Pass, "paged in 1.2s of 5s; the incident closed by itself"
	x := Detected(Expects("checkout", 5), 1.2, judge.Pass, "the page came 1.2s after the fault, 3.8s before its deadline")
	x.Resolved, x.TimeToResolve, x.ResetTime = At(9.9), Ptr(8.7), Ptr(0.8)
	Saw(&x, verify.IncidentResolved, verify.OK, 9.9, "resolved by checkout-check")
	quiet := judge.Result{
		Expectation: verify.Expectation{ID: "1.2", Step: 1, Source: "inbox", MustNot: true, Text: "must not fire on inbox: service payments", Match: verify.Match{Service: match.Must("payments")}},
		Verdict:     judge.Pass, Reason: "nothing that matches was opened", Hops: Expects("payments", 1).Hops,
	}
	r.Steps[0].Verdict, r.Steps[0].Results = judge.Pass, []judge.Result{x, quiet}
	r.Pages = []verify.Incident{PageFor("checkout", 1.2, 9.9)}
	r.Watchers = []judge.Watcher{Watcher("checkout-check", "alive all through", judge.Alive)}
	r.Lanes = append(r.Lanes, Lane(judge.LaneWatcher, "checkout-check", Stretch(-1.4, 10.8, "green", "alive")), IncidentLane("checkout", 1.2, 9.9))
	return r
}

// Late is a run in which the page came after its deadline.
func Late() judge.Record {
	r := Base("search", "process.pause", 9)
	r.Run.Scenario, r.Run.Title = "search-hangs", "Search hangs without dying"
	r.Run.Hypothesis = "When search stops answering, on-call is paged within 4 s."
	r.Verdict, r.Summary = judge.Late, "paged in 6.3s, 2.3s after the deadline"
	x := Detected(Expects("search", 4), 6.3, judge.Late, "the page came 6.3s after the fault, 2.3s after its deadline")
	x.Advice = "Lower the check's timeout or its count of retries: three probes of 2s are slower than the deadline of 4s."
	x.Kind = "SF-09"
	r.Steps[0].Verdict, r.Steps[0].Results = judge.Late, []judge.Result{x}
	r.Pages = []verify.Incident{PageFor("search", 6.3, 10.9)}
	r.Watchers = []judge.Watcher{Watcher("search-check", "alive all through", judge.Alive)}
	r.Lanes = append(r.Lanes, Lane(judge.LaneWatcher, "search-check", Stretch(-1.4, 11.8, "green", "alive")), IncidentLane("search", 6.3, 10.9))
	return r
}

// PaymentsDies is a run in which no page came, because the monitor died with its service.
func PaymentsDies() judge.Record {
	r := Base("payments", "process.kill", 9)
	r.Run.Scenario, r.Run.Title = "payments-dies", "Payments dies and somebody is paged"
	r.Run.Hypothesis = "When payments is killed, on-call is paged within 8 s."
	r.Verdict, r.Summary = judge.Silent, "nobody was paged: payments-check died 100ms after payments (pid 812) (same process group): nobody was left to notice"
	x := Expects("payments", 8)
	x.Verdict, x.Kind = judge.Silent, "SF-01"
	x.Reason = r.Summary
	x.Advice = "Run payments-check outside of the process group of payments, or add a check from another machine."
	Saw(&x, verify.FaultEffective, verify.OK, 0.3, "payments answers: connection refused")
	broken := Saw(&x, verify.SignalEmitted, verify.Broken, 0.1, "payments-check died 100ms after payments (pid 812) (same process group): nobody was left to notice")
	broken.Request, broken.Answer = "process {name: payments-check}", "before: pid 815, group 811\nafter:  no process matches"
	Saw(&x, verify.IncidentCreated, verify.Unknown, 8, "no incident on payments in 20 good polls")
	x.Broken = broken
	r.Steps[0].Verdict, r.Steps[0].Results = judge.Silent, []judge.Result{x}
	w := Watcher("payments-check", "died 0.1s after payments and came back with it", judge.Dead)
	w.Fates = []verify.Fate{{Step: 1, Target: "payments (pid 812)", Shares: "process group", Detail: "both are in group 811", Dies: true}}
	w.Steps[0].Died, w.Steps[0].AfterTarget, w.Steps[0].Back = At(0.1), Ptr(0.1), At(9.9)
	r.Watchers = []judge.Watcher{w}
	r.Warnings = []string{"payments-check shares its process group with payments: it will go down with it"}
	r.Lanes = append(r.Lanes, Lane(judge.LaneWatcher, "payments-check",
		Stretch(-1.4, 0.1, "green", "alive"), Stretch(0.1, 9.9, "red", "gone"), Stretch(9.9, 11.8, "green", "alive")))
	r.Log = append(r.Log, Say(0.1, "payments-check: red, no process matches"))
	return r
}

// Unrestored is a run whose fault could not be undone.
func Unrestored() judge.Record {
	r := Base("stock", "process.pause", 6)
	r.Run.Scenario, r.Run.Title = "stock-freezes", "Stock freezes"
	r.Verdict, r.Summary, r.Restored = judge.Unrestored, "stock is still stopped: the revert failed", false
	r.Residue = []judge.Residue{{Fault: "process.pause", Target: "stock (pid 812)", Why: "SIGCONT: operation not permitted"}}
	x := Detected(Expects("stock", 5), 2, judge.Pass, "the page came 2s after the fault, 3s before its deadline")
	s := &r.Steps[0]
	s.Verdict, s.Results, s.Healthy, s.Reverted = judge.Unrestored, []judge.Result{x}, time.Time{}, time.Time{}
	s.Unhealthy = "stock answers is still red 30s after the revert: timeout after 1s"
	s.Faults[0].Error, s.Faults[0].Reverted = "revert: SIGCONT: operation not permitted", time.Time{}
	page := PageFor("stock", 2, 0)
	page.Status, page.Resolved, page.ResolvedBy = verify.Triggered, time.Time{}, ""
	r.Pages = []verify.Incident{page}
	r.Lanes = []judge.Lane{
		Lane(judge.LaneFault, "process.pause", Stretch(0, 8.8, "active", "stock (pid 812)")),
		Lane(judge.LaneService, "stock answers", Stretch(-1.4, 0.3, "green", ""), Stretch(0.3, 8.8, "red", "timeout after 1s")),
		IncidentLane("stock", 2, 8.8),
	}
	return r
}

// inconclusive is an hour long, and the source could not be read around the deadline.
func Inconclusive() judge.Record {
	r := Base("ledger", "process.pause", 3480)
	r.Run.Scenario, r.Run.Title = "ledger-stalls", "Ledger stalls for an hour"
	r.Verdict, r.Summary = judge.Inconclusive, "nobody knows whether a page came: pagerduty could not be read for 26m"
	x := Expects("ledger", 900)
	x.Verdict, x.Reason = judge.Inconclusive, "pagerduty could not be read from 5m to 31m after the fault, which covers the deadline at 15m"
	x.Advice = "Run it again when pagerduty answers; until then this proves nothing."
	Saw(&x, verify.FaultEffective, verify.OK, 2, "ledger answers: timeout after 1s")
	x.Near = []judge.Near{{ID: "Q77", Says: []string{"urgency is low, not high", "it was opened before the fault"}}}
	r.Steps[0].Verdict, r.Steps[0].Results = judge.Inconclusive, []judge.Result{x}
	src := &r.Sources[0]
	src.Name, src.Kind, src.Failures, src.LastError = "pagerduty", "pagerduty", 312, "502 Bad Gateway"
	src.Blind = []judge.Span{Stretch(300, 1860, "unknown", "502 Bad Gateway")}
	r.Lanes = append(r.Lanes, Lane(judge.LaneSource, "pagerduty", Stretch(-1.4, 300, "green", "answers"), Stretch(300, 1860, "unknown", "502 Bad Gateway"), Stretch(1860, 3482, "green", "answers")))
	for _, name := range []string{"ledger-check", "prometheus", "alertmanager", "blackbox exporter on the other side of the river", "heartbeat"} {
		r.Watchers = append(r.Watchers, Watcher(name, "alive all through", judge.Alive))
		r.Lanes = append(r.Lanes, Lane(judge.LaneWatcher, name, Stretch(-1.4, 3482, "green", "alive")))
	}
	r.Lanes = append(r.Lanes, Lane(judge.LaneHop, "alert rule", Stretch(20, 620, "unknown", "pending"), Stretch(620, 620, "ok", "firing"), Stretch(625, 625, "ok", "handed to the router"), Stretch(640, 640, "ok", "routed")))
	return r
}

// Aborted is a run that somebody stopped.
func Aborted() judge.Record {
	r := Base("mail", "process.kill", 2)
	r.Run.Scenario, r.Run.Title = "mail-dies", "Mail dies"
	r.Verdict, r.Summary = judge.Aborted, "stopped after 2s: customers are affected"
	r.Aborted = &judge.Abort{At: At(2), By: verify.ByHalt, Reason: "customers are affected"}
	x := Expects("mail", 30)
	x.Verdict, x.Reason = judge.Aborted, "the run was stopped 28s before the deadline"
	r.Steps[0].Verdict, r.Steps[0].Results, r.Steps[0].HoldWhy = judge.Aborted, []judge.Result{x}, "stopped: customers are affected"
	return r
}

// Detected fills in a result whose page came.
func Detected(x judge.Result, after float64, v judge.Verdict, reason string) judge.Result {
	x.Verdict, x.Reason = v, reason
	x.Detected, x.FirstSeen, x.Notified = At(after), At(after+0.2), At(after+0.4)
	margin := verify.Seconds(x.Deadline.Sub(At(after)))
	x.TimeToDetect, x.TimeToNotify, x.Margin = Ptr(after), Ptr(after+0.4), &margin
	Saw(&x, verify.FaultEffective, verify.OK, 0.3, "the service does not answer")
	Saw(&x, verify.IncidentCreated, verify.OK, after, "incident opened")
	Saw(&x, verify.ResponderNotified, verify.OK, after+0.4, "Grace Hopper by push")
	return x
}

// Watcher is a monitor that lived before and after the step.
func Watcher(name, says string, during judge.State) judge.Watcher {
	return judge.Watcher{Name: name, Steps: []judge.WatcherStep{{Step: 1, Before: judge.Alive, During: during, After: judge.Alive, Says: says}}}
}

// IncidentLane is the lane of one incident.
func IncidentLane(service string, opened, resolved float64) judge.Lane {
	return Lane(judge.LaneIncident, service+" is down", Stretch(opened, resolved, "triggered", "triggered"),
		Stretch(opened+0.4, opened+0.4, "notified", "Grace Hopper by push"), Stretch(resolved, resolved, "resolved", "resolved"))
}
