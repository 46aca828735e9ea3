package prometheus

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/lab"
	"github.com/failurefriday/friday/verify"
)

// toy is a target whose metrics a test sets, and which can be made to refuse.
type toy struct {
	*httptest.Server
	mu      sync.Mutex
	values  map[string]func() float64
	dead    bool
	scrapes int
}

// newToy starts a target.
func newToy(t testing.TB) *toy {
	s := &toy{values: map[string]func() float64{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.scrapes++
		if s.dead {
			http.Error(w, "dead", http.StatusInternalServerError)
			return
		}
		for _, name := range slices.Sorted(maps.Keys(s.values)) {
			fmt.Fprintf(w, "%s %v\n", name, s.values[name]())
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *toy) set(name string, v float64) { s.tick(name, func() float64 { return v }) }

// tick sets a metric that is asked for its value at every scrape.
func (s *toy) tick(name string, value func() float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[name] = value
}

func (s *toy) kill(dead bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead = dead
}

// settle waits until what was set has been collected, and collected again.
func (s *toy) settle(t testing.TB) {
	t.Helper()
	count := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.scrapes
	}
	begun := count()
	for limit := time.Now().Add(30 * time.Second); count() < begun+3; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("nobody scrapes")
		}
	}
}

func (s *toy) addr() string { return strings.TrimPrefix(s.URL, "http://") }

// counting is a value that grows by one at every scrape.
func counting() func() float64 {
	n := 0.0
	return func() float64 { n++; return n }
}

const config = `global: {scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s}
rule_files: [rules.yml]
ROUTER
scrape_configs:
  - {job_name: api, static_configs: [{targets: ['TARGET']}]}
`

// world starts a Prometheus that scrapes a target and evaluates rules, one a line. router is the address of an
// Alertmanager, or empty.
func world(t testing.TB, x *toy, router string, rules ...string) *lab.Server {
	t.Helper()
	alerting := ""
	if router != "" {
		alerting = fmt.Sprintf("alerting: {alertmanagers: [{static_configs: [{targets: ['%s']}]}]}", router)
	}
	text := "groups:\n  - name: g\n    rules:\n      - {" + strings.Join(rules, "}\n      - {") + "}\n"
	return lab.Prometheus(t, lab.Files{"prometheus.yml": config, "rules.yml": text}.With("ROUTER", alerting, "TARGET", x.addr()))
}

// walk follows a trail until a hop is what is wanted, or fails.
type walk struct {
	t     testing.TB
	trail verify.Trail
	fault time.Time
	last  []verify.Evidence
}

func follow(t testing.TB, s *Source, expected ...verify.Expectation) *walk {
	return &walk{t: t, trail: s.Follow(expected)}
}

func (w *walk) look() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	found, err := w.trail.Look(ctx, w.fault)
	if err != nil {
		w.t.Fatal(err)
	}
	w.last = found
}

func (w *walk) hop(h verify.Hop) verify.Evidence {
	for _, e := range w.last {
		if e.Hop == h {
			return e
		}
	}
	return verify.Evidence{}
}

// until looks until a hop has a state and a kind.
func (w *walk) until(h verify.Hop, state verify.State, kind string) verify.Evidence {
	w.t.Helper()
	for limit := time.Now().Add(60 * time.Second); time.Now().Before(limit); time.Sleep(200 * time.Millisecond) {
		w.look()
		if e := w.hop(h); e.State == state && e.Kind == kind {
			return e
		}
	}
	w.t.Fatalf("%s is never %q %s: %+v", h, state, kind, w.last)
	return verify.Evidence{}
}

// untilSays looks until a hop says something.
func (w *walk) untilSays(h verify.Hop, word string) {
	w.t.Helper()
	for limit := time.Now().Add(60 * time.Second); !strings.Contains(w.hop(h).Text, word); time.Sleep(200 * time.Millisecond) {
		if w.look(); time.Now().After(limit) {
			w.t.Fatalf("%s never says %q: %+v", h, word, w.hop(h))
		}
	}
}

func (w *walk) says(e verify.Evidence, words ...string) {
	w.t.Helper()
	for _, word := range words {
		if !strings.Contains(e.Text, word) {
			w.t.Errorf("%s: %q does not say %q", e.Hop, e.Text, word)
		}
	}
	if e.State == verify.Broken && e.Advice == "" {
		w.t.Errorf("%s: no advice", e.Hop)
	}
}
