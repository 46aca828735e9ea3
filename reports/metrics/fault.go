// Package metrics has the formulas by which runs are counted: rates with their intervals, percentiles that do not forget
// what never came, and the coverage of services and faults. All are pure functions of digests: no I/O, no clock. What a
// number means is in Definitions, to be shown where the number is.
package metrics

import (
	"time"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// Fault is one step of a run in which something was broken and for which at least one page was asked (a fires).
type Fault struct {
	Run, Scenario, Title, Definition, Service, Environment, Owner string

	Started time.Time // of the run
	Step    string    // its name
	Class   string    // digest.Step.Class
	// At is t_f: a look saw the fault in force. Where nobody saw that, At is when it was injected (t_c), and Estimated is set.
	At        time.Time
	Estimated bool
	Outcome   judge.Verdict // the worst verdict on its pages
	// Overturned: nobody was paged, as the judge said, and people decided later that the page had come.
	Overturned bool
	Pages      []Page

	// Of the slowest page: a fault is detected when everybody is who was to be paged.
	Detect     Took // TTD, t_i − t_f
	Notify     Took // TTN, t_u − t_f
	FaultToAck Took // t_k − t_f
	Recovery   Took // t_h − t_r; t_h − t_f if SelfHealed
	SelfHealed bool // the steady state was green before the undo
	Outage     Took // t_h − t_f

	Opened, Matched, Unexpected int         // incidents, as digest.Step counts them
	Notified                    []time.Time // notifications of these incidents
}

// Page is one fires of a fault.
type Page struct {
	Key, Text, Source    string
	Verdict              judge.Verdict
	Reason, Advice, Kind string
	Broken               *verify.Hop // the first broken hop
	HopsSeen             int         // of len(verify.Hops())
	Within               verify.Seconds
	Overturned           bool

	Detect     Took // TTD, t_i − t_f
	Notify     Took // TTN, t_u − t_f
	Ack        Took // TTA, t_k − t_i
	FaultToAck Took // t_k − t_f
	Resolve    Took // TTR, t_z − t_i
	Reset      Took // t_z − t_h; negative: resolved before the steady state was green
	Margin     Took // D − TTD; negative: late
}

// Valid reports whether the verdict says how the alerting did. UNJUDGED, VOID, INCONCLUSIVE, IMPOSSIBLE and ABORTED do not.
func Valid(v judge.Verdict) bool {
	switch v {
	case judge.Unjudged, judge.Void, judge.Inconclusive, judge.Impossible, judge.Aborted:
		return false
	default:
		return true
	}
}

// Valid reports whether the fault counts in rates and percentiles.
func (f Fault) Valid() bool { return Valid(f.Outcome) && !f.Overturned }

// Detected reports whether the fault counts as detected: PASS or NOISY.
func (f Fault) Detected() bool { return f.Outcome == judge.Pass || f.Outcome == judge.Noisy }

// Of returns the faults of a run, in the order of its steps; a negative control has none. Overturned says of which results,
// by the id of the run and digest.Result.Key, people decided that the page had come after all; nil: of none.
func Of(run digest.Run, overturned func(run, key string) bool) []Fault {
	if run.Control {
		return nil
	}
	var faults []Fault
	for _, s := range run.Steps {
		if broken(s) && asks(s) {
			faults = append(faults, faultOf(run, s, overturned))
		}
	}
	return faults
}

// broken reports whether something was broken in the step.
func broken(s digest.Step) bool { return !s.Issued.IsZero() || !s.InForce.IsZero() }

// asks reports whether somebody was to be paged.
func asks(s digest.Step) bool {
	for _, x := range s.Results {
		if !x.MustNot {
			return true
		}
	}
	return false
}

func faultOf(run digest.Run, s digest.Step, overturned func(run, key string) bool) Fault {
	f := Fault{
		Run: run.ID, Scenario: run.Scenario, Title: run.Title, Definition: run.Definition, Service: run.Service,
		Environment: run.Environment, Owner: run.Owner, Started: run.Started, Step: s.Name, Class: s.Class(), At: s.InForce,
		Opened: s.Opened, Matched: s.Matched, Unexpected: s.Unexpected, Notified: s.Notified,
	}
	if f.At.IsZero() {
		f.At, f.Estimated = s.Issued, true
	}
	var verdicts []judge.Verdict
	silence := false // that was one
	for _, x := range s.Results {
		if x.MustNot {
			continue
		}
		p := pageOf(x, f.At, s.Healthy, x.Verdict == judge.Silent && overturned != nil && overturned(run.ID, x.Key))
		verdicts = append(verdicts, x.Verdict)
		silence = silence || x.Verdict == judge.Silent && !p.Overturned
		f.Pages = append(f.Pages, p)
	}
	f.Outcome = judge.Worst(verdicts...)
	f.Overturned = f.Outcome == judge.Silent && !silence
	f.Detect = slowest(f.Pages, func(p Page) Took { return p.Detect })
	f.Notify = slowest(f.Pages, func(p Page) Took { return p.Notify })
	f.FaultToAck = slowest(f.Pages, func(p Page) Took { return p.FaultToAck })
	f.recover(s)
	return f
}

// recover works out how long it took until the steady state was back.
func (f *Fault) recover(s digest.Step) {
	f.Outage = between(f.At, s.Healthy)
	switch {
	case s.Healthy.IsZero() && s.Unhealthy != "":
		f.Recovery = never(s.HoldEnd, s.Ended)
		f.Outage = never(f.At, s.Ended)
	case s.HoldEnd.IsZero():
	case !s.Healthy.IsZero() && s.Healthy.Before(s.HoldEnd):
		f.Recovery, f.SelfHealed = f.Outage, true
	default:
		f.Recovery = between(s.HoldEnd, s.Healthy)
	}
}

func pageOf(x digest.Result, fault, healthy time.Time, overturned bool) Page {
	p := Page{
		Key: x.Key, Text: x.Text, Source: x.Source, Verdict: x.Verdict, Reason: x.Reason, Advice: x.Advice, Kind: x.Kind,
		Broken: x.Broken, HopsSeen: x.HopsSeen, Within: x.Within, Overturned: overturned,
	}
	if !Valid(x.Verdict) || overturned {
		return p // nothing is known of its times
	}
	if x.Detected.IsZero() {
		gone := never(fault, x.Observed)
		p.Detect, p.Notify, p.Ack, p.FaultToAck, p.Resolve = gone, gone, gone, gone, gone
		return p
	}
	p.Detect = positive(between(fault, x.Detected))
	p.Notify = positive(between(fault, x.Notified))
	p.Ack = positive(between(x.Detected, x.Acknowledged))
	p.FaultToAck = positive(between(fault, x.Acknowledged))
	p.Resolve = positive(between(x.Detected, x.Resolved))
	p.Reset = between(healthy, x.Resolved)
	if x.Within > 0 && p.Detect.Measured() {
		p.Margin = Took{Exactly, x.Within.Duration() - p.Detect.For}
	}
	if x.Notified.IsZero() && tells(x, verify.ResponderNotified) {
		p.Notify = never(fault, x.Observed)
	}
	if x.Acknowledged.IsZero() && tells(x, verify.IncidentAcknowledged) {
		until := x.Observed
		if !x.Resolved.IsZero() {
			until = x.Resolved // nobody acknowledges what is closed
		}
		p.Ack, p.FaultToAck = never(x.Detected, until), never(fault, until)
	}
	if x.Resolved.IsZero() && tells(x, verify.IncidentResolved) {
		p.Resolve = never(x.Detected, x.Observed)
	}
	return p
}

// tells reports whether it would have been seen had the page come past the hop: that it was not is then known.
func tells(x digest.Result, hop verify.Hop) bool {
	if x.Broken != nil && *x.Broken == hop {
		return true
	}
	for _, h := range x.Tells {
		if h == hop {
			return true
		}
	}
	return false
}
