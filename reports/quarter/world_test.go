package quarter_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/quarter"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// until is the end of the period in the tests: a Monday.
var until = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

const quarterLong = 90 * 24 * time.Hour

// story is one fault as it may come about.
type story struct {
	verdict judge.Verdict
	kind    string
	hop     verify.Hop
	reason  string
}

// stories are what faults come to, the more frequent ones more often.
func stories() []story {
	pass := story{verdict: judge.Pass, reason: "it fired in time"}
	return []story{
		pass, pass, pass, pass, pass, pass, pass, pass, pass, pass, pass, pass, pass, pass, pass, pass,
		{judge.Late, "SF-09", verify.Pending, "the page came 2m after its deadline"},
		{judge.Late, "SF-09", verify.Pending, "the page came 40s after its deadline"},
		{judge.Silent, "SF-01", verify.SignalEmitted, "nobody was paged: the check died 100ms after the service, in the same process group"},
		{judge.Silent, "SF-12", verify.Routed, "nobody was paged: a silence of last August swallowed the alert"},
		{judge.Silent, "SF-04", verify.RuleEvaluated, "nobody was paged: the series vanished with the target, and a threshold on nothing never fires"},
		{judge.Wrong, "SF-15", verify.Routed, "another incident fired: urgency is low, not high"},
		{judge.Noisy, "SF-24", verify.IncidentCreated, "17 incidents for one fault"},
		{judge.Void, "SF-28", verify.FaultEffective, "the fault had no effect"},
		{judge.Stuck, "SF-22", verify.IncidentResolved, "it was not resolved within 2m of the recovery"},
		{judge.Inconclusive, "SF-29", verify.FaultEffective, "pagerduty could not be read"},
	}
}

// world makes n runs of some services over the last two quarters, the same for the same seed.
func world(n, services int) []digest.Run {
	random := rand.New(rand.NewPCG(4211, uint64(n)))
	names := []string{
		"checkout", "payments", "search", "stock", "ledger", "mail", "identity", "pricing", "recommendations", "shipping", "returns",
		"fraud", "catalogue", "gateway", "sessions", "billing", "reporting", "webhooks", "media", "loyalty",
	}
	classes := []string{"process.kill", "process.pause", "network.partition", "network.loss", "container.stop", "network.dns"}
	owners := []string{"team shop", "payments", "platform", "", "data"}
	all := stories()
	var runs []digest.Run
	for i := range n {
		s := random.IntN(services)
		service := names[s%len(names)]
		if s >= len(names) {
			service = fmt.Sprintf("%s-%d", service, s/len(names))
		}
		class := classes[(s+random.IntN(3))%len(classes)]
		at := until.Add(-time.Duration(float64(2*quarterLong) * (1 - float64(i)/float64(n))))
		at = at.Truncate(24 * time.Hour).Add(time.Duration(7+random.IntN(17)) * time.Hour)
		told := all[random.IntN(len(all))]
		if told.verdict == judge.Silent && s%3 == 0 {
			told = all[0] // some services are worse than others
		}
		runs = append(runs, run(random, i, service, class, owners[s%len(owners)], at, told))
	}
	return runs
}

// run is one run of one step.
func run(random *rand.Rand, i int, service, class, owner string, at time.Time, told story) digest.Run {
	detect := time.Duration(math.Exp(2.2+1.1*random.NormFloat64()) * float64(time.Second))
	hold := max(5*time.Minute, detect+time.Minute)
	step := digest.Step{
		Index: 1, Name: "break " + service, Verdict: told.verdict, Issued: at.Add(4 * time.Second), InForce: at.Add(5 * time.Second),
		HoldEnd: at.Add(hold), Healthy: at.Add(hold + time.Duration(1+random.IntN(30))*time.Second), Ended: at.Add(hold + 3*time.Minute),
		Faults: []digest.Fault{{Kind: class, Target: service + " (pid 812)"}},
	}
	x := digest.Result{
		ID: "1.1", Key: "0a1b2c", Text: "fires: service " + service, Source: "pagerduty", Within: verify.Seconds(2 * time.Minute), Verdict: told.verdict,
		Reason: told.reason, Kind: told.kind, HopsSeen: 5 + random.IntN(8), Observed: step.Ended,
		Tells: []verify.Hop{verify.ResponderNotified, verify.IncidentAcknowledged, verify.IncidentResolved},
	}
	if told.kind != "" {
		x.Broken, x.Advice = &told.hop, "see docs/runbooks/"+service
	}
	switch told.verdict {
	case judge.Silent, judge.Wrong, judge.Void, judge.Inconclusive:
	case judge.Late:
		detect = 2*time.Minute + detect
		fallthrough
	default:
		x.Detected = step.InForce.Add(detect)
		x.Notified = x.Detected.Add(time.Duration(500+random.IntN(9000)) * time.Millisecond)
		if random.IntN(4) > 0 {
			x.Acknowledged = x.Detected.Add(time.Duration(10+random.IntN(150)) * time.Second)
		}
		if told.verdict != judge.Stuck {
			x.Resolved = step.Healthy.Add(time.Duration(random.IntN(60)-5) * time.Second)
		}
		step.Opened, step.Matched = 1, 1
		step.Notified = []time.Time{x.Notified}
	}
	if told.verdict == judge.Noisy {
		step.Opened, step.Unexpected = 17, 16
		for k := range 16 {
			step.Notified = append(step.Notified, x.Notified.Add(time.Duration(k)*time.Second))
		}
	}
	step.Results = []digest.Result{x, {ID: "1.2", Key: "ffffff", MustNot: true, Verdict: judge.Pass}}
	return digest.Run{
		ID: fmt.Sprintf("%s-%s-%04d", at.Format("20060102-150405"), service, i), Scenario: service + "-" + class, Title: service + " survives " + class,
		Service: service, Owner: owner, Environment: "production", Host: "lab-1", User: "ada", Definition: "9f2c" + service + class,
		Verdict: told.verdict, Restored: true, Started: at, Finished: step.Ended, Steps: []digest.Step{step},
	}
}

// options are those of a quarter.
func options(runs []digest.Run) quarter.Options {
	var acts []todo.Act
	for i, item := range todo.List(runs, nil) {
		if i%3 == 0 {
			acts = append(acts, todo.Act{ID: item.ID, Do: todo.Close, At: until.AddDate(0, 0, -30+i%20), By: "ada", Text: "mended"})
		}
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return quarter.Options{
		Since: until.Add(-quarterLong), Until: until, Now: until, Zone: berlin, MaxAge: 60 * 24 * time.Hour, Items: todo.List(runs, acts),
	}
}
