package alertmanager

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

// fake plays the part of Alertmanager's API: it forgets what is resolved.
type fake struct {
	mu        sync.Mutex
	incidents []verifytest.Incident
	config    string // plain if empty
	silences  string // JSON; none if empty
	metrics   string
	paths     []string // that were asked for
}

const plain = "route: {receiver: team, group_by: [alertname]}\nreceivers: [{name: team, webhook_configs: [{url: <secret>}]}]\n"

func (f *fake) Add(incidents ...verifytest.Incident) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.incidents = append(f.incidents, incidents...)
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.paths = append(f.paths, r.URL.Path)
	switch r.URL.Path {
	case "/api/v2/status":
		config := f.config
		if config == "" {
			config = plain
		}
		tell(w, map[string]any{"cluster": map[string]any{"status": "disabled", "peers": []any{}}, "config": map[string]any{"original": config}})
	case "/api/v2/alerts":
		tell(w, f.alerts())
	case "/api/v2/alerts/groups":
		groups := []any{}
		for _, a := range f.alerts() {
			name := a.(map[string]any)["labels"].(map[string]any)["alertname"]
			groups = append(groups, map[string]any{"labels": map[string]any{"alertname": name}, "receiver": map[string]any{"name": "team"}, "alerts": []any{a}})
		}
		tell(w, groups)
	case "/api/v2/silences":
		text := f.silences
		if text == "" {
			text = "[]"
		}
		fmt.Fprint(w, text)
	case "/metrics":
		fmt.Fprint(w, "alertmanager_build_info{version=\"0.25.0\"} 1\n"+f.metrics)
	default:
		w.WriteHeader(http.StatusNotFound)
		tell(w, "no such path")
	}
}

func (f *fake) alerts() []any {
	now, all := time.Now(), []any{}
	for _, in := range f.incidents {
		if in.Opened.After(now) || !in.Resolved.IsZero() && !in.Resolved.After(now) {
			continue
		}
		hash := fnv.New64()
		fmt.Fprint(hash, in.ID)
		a := map[string]any{
			"labels": map[string]any{"alertname": in.Title, "service": in.Service, "id": in.ID}, "annotations": map[string]any{},
			"fingerprint": fmt.Sprintf("%016x", hash.Sum64()), "receivers": []any{map[string]any{"name": "team"}}, "generatorURL": "http://prometheus/graph",
			"startsAt": in.Opened.Format(time.RFC3339Nano), "updatedAt": in.Opened.Format(time.RFC3339Nano), "endsAt": now.Add(time.Minute).Format(time.RFC3339Nano),
			"status": map[string]any{"state": "active", "silencedBy": []any{}, "inhibitedBy": []any{}},
		}
		maps.Copy(a, in.Fields)
		maps.DeleteFunc(a, func(_ string, v any) bool { return v == verifytest.Absent })
		all = append(all, a)
	}
	return all
}

func tell(w http.ResponseWriter, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	_, _ = w.Write(text) // a reader that is gone is the business of the test
}

// source makes a source that reads the server at url.
func source(tb testing.TB, p Params, url string) *Source {
	tb.Helper()
	p.URL = url
	src, err := p.Build("am", verify.Env{UserAgent: "friday/test", Getenv: func(string) string { return "hush" }})
	if err != nil {
		tb.Fatal(err)
	}
	return src.(*Source)
}

// serve starts a fake and a source that reads it.
func (f *fake) serve(tb testing.TB, p Params) *Source {
	tb.Helper()
	server := httptest.NewServer(f)
	tb.Cleanup(server.Close)
	return source(tb, p, server.URL)
}

func serveHTTP(tb testing.TB, h http.Handler) string {
	tb.Helper()
	server := httptest.NewServer(h)
	tb.Cleanup(server.Close)
	return server.URL
}
