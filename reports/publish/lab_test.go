package publish

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/verify/judge"
)

// canary stands for a secret; it must be seen by the server that it is for, and by nobody else.
const canary = "c4nary/5ecret+path"

// heard are the requests that a server was sent.
type heard struct {
	mu  sync.Mutex
	all []request
}

type request struct {
	method, path string
	header       http.Header
	body         string
}

func (h *heard) note(r *http.Request) {
	body, _ := io.ReadAll(r.Body) // what could be read is what is compared
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, request{r.Method, r.URL.RequestURI(), r.Header.Clone(), string(body)})
}

func (h *heard) requests() []request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all
}

// served is a server that notes what it is sent before it answers.
func served(t *testing.T, answer http.HandlerFunc) (url string, got *heard) {
	t.Helper()
	got = new(heard)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got.note(r)
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, got
}

func says(code int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body) // a reader that is gone is what the test is about
	}
}

// transport answers without a network, so that the clock of a test may be a fake.
type transport struct {
	heard
	answers []http.HandlerFunc // one after the other; the last one stays
}

func (tr *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	tr.note(r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	tr.answers[min(len(tr.requests()), len(tr.answers))-1](w, r)
	if w.Code == never {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

// never is the code of an answer that does not come.
const never = 999

// env has the secrets of a test in its environment.
func env(vars ...string) Env {
	set := map[string]string{}
	for i := 0; i < len(vars); i += 2 {
		set[vars[i]] = vars[i+1]
	}
	return Env{Getenv: func(name string) string { return set[name] }, Secrets: new(secret.Scrubber), UserAgent: "friday/test"}
}

func built(t *testing.T, kind string, settings any, e Env) Target {
	t.Helper()
	target, err := Build("oncall", kind, Always, settings, e)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// now is the moment at which the tests send.
var now = time.Date(2026, 11, 20, 10, 30, 0, 0, time.UTC)

func news(r judge.Record) News {
	return News{Record: r, Link: "https://reports.example.org/friday/runs/" + r.Run.ID + ".html", At: now}
}

// indented is JSON as a person reads it.
func indented(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return b.Bytes()
}

// poisoned is a silent run in which everything that comes from outside is text.
func poisoned(text string) judge.Record {
	r := sample.PaymentsDies()
	more := sample.Unrestored()
	r.Restored, r.Residue = false, more.Residue
	r.Steps[0].Unhealthy = "x"
	poison(reflect.ValueOf(&r).Elem(), text)
	return r
}

func poison(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), text)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				poison(v.Field(i), text)
			}
		}
	default:
	}
}
