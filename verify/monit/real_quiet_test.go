package monit

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/monitlab"
	"github.com/failurefriday/friday/verify"
)

// TestRealCycles: a test that fails, and not yet for as long as Monit waits.
func TestRealCycles(t *testing.T) {
	t.Parallel()
	web := newShop(t)
	m := monitlab.Start(t, checkOf("web", web, "for 5 cycles"))
	src := real(t, m, 5)
	expected := []verify.Expectation{expects("1.1", "web")}
	foretold, err := src.Trace(t.Context(), expected)
	if err != nil {
		t.Fatal(err)
	}
	b := verify.BudgetOf(expected[0], foretold, verify.IncidentCreated)
	if b.Best.Duration() != 4*time.Second || b.Worst.Duration() != 5*time.Second {
		t.Errorf("budget %+v", b)
	}
	trail := src.Follow(expected)
	walk(t, trail, time.Time{}, "the baseline", passed(verify.Collected))
	fault := time.Now()
	web.close()
	soft := walk(t, trail, fault, "the test fails", func(by hops) bool { return by[verify.Pending].Kind == "SF-09" })
	if e := soft[verify.Pending]; e.State != verify.Waiting || !strings.Contains(e.Text, "the connection to") {
		t.Errorf("%+v", e)
	}
	fired := walk(t, trail, fault, "it fires", passed(verify.Firing))
	if took := fired[verify.Firing].At.Sub(fault); took < 3*time.Second { // a cycle may be a little shorter than a second
		t.Errorf("fired after %s, and the budget says %s at best", took, b.Best)
	}
}

// TestRealComesAndGoes: a server that is well again before Monit alerts, again and again.
func TestRealComesAndGoes(t *testing.T) {
	t.Parallel()
	web := newShop(t)
	m := monitlab.Start(t, checkOf("web", web, "for 10 cycles"))
	src := real(t, m, 10)
	trail := src.Follow([]verify.Expectation{expects("1.1", "web")})
	walk(t, trail, time.Time{}, "the baseline", passed(verify.Collected))
	fault := time.Now()
	for range 2 {
		web.close()
		walk(t, trail, fault, "the test fails", func(by hops) bool { return strings.Contains(by[verify.Pending].Text, "connection") })
		web.open(t)
		walk(t, trail, fault, "it is well", func(by hops) bool { return !strings.Contains(by[verify.Pending].Text, "connection") })
	}
	by := walk(t, trail, fault, "it is told", func(by hops) bool { return by[verify.Pending].Kind == "SF-10" })
	if e := by[verify.Pending]; e.State != verify.Waiting || !strings.Contains(e.Text, "well again 2 times") || by[verify.Firing].State != verify.Waiting {
		t.Errorf("%+v", by)
	}
}

// TestRealGivesUp: after too many restarts Monit looks at the service no more.
func TestRealGivesUp(t *testing.T) {
	t.Parallel()
	m := monitlab.Start(t, `check process worker with pidfile ${DIR}/worker.pid
    start program = "/bin/true" with timeout 1 seconds
    stop program = "/bin/true"
    if 2 restarts within 5 cycles then unmonitor
`)
	src := real(t, m, 1)
	trail := src.Follow([]verify.Expectation{expects("1.1", "worker")})
	by := walk(t, trail, time.Time{}, "it gives up", func(by hops) bool { return by[verify.Collected].State == verify.Broken })
	if e := by[verify.Collected]; e.Kind != "SF-10" || !strings.Contains(e.Text, "worker is not monitored") {
		t.Errorf("%+v", e)
	}
	found, err := src.Audit(t.Context())
	if err != nil || len(found) != 1 || found[0].Kind != "SF-10" || found[0].Check != "not-monitored" || found[0].Subject != "service worker" {
		t.Errorf("%+v, %v", found, err)
	}
	traced, err := src.Trace(t.Context(), []verify.Expectation{expects("1.1", "worker"), expects("1.2", "wroker")})
	if err != nil || traced[0].State != verify.Broken || traced[0].Kind != "SF-10" {
		t.Errorf("%+v, %v", traced, err)
	}
	last := traced[len(traced)-1]
	if last.Expectation != "1.2" || last.Kind != "SF-25" || !strings.Contains(last.Advice, `did you mean "worker"?`) {
		t.Errorf("%+v", last)
	}
}

// TestRealForgetting: a service that is not monitored any more has lost its status, which is no recovery.
func TestRealForgetting(t *testing.T) {
	t.Parallel()
	web := newShop(t)
	m := monitlab.Start(t, checkOf("web", web, ""))
	src := real(t, m, 1)
	web.close()
	var open []verify.Incident
	await(t, "it is open", func() (err error) {
		if open, err = src.Open(t.Context()); err != nil || len(open) != 1 {
			return fmt.Errorf("%v, %w", open, err)
		}
		return nil
	})
	m.Do(t, "unmonitor", "web")
	await(t, "it is not monitored", func() error {
		now, err := src.read(t.Context())
		if err != nil {
			return err
		}
		for _, v := range now.Services {
			if v.Name == "web" && *v.Monitored == notMonitored && !v.failed() {
				return nil
			}
		}
		return fmt.Errorf("%+v", now.Services)
	})
	if still, err := src.Open(t.Context()); err != nil || len(still) != 1 || still[0].ID != open[0].ID {
		t.Errorf("%+v, %v; want what was open", still, err)
	}
}

// TestRealStall: Monit checks one after the other, so one check that hangs holds all of them up.
func TestRealStall(t *testing.T) {
	t.Parallel()
	web := newShop(t)
	m := monitlab.Start(t, checkOf("web", web, ""))
	src := real(t, m, 1)
	trail := src.Follow([]verify.Expectation{expects("1.1", "web")})
	walk(t, trail, time.Time{}, "the baseline", passed(verify.Collected))
	web.hangs.Store(true)
	by := walk(t, trail, time.Now(), "it is late", func(by hops) bool { return by[verify.Collected].State == verify.Broken })
	if e := by[verify.Collected]; e.Kind != "SF-03" || !strings.Contains(e.Text, "although it is due every 1s") {
		t.Errorf("%+v", e)
	}
}
