package verifytest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
)

// Backend is an alerting system as a source sees it, in the source's own dialect.
type Backend interface {
	http.Handler
	Add(...Incident)
}

// Line is the way to an alerting system, whose answers are spoilt by a script as those of a Faulty are. One that is not
// HTTP knows each Fault by its name.
type Line interface {
	Script(script func(n int) *Fault)
	Count() int
}

// Suite is what every source must pass: it reads a good server to the last page, and says so whenever it could not.
type Suite struct {
	// New makes a source that reads the server at url. One request may last no longer than timeout.
	New func(url string, timeout time.Duration) verify.Source
	// Backend makes an empty alerting system; nil makes one of PagerDuty's dialect.
	Backend func() Backend
	// Nothing are the answers that are well-formed in the dialect and say nothing; nil means PagerDuty's.
	Nothing []Fault
	// Optional are the fields of an incident that a server may leave out or garble; nil means PagerDuty's.
	Optional []string

	// Serve starts an alerting system that does not speak HTTP, and tells the line to it and its URL; nil means HTTP.
	Serve func(t *testing.T, incidents ...Incident) (Line, string)
	// Faults are what can happen to such a line, among them Hang, Flood and Once; nil means those of HTTP.
	Faults []Fault
	// ID tells which incident of the suite one of the source is; nil means the one with its id.
	ID func(verify.Incident) string
	// Forgets is true for a system that tells nothing of what is resolved: its source knows of that what it saw itself.
	Forgets bool
	// Told makes a source that is told instead of asking, and tells it of the incidents: only what needs no line is run.
	Told func(t *testing.T, incidents ...Incident) verify.Source
}

// Run runs the suite.
func (s Suite) Run(t *testing.T) {
	if s.Backend == nil {
		s.Backend = func() Backend { return &PagerDuty{} }
	}
	if s.Nothing == nil {
		s.Nothing = nothing
	}
	if s.Optional == nil {
		s.Optional = optional
	}
	if s.Faults == nil {
		s.Faults = slices.Concat(Faults(), s.Nothing)
	}
	if s.ID == nil {
		s.ID = func(in verify.Incident) string { return in.ID }
	}
	t.Run("good", s.good)
	t.Run("empty", s.empty)
	t.Run("pages", s.pages)
	t.Run("optional fields", s.optionalFields)
	if s.Told != nil {
		return
	}
	t.Run("faults", s.faults)
	t.Run("every request counts", s.everyRequest)
	t.Run("memory", s.memory)
	if s.Serve == nil {
		t.Run("redirect", s.redirect)
	}
	if s.Forgets {
		t.Run("resolved", s.resolved)
	}
	t.Run("nobody listens", s.refused)
	t.Run("cancel", s.cancel)
}

// optional are the fields of PagerDuty's incidents that nothing may hang on.
var optional = []string{
	"title", "summary", "status", "urgency", "incident_key", "html_url", "service", "acknowledgements", "resolved_at",
	"last_status_change_at", "last_status_change_by", "first_trigger_log_entry", "resolve_reason", "assignments", "priority",
}

// method is one way to ask a source.
type method struct {
	name string
	ask  func(context.Context, verify.Source) ([]verify.Incident, error)
}

// start is when the suite's incidents begin to open, with a fraction of a second that servers do not tell.
func start() time.Time {
	return time.Now().UTC().Truncate(time.Second).Add(-time.Minute + 300*time.Millisecond)
}

func methods(since time.Time) []method {
	return []method{
		{"Ready", func(ctx context.Context, s verify.Source) ([]verify.Incident, error) { return nil, s.Ready(ctx) }},
		{"Open", func(ctx context.Context, s verify.Source) ([]verify.Incident, error) { return s.Open(ctx) }},
		{"Since", func(ctx context.Context, s verify.Source) ([]verify.Incident, error) { return s.Since(ctx, since) }},
	}
}

// serve starts a server with the incidents and a source that reads it.
func (s Suite) serve(t *testing.T, incidents ...Incident) (Line, verify.Source) {
	t.Helper()
	return s.serveWithin(t, patient, incidents...)
}

// serveWithin is serve for a source of which one request may last so long.
func (s Suite) serveWithin(t *testing.T, timeout time.Duration, incidents ...Incident) (Line, verify.Source) {
	t.Helper()
	if s.Told != nil {
		return nil, s.Told(t, incidents...)
	}
	if s.Serve != nil {
		line, url := s.Serve(t, incidents...)
		return line, s.New(url, timeout)
	}
	backend := s.Backend()
	backend.Add(incidents...)
	faulty := &Faulty{Good: backend}
	server := httptest.NewServer(faulty)
	t.Cleanup(server.Close)
	return faulty, s.New(server.URL, timeout)
}

// three are one incident before the moment, one at it that is resolved, and one after it.
func three(at time.Time) []Incident {
	return []Incident{
		{ID: "OLD", Service: "Checkout", Title: "before", Opened: at.Add(-time.Hour)},
		{ID: "DONE", Service: "Checkout", Title: "at the moment", Opened: at, Resolved: at.Add(2 * time.Second)},
		{ID: "NEW", Service: "Payments", Title: "after", Urgency: "low", Opened: at.Add(5 * time.Second)},
	}
}

func (s Suite) ids(incidents []verify.Incident) []string {
	all := []string{}
	for _, in := range incidents {
		all = append(all, s.ID(in))
	}
	slices.Sort(all)
	return all
}

func (s Suite) good(t *testing.T) {
	at := start()
	_, src := s.serve(t, three(at)...)
	if err := src.Ready(t.Context()); err != nil {
		t.Errorf("Ready: %v", err)
	}
	open, err := src.Open(t.Context())
	if got, want := fmt.Sprint(s.ids(open)), "[NEW OLD]"; got != want || err != nil {
		t.Errorf("Open: %s, %v; want %s", got, err, want)
	}
	since, err := src.Since(t.Context(), at)
	want := "[DONE NEW]"
	if s.Forgets {
		want = "[NEW]"
	}
	if got := fmt.Sprint(s.ids(since)); got != want || err != nil {
		t.Fatalf("Since: %s, %v; want %s", got, err, want)
	}
	for _, in := range since {
		id := s.ID(in)
		want := map[string]Incident{"DONE": three(at)[1], "NEW": three(at)[2]}[id]
		if in.Service != want.Service || in.Title != want.Title {
			t.Errorf("%s: service %q, title %q; want %q, %q", id, in.Service, in.Title, want.Service, want.Title)
		}
		near(t, id+": opened", in.Opened, want.Opened)
		near(t, id+": resolved", in.Resolved, want.Resolved)
		if (in.Status == verify.Resolved) != !want.Resolved.IsZero() {
			t.Errorf("%s: status %q", id, in.Status)
		}
	}
}

// near fails unless a time was told as well as whole seconds allow.
func near(t *testing.T, what string, got, want time.Time) {
	t.Helper()
	if off := want.Sub(got); got.IsZero() != want.IsZero() || off < 0 || off >= time.Second {
		t.Errorf("%s: %s; want %s, at most cut off to the second", what, got, want)
	}
}

func (s Suite) empty(t *testing.T) {
	_, src := s.serve(t)
	for _, m := range methods(start()) {
		if got, err := m.ask(t.Context(), src); len(got) != 0 || err != nil {
			t.Errorf("%s of an empty system: %v, %v", m.name, got, err)
		}
	}
}

// crowd is n open incidents, three a second.
func crowd(at time.Time, n int) []Incident {
	var all []Incident
	for i := range n {
		all = append(all, Incident{
			ID: fmt.Sprintf("P%05d", i), Service: "Checkout", Title: "down", Opened: at.Add(time.Duration(i) * 333 * time.Millisecond),
		})
	}
	return all
}

func (s Suite) pages(t *testing.T) {
	for _, n := range []int{1, 99, 100, 101, 199, 200, 250} {
		at := start().Add(-time.Hour)
		_, src := s.serve(t, crowd(at, n)...)
		for _, m := range methods(at)[1:] {
			got, err := m.ask(t.Context(), src)
			if err != nil || len(got) != n {
				t.Errorf("%s of %d: %d, %v", m.name, n, len(got), err)
			}
			if all := s.ids(got); len(slices.Compact(all)) != len(got) {
				t.Errorf("%s of %d: some are told twice", m.name, n)
			}
		}
	}
}

// garbled are the values that a field may have against all promises.
var garbled = map[string]any{
	"absent": Absent, "null": nil, "a number": 7, "a bool": true, "a string": "x", "a list": []any{1, nil, "x", map[string]any{}},
	"an object": map[string]any{"id": 3, "at": false, "type": nil, "channel": []int{1}},
}

func (s Suite) optionalFields(t *testing.T) {
	at := start()
	var incidents []Incident
	for _, field := range s.Optional {
		for how, value := range garbled {
			incidents = append(incidents, Incident{
				ID: field + " is " + how, Service: "Checkout", Title: "down", Opened: at.Add(time.Second),
				Fields: map[string]any{field: value},
			})
		}
	}
	_, src := s.serve(t, incidents...)
	for _, m := range methods(at)[1:] {
		got, err := m.ask(t.Context(), src)
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
		seen := s.ids(got)
		for _, in := range incidents {
			if !slices.Contains(seen, in.ID) {
				t.Errorf("%s does not show the incident whose %s", m.name, in.ID)
			}
		}
	}
}
