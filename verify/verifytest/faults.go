package verifytest

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
)

// Fault spoils the answer to one request; good gives the answer that would have come. Kind is what its reader must call
// it; empty leaves that to the reader. Spoil is nil where the line is not HTTP.
type Fault struct {
	Name  string
	Kind  httpapi.Kind
	Spoil func(w http.ResponseWriter, r *http.Request, good http.Handler)
}

// How long one request of a test may last.
const (
	patient = 20 * time.Second // where an answer comes, though the machine may have a lot to do
	hasty   = time.Second      // where none may come: tests wait for it often
)

// Patience is what a source should bound one request by that meets the fault.
func (f Fault) Patience() time.Duration {
	if f.Kind == httpapi.Timeout || f.Kind == "" {
		return hasty
	}
	return patient
}

// Faulty is a server whose answers are spoilt by a script. It is safe for concurrent use.
type Faulty struct {
	Good http.Handler

	mu     sync.Mutex
	count  int
	script func(n int) *Fault
}

// Script sets the faults from now on: request n, counted from 0 anew, is spoilt by script(n), or not at all if that is
// nil. A nil script spoils nothing.
func (f *Faulty) Script(script func(n int) *Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count, f.script = 0, script
}

// Count is how many requests have come since the last Script.
func (f *Faulty) Count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}

// ServeHTTP answers as the script says.
func (f *Faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	var fault *Fault
	if f.script != nil {
		fault = f.script(f.count)
	}
	f.count++
	f.mu.Unlock()
	if fault == nil {
		f.Good.ServeHTTP(w, r)
		return
	}
	fault.Spoil(w, r, f.Good)
}

// kinds are what the classes of HTTP status mean to a reader that wanted data; two have a kind of their own.
var kinds = map[int]httpapi.Kind{
	2: httpapi.Garbage, 3: httpapi.Refused, 4: httpapi.Refused, 5: httpapi.Server,
	401: httpapi.Auth, 403: httpapi.Auth, 429: httpapi.RateLimit,
}

// Answer is a fault that answers with a fixed text. Headers are written "Name: value".
func Answer(name string, status int, body string, headers ...string) Fault {
	return Fault{name, cmp.Or(kinds[status], kinds[status/100]), func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		for _, h := range headers {
			key, value, _ := strings.Cut(h, ": ")
			w.Header().Set(key, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // a reader that is gone is the business of the test
	}}
}

// The faults that the suite asks for by name.
const (
	Hang  = "never an answer"
	Flood = "100 MB"
	Once  = "503" // spoils a single request, which nothing below the source makes good by asking again
)

// Faults are the ways in which a network, a proxy or a server can spoil an answer in any dialect. None of them is an
// empty answer, whatever it looks like.
func Faults() []Fault {
	return []Fault{
		Answer("401", 401, `{"error":{"message":"no"}}`),
		Answer("403", 403, `{"error":{"message":"no"}}`),
		Answer("404", 404, `Not Found`),
		Answer("429 with a reset", 429, `{"error":{"message":"Rate Limit Exceeded","code":2020}}`, "ratelimit-reset: 3"),
		Answer("429 without headers or body", 429, ""),
		Answer("500", 500, "oops"),
		Answer("502", 502, "<html>Bad Gateway</html>"),
		Answer(Once, 503, "", "Retry-After: 1"),
		Answer("200 without body", 200, ""),
		Answer("204", 204, ""),
		Answer("200 with HTML", 200, "<!doctype html><title>Sign in</title>", "Content-Type: text/html"),
		Answer("200 with an empty object", 200, `{}`),
		Answer("200 with null", 200, `null`),
		Answer("200 with an error object", 200, `{"error":{"message":"try again","code":2000}}`),
		Answer("200 with wrong JSON", 200, `{"incidents": [}`),
		{Hang, httpapi.Timeout, hang},
		{"headers and then nothing", httpapi.Timeout, func(w http.ResponseWriter, r *http.Request, good http.Handler) {
			flush(w)
			hang(w, r, good)
		}},
		{"one byte at a time", httpapi.Timeout, drip},
		{"half a body of a known length", httpapi.Network, func(w http.ResponseWriter, r *http.Request, good http.Handler) {
			text := recorded(r, good)
			w.Header().Set("Content-Length", fmt.Sprint(len(text)))
			_, _ = w.Write(text[:len(text)/2])
			flush(w)
			panic(http.ErrAbortHandler)
		}},
		{"half a body that ends as if it were whole", httpapi.Garbage, func(w http.ResponseWriter, r *http.Request, good http.Handler) {
			text := recorded(r, good)
			_, _ = w.Write(text[:len(text)/2])
		}},
		{"two answers in one", httpapi.Garbage, func(w http.ResponseWriter, r *http.Request, good http.Handler) {
			_, _ = w.Write(bytes.Repeat(recorded(r, good), 2))
		}},
		{Flood, "", flood}, // too large, or too slow
		{"connection reset", httpapi.Network, reset},
	}
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// hang says nothing until the reader has given up.
func hang(_ http.ResponseWriter, r *http.Request, _ http.Handler) { <-r.Context().Done() }

func drip(w http.ResponseWriter, r *http.Request, good http.Handler) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for _, b := range append(recorded(r, good), bytes.Repeat([]byte(" "), 10_000)...) {
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
			_, _ = w.Write([]byte{b})
			flush(w)
		}
	}
}

func flood(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	chunk := bytes.Repeat([]byte(" "), 1<<20)
	_, _ = io.WriteString(w, `{"incidents":`)
	for range 100 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
	_, _ = io.WriteString(w, `[],"more":false}`)
}

// reset drops the connection without a word of farewell.
func reset(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// recorded is the good answer to a request.
func recorded(r *http.Request, good http.Handler) []byte {
	rec := httptest.NewRecorder()
	good.ServeHTTP(rec, r)
	return rec.Body.Bytes()
}
