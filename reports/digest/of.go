package digest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// Of makes the digest of a record. It is a pure function.
func Of(r judge.Record) Run {
	run := Run{
		ID: r.Run.ID, Scenario: r.Run.Scenario, Title: r.Run.Title, Service: r.Run.Service, Owner: r.Run.Owner,
		Environment: r.Run.Environment, Host: r.Run.Host, User: r.Run.User, File: r.Run.File, Definition: r.Run.Definition,
		Control: r.Run.Control, Verdict: r.Verdict, Summary: r.Summary, Restored: r.Restored, Started: r.Started, Finished: r.Finished,
	}
	for _, left := range r.Residue {
		run.Residue = append(run.Residue, fmt.Sprintf("%s on %s: %s", left.Fault, left.Target, left.Why))
	}
	seen := map[string]int{}
	for _, s := range r.Steps {
		run.Steps = append(run.Steps, stepOf(r, s, seen))
	}
	for _, w := range r.Watchers {
		run.lives(w)
	}
	return run
}

// lives tells the deaths of a watcher from the steps that it came through.
func (run *Run) lives(w judge.Watcher) {
	for _, s := range w.Steps {
		if s.Before != judge.Alive {
			continue
		}
		if s.During == judge.Dead {
			target := slices.ContainsFunc(w.Fates, func(f verify.Fate) bool { return f.Step == s.Step && f.Shares == verify.SharesProcess })
			run.Watchers = append(run.Watchers, Watcher{Name: w.Name, Step: s.Step, Canary: w.Canary, Target: target, Says: s.Says})
			continue
		}
		for i := range run.Steps {
			if run.Steps[i].Index == s.Step && s.During == judge.Alive {
				run.Steps[i].Alive = append(run.Steps[i].Alive, w.Name)
			}
		}
	}
}

func stepOf(r judge.Record, s judge.Step, seen map[string]int) Step {
	step := Step{
		Index: s.Index, Name: s.Name, Verdict: s.Verdict, InForce: s.InForce, HoldEnd: s.HoldEnd, Healthy: s.Healthy,
		Ended: s.Ended, Unhealthy: s.Unhealthy,
	}
	for _, f := range s.Faults {
		step.Faults = append(step.Faults, Fault{f.Kind, f.Target})
		if !f.Injected.IsZero() && (step.Issued.IsZero() || f.Injected.Before(step.Issued)) {
			step.Issued = f.Injected
		}
	}
	for _, x := range s.Results {
		step.Results = append(step.Results, resultOf(r, s, x, seen))
	}
	step.count(r, s)
	return step
}

func resultOf(r judge.Record, s judge.Step, x judge.Result, seen map[string]int) Result {
	out := Result{
		ID: x.ID, Text: x.Text, Source: x.Source, Alert: x.Alert, Line: x.Line, MustNot: x.MustNot, Within: x.Within,
		Verdict: x.Verdict, Reason: x.Reason, Advice: x.Advice, Kind: x.Kind,
		Detected: x.Detected, Notified: x.Notified, Acknowledged: x.Acknowledged, Resolved: x.Resolved, Observed: observed(r, s),
	}
	out.Service, _ = x.Match.Service.Exact()
	key := Key(s.Name, x.Expectation)
	seen[key]++
	if n := seen[key]; n > 1 {
		key = fmt.Sprintf("%s-%d", key, n)
	}
	out.Key = key
	if x.Broken != nil {
		hop := x.Broken.Hop
		out.Broken = &hop
		if out.Advice == "" {
			out.Advice = x.Broken.Advice
		}
	}
	for _, e := range x.Hops {
		if e.State != verify.Unknown {
			out.HopsSeen++
		}
		if e.State != verify.OK {
			continue
		}
		switch e.Hop {
		case verify.Firing:
			out.Alerted, out.Fired = e.At, true
		case verify.NotificationAccepted:
			out.Accepted = e.At
		default:
		}
	}
	for _, src := range r.Sources {
		if src.Name != x.Source {
			continue
		}
		for _, h := range src.Sees {
			if h > verify.IncidentCreated {
				out.Tells = append(out.Tells, h)
			}
		}
	}
	for _, p := range r.Pages {
		if !slices.Contains(x.Matched, p.ID) {
			continue
		}
		out.Names = appendNew(out.Names, p.Labels["alertname"], p.Title)
		out.Services = appendNew(out.Services, p.Service)
	}
	return out
}

// observed is until when the sources of a step were looked at.
func observed(r judge.Record, s judge.Step) time.Time {
	for _, at := range []time.Time{s.Ended, s.HoldEnd, r.Finished} {
		if !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}

// count tells the incidents of a step apart.
func (step *Step) count(r judge.Record, s judge.Step) {
	if s.InForce.IsZero() {
		return
	}
	end := observed(r, s)
	for _, p := range r.Pages {
		if p.Opened.Before(s.InForce) || p.Opened.After(end) || !watched(s, p) {
			continue
		}
		step.Opened++
		if asked(s, p) {
			step.Matched++
		} else {
			step.Unexpected++
		}
		for _, n := range p.Notified {
			step.Notified = append(step.Notified, n.At)
		}
	}
	slices.SortFunc(step.Notified, time.Time.Compare)
}

// asked reports whether a fires of the step asked for the incident and no must_not_fire forbids it.
func asked(s judge.Step, p verify.Incident) bool {
	wanted := false
	for _, x := range s.Results {
		if slices.Contains(x.Matched, p.ID) {
			if x.MustNot {
				return false
			}
			wanted = true
		}
	}
	return wanted
}

// watched reports whether an expectation of the step is about the incident's service, on its source.
func watched(s judge.Step, p verify.Incident) bool {
	return slices.ContainsFunc(s.Results, func(x judge.Result) bool {
		return (x.Source == "" || x.Source == p.Source) && (x.Match.Service.Empty() || x.Match.Service.Match(p.Service))
	})
}

// Key names what an expectation asks for, the same in all runs of all versions of a scenario in which it stands.
func Key(step string, want verify.Expectation) string {
	text, err := json.Marshal([]any{step, want.Source, want.MustNot, want.Match, want.Alert})
	if err != nil { // patterns and strings can always be written
		panic(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}

func appendNew(to []string, all ...string) []string {
	for _, s := range all {
		if s != "" && !slices.Contains(to, s) {
			to = append(to, s)
		}
	}
	return to
}
