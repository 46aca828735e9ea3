package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify/inbox"
	"github.com/failurefriday/friday/verify/judge"
)

// BenchmarkStartUp compares friday version with a cobra program that does nothing, in turns.
func BenchmarkStartUp(b *testing.B) {
	exe, err := build()
	if err != nil {
		b.Fatal(err)
	}
	empty := filepath.Join(b.TempDir(), "empty")
	if out, err := exec.Command("go", "build", "-o", empty, "./testdata/empty").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	once := func(exe string) time.Duration {
		began := time.Now()
		if err := exec.Command(exe, "version").Run(); err != nil {
			b.Fatal(err)
		}
		return time.Since(began)
	}
	var ours, theirs time.Duration
	for range max(b.N, 50) {
		theirs += once(empty)
		ours += once(exe)
	}
	b.ReportMetric(float64(ours)/float64(theirs), "ratio")
	b.ReportMetric(0, "ns/op")
}

// crowded is an inbox with many open incidents, in a lab.
func crowded(tb testing.TB, open int) *lab {
	tb.Helper()
	l := newLab(tb)
	conf := inbox.DefaultConfig()
	conf.RateLimit, conf.APIRateLimit = 1<<30, 1<<30
	var ago atomic.Int64 // the incidents are an hour old
	ago.Store(int64(time.Hour))
	server, err := inbox.New(conf, inbox.Env{Now: func() time.Time { return time.Now().Add(-time.Duration(ago.Load())) }})
	if err != nil {
		tb.Fatal(err)
	}
	defer ago.Store(0)
	for i := range open {
		body := fmt.Sprintf(`{"routing_key":"s%d","event_action":"trigger","dedup_key":"%d","payload":{"summary":"incident %d","source":"bench","severity":"critical"}}`, i%100, i, i)
		req := httptest.NewRequest("POST", "http://127.0.0.1/v2/enqueue", strings.NewReader(body))
		rec := httptest.NewRecorder()
		if server.ServeHTTP(rec, req); rec.Code != 202 {
			tb.Fatalf("the inbox answered %d: %s", rec.Code, rec.Body)
		}
	}
	web := httptest.NewServer(server)
	tb.Cleanup(func() { web.CloseClientConnections(); web.Close() })
	l.page = web.URL
	l.write("friday.yaml", fmt.Sprintf("environment: test\nsources:\n  inbox:\n    pagerduty: {url: %q, poll: 200ms}\n", web.URL))
	return l
}

// BenchmarkRunMemory is the peak memory of a run against ten thousand open incidents.
func BenchmarkRunMemory(b *testing.B) {
	l := crowded(b, 10_000)
	l.victim("mem-a")
	scenario := l.freeze("2s", "mem-a")
	for range b.N {
		cmd, out := l.start("run", "--yes", "--quiet", scenario)
		peak := peakOf(cmd.Process.Pid)
		_ = cmd.Wait() // SILENT is exit code 1
		if code := cmd.ProcessState.ExitCode(); code != exitFailed {
			b.Fatalf("exit code %d: %s", code, out)
		}
		b.ReportMetric(float64(peak)/1024, "peak-MiB")
	}
}

// peakOf follows the peak memory of a process to its end, in KiB. What the kernel tells of a dead child counts the memory
// of its parent, too.
func peakOf(pid int) (peak int) {
	for {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		_, rest, found := strings.Cut(string(text), "VmHWM:")
		if err != nil || !found {
			return peak // gone, or a zombie
		}
		if kib, err := strconv.Atoi(strings.Fields(rest)[0]); err == nil {
			peak = max(peak, kib)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// record runs a scenario and reads its record.
func (l *lab) record(scenario string) judge.Record {
	l.t.Helper()
	l.run("run", "--yes", "--quiet", scenario)
	var out bytes.Buffer
	cmd := l.friday("report", "latest", "--format", "json")
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		l.t.Fatal(err)
	}
	var r judge.Record
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		l.t.Fatalf("%v in %s", err, out.String())
	}
	return r
}

// manyExpectations is a scenario that expects n different pages.
func (l *lab) manyExpectations(n int, victim string) string {
	var expect strings.Builder
	for i := range n {
		fmt.Fprintf(&expect, "      - fires: {service: s%d, title: /down %d/}\n        within: 2s\n", i, i)
	}
	return l.write("many.yaml", fmt.Sprintf(`name: many
steps:
  - name: freeze
    attacks:
      - process.pause: {match: {name: %s}}
    hold: 2s
    expect:
%s`, victim, expect.String()))
}

// requestsPerPoll runs a scenario with n expectations.
func (l *lab) requestsPerPoll(n int, victim string) float64 {
	l.t.Helper()
	r := l.record(l.manyExpectations(n, victim))
	if len(r.Sources) != 1 || r.Sources[0].Polls == 0 || len(r.Steps[0].Results) != n {
		l.t.Fatalf("the record of %d expectations: %+v", n, r.Sources)
	}
	return float64(r.Sources[0].Requests) / float64(r.Sources[0].Polls)
}

// TestRequestsDoNotGrowWithExpectations: N expectations cost the same requests as one.
func TestRequestsDoNotGrowWithExpectations(t *testing.T) {
	l := newLab(t)
	l.victim("req-a")
	one, many := l.requestsPerPoll(1, "req-a"), l.requestsPerPoll(300, "req-a")
	if many > one*1.1 {
		t.Errorf("%.1f requests a poll with one expectation, %.1f with 300", one, many)
	}
}

// BenchmarkRequests is what a poll costs the source, with one expectation and with five hundred.
func BenchmarkRequests(b *testing.B) {
	for _, n := range []int{1, 500} {
		b.Run(fmt.Sprintf("expectations=%d", n), func(b *testing.B) {
			l := newLab(b)
			l.victim("req-b")
			total := 0.0
			for range b.N {
				total += l.requestsPerPoll(n, "req-b")
			}
			b.ReportMetric(total/float64(b.N), "requests/poll")
		})
	}
}

// detect runs a scenario with a monitor that needs a while to be sure, and returns how far the recorded time to detect
// is from the truth.
func (l *lab) detect(victim string) (off time.Duration) {
	l.t.Helper()
	v := l.victim(victim)
	paged := make(chan time.Time, 1)
	go func() {
		for stateOf(v.Process.Pid) == "running" {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(1300 * time.Millisecond) // how long this monitor takes to be sure
		paged <- time.Now()
		_ = sendEvent(l.page, "trigger", "clock", "clock is down") // if it does not arrive, the record says so
	}()
	r := l.record(l.write("time.yaml", fmt.Sprintf(`name: time
steps:
  - name: freeze
    attacks:
      - process.pause: {match: {name: %s}}
    hold: 10s
    expect:
      - fires: {service: clock}
        within: 5s
`, victim)))
	res := r.Steps[0].Results[0]
	if res.Verdict != judge.Pass || res.TimeToDetect == nil {
		l.t.Fatalf("%s: %s", res.Verdict, res.Reason)
	}
	return (res.TimeToDetect.Duration() - (<-paged).Sub(r.Steps[0].InForce)).Abs()
}

// TestTimeToDetectIsTrue: the recorded time is that of the page, within the second to which the API tells it.
func TestTimeToDetectIsTrue(t *testing.T) {
	if off := newLab(t).detect("time-a"); off > time.Second {
		t.Errorf("the recorded time to detect is off by %s", off)
	}
}

// BenchmarkTimeToDetect is the error of the recorded time to detect, against a source that tells whole seconds.
func BenchmarkTimeToDetect(b *testing.B) {
	var worst time.Duration
	for range max(b.N, 5) {
		worst = max(worst, newLab(b).detect("time-b"))
	}
	b.ReportMetric(float64(worst.Milliseconds()), "worst-ms")
	b.ReportMetric(0, "ns/op")
}
