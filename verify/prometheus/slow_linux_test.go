package prometheus

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/lab"
	"github.com/failurefriday/friday/verify"
)

// TestStalledGroup: the series of a rule come from a remote storage that does not answer any more, and hold up its group.
func TestStalledGroup(t *testing.T) {
	t.Parallel()
	stop, stuck := make(chan struct{}), new(atomic.Bool)
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !stuck.Load() {
			w.Header().Set("Content-Type", "application/x-protobuf")
			w.Header().Set("Content-Encoding", "snappy")
			_, _ = w.Write([]byte{2, 1 << 2, 0x0a, 0}) // one result without series
			return
		}
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(store.Close)
	t.Cleanup(func() { close(stop) })
	x := newToy(t)
	rules := "groups: [{name: slow, rules: [{alert: Slow, expr: 'vector(0) > 1 or far{store=\"away\"} > 1'}]}, {name: quick, rules: [{alert: Quick, expr: 'up == 0'}]}]"
	prom := lab.Prometheus(t, lab.Files{
		"rules.yml":      rules,
		"prometheus.yml": strings.Replace(config, "ROUTER", "remote_read: [{url: 'http://STORE', remote_timeout: 50s, read_recent: true, required_matchers: {store: away}}]", 1),
	}.With("STORE", strings.TrimPrefix(store.URL, "http://"), "TARGET", x.addr()))
	w := follow(t, source(t, Params{}, prom.URL), expect("Slow"))
	w.until(verify.RuleEvaluated, verify.OK, "")
	stuck.Store(true)
	w.fault = time.Now()
	e := w.until(verify.RuleEvaluated, verify.Broken, "SF-03")
	w.says(e, "the group slow of the rule Slow was last evaluated at")
}

// TestPushedAndForgotten: what a Pushgateway tells of a sender that is dead looks as fresh as ever.
func TestPushedAndForgotten(t *testing.T) {
	t.Parallel()
	x := newToy(t)
	x.set(`backup_ok{job="backup"}`, 1)
	x.tick(`push_time_seconds{job="backup"}`, func() float64 { return float64(time.Now().UnixMilli()) / 1000 })
	files := lab.Files{
		"prometheus.yml": strings.Replace(strings.Replace(config, "ROUTER", "", 1), "job_name: api,", "job_name: push, honor_labels: true,", 1),
		"rules.yml":      `groups: [{name: g, rules: [{alert: Backup, expr: "backup_ok == 0"}]}]`,
	}.With("TARGET", x.addr())
	prom := lab.Prometheus(t, files)
	w := follow(t, source(t, Params{}, prom.URL), expect("Backup"))
	w.until(verify.Collected, verify.OK, "")
	pushes := func() float64 {
		if in := w.trail.(*trail).inputs.known[pushTime+`{job="backup"}`]; in != nil {
			return in.changes
		}
		return 0
	}
	for limit := time.Now().Add(30 * time.Second); pushes() < 3 && time.Now().Before(limit); time.Sleep(200 * time.Millisecond) {
		w.look()
	}
	x.set(`push_time_seconds{job="backup"}`, float64(time.Now().Unix()))
	x.settle(t)
	w.fault = time.Now()
	w.says(w.until(verify.SignalEmitted, verify.Broken, "SF-05"), "backup_ok", "have not been pushed since the fault")
}
