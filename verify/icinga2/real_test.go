package icinga2

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/icingalab"
	"github.com/failurefriday/friday/verify"
)

// TestRealPage: a server goes away, and a real Icinga tells somebody; it comes back.
func TestRealPage(t *testing.T) {
	t.Parallel()
	web, quick := newShop(t), newShop(t)
	i := icingalab.Start(t, people+web.service("web", "")+page("web", toOncall)+quick.service("quick", "")+page("quick", toOncall))
	src := connect(t, i)
	if err := src.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	trail := src.Follow([]verify.Expectation{expects("1.1", "lab!web")})
	before := walk(t, trail, time.Time{}, "the baseline", is(verify.Collected, verify.OK))
	if open, err := src.Open(t.Context()); err != nil || len(open) != 0 || before[verify.Firing].State != verify.Waiting || before[verify.Routed].State != verify.Waiting {
		t.Fatalf("before: %+v, %v; %+v", open, err, before)
	}
	fault := time.Now()
	web.close()
	soft := walk(t, trail, fault, "SOFT", func(by hops) bool { return by[verify.Pending].Kind == "SF-09" || by[verify.Pending].State == verify.OK })
	if e := soft[verify.Pending]; e.State == verify.Waiting && !strings.Contains(e.Text, "SOFT CRITICAL since") {
		t.Errorf("%+v", e)
	}
	fired := walk(t, trail, fault, "somebody is told", is(verify.ResponderNotified, verify.OK))
	in := opened(t, src, "lab!web")
	t.Run("times", func(t *testing.T) { sameTimes(t, i, fired, in, fault) })
	t.Run("incident", func(t *testing.T) { wholeIncident(t, in) })

	web.open(t)
	over := walk(t, trail, fault, "it is over", is(verify.IncidentResolved, verify.OK))
	for hop, e := range fired {
		if hop >= verify.Pending && over[hop] != e {
			t.Errorf("what was passed is forgotten: %+v, was %+v", over[hop], e)
		}
	}
	all, err := src.Since(t.Context(), fault)
	want := stamps(t, i, "services/lab!web", "last_hard_state_change")
	if err != nil || len(all) != 1 || all[0].ID != in.ID || all[0].Status != verify.Resolved || all[0].Resolved != want[0] {
		t.Errorf("%+v, %v; want %s resolved at %s", all, err, in.ID, want)
	}
	if len(all) == 1 && !slices.Equal(all[0].Notified, in.Notified) {
		t.Errorf("notified %+v, was %+v", all[0].Notified, in.Notified)
	}
	// Whoever did not look while it was open still learns of it.
	late, err := connect(t, i).Since(t.Context(), fault)
	if err != nil || len(late) != 1 || late[0].Status != verify.Resolved || late[0].Resolved != want[0] || late[0].Opened.Before(fired[verify.Pending].At) || late[0].Severity != "critical" {
		t.Errorf("who comes late: %+v, %v", late, err)
	}
}

// sameTimes compares what was told with what Icinga itself says, and with the file that its notification command wrote.
func sameTimes(t *testing.T, i *icingalab.Icinga, fired hops, in verify.Incident, fault time.Time) {
	change := stamps(t, i, "services/lab!web", "last_state_change", "last_hard_state_change")
	sent := stamps(t, i, "notifications/lab!web!page", "last_problem_notification")[0]
	for hop, want := range map[verify.Hop]time.Time{
		verify.Pending: change[0], verify.Firing: change[1], verify.Routed: sent, verify.NotificationAccepted: sent, verify.ResponderNotified: sent,
	} {
		if e := fired[hop]; e.State != verify.OK || e.At != want || e.Source != "icinga" || e.Expectation != "1.1" {
			t.Errorf("%s: %+v, want at %s", hop, e, want)
		}
	}
	if e := fired[verify.Collected]; e.At.Before(fault) || e.At.After(sent) {
		t.Errorf("%+v; want after the fault at %s", e, fault)
	}
	if in.Opened != change[1] || len(in.Notified) != 1 || in.Notified[0] != (verify.Notification{At: sent, Who: "oncall", Channel: "log"}) {
		t.Errorf("%+v; want opened %s, notified %s", in, change[1], sent)
	}
	await(t, "the command has run", func() error {
		text, err := os.ReadFile(i.Notified)
		if err == nil && !strings.Contains(string(text), "PROBLEM lab!web oncall") {
			err = os.ErrNotExist
		}
		return err
	})
}

func wholeIncident(t *testing.T, in verify.Incident) {
	if in.Service != "Service web" || in.Severity != "critical" || in.Key != "lab!web" || in.Status != verify.Triggered || !strings.HasPrefix(in.ID, "lab!web@") {
		t.Errorf("%+v", in)
	}
	if !strings.HasPrefix(in.Title, "lab!web: connect to address 127.0.0.1") {
		t.Errorf("title %q", in.Title)
	}
	if in.Labels["host"] != "lab" || in.Labels["service"] != "web" || in.Labels["team"] != "payments" || in.Labels["db_password"] != "" {
		t.Errorf("labels %v", in.Labels)
	}
}

// TestRealMasked: a server that is well again before the problem is HARD, again and again.
func TestRealMasked(t *testing.T) {
	t.Parallel()
	web := newShop(t)
	i := icingalab.Start(t, people+web.service("web", "max_check_attempts = 30")+page("web", toOncall))
	src := connect(t, i)
	trail := src.Follow([]verify.Expectation{expects("1.1", "web")})
	walk(t, trail, time.Time{}, "the baseline", is(verify.Collected, verify.OK))
	fault := time.Now()
	for range 2 {
		web.close()
		walk(t, trail, fault, "SOFT", func(by hops) bool { return strings.Contains(by[verify.Pending].Text, "SOFT CRITICAL") })
		web.open(t)
		walk(t, trail, fault, "well again", func(by hops) bool { return strings.Contains(by[verify.Pending].Text, "says OK") })
	}
	by := walk(t, trail, fault, "it is told", is(verify.Pending, verify.Waiting))
	if e := by[verify.Pending]; e.Kind != "SF-10" || !strings.Contains(e.Text, "2 times and was well again") || by[verify.Firing].State != verify.Waiting {
		t.Errorf("%+v", by)
	}
	b := verify.BudgetOf(expects("1.1", "web"), foretold(t, src, "web"), verify.IncidentCreated)
	if b.Best.Duration() != 29*time.Second || b.Worst.Duration() < 30*time.Second || b.Worst.Duration() > 40*time.Second {
		t.Errorf("%+v", b)
	}
}

func foretold(t *testing.T, src *Source, alert string) []verify.Evidence {
	t.Helper()
	found, err := src.Trace(t.Context(), []verify.Expectation{expects("1.1", alert)})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
