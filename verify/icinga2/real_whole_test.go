package icinga2

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/internal/icingalab"
	"github.com/failurefriday/friday/verify"
)

const lonely = `
object Host "far" { check_command = "dummy", check_interval = 1s, retry_interval = 1s, max_check_attempts = 1, vars.dummy_state = 2 }
object Service "shop" { host_name = "far", check_command = "dummy", check_interval = 1s, max_check_attempts = 1, vars.dummy_state = 0 }
object Notification "page" { host_name = "far", service_name = "shop", command = "log", users = [ "oncall" ] }
object ApiUser "poor" { password = "lab-secret-of-icinga", permissions = [ "objects/query/Host", "objects/query/Service", "objects/query/Notification", "status/query" ] }
object ApiUser "poorest" { password = "lab-secret-of-icinga", permissions = [ "objects/query/Host", "status/query" ] }
`

// TestRealWhole: what concerns a whole Icinga, in turn, since each of it concerns all others.
func TestRealWhole(t *testing.T) {
	t.Parallel()
	web := newShop(t)
	i := icingalab.Start(t, people+lonely+web.service("web", "")+page("web", toOncall))
	src := connect(t, i)
	for _, part := range []struct {
		name string
		try  func(*testing.T, *icingalab.Icinga, *Source, *shop)
	}{
		{"trust", trust},
		{"permissions", permissions},
		{"clock", agrees},
		{"hosts", onlyHosts},
		{"unreachable", unreachable},
		{"requests", sameRequests},
		{"acknowledged", acknowledgement},
		{"notifications off", notificationsOff},
		{"checks off", checksOff},
	} {
		t.Run(part.name, func(t *testing.T) { part.try(t, i, src, web) })
	}
}

// trust: the certificate is compared by its CA or its fingerprint, and nothing else will do.
func trust(t *testing.T, i *icingalab.Icinga, _ *Source, _ *shop) {
	for name, p := range map[string]Params{
		"the CA":                     {CA: i.CA, ServerName: icingalab.Name},
		"the fingerprint":            {Fingerprint: i.Fingerprint},
		"!the CA of the system":      {ServerName: icingalab.Name},
		"!another name":              {CA: i.CA},
		"!another fingerprint":       {Fingerprint: strings.Repeat("ab:", 31) + "ab"},
		"!a host that is not there":  {Fingerprint: i.Fingerprint, Hosts: []string{"lab", "lba"}},
		"the fingerprint with a cut": {Fingerprint: strings.ToUpper(i.Fingerprint), Hosts: []string{"lab", "far"}},
	} {
		p.URL = i.URL
		err := build(t, p).Ready(t.Context())
		if bad := strings.HasPrefix(name, "!"); bad != (err != nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// permissions: what the user may not read is an error where incidents hang on it, and an unknown hop otherwise.
func permissions(t *testing.T, i *icingalab.Icinga, _ *Source, _ *shop) {
	as := func(user string) *Source {
		src := build(t, Params{URL: i.URL, Fingerprint: i.Fingerprint})
		src.api = httpapi.New(httpapi.Options{Base: i.URL, Transport: transportOf(t, i), Authorize: func(r *http.Request) { r.SetBasicAuth(user, icingalab.Password) }})
		return src
	}
	poorest := as("poorest")
	if err := poorest.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "the ApiUser lacks a permission") {
		t.Errorf("poorest: %v", err)
	}
	if _, err := poorest.Follow(nil).Look(t.Context(), time.Time{}); err == nil {
		t.Error("poorest follows pages")
	}
	if err := as("nobody").Ready(t.Context()); httpapi.KindOf(err) != httpapi.Auth || !strings.Contains(err.Error(), "user or the password is not accepted") {
		t.Errorf("nobody: %v", err)
	}
	poor := as("poor")
	if err := poor.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	found, err := poor.Trace(t.Context(), []verify.Expectation{expects("1.1", "web")})
	hidden := 0
	for _, e := range found {
		if e.State == verify.Broken {
			t.Errorf("%+v", e)
		}
		if e.State == verify.Unknown && strings.Contains(e.Text, "may not read") {
			hidden++
		}
	}
	if err != nil || hidden != 5 {
		t.Errorf("%d hidden of %+v, %v", hidden, found, err)
	}
}

func transportOf(t *testing.T, i *icingalab.Icinga) http.RoundTripper {
	t.Helper()
	transport, err := (&Params{Fingerprint: i.Fingerprint}).transport(nil)
	if err != nil {
		t.Fatal(err)
	}
	return transport
}

// agrees: Icinga runs on this very machine.
func agrees(t *testing.T, _ *icingalab.Icinga, src *Source, _ *shop) {
	if err := src.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if offset, known := src.Offset(); offset != 0 || !known {
		t.Errorf("offset %s, %t", offset, known)
	}
}

func onlyHosts(t *testing.T, i *icingalab.Icinga, _ *Source, _ *shop) {
	src := build(t, Params{URL: i.URL, Fingerprint: i.Fingerprint, Hosts: []string{"far"}})
	in := opened(t, src, "far")
	if in.Severity != "down" || in.Service != "far" || in.Labels["host"] != "far" || in.Labels["service"] != "" {
		t.Errorf("%+v", in)
	}
	if found := foretold(t, src, "lab!web"); len(found) != 1 || found[0].Kind != "SF-25" {
		t.Errorf("%+v", found)
	}
}

func unreachable(t *testing.T, _ *icingalab.Icinga, src *Source, _ *shop) {
	await(t, "it is foretold", func() error {
		for _, e := range foretold(t, src, "far!shop") {
			if e.Hop == verify.Routed && e.Kind == "SF-13" && strings.HasPrefix(e.Text, "host far is DOWN, so nobody is told of problems of service far!shop") {
				return nil
			}
		}
		return fmt.Errorf("%+v", foretold(t, src, "far!shop"))
	})
}

// sameRequests: a look costs the same for one expectation and for a thousand.
func sameRequests(t *testing.T, _ *icingalab.Icinga, src *Source, _ *shop) {
	for _, n := range []int{1, 1000} {
		var expected []verify.Expectation
		for k := range n {
			expected = append(expected, expects(fmt.Sprintf("1.%d", k+1), "web"))
		}
		before := src.Requests()
		found, err := src.Follow(expected).Look(t.Context(), time.Time{})
		if made := src.Requests() - before; err != nil || made != 9 || len(found) < 5*n {
			t.Errorf("%d expectations: %d requests, %d pieces of evidence, %v", n, made, len(found), err)
		}
	}
}

func acknowledgement(t *testing.T, i *icingalab.Icinga, src *Source, web *shop) {
	trail := src.Follow([]verify.Expectation{expects("1.1", "lab!web")})
	walk(t, trail, time.Time{}, "the baseline", is(verify.Collected, verify.OK))
	fault := time.Now()
	web.close()
	walk(t, trail, fault, "somebody is told", is(verify.ResponderNotified, verify.OK))
	i.Post(t, "/v1/actions/acknowledge-problem", map[string]any{"type": "Service", "filter": `service.name=="web"`, "author": "bob", "comment": "on it"})
	by := walk(t, trail, fault, "acknowledged", is(verify.IncidentAcknowledged, verify.OK))
	if e := by[verify.IncidentAcknowledged]; !strings.Contains(e.Text, `bob has acknowledged`) || e.At.Before(fault) || by[verify.ResponderNotified].State != verify.OK {
		t.Errorf("%+v", by)
	}
	if in := opened(t, src, "lab!web"); in.Status != verify.Acknowledged || in.Acknowledged.Before(in.Opened) {
		t.Errorf("%+v", in)
	}
	again := src.Follow([]verify.Expectation{expects("1.1", "lab!web")}) // the next step begins with the problem still there
	old := walk(t, again, time.Time{}, "it is old", is(verify.Pending, verify.Broken))
	if e := old[verify.Routed]; old[verify.Pending].Kind != "SF-17" || e.State != verify.Broken || e.Kind != "SF-17" || !strings.Contains(e.Text, `bob has acknowledged the problem of service lab!web ("on it")`) {
		t.Errorf("%+v", old)
	}
	web.open(t)
	walk(t, trail, fault, "it is over", is(verify.IncidentResolved, verify.OK))
}

func notificationsOff(t *testing.T, i *icingalab.Icinga, src *Source, web *shop) {
	toggle := func(on bool) {
		i.Post(t, "/v1/objects/icingaapplications/app", map[string]any{"attrs": map[string]any{"enable_notifications": on}})
	}
	toggle(false)
	trail := src.Follow([]verify.Expectation{expects("1.1", "web")})
	walk(t, trail, time.Time{}, "it is seen before the fault", func(by hops) bool {
		e := by[verify.Routed]
		return e.State == verify.Broken && e.Kind == "SF-12" && strings.Contains(e.Text, "for the whole of Icinga")
	})
	fault := time.Now()
	web.close()
	by := walk(t, trail, fault, "HARD", is(verify.Firing, verify.OK))
	if by[verify.Routed].State != verify.Broken {
		t.Errorf("%+v", by[verify.Routed])
	}
	toggle(true)
	web.open(t)
	walk(t, trail, fault, "it is over", is(verify.IncidentResolved, verify.OK))
}

func checksOff(t *testing.T, i *icingalab.Icinga, src *Source, _ *shop) {
	i.Post(t, "/v1/objects/icingaapplications/app", map[string]any{"attrs": map[string]any{"enable_service_checks": false}})
	by := walk(t, src.Follow([]verify.Expectation{expects("1.1", "web")}), time.Time{}, "it is seen", is(verify.Collected, verify.Broken))
	if e := by[verify.Collected]; e.Kind != "SF-03" || e.Advice == "" {
		t.Errorf("%+v", e)
	}
	found, err := src.Audit(t.Context())
	if err != nil || len(found) == 0 || found[0].Check != "checks-off" {
		t.Errorf("%+v, %v", found, err)
	}
}
