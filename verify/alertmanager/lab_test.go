package alertmanager

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/lab"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
)

// hooks is who is notified: it takes webhooks and PagerDuty's events, and answers as it is told to.
type hooks struct {
	url string

	mu     sync.Mutex
	answer map[string]int // status by path; 202 otherwise
	got    []notification
}

type notification struct {
	at   time.Time
	path string
	body map[string]any
}

func newHooks(t *testing.T) *hooks {
	t.Helper()
	h := &hooks{answer: map[string]int{}}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func (h *hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	n := notification{at: time.Now(), path: r.URL.Path, body: map[string]any{}}
	_ = json.Unmarshal(body, &n.body) // what is no JSON is not looked into
	h.mu.Lock()
	defer h.mu.Unlock()
	h.got = append(h.got, n)
	status, told := h.answer[r.URL.Path]
	if !told {
		status = http.StatusAccepted
	}
	w.WriteHeader(status)
}

func (h *hooks) answers(path string, status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer[path] = status
}

func (h *hooks) all() []notification {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]notification(nil), h.got...)
}

// world is a real Alertmanager, who it notifies, and a source that reads it.
type world struct {
	*Source
	am    *lab.Server
	hooks *hooks
}

// start starts one; HOOKS in the configuration is the URL of who is notified.
func start(t *testing.T, config string, p Params) *world {
	t.Helper()
	h := newHooks(t)
	am := lab.Alertmanager(t, strings.ReplaceAll(config, "HOOKS", h.url))
	w := &world{Source: source(t, p, am.URL), am: am, hooks: h}
	return w
}

// post sends alerts as Prometheus does: labels in pairs of "name=value".
func (w *world) post(t *testing.T, startsAt time.Time, alerts ...string) {
	t.Helper()
	w.send(t, startsAt, time.Time{}, alerts...)
}

// end tells that alerts are over.
func (w *world) end(t *testing.T, alerts ...string) {
	t.Helper()
	w.send(t, time.Now().Add(-time.Minute), time.Now(), alerts...)
}

func (w *world) send(t *testing.T, startsAt, endsAt time.Time, alerts ...string) {
	t.Helper()
	var all []map[string]any
	for _, text := range alerts {
		one := map[string]any{"labels": labelled(text), "startsAt": startsAt.UTC().Format(time.RFC3339Nano)}
		if !endsAt.IsZero() {
			one["endsAt"] = endsAt.UTC().Format(time.RFC3339Nano)
		}
		all = append(all, one)
	}
	w.request(t, "/api/v2/alerts", all)
}

func (w *world) request(t *testing.T, path string, v any) map[string]any {
	t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(w.am.URL+path, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s: %s", path, resp.Status, said)
	}
	answer := map[string]any{}
	_ = json.Unmarshal(said, &answer) // most answers are empty
	return answer
}

// silence silences alerts for an hour: matchers are name, value, in turn.
func (w *world) silence(t *testing.T, since time.Time, pairs ...string) string {
	t.Helper()
	var matchers []map[string]any
	for i := 0; i < len(pairs); i += 2 {
		matchers = append(matchers, map[string]any{"name": pairs[i], "value": pairs[i+1], "isRegex": true, "isEqual": true})
	}
	id, _ := w.request(t, "/api/v2/silences", map[string]any{
		"matchers": matchers, "startsAt": since.UTC().Format(time.RFC3339), "endsAt": time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
		"createdBy": "alice", "comment": "deploy",
	})["silenceID"].(string)
	return id
}

// labelled reads "alertname=A team=web".
func labelled(text string) map[string]string {
	all := map[string]string{}
	for pair := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(pair, "=")
		all[name] = value
	}
	return all
}

// want is the expectation 1.1 of an alert, written as labelled reads it.
func want(text, receiver string) verify.Expectation {
	e := verify.Expectation{ID: "1.1", Source: "pd"}
	for name, value := range labelled(text) {
		if name == "alertname" {
			e.Alert.Name = match.Must(value)
			continue
		}
		if e.Alert.Labels == nil {
			e.Alert.Labels = map[string]match.Pattern{}
		}
		e.Alert.Labels[name] = match.Must(value)
	}
	if receiver != "" {
		e.Alert.Receiver = match.Must(receiver)
	}
	return e
}

// see looks until a hop says what is awaited, and returns the evidence of all hops.
func see(t *testing.T, trail verify.Trail, fault time.Time, hop verify.Hop, state verify.State, kind string) map[verify.Hop]verify.Evidence {
	t.Helper()
	var last map[verify.Hop]verify.Evidence
	for limit := time.Now().Add(45 * time.Second); time.Now().Before(limit); time.Sleep(50 * time.Millisecond) {
		if last = once(t, trail, fault); last[hop].State == state && last[hop].Kind == kind && last[hop].Text != "" {
			return last
		}
	}
	t.Fatalf("%s does not become %q %s: %+v", hop, state, kind, last)
	return nil
}

func once(t *testing.T, trail verify.Trail, fault time.Time) map[verify.Hop]verify.Evidence {
	t.Helper()
	found, err := trail.Look(t.Context(), fault)
	if err != nil {
		t.Fatal(err)
	}
	all := map[verify.Hop]verify.Evidence{}
	for _, e := range found {
		if e.Source != "am" || e.Expectation != "1.1" || e.Request == "" || e.Text == "" {
			t.Errorf("evidence that lacks something: %+v", e)
		}
		all[e.Hop] = e
	}
	return all
}

// expire ends a silence.
func (w *world) expire(t *testing.T, id string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, w.am.URL+"/api/v2/silence/"+id, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v", resp.Status, err)
	}
}
