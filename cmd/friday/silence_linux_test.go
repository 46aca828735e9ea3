package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// silences are the kinds of silent failure that are played for real: what the broken configuration must lead to, and the
// hop at which the page is lost. With the fixed one each must pass.
var silences = []struct {
	name    string
	verdict judge.Verdict
	kind    string
	hop     verify.Hop
}{
	{"sf-01-co-mingled", judge.Silent, "SF-01", verify.Collected},
	{"sf-02-shared-fate", judge.Silent, "SF-02", verify.HandedToRouter},
	{"sf-03-stalled-engine", judge.Silent, "SF-03", verify.RuleEvaluated},
	{"sf-04-no-data", judge.Silent, "SF-04", verify.Collected},
	{"sf-05-stale-green", judge.Silent, "SF-05", verify.SignalEmitted},
	{"sf-06-never-fires", judge.Silent, "SF-06", verify.RuleEvaluated},
	{"sf-07-evaluation-error", judge.Silent, "SF-07", verify.RuleEvaluated},
	{"sf-08-diluted", judge.Silent, "SF-08", verify.Pending},
	{"sf-09-too-slow", judge.Late, "SF-09", verify.Pending},
	{"sf-10-masked-by-restarts", judge.Silent, "SF-10", verify.Firing},
	{"sf-11-router-unreachable", judge.Silent, "SF-11", verify.HandedToRouter},
	{"sf-12-forgotten-silence", judge.Silent, "SF-12", verify.Routed},
	{"sf-13-inhibited", judge.Silent, "SF-13", verify.Routed},
	{"sf-14-muted-by-calendar", judge.Silent, "SF-14", verify.Routed},
	{"sf-15-misrouted", judge.Silent, "SF-15", verify.Routed},
	{"sf-16-rejected", judge.Silent, "SF-16", verify.NotificationAccepted},
	{"sf-17-deduplicated", judge.Silent, "SF-17", verify.IncidentCreated},
	{"sf-21-false-recovery", judge.FalseRecovery, "SF-21", verify.IncidentResolved},
	{"sf-22-stuck-open", judge.Stuck, "SF-22", verify.IncidentResolved},
	{"sf-23-wrong-alert", judge.Wrong, "SF-23", verify.IncidentCreated},
	{"sf-24-storm", judge.Noisy, "SF-24", verify.IncidentCreated},
	{"sf-28-void", judge.Void, "SF-28", verify.FaultEffective},
	{"sf-29-blind-runner", judge.Inconclusive, "SF-29", verify.FaultEffective},
}

// worldsAtOnce bounds how many worlds, of several servers each, there are at a time.
const worldsAtOnce = 4

// TestSilences plays every kind with its broken and with its fixed configuration, on real monitoring.
func TestSilences(t *testing.T) {
	t.Parallel()
	places := make(chan struct{}, worldsAtOnce)
	var all sync.WaitGroup
	for _, c := range silences {
		all.Go(func() {
			played(t, places, c.name, "broken", func(t *testing.T, r judge.Result) {
				if r.Verdict != c.verdict || r.Kind != c.kind {
					t.Errorf("%s %s, want %s %s: %s", r.Verdict, r.Kind, c.verdict, c.kind, r.Reason)
				}
				if r.Verdict.Class() == judge.Failed && (r.Broken == nil || r.Broken.Hop != c.hop) {
					t.Errorf("broken at %+v, want %s", r.Broken, c.hop)
				}
			})
		})
		all.Go(func() {
			played(t, places, c.name, "fixed", func(t *testing.T, r judge.Result) {
				if r.Verdict != judge.Pass {
					t.Errorf("%s %s, want PASS: %s", r.Verdict, r.Kind, r.Reason)
				}
			})
		})
	}
	all.Wait()
}

// played plays a scenario in a world of its own, once there is a place for it, and hands over its result.
func played(t *testing.T, places chan struct{}, name, variant string, check func(*testing.T, judge.Result)) {
	t.Run(name+"/"+variant, func(t *testing.T) {
		places <- struct{}{}
		defer func() { <-places }()
		s := newSilence(t, name, variant)
		s.raise()
		s.write("friday.yaml", s.real()["friday.yaml"])
		_, out := s.run(append([]string{"run", "--yes", "--plain", s.write("scenario.yaml", s.scenario)}, s.vars()...)...)
		r := s.latest(out)
		if len(r.Steps) != 1 || len(r.Steps[0].Results) != 1 {
			t.Fatalf("%s: %s\n%s", r.Verdict, r.Summary, out)
		}
		check(t, r.Steps[0].Results[0])
		if t.Failed() {
			t.Logf("%s", out)
		}
	})
}

// latest reads the record of the only run.
func (s *silence) latest(out string) (r judge.Record) {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.state(), "runs", "*", "record.json"))
	if err != nil || len(files) != 1 {
		s.t.Fatalf("%d records, %v\n%s", len(files), err, out)
	}
	data, err := os.ReadFile(files[0])
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(data)).Decode(&r)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}
