package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	monitors "github.com/failurefriday/friday/internal/lab"
	"github.com/failurefriday/friday/internal/proc"
)

// preparation is what a world needs besides the servers that its files name.
type preparation struct {
	before func(*silence) // the services are started
	after  func(*silence) // all has been started
	last   func(*silence) // all has settled
}

var preparations = map[string]preparation{
	"sf-01-co-mingled":         {before: (*silence).superviseBoth},
	"sf-03-stalled-engine":     {last: (*silence).hangArchive},
	"sf-05-stale-green":        {after: (*silence).pushWhileHealthy, last: awaitSamples(`changes(checkout_latency_seconds[12s]) >= 6`)},
	"sf-09-too-slow":           {last: awaitSamples(`count_over_time(up{job="checkout"}[12s]) >= 12`)},
	"sf-10-masked-by-restarts": {before: (*silence).supervise, last: (*silence).crashOn},
	"sf-12-forgotten-silence":  {after: (*silence).silenceAlerts},
	"sf-17-deduplicated":       {after: (*silence).leaveOpen},
}

// supervisor runs checkout, and what else is given, under a supervisor.
func (s *silence) supervisor(flags []string, also ...string) {
	s.t.Helper()
	m := monitors.Start(s.t, monitors.Program{Name: s.exe, Ready: "/health", Args: func(m *monitors.Server) []string {
		args := append([]string{"toy", "supervise"}, flags...)
		return append(append(args, "--", "checkout", "toy", "service", "--name", "checkout", "--addr", m.Addr), also...)
	}})
	s.at[atCheckout] = m.Addr
}

func (s *silence) supervise() { s.supervisor([]string{"--restart", "1s"}) }

// superviseBoth runs the exporter in the group of checkout, where the configuration says so.
func (s *silence) superviseBoth() {
	s.t.Helper()
	if !strings.Contains(s.conf["run.txt"], "--together") {
		s.supervisor([]string{"--restart", "2s"})
		return
	}
	path := monitors.Need(s.t, "prometheus-blackbox-exporter")
	s.at[atBlackbox] = net.JoinHostPort("127.0.0.1", strconv.Itoa(monitors.FreePort(s.t)))
	config := s.write("blackbox.yml", "modules:\n  http_2xx: {prober: http, timeout: 1s, http: {preferred_ip_protocol: ip4}}\n")
	s.supervisor([]string{"--together", "--restart", "2s"}, "--", path, "--config.file="+config, "--web.listen-address="+s.at[atBlackbox])
}

// hangArchive stops the archive where it is, and waits until a rule waits for it.
func (s *silence) hangArchive() {
	s.t.Helper()
	pid, err := s.pidAt(atArchive)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := unix.Kill(pid, unix.SIGSTOP); err != nil {
		s.t.Fatal(err)
	}
}

func (s *silence) pidAt(address string) (int, error) {
	_, port, err := net.SplitHostPort(s.at[address])
	if err != nil {
		return 0, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return 0, err
	}
	found, err := proc.Find(proc.Match{Port: number})
	if err != nil || len(found) != 1 {
		return 0, fmt.Errorf("%d processes listen on %s: %w", len(found), address, err)
	}
	return found[0].ID.PID, nil
}

// pushWhileHealthy is the agent: it pushes how long checkout took to answer, whenever it does.
func (s *silence) pushWhileHealthy() {
	s.t.Helper()
	health, push := "http://"+s.at[atCheckout]+"/health", "http://"+s.at[atPushgateway]+"/metrics/job/checkout"
	look := func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		began := time.Now()
		if err := call(ctx, http.MethodGet, health, ""); err != nil {
			return err
		}
		return call(ctx, http.MethodPost, push, fmt.Sprintf("checkout_latency_seconds %.9f\n", time.Since(began).Seconds()))
	}
	eventually(s.t, "the agent pushes", func() bool { return look(s.t.Context()) == nil })
	s.background(func(ctx context.Context) { _ = look(ctx) }, time.Second) // a failure is what the rule is to find out
}

// background does something again and again until the test ends.
func (s *silence) background(do func(context.Context), every time.Duration) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	s.t.Cleanup(func() { stop(); <-done })
	go func() {
		defer close(done)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				do(ctx)
			}
		}
	}()
}

// awaitSamples waits until Prometheus has seen enough to compare with, which it has once there is a result.
func awaitSamples(query string) func(*silence) {
	return func(s *silence) {
		s.t.Helper()
		s.prom[0].Await(s.t, query, func() error {
			if n, err := s.prom[0].Samples(query); err != nil || n == 1 {
				return err
			}
			return errors.New("not yet")
		})
	}
}

// crashOn kills checkout two seconds after each of its starts, from the first time on that somebody else has.
func (s *silence) crashOn() {
	s.t.Helper()
	first, err := s.pidAt(atCheckout)
	if err != nil {
		s.t.Fatal(err)
	}
	seen, since := first, time.Now()
	s.background(func(context.Context) {
		pid, err := s.pidAt(atCheckout)
		switch {
		case err != nil || pid == first: // between two lives, or still well
		case pid != seen:
			seen, since = pid, time.Now()
		case time.Since(since) > 2*time.Second:
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	}, 100*time.Millisecond)
}

// silenceAlerts makes the silences of the configuration.
func (s *silence) silenceAlerts() {
	s.t.Helper()
	if err := call(s.t.Context(), http.MethodPost, s.am.URL+"/api/v2/silences", s.conf["silences.json"]); err != nil {
		s.t.Fatal(err)
	}
}

// leaveOpen leaves an incident of an earlier time behind, acknowledged, under the key that Alertmanager gives to the group
// of all alerts of that name.
func (s *silence) leaveOpen() {
	s.t.Helper()
	key := sha256.Sum256([]byte(`{}:{alertname="CheckoutDown"}`))
	for _, action := range []string{"trigger", "acknowledge"} {
		body, err := json.Marshal(map[string]any{
			"routing_key": "checkout", "event_action": action, "dedup_key": hex.EncodeToString(key[:]),
			"payload": map[string]string{"summary": "checkout is down", "source": "old-checkout", "severity": "critical"},
		})
		if err != nil {
			s.t.Fatal(err)
		}
		if err := call(s.t.Context(), http.MethodPost, s.page+"/v2/enqueue", string(body)); err != nil {
			s.t.Fatal(err)
		}
	}
}

// call makes one request; any answer but 2xx is an error.
func call(ctx context.Context, method, url, body string) error {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	if strings.HasPrefix(strings.TrimSpace(body), "{") {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if said, _ := io.ReadAll(resp.Body); resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s: %s", method, url, resp.Status, said)
	}
	return nil
}
