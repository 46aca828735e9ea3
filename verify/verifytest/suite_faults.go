package verifytest

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
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

// refusal asks and fails the test unless the answer is an error of the right kind, in time, and nothing else.
func (s Suite) refusal(t *testing.T, m method, src verify.Source, want httpapi.Kind) {
	t.Helper()
	begun := time.Now()
	got, err := m.ask(t.Context(), src)
	if err == nil || len(got) != 0 {
		t.Errorf("%s: %d incidents, error %v; want an error alone", m.name, len(got), err)
	}
	if kind := httpapi.KindOf(err); err != nil && want != "" && kind != want {
		t.Errorf("%s: an error of kind %q, want %q: %v", m.name, kind, want, err)
	}
	if took := time.Since(begun); took > patient {
		t.Errorf("%s took %s", m.name, took)
	}
}

func (s Suite) faults(t *testing.T) {
	for _, fault := range s.Faults {
		t.Run(fault.Name, func(t *testing.T) {
			t.Parallel()
			faulty, src := s.serveWithin(t, fault.Patience(), three(start())...)
			faulty.Script(func(int) *Fault { return &fault })
			for _, m := range methods(start()) {
				s.refusal(t, m, src, fault.Kind)
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

// named is the fault of that name.
func (s Suite) named(t *testing.T, name string) *Fault {
	t.Helper()
	i := slices.IndexFunc(s.Faults, func(f Fault) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("there is no fault named %q", name)
	}
	return &s.Faults[i]
}

// everyRequest spoils each request of an answer of several pages in turn: none is dispensable.
func (s Suite) everyRequest(t *testing.T) {
	at := start().Add(-time.Hour)
	fault := s.named(t, Once)
	for _, m := range methods(at) {
		good, src := s.serve(t, crowd(at, 250)...)
		if _, err := m.ask(t.Context(), src); err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
		for bad := range good.Count() {
			line, src := s.serve(t, crowd(at, 250)...)
			line.Script(func(n int) *Fault {
				if n == bad {
					return fault
				}
				return nil
			})
			s.refusal(t, m, src, fault.Kind)
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
			s.refusal(t, m, src, fault.Kind)
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
	nowhere := server.URL
	if s.Serve != nil {
		_, somewhere := s.Serve(t)
		scheme, _, _ := strings.Cut(somewhere, "://")
		nowhere = scheme + strings.TrimPrefix(server.URL, "http")
	}
	for _, m := range methods(start()) {
		s.refusal(t, m, s.New(nowhere, patient), httpapi.Network)
	}
}

func (s Suite) cancel(t *testing.T) {
	for _, m := range methods(start()) {
		faulty, src := s.serve(t)
		ctx, cancel := context.WithCancel(t.Context())
		fault := s.named(t, Hang)
		faulty.Script(func(int) *Fault {
			cancel()
			return fault
		})
		begun := time.Now()
		got, err := m.ask(ctx, src)
		if !errors.Is(err, context.Canceled) || len(got) != 0 {
			t.Errorf("%s: %v, %v; want that it was cancelled", m.name, got, err)
		}
		if took := time.Since(begun); took > patient/2 {
			t.Errorf("%s took %s to notice", m.name, took)
		}
	}
}

// appetite is more than a reader needs for one answer of any size, and less than it takes to read 100 MB.
const appetite = 96 << 20

// memory floods the source: it must not take in what it cannot use.
func (s Suite) memory(t *testing.T) {
	faulty, src := s.serve(t)
	fault := s.named(t, Flood)
	faulty.Script(func(int) *Fault { return fault })
	for _, m := range methods(start()) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s.refusal(t, m, src, "")
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > appetite {
			t.Errorf("%s took %d MiB for an answer of 100 MB", m.name, took>>20)
		}
	}
}
