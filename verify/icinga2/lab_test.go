package icinga2

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/icingalab"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
)

// shop is a server that can go away and come back.
type shop struct {
	addr   string
	server *http.Server
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
	s.server = &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
	go func() { _ = s.server.Serve(l) }()
}

func (s *shop) close() { _ = s.server.Close() }

// service is the configuration of one that looks at the port of a shop, every second, twice until it is HARD.
func (s *shop) service(name, more string) string {
	_, port, _ := strings.Cut(s.addr, ":")
	return fmt.Sprintf(`
object Service %q {
  host_name = "lab"
  display_name = "Service %s"
  check_command = "tcp"
  vars.tcp_address = "127.0.0.1"
  vars.tcp_port = %s
  vars.team = "payments"
  vars.db_password = "hunter22"
  check_interval = 1s
  retry_interval = 1s
  max_check_attempts = 2
  %s
}
`, name, name, port, more)
}

const people = `
object User "oncall" { }
object User "asleep" { period = "never" }
object User "picky" { states = [ Warning, OK ] }
object UserGroup "empty" { }
object TimePeriod "never" { }
`

// page is the notification object of a service.
func page(service, more string) string {
	return fmt.Sprintf("object Notification \"page\" { host_name = \"lab\", service_name = %q, command = \"log\", interval = 0, %s }\n", service, more)
}

const toOncall = `users = [ "oncall" ]`

// connect makes a source of a real Icinga.
func connect(t *testing.T, i *icingalab.Icinga) *Source {
	t.Helper()
	return build(t, Params{URL: i.URL, CA: i.CA, ServerName: icingalab.Name})
}

func build(t *testing.T, p Params) *Source {
	t.Helper()
	p.User, p.Password, p.Poll, p.timeout = icingalab.Friday, secret.Ref{Env: "PW"}, time.Second, patient
	if bad := p.Check(); len(bad) > 0 {
		t.Fatal(bad)
	}
	src, err := p.Build("icinga", verify.Env{Getenv: func(string) string { return icingalab.Password }, UserAgent: "friday/test"})
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

func is(h verify.Hop, s verify.State) func(hops) bool {
	return func(by hops) bool { return by[h].State == s }
}

// opened waits until there is an incident of an object that is not over.
func opened(t *testing.T, src *Source, key string) verify.Incident {
	t.Helper()
	var in verify.Incident
	await(t, key+" is open", func() error {
		all, err := src.Open(t.Context())
		for _, in = range all {
			if in.Key == key {
				return nil
			}
		}
		return fmt.Errorf("%+v, %w", all, err)
	})
	return in
}

// stamps reads times of an object from Icinga itself, in seconds.
func stamps(t *testing.T, i *icingalab.Icinga, object string, attrs ...string) []time.Time {
	t.Helper()
	var answer struct {
		Results []struct{ Attrs map[string]any }
	}
	if err := i.Get("/v1/objects/"+object+"?attrs="+strings.Join(attrs, "&attrs="), &answer); err != nil {
		t.Fatal(err)
	}
	var found []time.Time
	for _, name := range attrs {
		v, _ := answer.Results[0].Attrs[name].(float64)
		found = append(found, num(v).time())
	}
	return found
}
