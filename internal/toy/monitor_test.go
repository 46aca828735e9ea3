package toy

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// watched is a service whose health can be switched.
func watched(t *testing.T) (url string, code *atomic.Int32) {
	code = new(atomic.Int32)
	code.Store(http.StatusOK)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(code.Load())) }))
	t.Cleanup(s.Close)
	return s.URL, code
}

func testMonitor(url string, inbox *events) *monitor {
	return &monitor{client: http.DefaultClient, MonitorOptions: MonitorOptions{
		Name: "shop-check", Service: "shop", URL: url, Timeout: 5 * time.Second, Failures: 3, OKs: 2,
		InboxURL: inbox.URL, RoutingKey: "shop", Severity: "critical",
	}}
}

func TestMonitorCountsInARow(t *testing.T) {
	t.Parallel()
	inbox := newEvents(t)
	url, code := watched(t)
	m := testMonitor(url, inbox)
	for i, step := range []struct {
		code int32
		want []string
	}{
		{200, nil},
		{500, nil},
		{503, nil},
		{200, nil}, // two in a row are not three
		{500, nil},
		{404, nil},
		{500, []string{"trigger"}},
		{500, []string{"trigger"}}, // one page for one outage
		{200, []string{"trigger"}},
		{500, []string{"trigger"}}, // one good answer is not two
		{200, []string{"trigger"}},
		{200, []string{"trigger", "resolve"}},
		{200, []string{"trigger", "resolve"}},
	} {
		code.Store(step.code)
		m.note(t.Context(), m.look(t.Context()))
		if got := inbox.actions("shop-check"); !slices.Equal(got, step.want) {
			t.Fatalf("after look %d (%d): sent %v, want %v", i+1, step.code, got, step.want)
		}
	}
	page := inbox.got[0]
	if page.RoutingKey != "shop" || page.Payload.Summary != "shop is down" || page.Payload.Severity != "critical" ||
		page.Payload.Details["reason"] != "the answer is 500 Internal Server Error" {
		t.Errorf("the page is %+v with %+v", page, page.Payload)
	}
}

func TestMonitorSendsAgainUntilAccepted(t *testing.T) {
	t.Parallel()
	inbox := newEvents(t)
	inbox.refuse = 2
	url, code := watched(t)
	code.Store(http.StatusInternalServerError)
	m := testMonitor(url, inbox)
	m.Failures = 1
	m.note(t.Context(), m.look(t.Context()))
	if got := inbox.actions("shop-check"); !slices.Equal(got, []string{"trigger"}) || inbox.refused != 2 {
		t.Errorf("sent %v after %d refusals, want one trigger after 2", got, inbox.refused)
	}
}

func TestMonitorGivesUpOnSlowService(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer s.Close()
	defer close(hang)
	m := testMonitor(s.URL, newEvents(t))
	m.Timeout = 20 * time.Millisecond
	if err := m.look(t.Context()); err == nil || err.Error() != "no answer within 20ms" {
		t.Errorf("error %v, want no answer within 20ms", err)
	}
}

// A look that was cut off because the monitor ends must not count as a failure.
func TestEndingMonitorDoesNotPage(t *testing.T) {
	t.Parallel()
	inbox := newEvents(t)
	m := testMonitor("http://127.0.0.1:1/", inbox)
	m.Failures = 1
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m.note(ctx, m.look(ctx))
	if m.failures != 0 || len(inbox.actions("shop-check")) != 0 {
		t.Errorf("%d failures and pages %v, want none", m.failures, inbox.actions("shop-check"))
	}
}
