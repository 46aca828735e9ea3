package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify/judge"
)

// apiFaults are the ways in which an alerting API fails while a fault is in force. None of them is an empty answer.
var apiFaults = map[string]http.HandlerFunc{
	"unauthorized":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
	"forbidden":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
	"rate limited":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
	"server error":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
	"wrong JSON":     func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"incidents": [{"id": 1,]}`) },
	"another answer": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"status":"ok"}`) },
	"a login page":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>sign in</html>") },
	"no list":        func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"incidents": null, "more": false}`) },
	"half a body": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"incidents": [], `)
	},
	"no answer": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	"a slow drip": func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			fmt.Fprint(w, " ")
			_ = http.NewResponseController(w).Flush()
			time.Sleep(50 * time.Millisecond)
		}
	},
	"a huge body": func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"incidents": [`)
		blanks := strings.Repeat(" ", 1<<20)
		for range 100 {
			if _, err := fmt.Fprint(w, blanks); err != nil {
				return
			}
		}
		fmt.Fprint(w, `], "more": false}`)
	},
	"a dropped connection": func(w http.ResponseWriter, _ *http.Request) {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
	},
}

// TestBlindRunner: an alerting API that fails while the fault is in force never ends in SILENT or PASS.
func TestBlindRunner(t *testing.T) {
	for name, broken := range apiFaults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			word := "blind-" + strings.ReplaceAll(name, " ", "")
			v := l.victim(word[:min(len(word), 15)])
			inbox, err := url.Parse(l.page)
			if err != nil {
				t.Fatal(err)
			}
			good := httputil.NewSingleHostReverseProxy(inbox)
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if stateOf(v.Process.Pid) == "stopped" {
					broken(w, r)
					return
				}
				good.ServeHTTP(w, r)
			}))
			t.Cleanup(func() { web.CloseClientConnections(); web.Close() })
			l.write("friday.yaml", fmt.Sprintf("environment: test\nsources:\n  inbox:\n    pagerduty: {url: %q, poll: 200ms}\n", web.URL))
			r := l.record(l.freeze("700ms", word[:min(len(word), 15)]))
			if r.Verdict != judge.Inconclusive || !r.Restored {
				t.Errorf("%s, restored %t: %s", r.Verdict, r.Restored, r.Summary)
			}
			if r.Sources[0].Failures == 0 && name != "no answer" && name != "a slow drip" {
				t.Errorf("no failed poll is on record: %+v", r.Sources[0])
			}
		})
	}
}
