package verifytest

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
)

// nothing are PagerDuty's answers that say nothing.
var nothing = []Fault{
	Answer("incidents are null", 200, `{"incidents":null,"log_entries":null,"more":false}`),
	Answer("incidents are an object", 200, `{"incidents":{},"log_entries":{},"more":false}`),
	Answer("an incident without id", 200, `{"incidents":[{"created_at":"2026-01-02T03:04:05Z","title":"x"}],"more":false}`),
	Answer("an incident without time", 200, `{"incidents":[{"id":"P1","title":"x"}],"more":false}`),
	Answer("an incident that is null", 200, `{"incidents":[null],"log_entries":[null],"more":false}`),
	Answer("a list of another name", 200, `{"services":[],"more":false}`),
}

// refusal asks and fails the test unless the answer is an error, in time, and nothing else.
func (s Suite) refusal(t *testing.T, m method, src verify.Source) {
	t.Helper()
	begun := time.Now()
	got, err := m.ask(t.Context(), src)
	if err == nil || len(got) != 0 {
		t.Errorf("%s: %d incidents, error %v; want an error alone", m.name, len(got), err)
	}
	if took := time.Since(begun); took > s.Timeout+3*time.Second {
		t.Errorf("%s took %s", m.name, took)
	}
}

func (s Suite) faults(t *testing.T) {
	for _, fault := range slices.Concat(Faults(), s.Nothing) {
		t.Run(fault.Name, func(t *testing.T) {
			t.Parallel()
			faulty, src := s.serve(t, three(start())...)
			faulty.Script(func(int) *Fault { return &fault })
			for _, m := range methods(start()) {
				s.refusal(t, m, src)
			}
			faulty.Script(nil)
			for _, m := range methods(start()) {
				if _, err := m.ask(t.Context(), src); err != nil {
					t.Errorf("%s does not recover: %v", m.name, err)
				}
			}
		})
	}
}

// everyRequest spoils each request of an answer of several pages in turn: none is dispensable.
func (s Suite) everyRequest(t *testing.T) {
	at := start().Add(-time.Hour)
	fault := Answer("503", http.StatusServiceUnavailable, "")
	for _, m := range methods(at) {
		faulty, src := s.serve(t, crowd(at, 250)...)
		if _, err := m.ask(t.Context(), src); err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
		for bad := range faulty.Count() {
			faulty.Script(func(n int) *Fault {
				if n == bad {
					return &fault
				}
				return nil
			})
			s.refusal(t, m, src)
		}
	}
}

func (s Suite) redirect(t *testing.T) {
	asked := make(chan string, 100)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Path
		_, _ = w.Write([]byte(`{"incidents":[],"log_entries":[],"more":false}`))
	}))
	t.Cleanup(other.Close)
	for _, code := range []int{301, 302, 307, 308} {
		faulty, src := s.serve(t)
		fault := Answer("redirect", code, "", "Location: "+other.URL+"/elsewhere")
		faulty.Script(func(int) *Fault { return &fault })
		for _, m := range methods(start()) {
			s.refusal(t, m, src)
		}
	}
	select {
	case path := <-asked:
		t.Errorf("the source followed a redirect to another host: %s", path)
	default:
	}
}

func (s Suite) refused(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	for _, m := range methods(start()) {
		s.refusal(t, m, s.New(server.URL))
	}
}

func (s Suite) cancel(t *testing.T) {
	for _, m := range methods(start()) {
		faulty, src := s.serve(t)
		ctx, cancel := context.WithCancel(t.Context())
		fault := Fault{"cancel", func(w http.ResponseWriter, r *http.Request, good http.Handler) {
			cancel()
			hang(w, r, good)
		}}
		faulty.Script(func(int) *Fault { return &fault })
		begun := time.Now()
		got, err := m.ask(ctx, src)
		if !errors.Is(err, context.Canceled) || len(got) != 0 {
			t.Errorf("%s: %v, %v; want that it was cancelled", m.name, got, err)
		}
		if took := time.Since(begun); took > max(s.Timeout/2, 200*time.Millisecond) {
			t.Errorf("%s took %s to notice", m.name, took)
		}
	}
}
