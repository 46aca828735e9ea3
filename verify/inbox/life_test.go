package inbox

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// ladder has two levels, Ada for ten minutes and then Grace for five; Grace has a telephone.
func ladder() Config {
	return Config{
		Users:    []User{{Name: "Ada", OnCall: true}, {Name: "Grace", Phone: "+1 555 0100", OnCall: true}, {Name: "Linus"}},
		Policies: []Policy{{Name: "Ladder", Levels: []Level{{Delay: 10 * time.Minute, Users: []string{"Ada", "Linus"}}, {Delay: 5 * time.Minute, Users: []string{"Grace"}}}}},
		Services: []Service{{Name: "checkout"}},
	}
}

func wantLog(t *testing.T, s *Server, want ...string) {
	t.Helper()
	if got := logOf(t, s, onlyIncident(t, s).ID); !slices.Equal(got, want) {
		t.Errorf("log:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// climbed is the log of an incident that nobody took.
var climbed = []string{
	"trigger: Triggered through the API", "assign: Assigned to Ada", "notify: Notified Ada by email",
	"escalate: Escalated to Grace", "notify: Notified Grace by email", "notify: Notified Grace by phone",
	"exhaust_escalation_path: Nobody acknowledged: the escalation policy is at its end",
}

func TestEscalationClimbsAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mustNew(t, ladder(), Env{})
		send(t, s, trigger())
		wantLog(t, s, climbed[:3]...)
		if p := onlyIncident(t, s).Pending; len(p) != 1 || p[0].Type != "escalate" || p[0].At != *stamp(time.Now().Add(10 * time.Minute)) {
			t.Errorf("pending %+v", p)
		}
		pass(10*time.Minute - time.Nanosecond)
		wantLog(t, s, climbed[:3]...)
		pass(time.Nanosecond)
		wantLog(t, s, climbed[:6]...)
		if a := onlyIncident(t, s).Assignments; len(a) != 1 || a[0].Assignee.Summary != "Grace" {
			t.Errorf("assigned to %+v", a)
		}
		pass(5 * time.Minute)
		wantLog(t, s, climbed...)
		pass(24 * time.Hour)
		wantLog(t, s, climbed...)
		if in := onlyIncident(t, s); in.Status != triggered || len(in.Pending) != 0 {
			t.Errorf("at the end: %+v", in)
		}
	})
}

// pass lets time go by and all that is due happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestAcknowledgeStopsEscalation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mustNew(t, ladder(), Env{})
		send(t, s, trigger())
		pass(9 * time.Minute)
		send(t, s, act("acknowledge", "k1"))
		pass(time.Hour)
		wantLog(t, s, append(slices.Clone(climbed[:3]), "acknowledge: Acknowledged by checkout")...)
		if in := onlyIncident(t, s); len(in.Acks) != 1 || len(in.Pending) != 0 {
			t.Errorf("%+v", in)
		}
	})
}

func TestResolveStopsEscalation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mustNew(t, ladder(), Env{})
		send(t, s, trigger())
		send(t, s, act("resolve", "k1"))
		pass(time.Hour)
		wantLog(t, s, append(slices.Clone(climbed[:3]), "resolve: Resolved by checkout")...)
		if in := onlyIncident(t, s); in.Status != resolved || len(in.Assignments) != 0 {
			t.Errorf("%+v", in)
		}
	})
}

func TestLowUrgencyStaysWithTheFirstLevel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mustNew(t, ladder(), Env{})
		send(t, s, trigger("payload.severity", "info"))
		pass(time.Hour)
		wantLog(t, s, climbed[:3]...)
	})
}

func TestResponderAcknowledgesAfterItsDelay(t *testing.T) {
	for who, at := range map[string]time.Duration{"": time.Minute, "Ada": time.Minute, "Grace": 11 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			c := ladder()
			c.Responder = Responder{After: time.Minute, Who: who}
			s := mustNew(t, c, Env{})
			send(t, s, trigger())
			pass(at - time.Nanosecond)
			if in := onlyIncident(t, s); in.Status != triggered {
				t.Errorf("responder %q was too early: %+v", who, in)
			}
			pass(time.Nanosecond)
			want := who
			if who == "" {
				want = "Ada"
			}
			if in := onlyIncident(t, s); in.Status != acknowledged || in.Acks[0].Acknowledger.Summary != want {
				t.Errorf("responder %q: %+v", who, in)
			}
		})
	}
}

func TestResponderDoesNotReopen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := ladder()
		c.Responder = Responder{After: time.Minute}
		s := mustNew(t, c, Env{})
		send(t, s, trigger())
		send(t, s, act("resolve", "k1"))
		pass(time.Hour)
		if in := onlyIncident(t, s); in.Status != resolved {
			t.Errorf("%+v", in)
		}
	})
}

func TestCloseStopsTheClocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mustNew(t, ladder(), Env{})
		send(t, s, trigger())
		s.Close()
		s.Close()
		send(t, s, trigger("dedup_key", "k2"))
		pass(time.Hour)
		for _, in := range incidents(t, s, "") {
			if log := logOf(t, s, in.ID); !slices.Equal(log, climbed[:3]) {
				t.Errorf("after Close: %q", log)
			}
		}
	})
}

func TestNobodyOnCallNotifiesNobody(t *testing.T) {
	c := ladder()
	c.Policies = []Policy{{Name: "Empty", Levels: []Level{{Users: []string{"Linus"}}}}}
	s := mustNew(t, c, Env{})
	send(t, s, trigger())
	wantLog(t, s, "trigger: Triggered through the API", "assign: Assigned to nobody: no one is on call")
}
