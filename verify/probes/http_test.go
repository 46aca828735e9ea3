package probes

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
)

// plenty is a limit that no sound look comes near.
const plenty = 20 * time.Second

func look(t *testing.T, p verify.Probe, limit time.Duration) verify.Pulse {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	pulse, err := p.Check(ctx)
	if err != nil {
		t.Fatalf("could not look: %v", err)
	}
	return pulse
}

func newHTTP(url string, change func(*HTTP)) *HTTP {
	p := HTTPKind.New().(*HTTP)
	p.URL = url
	if change != nil {
		change(p)
	}
	return p
}

func statuses(t *testing.T, texts ...string) Statuses {
	t.Helper()
	var s Statuses
	if err := s.UnmarshalTexts(texts); err != nil {
		t.Fatal(err)
	}
	return s
}

// newShop is a server with good and bad answers; none of them must be followed or come through a proxy.
func newShop(t *testing.T) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "all is well\nreally") })
	mux.HandleFunc("POST /health", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%s %s", r.Host, r.Header.Get("X-Who")) })
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/health", http.StatusFound) })
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
	})
	mux.HandleFunc("/hangup", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.Copy(w, strings.NewReader(strings.Repeat("x", 4*maxBody)))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func TestHTTPTellsGreenFromRed(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	shop := newShop(t)
	for _, test := range []struct {
		name, path string
		change     func(*HTTP)
		ok         bool
		detail     string // prefix
	}{
		{"good", "/health", nil, true, "200 in "},
		{"good, by code", "/health", func(p *HTTP) { p.Status = statuses(t, "200") }, true, "200 in "},
		{"another code", "/health", func(p *HTTP) { p.Status = statuses(t, "201", "404") }, false, "200, not 201 or 404"},
		{"method", "/health", func(p *HTTP) { p.Method = "POST"; p.Status = statuses(t, "201") }, true, "201 in "},
		{"body", "/health", func(p *HTTP) { p.Body = match.Must("/well/") }, true, "200 in "},
		{"another body", "/health", func(p *HTTP) { p.Body = match.Must("/ill/") }, false, `200, but the body does not match /ill/: "all is well"`},
		{"headers", "/echo", func(p *HTTP) {
			p.Headers = map[string]string{"x-who": "friday", "host": "shop.example"}
			p.Body = match.Must("shop.example friday")
		}, true, "200 in "},
		{"redirect", "/moved", nil, false, "302, not 2xx"},
		{"redirect as asked", "/moved", func(p *HTTP) { p.Status = statuses(t, "3xx") }, true, "302 in "},
		{"server error", "/broken", nil, false, "500, not 2xx"},
		{"cut off", "/cut", nil, false, "200, but then: the connection was closed in the middle of the answer"},
		{"hang up", "/hangup", nil, false, "the connection was closed without an answer"},
		{"no more than 1 MiB", "/endless", nil, true, "200 in "},
	} {
		t.Run(test.name, func(t *testing.T) {
			pulse := look(t, newHTTP(shop.URL+test.path, test.change), plenty)
			if pulse.OK != test.ok || !strings.HasPrefix(pulse.Detail, test.detail) {
				t.Errorf("got %v %q, want %v %q", pulse.OK, pulse.Detail, test.ok, test.detail)
			}
		})
	}
}

func TestHTTPOpensConnectionEachTime(t *testing.T) {
	t.Parallel()
	var opened atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	p := newHTTP(s.URL, nil)
	for range 3 {
		if pulse := look(t, p, plenty); !pulse.OK {
			t.Fatalf("red: %s", pulse.Detail)
		}
	}
	if got := opened.Load(); got != 3 {
		t.Errorf("%d connections for 3 looks", got)
	}
}

// A server that sends a byte now and then never finishes: each byte is no answer.
func TestHTTPSeesSlowDripAsRed(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-r.Context().Done():
				return
			case <-tick.C:
				_, _ = io.WriteString(w, ".")
				_ = http.NewResponseController(w).Flush()
			}
		}
	}))
	defer s.Close()
	pulse := look(t, newHTTP(s.URL, nil), 300*time.Millisecond)
	if want := "200, but then: no end of the answer within 300ms"; pulse.OK || pulse.Detail != want {
		t.Errorf("got %v %q, want red %q", pulse.OK, pulse.Detail, want)
	}
}

func TestHTTPSeesSilenceAsRed(t *testing.T) {
	t.Parallel()
	l := listen(t) // accepts in the kernel, never answers: what a paused process looks like
	pulse := look(t, newHTTP("http://"+l.Addr().String(), nil), 50*time.Millisecond)
	if want := "no answer within 50ms"; pulse.OK || pulse.Detail != want {
		t.Errorf("got %v %q, want red %q", pulse.OK, pulse.Detail, want)
	}
}

func TestHTTPSeesNobodyAsRed(t *testing.T) {
	t.Parallel()
	pulse := look(t, newHTTP("http://"+nobody(t), nil), plenty)
	if want := "connection refused"; pulse.OK || pulse.Detail != want {
		t.Errorf("got %v %q, want red %q", pulse.OK, pulse.Detail, want)
	}
}

func TestHTTPSeesUnknownNameAsRed(t *testing.T) {
	t.Parallel()
	pulse := look(t, newHTTP("http://no-such-host.invalid/", nil), plenty)
	if want := "no-such-host.invalid does not resolve: "; pulse.OK || !strings.HasPrefix(pulse.Detail, want) {
		t.Errorf("got %v %q, want red %q", pulse.OK, pulse.Detail, want)
	}
}

func TestHTTPChecksCertificates(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	pulse := look(t, newHTTP(s.URL, nil), plenty)
	if want := "TLS: x509: certificate signed by unknown authority"; pulse.OK || pulse.Detail != want {
		t.Errorf("self-signed: got %v %q, want red %q", pulse.OK, pulse.Detail, want)
	}
	if pulse := look(t, newHTTP(s.URL, func(p *HTTP) { p.Insecure = true }), plenty); !pulse.OK {
		t.Errorf("insecure: red: %s", pulse.Detail)
	}
	plain := newShop(t)
	pulse = look(t, newHTTP(strings.Replace(plain.URL, "http:", "https:", 1), nil), plenty)
	if want := "TLS: "; pulse.OK || !strings.HasPrefix(pulse.Detail, want) {
		t.Errorf("plain: got %v %q, want red %q", pulse.OK, pulse.Detail, want)
	}
}

// A look that the runner cuts off says nothing about the server.
func TestHTTPCutOffIsNotRed(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer s.Close()
	if pulse, err := newHTTP(s.URL, nil).Check(ctx); err == nil {
		t.Errorf("got %+v, want an error", pulse)
	}
}

func TestHTTPValidates(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*HTTP)
		field  string // "": fine
	}{
		{"fine", func(*HTTP) {}, ""},
		{"no scheme", func(p *HTTP) { p.URL = "127.0.0.1:80/health" }, "url"},
		{"other scheme", func(p *HTTP) { p.URL = "ftp://x/" }, "url"},
		{"no host", func(p *HTTP) { p.URL = "http:///health" }, "url"},
		{"bad escape", func(p *HTTP) { p.URL = "http://x/%zz" }, "url"},
		{"password", func(p *HTTP) { p.URL = "http://a:b@x/" }, "url"},
		{"method", func(p *HTTP) { p.Method = "GE T" }, "method"},
		{"header name", func(p *HTTP) { p.Headers = map[string]string{"a b": "c"} }, "headers.a b"},
		{"header value", func(p *HTTP) { p.Headers = map[string]string{"a": "c\r\nd: e"} }, "headers.a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			faults := newHTTP("https://shop.example/health", test.change).Validate()
			switch {
			case test.field == "" && len(faults) > 0:
				t.Errorf("faults: %v", faults)
			case test.field != "" && (len(faults) != 1 || faults[0].Field != test.field):
				t.Errorf("faults %v, want one at %s", faults, test.field)
			}
		})
	}
}

func TestStatusesRefuseNonsense(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "99", "600", "2x", "20", "2xxx", "ok", "-200"} {
		var s Statuses
		if err := s.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was read as %s", bad, s)
		}
	}
	if new(Statuses).Has(200) {
		t.Error("the zero set holds 200")
	}
	if s := statuses(t, "2XX", "404"); !s.Has(204) || !s.Has(404) || s.Has(304) || s.Has(400) {
		t.Errorf("%s does not hold what it says", s)
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// nobody is an address at which nobody listens. A socket is bound to it, so that nobody will.
func nobody(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	addr, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(addr.(*syscall.SockaddrInet4).Port))
}
