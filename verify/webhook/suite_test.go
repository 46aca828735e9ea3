package webhook

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/decode"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

// decoded reads parameters as friday.yaml is read.
func decoded(text string) (*Params, error) {
	p := Kind.New().(*Params)
	report := diag.NewReport([]byte(text))
	if root := decode.Parse("friday.yaml", []byte(text), report); root != nil {
		decode.Into(root, p, nil, report)
	}
	return p, report.Err()
}

// build makes a receiver at a free port, which is closed after the test. Every variable of its environment is s3cret- and
// its name.
func build(tb testing.TB, text string) *Source {
	tb.Helper()
	p, err := decoded(text)
	if err != nil {
		tb.Fatal(err)
	}
	p.Listen = cmp.Or(strings.TrimPrefix(p.Listen, "127.0.0.1:9912"), "127.0.0.1:0")
	made, err := p.Build("hook", verify.Env{Secrets: new(secret.Scrubber), Getenv: func(name string) string { return "s3cret-" + name }})
	if err != nil {
		tb.Fatal(err)
	}
	s := made.(*Source)
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// start makes a receiver that listens.
func start(tb testing.TB, text string) *Source {
	tb.Helper()
	s := build(tb, text)
	if err := s.Ready(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return s
}

// post hands a message to the receiver and returns the status of its answer. Headers are written "Name: value".
func post(s *Source, body string, headers ...string) int {
	r := httptest.NewRequest(http.MethodPost, s.params.Path, strings.NewReader(body))
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code
}

// teller is a sender of some format.
type teller struct {
	params   string
	optional []string
	tell     func(in verifytest.Incident, resolved bool) (body any, headers []string)
}

func tellers() map[string]teller {
	return map[string]teller{
		"alertmanager": {params: `{}`, tell: func(in verifytest.Incident, resolved bool) (any, []string) {
			status := map[bool]string{false: "firing", true: "resolved"}[resolved]
			labels := map[string]any{"alertname": in.Title, "service": in.Service}
			alert := map[string]any{"status": status, "labels": labels, "startsAt": in.Opened.Add(-30 * time.Second), "fingerprint": in.ID}
			return map[string]any{"version": "4", "groupKey": "{}:{}", "receiver": "team", "alerts": []any{alert}}, nil
		}},
		"pagerduty": {
			params: `{format: pagerduty, secret: {env: PD}}`, tell: func(in verifytest.Incident, resolved bool) (any, []string) {
				kind, at := "incident.triggered", in.Opened
				if resolved {
					kind, at = "incident.resolved", in.Resolved
				}
				body := v3(kind, at, in)
				return body, []string{"X-PagerDuty-Signature: " + sign(encode(body), "s3cret-PD")}
			},
		},
		"json": {
			params:   `{format: json, fields: {id: id, title: [title, text], service: service.name, status: status, severity: sev, labels: labels, url: url}}`,
			optional: []string{"title", "service", "sev", "labels", "url", "text"},
			tell: func(in verifytest.Incident, resolved bool) (any, []string) {
				body := map[string]any{
					"id": in.ID, "title": in.Title, "service": map[string]any{"name": in.Service},
					"status": map[bool]string{false: "FIRING", true: "OK"}[resolved], "labels": map[string]any{"a": 1},
				}
				maps.Copy(body, in.Fields)
				maps.DeleteFunc(body, func(_ string, v any) bool { return v == verifytest.Absent })
				return body, nil
			},
		},
	}
}

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// told makes a receiver and tells it of incidents, in the order in which it all happens, at the time at which it happens.
func (tl teller) told(t *testing.T, incidents []verifytest.Incident) verify.Source {
	t.Helper()
	s := build(t, tl.params)
	var now atomic.Pointer[time.Time]
	set := func(at time.Time) { now.Store(&at) }
	s.now = func() time.Time { return *now.Load() }
	set(time.Now().Add(-3 * time.Hour))
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	type moment struct {
		at       time.Time
		in       verifytest.Incident
		resolved bool
	}
	var all []moment
	for _, in := range incidents {
		all = append(all, moment{in.Opened, in, false})
		if !in.Resolved.IsZero() {
			all = append(all, moment{in.Resolved, in, true})
		}
	}
	slices.SortStableFunc(all, func(a, b moment) int { return a.at.Compare(b.at) })
	for _, m := range all {
		set(m.at)
		body, headers := tl.tell(m.in, m.resolved)
		if code := post(s, encode(body), headers...); code != http.StatusAccepted {
			t.Fatalf("%s: status %d: %+v", encode(body), code, s.log.list())
		}
	}
	return s
}

func TestSuite(t *testing.T) {
	for name, tl := range tellers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verifytest.Suite{
				Told:     func(t *testing.T, incidents ...verifytest.Incident) verify.Source { return tl.told(t, incidents) },
				Optional: append([]string{}, tl.optional...),
				ID:       func(in verify.Incident) string { id, _, _ := strings.Cut(in.ID, " 2"); return id },
			}.Run(t)
		})
	}
}

// v3 is a message of PagerDuty's webhooks v3 about an incident.
func v3(kind string, at time.Time, in verifytest.Incident) map[string]any {
	ref := func(kind, text string) map[string]any {
		return map[string]any{"id": "P" + text, "type": kind + "_reference", "summary": text, "html_url": nil}
	}
	return map[string]any{"event": map[string]any{
		"id": fmt.Sprint("E", at.UnixNano()), "event_type": kind, "resource_type": "incident", "occurred_at": at.UTC().Format("2006-01-02T15:04:05.000Z"),
		"agent": ref("user", "Ann"), "client": nil,
		"data": map[string]any{
			"id": in.ID, "type": "incident", "self": "x", "html_url": "https://acme.example/" + in.ID, "number": 2, "status": "triggered",
			"incident_key": "key-" + in.ID, "created_at": in.Opened.UTC().Format(time.RFC3339), "title": in.Title, "incident_type": map[string]any{"name": "incident_default"},
			"service": ref("service", in.Service), "assignees": []any{ref("user", "Ann")}, "escalation_policy": ref("escalation_policy", "EP"),
			"teams": []any{}, "priority": ref("priority", "P1"), "urgency": "high", "conference_bridge": nil, "resolve_reason": nil,
		},
	}}
}
