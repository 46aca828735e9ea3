package inbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/secret"
)

// mustNew makes an inbox and closes it after the test.
func mustNew(t testing.TB, c Config, env Env) *Server {
	t.Helper()
	s, err := New(c, env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// do sends one request through the whole of the handler; headers come in pairs of name and value.
func do(s *Server, method, path, body string, headers ...string) *http.Response {
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, "http://127.0.0.1:9911"+path, in)
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

// text is the body of an answer that must have the status.
func text(t testing.TB, res *http.Response, status int) string {
	t.Helper()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != status {
		t.Fatalf("status %d, want %d; body: %s", res.StatusCode, status, data)
	}
	return string(data)
}

// into is the body of an answer with 200, decoded.
func into[T any](t testing.TB, res *http.Response) T {
	t.Helper()
	var to T
	if err := json.Unmarshal([]byte(text(t, res, 200)), &to); err != nil {
		t.Fatal(err)
	}
	return to
}

// trigger is a good event with changes, pairs of name and value: a field of the body, or of its payload for a name like
// payload.severity. A nil value removes the field.
func trigger(changes ...any) string {
	return eventBody(map[string]any{
		"routing_key": "checkout", "event_action": "trigger", "dedup_key": "k1",
		"payload": map[string]any{"summary": "checkout is down", "source": "web-1", "severity": "critical"},
	}, changes...)
}

// act is an event without a payload.
func act(action, key string) string {
	return eventBody(map[string]any{"routing_key": "checkout", "event_action": action, "dedup_key": key})
}

func eventBody(body map[string]any, changes ...any) string {
	for i := 0; i+1 < len(changes); i += 2 {
		in, name := body, changes[i].(string)
		if after, ok := strings.CutPrefix(name, "payload."); ok {
			in, name = body["payload"].(map[string]any), after
		}
		if changes[i+1] == nil {
			delete(in, name)
			continue
		}
		in[name] = changes[i+1]
	}
	data, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("an event that is no JSON: %v", err))
	}
	return string(data)
}

// send posts an event that must be accepted and returns its dedup key.
func send(t testing.TB, s *Server, body string) string {
	t.Helper()
	var out struct {
		Key string `json:"dedup_key"`
	}
	if err := json.Unmarshal([]byte(text(t, do(s, "POST", "/v2/enqueue", body), 202)), &out); err != nil {
		t.Fatal(err)
	}
	return out.Key
}

// seen is what the tests look at of an incident.
type seen struct {
	ID, Status, Urgency, Title string
	Number                     int    `json:"incident_number"`
	Key                        string `json:"incident_key"`
	Service                    struct{ ID, Summary string }
	Assignments                []struct{ Assignee struct{ Summary string } }
	Acks                       []struct{ Acknowledger struct{ Summary string } } `json:"acknowledgements"`
	Pending                    []struct{ Type, At string }                       `json:"pending_actions"`
}

type seenPage struct {
	Incidents     []seen
	Limit, Offset int
	More          bool
	Total         *int
}

// incidents asks for incidents; query begins with a question mark, if there is one.
func incidents(t testing.TB, s *Server, query string) []seen {
	t.Helper()
	return into[seenPage](t, do(s, "GET", "/incidents"+query, "")).Incidents
}

// onlyIncident is the one incident that there must be.
func onlyIncident(t testing.TB, s *Server) seen {
	t.Helper()
	all := incidents(t, s, "")
	if len(all) != 1 {
		t.Fatalf("%d incidents, want 1: %+v", len(all), all)
	}
	return all[0]
}

// logOf are the kinds of the log entries of an incident with what happened, oldest first.
func logOf(t testing.TB, s *Server, id string) []string {
	t.Helper()
	page := into[struct {
		Entries []struct{ Type, Summary string } `json:"log_entries"`
	}](t, do(s, "GET", "/incidents/"+id+"/log_entries?limit=100", ""))
	out := make([]string, len(page.Entries))
	for i, e := range page.Entries {
		out[len(out)-1-i] = strings.TrimSuffix(e.Type, "_log_entry") + ": " + e.Summary
	}
	return out
}

// lockedInbox asks for a token, which is returned too.
func lockedInbox(t testing.TB) (*Server, string) {
	t.Helper()
	c := DefaultConfig()
	c.Token = secret.Ref{Env: "TOKEN"}
	const token = "open-sesame-42"
	return mustNew(t, c, Env{Getenv: func(string) string { return token }}), token
}
