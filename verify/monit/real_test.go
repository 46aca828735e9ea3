package monit

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/monitlab"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
)

// shop is a server that can go away and come back.
type shop struct {
	addr   string
	server *http.Server
	hangs  atomic.Bool // it takes requests and does not answer
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{addr: "127.0.0.1:0"}
	s.open(t)
	t.Cleanup(func() { _ = s.server.Close() })
	return s
}

func (s *shop) open(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	s.server = &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if s.hangs.Load() {
			<-r.Context().Done()
		}
	})}
	go func() { _ = s.server.Serve(l) }()
}

func (s *shop) close() { _ = s.server.Close() }

func (s *shop) port() string {
	_, port, _ := strings.Cut(s.addr, ":")
	return port
}

// checkOf is a check of a host that looks at a port.
func checkOf(name string, s *shop, more string) string {
	return fmt.Sprintf("check host %s with address 127.0.0.1\n    if failed port %s protocol http with timeout 100 seconds %s then alert\n", name, s.port(), more)
}

// real makes a source of a real Monit.
func real(t *testing.T, m *monitlab.Monit, cycles int) *Source {
	t.Helper()
	p := Params{URL: m.URL, User: monitlab.User, Password: secret.Ref{Env: "PW"}, Cycles: cycles, Poll: time.Second, timeout: 20 * time.Second}
	if bad := p.Check(); len(bad) > 0 {
		t.Fatal(bad)
	}
	src, err := p.Build("monit", verify.Env{Getenv: func(string) string { return monitlab.Password }, UserAgent: "friday/test"})
	if err != nil {
		t.Fatal(err)
	}
	return src.(*Source)
}

func expects(id, alert string) verify.Expectation {
	return verify.Expectation{ID: id, Text: "fires: " + alert, Source: "pagerduty", Alert: verify.AlertMatch{Name: match.Must(alert)}}
}

// await polls until it is told that all is well.
func await(t *testing.T, what string, ask func() error) {
	t.Helper()
	var err error
	for limit := time.Now().Add(60 * time.Second); time.Now().Before(limit); time.Sleep(50 * time.Millisecond) {
		if err = ask(); err == nil {
			return
		}
	}
	t.Fatalf("not within a minute: %s: %v", what, err)
}

type hops map[verify.Hop]verify.Evidence

// walk looks until all is well with what it sees.
func walk(t *testing.T, trail verify.Trail, fault time.Time, what string, ok func(hops) bool) hops {
	t.Helper()
	var by hops
	await(t, what, func() error {
		found, err := trail.Look(t.Context(), fault)
		if err != nil {
			return err
		}
		by = hops{}
		for _, e := range found {
			by[e.Hop] = e
		}
		if !ok(by) {
			return fmt.Errorf("%+v", by)
		}
		return nil
	})
	return by
}

func passed(h verify.Hop) func(hops) bool {
	return func(by hops) bool { return by[h].State == verify.OK }
}

// TestRealFailure: the server that Monit checks goes away and comes back.
func TestRealFailure(t *testing.T) {
	t.Parallel()
	web := newShop(t)
	m := monitlab.Start(t, checkOf("web", web, ""))
	src := real(t, m, 1)
	if err := src.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	trail := src.Follow([]verify.Expectation{expects("1.1", "web")})
	walk(t, trail, time.Time{}, "the baseline", passed(verify.Collected))
	if open, err := src.Open(t.Context()); err != nil || len(open) != 0 {
		t.Fatalf("before: %v, %v", open, err)
	}
	fault := time.Now()
	web.close()
	fired := walk(t, trail, fault, "it fires", passed(verify.Firing))
	for _, hop := range []verify.Hop{verify.Collected, verify.Pending, verify.Firing} {
		e := fired[hop]
		if e.State != verify.OK || e.At.Before(fault.Add(-time.Second)) || e.At.After(time.Now().Add(time.Second)) || e.Source != "monit" || e.Expectation != "1.1" {
			t.Errorf("%s: %+v", hop, e)
		}
	}
	if e := fired[verify.Pending]; !strings.Contains(e.Text, "connection failed") || !strings.Contains(e.Answer, "status 32") {
		t.Errorf("%+v", e)
	}
	open, err := src.Open(t.Context())
	if err != nil || len(open) != 1 || open[0].Title != "web: connection failed" || open[0].Service != "web" || open[0].Labels["type"] != "host" {
		t.Fatalf("%+v, %v", open, err)
	}
	web.open(t)
	walk(t, trail, fault, "it is over", passed(verify.IncidentResolved))
	var all []verify.Incident
	await(t, "resolved", func() error {
		if all, err = src.Since(t.Context(), fault.Add(-time.Second)); err != nil || len(all) != 1 || all[0].Status != verify.Resolved {
			return fmt.Errorf("%+v, %w", all, err)
		}
		return nil
	})
	if in := all[0]; in.ID != open[0].ID || !in.Resolved.After(in.Opened) {
		t.Errorf("%+v", in)
	}
	if again := walk(t, trail, fault, "still", passed(verify.IncidentResolved)); again[verify.Firing].At != fired[verify.Firing].At {
		t.Errorf("what was passed is forgotten: %+v", again[verify.Firing])
	}
}
