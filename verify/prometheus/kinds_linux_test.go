package prometheus

import (
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/lab"
	"github.com/failurefriday/friday/verify"
)

func TestNoSuchRule(t *testing.T) {
	t.Parallel()
	x := newToy(t)
	prom := world(t, x, "", `alert: CheckoutDown, expr: "up == 0"`)
	w := follow(t, source(t, Params{}, prom.URL), expect("ChekoutDown"))
	w.says(w.until(verify.RuleEvaluated, verify.Broken, "SF-25"), "no rule is loaded", `did you mean "CheckoutDown"?`)
}

func TestRuleThatCannotBeEvaluated(t *testing.T) {
	t.Parallel()
	x := newToy(t)
	x.set(`a{i="1"}`, 1)
	x.set(`a{i="2"}`, 1)
	prom := world(t, x, "", `alert: Odd, expr: "(a + on(job) group_left a) > 0.5"`)
	w := follow(t, source(t, Params{}, prom.URL), expect("Odd"))
	w.says(w.until(verify.RuleEvaluated, verify.Broken, "SF-07"), "found duplicate series")
	w.says(w.until(verify.HandedToRouter, verify.Broken, "SF-11"), "no Alertmanager")
}

func TestSelectorThatNeverMatched(t *testing.T) {
	t.Parallel()
	x := newToy(t)
	x.set("errors", 0)
	prom := world(t, x, "", `alert: Errors, expr: "errors{job=\"api-server\"} > 1"`)
	w := follow(t, source(t, Params{}, prom.URL), expect("Errors"))
	prom.Settle(t)
	w.until(verify.RuleEvaluated, verify.Broken, "SF-06")
	w.look()
	w.says(w.until(verify.RuleEvaluated, verify.Broken, "SF-06"), `job="api-server"`, `there is "api"`)
}

func TestNoDataIsNoAlert(t *testing.T) {
	t.Parallel()
	x := newToy(t)
	x.set("errors", 0)
	prom := world(t, x, "", `alert: Errors, expr: "errors > 1"`)
	w := follow(t, source(t, Params{}, prom.URL), expect("Errors"))
	w.until(verify.Collected, verify.OK, "")
	x.kill(true)
	w.fault = time.Now()
	e := w.until(verify.Collected, verify.Broken, "SF-04")
	w.says(e, "errors has no series since", "of job api cannot be scraped", "500", "no rule looks at up")
	if off := e.At.Sub(w.fault); off > 2*time.Second || off < -3*time.Second {
		t.Errorf("vanished %s after the fault", off)
	}
	if e := w.hop(verify.Pending); e.State != verify.Waiting {
		t.Errorf("pending: %+v", e)
	}
}

func TestStandsStill(t *testing.T) {
	t.Parallel()
	x := newToy(t)
	x.tick("queue_depth", counting())
	prom := world(t, x, "", `alert: Queue, expr: "queue_depth > 10000"`)
	w := follow(t, source(t, Params{}, prom.URL), expect("Queue"))
	for w.until(verify.Collected, verify.OK, ""); w.trail.(*trail).inputs.known["queue_depth"].changes < 4; {
		w.look()
		time.Sleep(200 * time.Millisecond)
	}
	x.set("queue_depth", 3)
	x.settle(t)
	w.fault = time.Now()
	w.says(w.until(verify.SignalEmitted, verify.Broken, "SF-05"), "queue_depth", "have not changed since the fault")
}

func TestThinnedOut(t *testing.T) {
	t.Parallel()
	x := newToy(t)
	x.set("ratio", 0.01)
	prom := world(t, x, "", `alert: Ratio, expr: "ratio > 0.5"`)
	w := follow(t, source(t, Params{}, prom.URL), expect("Ratio"))
	w.until(verify.Collected, verify.OK, "")
	w.fault = time.Now()
	x.set("ratio", 0.31)
	w.says(w.until(verify.Pending, verify.Waiting, "SF-08"), "ratio peaked at 62% of the threshold 0.5")
	x.set("ratio", 0.02)
	x.settle(t)
	w.says(w.until(verify.Pending, verify.Waiting, "SF-08"), "peaked at 62%")
}

func TestPendingTooShort(t *testing.T) {
	t.Parallel()
	x := newToy(t)
	prom := world(t, x, "", `alert: Down, expr: "up == 0", for: 5m`)
	w := follow(t, source(t, Params{}, prom.URL), expect("Down"))
	w.until(verify.Collected, verify.OK, "")
	w.fault = time.Now()
	x.kill(true)
	pending := w.until(verify.Pending, verify.OK, "")
	w.says(w.until(verify.Firing, verify.Waiting, "SF-09"), "Down is pending since", "needs 5m0s")
	if e := w.hop(verify.Collected); e.State != verify.OK {
		t.Errorf("the failed scrape is the signal itself: %+v", e)
	}
	found, err := source(t, Params{}, prom.URL).query(t.Context(), "ALERTS_FOR_STATE", "vector")
	if err != nil || len(found) != 1 || int64(found[0].samples[0].value) != pending.At.Unix() {
		t.Errorf("pending at %s, Prometheus says %v, %v", pending.At, found, err)
	}
	x.kill(false)
	w.untilSays(verify.Firing, "Down was pending for")
	x.kill(true)
	w.says(w.until(verify.Firing, verify.Waiting, "SF-10"), "went pending 2 times", "needs 5m0s at a stretch")
	if e := w.hop(verify.Pending); e.State != verify.OK || !e.At.Equal(pending.At) {
		t.Errorf("pending was %s, is %+v", pending.At, e)
	}
}

func TestFiresAndIsSent(t *testing.T) {
	t.Parallel()
	x := newToy(t)
	am := lab.Alertmanager(t, "route: {receiver: none}\nreceivers: [{name: none}]\n")
	prom := world(t, x, am.Addr, `alert: Down, expr: "up == 0", for: 2s, labels: {severity: critical}`)
	src := source(t, Params{}, prom.URL)
	want := expect("Down")
	want.Source = "prom"
	w := follow(t, src, want)
	w.until(verify.Collected, verify.OK, "")
	w.fault = time.Now()
	begun := w.fault
	x.kill(true)
	firing := w.until(verify.Firing, verify.OK, "")
	w.says(w.until(verify.HandedToRouter, verify.OK, ""), "sent to http://"+am.Addr)
	all, err := src.Since(t.Context(), begun)
	if err != nil || len(all) != 1 || !all[0].Opened.Equal(firing.At) || all[0].Status != verify.Triggered || all[0].Severity != "critical" {
		t.Fatalf("fires at %s; incidents %+v, %v", firing.At, all, err)
	}
	open, err := src.Open(t.Context())
	if err != nil || len(open) != 1 || open[0].ID != all[0].ID || !open[0].Opened.Equal(firing.At) {
		t.Errorf("open: %+v, %v", open, err)
	}
	exact(t, src, pendingOf(w), firing)
	x.kill(false)
	gone := w.until(verify.IncidentResolved, verify.OK, "")
	after, err := src.Since(t.Context(), begun)
	if err != nil || len(after) != 1 || after[0].ID != all[0].ID || !after[0].Resolved.Equal(gone.At) {
		t.Errorf("resolved at %s: %+v, %v", gone.At, after, err)
	}
	if e := w.hop(verify.Firing); !e.At.Equal(firing.At) || e.State != verify.OK {
		t.Errorf("firing was %s, is %+v", firing.At, e)
	}
}

func pendingOf(w *walk) verify.Evidence { return w.hop(verify.Pending) }

// exact compares the times of a trail with the raw samples.
func exact(t *testing.T, src *Source, pending, firing verify.Evidence) {
	t.Helper()
	for state, e := range map[string]verify.Evidence{"pending": pending, "firing": firing} {
		found, err := src.query(t.Context(), `ALERTS{alertstate="`+state+`"}[10m]`, "matrix")
		if err != nil || len(found) != 1 {
			t.Fatalf("%v, %v", found, err)
		}
		if first := found[0].samples[0].at; !first.Equal(e.At) {
			t.Errorf("%s at %s, the first sample is of %s", state, e.At, first)
		}
	}
}

func TestRouterUnreachable(t *testing.T) {
	t.Parallel()
	x := newToy(t)
	prom := world(t, x, lab.ClosedPort(t), `alert: Down, expr: "up == 0"`)
	w := follow(t, source(t, Params{}, prom.URL), expect("Down"))
	w.until(verify.Collected, verify.OK, "")
	w.fault = time.Now()
	x.kill(true)
	w.says(w.until(verify.HandedToRouter, verify.Broken, "SF-11"), "did not reach http://127.0.0.1:", "errors")
}
