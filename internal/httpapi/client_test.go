package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/secret"
)

// serve starts a server and makes a client of it, with a short patience and a small limit.
func serve(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return New(Options{Base: server.URL + "/api/", Timeout: 200 * time.Millisecond, MaxBody: 1000, UserAgent: "friday/test"})
}

func says(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // a reader that is gone is what the test is about
	}
}

func TestRequest(t *testing.T) {
	var got *http.Request
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		says(200, `{"a":1}`)(w, r)
	})
	c.opts.Authorize = func(r *http.Request) { r.Header.Set("Authorization", "x") }
	c.opts.Header = http.Header{"Accept": {"application/json"}}
	var v struct{ A int }
	if err := c.Get(t.Context(), "/things", url.Values{"since": {"1+1 Z"}}, &v); err != nil || v.A != 1 {
		t.Fatalf("%+v, %v", v, err)
	}
	if got.Method != "GET" || got.URL.Path != "/api/things" || got.URL.Query().Get("since") != "1+1 Z" {
		t.Errorf("asked %s %s", got.Method, got.URL)
	}
	for name, want := range map[string]string{"Authorization": "x", "Accept": "application/json", "User-Agent": "friday/test"} {
		if got.Header.Get(name) != want {
			t.Errorf("%s: %q", name, got.Header.Get(name))
		}
	}
	if c.Requests() != 1 {
		t.Errorf("%d requests were counted", c.Requests())
	}
}

func TestEveryFailureHasItsKind(t *testing.T) {
	full := `{"a":"` + strings.Repeat("x", 1000-8) + `"}`
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		kind   Kind
		says   string
	}{
		{"good", says(200, `{"a":"b"}`), "", ""},
		{"white space around", says(201, "\n {\"a\":\"b\"} \n"), "", ""},
		{"as large as allowed", says(200, full), "", ""},
		{"one byte larger", says(200, full+" "), TooLarge, "larger than 1000 bytes"},
		{"401", says(401, `{"error":{"message":"no"}}`), Auth, `status 401 Unauthorized: "{\"error\":`},
		{"403", says(403, ""), Auth, "status 403 Forbidden"},
		{"404", says(404, "nothing\n\n here"), Refused, `"nothing here"`},
		{"429", says(429, ""), RateLimit, "status 429"},
		{"500", says(500, strings.Repeat("é", 1000)), Server, "é…"},
		{"599", says(599, ""), Server, "status 599"},
		{"a redirect", says(307, "", "Location: https://elsewhere.example/x?token=1"), Refused, "redirect to https://elsewhere.example, which"},
		{"no body", says(200, ""), Garbage, "ends in the middle"},
		{"half a body", says(200, `{"a":`), Garbage, "ends in the middle"},
		{"HTML", says(200, "<html>"), Garbage, "invalid character '<'"},
		{"two values", says(200, `{"a":"b"}{}`), Garbage, "more follows"},
		{"rubbish behind", says(200, `{"a":"b"}]`), Garbage, "invalid character ']'"},
		{"another type", says(200, `{"a":1}`), Garbage, "cannot unmarshal number"},
		{"shorter than declared", says(200, `{"a":"b"}`, "Content-Length: 500"), Network, "unexpected EOF"},
		{"never", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, Timeout, "no answer in time"},
		{"the headers, then nothing", func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, Timeout, "not complete in time"},
		{"dropped", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, Network, "EOF"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var v struct{ A string }
			err := serve(t, tc.answer).Get(t.Context(), "/things", url.Values{"q": {"hidden"}}, &v)
			if KindOf(err) != tc.kind || (err == nil) != (tc.kind == "") {
				t.Fatalf("kind %q, error %v; want %q", KindOf(err), err, tc.kind)
			}
			if err == nil {
				return
			}
			if text := err.Error(); !strings.Contains(text, tc.says) || !strings.Contains(text, "/api/things: ") || strings.Contains(text, "hidden") || len(text) > 500 {
				t.Errorf("got %s\nwant …%s… and the URL without its query", text, tc.says)
			}
		})
	}
}

func TestCancelIsSeenInTheError(t *testing.T) {
	c := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Get(ctx, "/", nil, new(any)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	c.opts.Timeout = time.Hour
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := c.Get(ctx, "/", nil, new(any)); KindOf(err) != Timeout || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestNobodyListens(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	if err := New(Options{Base: server.URL}).Get(t.Context(), "/", nil, new(any)); KindOf(err) != Network {
		t.Errorf("got %v", err)
	}
}

func TestSecretsAreNotTold(t *testing.T) {
	const canary = "c4nary-5ecret"
	var scrub secret.Scrubber
	scrub.Learn(secret.New(canary))
	for _, before := range []int{0, 1, 280, 295, 299, 300, 301, 4090, searched - 5} {
		for _, code := range []int{200, 400} {
			c := serve(t, says(code, strings.Repeat("x", before)+canary+canary))
			c.opts.Clean, c.opts.MaxBody = scrub.Clean, 1<<20
			err := c.Get(t.Context(), "/"+canary, nil, new(any))
			if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), "c4n") {
				t.Errorf("%d bytes before, status %d: %v", before, code, err)
			}
		}
	}
}

// TestReaderMayFail: what the reader of an answer finds wrong is a failure of the answer, and its cause can be seen.
func TestReaderMayFail(t *testing.T) {
	cause := errors.New("no id")
	err := serve(t, says(200, `{"items":[]}`)).Read(t.Context(), "/", nil, func(r io.Reader) error {
		if err := json.NewDecoder(r).Decode(new(any)); err != nil {
			return err
		}
		return cause
	})
	if KindOf(err) != Garbage || !errors.Is(err, cause) || !strings.Contains(err.Error(), `"{\"items\":[]}"`) {
		t.Errorf("got %v; want the cause and the answer", err)
	}
}

// TestClosedUnderTheReader: that the time was over is told, however the connection put it.
func TestClosedUnderTheReader(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	c.http.Transport = closing{http.DefaultTransport}
	err := c.Get(t.Context(), "/", nil, new(any))
	if KindOf(err) != Timeout || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// closing is a transport whose bodies end with an error of their own.
type closing struct{ http.RoundTripper }

func (c closing) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = closingBody{resp.Body}
	}
	return resp, err
}

type closingBody struct{ io.ReadCloser }

func (b closingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		err = errors.New("use of closed network connection")
	}
	return n, err
}
