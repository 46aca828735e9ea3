package judge

import (
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
)

// tie is what the watcher shares with the target.
var tie = verify.Fate{Step: 1, Target: "checkout (pid 7)", Shares: "process group", Detail: "both are kept by super (pid 3)", Dies: true}

// itself is a watcher that is a target.
var itself = verify.Fate{Step: 1, Target: "check (pid 8)", Shares: verify.SharesProcess, Detail: "check (pid 8) is the target itself", Dies: true}

// TestWatchers tells the lives of a watcher during a page that never came, and what they explain.
func TestWatchers(t *testing.T) {
	beat := func(s *story, at float64, ok bool, subject string) { s.pulse(at, verify.Watcher, "check", ok, subject) }
	for name, c := range map[string]struct {
		fates  []verify.Fate
		before func(*story) // the fault
		during func(*story)
		kind   string
		hop    verify.Hop
		reason string
		says   string
		blind  bool
	}{
		"died with its target": {
			[]verify.Fate{tie},
			func(s *story) { beat(s, 2, true, "8") }, func(s *story) { beat(s, 5.3, false, "") },
			"SF-01", verify.Collected, "check died 300ms after checkout (pid 7) (same process group): nobody was left to notice | both are kept by super (pid 3)", "died 300ms after", false,
		},
		"died of something unknown": {
			nil, func(s *story) { beat(s, 2, true, "8") }, func(s *story) { beat(s, 5.05, false, "") },
			"SF-02", verify.Collected, "check died together with checkout (pid 7)", "died 50ms after", false,
		},
		"attacked itself": {
			[]verify.Fate{itself},
			func(s *story) { beat(s, 2, true, "8") }, func(s *story) { beat(s, 5.3, false, "") },
			"SF-01", verify.Collected, "check was itself attacked (check (pid 8))", "was itself attacked", false,
		},
		"hit with all the others": {
			[]verify.Fate{itself}, func(s *story) { beat(s, 2, true, "8") }, func(s *story) {
				beat(s, 5.3, false, "")
				for _, kind := range []verify.Type{verify.FaultMade, verify.FaultLook} {
					s.add(5.4, verify.Event{Type: kind, Step: 1, Fault: &verify.FaultEvent{ID: "1.1.2", Target: "check (pid 8)", Active: true}})
				}
			}, "SF-02", verify.Collected, "check was hit by the same fault as what it watches (check (pid 8))", "was itself attacked", false,
		},
		"died again and again": {
			[]verify.Fate{tie}, func(s *story) { beat(s, 2, true, "8") }, func(s *story) {
				beat(s, 5.3, false, "")
				beat(s, 8, true, "9")
				beat(s, 8.5, false, "")
			}, "SF-01", verify.Collected, "check died 2 times in all", "2 times in all", false,
		},
		"alive and blind": {
			[]verify.Fate{tie},
			func(s *story) { beat(s, 2, true, "8") }, func(s *story) { beat(s, 7, true, "8") },
			"", verify.IncidentCreated, "check was alive all the time, and blind", "blind", true,
		},
		"back in time": {
			[]verify.Fate{tie}, func(s *story) { beat(s, 2, true, "8") }, func(s *story) {
				beat(s, 5.3, false, "")
				beat(s, 6, true, "9")
			}, "", verify.IncidentCreated, "died and was back before the page was due", "was back before the revert", false,
		},
		"dead most of the time": {
			[]verify.Fate{tie}, func(s *story) { beat(s, 2, true, "8") }, func(s *story) {
				beat(s, 5.3, false, "")
				beat(s, 14, true, "9")
			}, "SF-01", verify.Collected, "check died 300ms after", "was back before the revert", false,
		},
		"dead all along": {
			[]verify.Fate{tie},
			func(s *story) { beat(s, 2, false, "") }, func(s *story) { beat(s, 7, false, "") },
			"", verify.Collected, "check was dead before anything was broken", "was dead before", false,
		},
		"died after the deadline": {
			[]verify.Fate{tie},
			func(s *story) { beat(s, 2, true, "8") }, func(s *story) { beat(s, 15.5, false, "") },
			"", verify.IncidentCreated, "and blind", "died 11s after", false,
		},
		"restarted between two looks": {
			nil, func(s *story) { beat(s, 2, true, "8") }, func(s *story) { beat(s, 7, true, "9") },
			"", verify.IncidentCreated, "blind", "restarted, and blind", true,
		},
		"out of sight": {
			[]verify.Fate{tie}, func(*story) {}, func(s *story) {
				s.add(5.3, verify.Event{Type: verify.PulseTaken, Step: 1, Error: "eperm", Pulse: &verify.PulseEvent{Role: verify.Watcher, Name: "check"}})
			}, "", verify.IncidentCreated, "whether check lived could not be seen", "could not be looked at", false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(expectCheckout()).watched(c.fates...).begin()
			c.before(s)
			c.during(s.breaks())
			rec, res := judged(t, s.poll(16, "").ends())
			if res.Verdict != Silent || res.Kind != c.kind || res.Broken == nil || res.Broken.Hop != c.hop || !strings.Contains(res.Reason+" | "+res.Broken.Answer, c.reason) {
				t.Errorf("got %s %s, broken %v: %s", res.Verdict, res.Kind, res.Broken, res.Reason)
			}
			w := rec.Watchers[0].Steps[0]
			if !strings.Contains(w.Says, c.says) || w.Blind != c.blind {
				t.Errorf("blind %t, says %q", w.Blind, w.Says)
			}
		})
	}
}

func TestLifeOfAWatcher(t *testing.T) {
	s := tell(expectCheckout()).watched(tie).begin().pulse(2, verify.Watcher, "check", true, "check (pid 8)").breaks().
		pulse(5.3, verify.Watcher, "check", false, "").poll(16, "").mends().
		pulse(25.5, verify.Watcher, "check", true, "check (pid 9)").over(60)
	rec, _ := judged(t, s)
	w := rec.Watchers[0].Steps[0]
	if w.Before != Alive || w.During != Dead || w.After != Alive || !w.Died.Equal(s.at(5.3)) || !w.Back.Equal(s.at(25.5)) || !w.Restarted ||
		w.AfterTarget == nil || *w.AfterTarget != seconds(0.3) {
		t.Errorf("%+v", w)
	}
	if !strings.Contains(w.Says, "came back 500ms after the revert") {
		t.Error(w.Says)
	}
}

// TestALifeAStep: what happened in another step is told there.
func TestALifeAStep(t *testing.T) {
	s := tell(expectCheckout()).watched(tie).begin().pulse(2, verify.Watcher, "check", true, "").breaks().
		pulse(5.3, verify.Watcher, "check", false, "").poll(16, "").mends().stepOver(60)
	s.next(expectCheckout()).pulse(2, verify.Watcher, "check", true, "").breaks().pulse(7, verify.Watcher, "check", true, "")
	rec, _ := judged(t, s.poll(16, "").ends())
	first, second := rec.Watchers[0].Steps[0], rec.Watchers[0].Steps[1]
	if first.During != Dead || first.After != Dead || second.During != Alive || second.Died != (time.Time{}) || !second.Blind {
		t.Errorf("first %+v, second %+v", first, second)
	}
}

// TestOneWatcherIsEnough: a death explains nothing while another one lived.
func TestOneWatcherIsEnough(t *testing.T) {
	s := tell(expectCheckout()).watched(tie)
	s.plan.Watchers = append(s.plan.Watchers, verify.WatcherPlan{Name: "outside"})
	s.begin().pulse(2, verify.Watcher, "check", true, "").pulse(2, verify.Watcher, "outside", true, "").breaks().
		pulse(5.3, verify.Watcher, "check", false, "").pulse(9, verify.Watcher, "outside", true, "")
	_, res := judged(t, s.poll(16, "").ends())
	if res.Kind == "SF-01" || !strings.Contains(res.Reason, "outside was alive all the time, and blind; check was dead") {
		t.Errorf("%s: %s", res.Kind, res.Reason)
	}
}

func TestNoWatcher(t *testing.T) {
	_, res := judged(t, tell(expectCheckout()).begin().breaks().poll(16, "").ends())
	if !strings.Contains(res.Reason, "no watcher is declared") || !strings.Contains(res.Broken.Text, "signal emitted, collected") {
		t.Errorf("%s; %s", res.Reason, res.Broken.Text)
	}
}

// TestBlindOnlyForAPage: a watcher has done its part once the incident is open.
func TestBlindOnlyForAPage(t *testing.T) {
	s := tell(with(func(e *verify.Expectation) { e.Notified = seconds(10) })).watched().begin().pulse(2, verify.Watcher, "check", true, "").breaks()
	rec, res := judged(t, s.page(7, nil).poll(16, "").ends())
	if res.Verdict != Silent || rec.Watchers[0].Steps[0].Blind {
		t.Errorf("%s, and the watcher is blamed: %t", res.Verdict, rec.Watchers[0].Steps[0].Blind)
	}
}
