package prometheus

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

// stage answers all that a look asks with what a real server said.
type stage struct{ t *testing.T }

func (s stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file := map[string]string{"/api/v1/rules": "rules_firing_pending", "/api/v1/targets": "targets_down"}[r.URL.Path]
	switch {
	case file != "":
		body, err := os.ReadFile(filepath.Join("testdata", file+".raw"))
		if err != nil {
			s.t.Error(err)
		}
		_, _ = w.Write(body)
	case r.URL.Path == "/api/v1/alertmanagers":
		tell(w, map[string]any{"activeAlertmanagers": []any{map[string]string{"url": "http://127.0.0.1:9093/api/v2/alerts"}}, "droppedAlertmanagers": []any{}})
	case r.URL.Path == "/metrics":
		_, _ = io.WriteString(w, "prometheus_notifications_dropped_total 0\n")
	case strings.HasPrefix(r.FormValue("query"), "ALERTS"):
		tell(w, map[string]any{"resultType": "matrix", "result": []any{}})
	default:
		tell(w, map[string]any{"resultType": "vector", "result": []any{}})
	}
}

func TestALookThatFailsSaysNothing(t *testing.T) {
	want := []verify.Expectation{expect("TargetDown")}
	for _, fault := range verifytest.Faults() {
		if fault.Kind == httpapi.Timeout || fault.Name == verifytest.Flood {
			continue // as slow here as anywhere
		}
		for bad := range 6 {
			if bad > 0 && fault.Name == "connection reset" {
				break // asked again by itself, on a new connection
			}
			faulty := &verifytest.Faulty{Good: stage{t}}
			server := httptest.NewServer(faulty)
			src := source(t, Params{timeout: 5 * time.Second}, server.URL)
			faulty.Script(func(n int) *verifytest.Fault {
				if n == bad {
					return &fault
				}
				return nil
			})
			trail := src.Follow(want)
			found, err := trail.Look(t.Context(), time.Time{})
			metrics, terms := bad == 0, bad == 5
			hidden := metrics && (fault.Kind == httpapi.Refused || fault.Kind == httpapi.Auth || fault.Kind == httpapi.Garbage)
			unasked := terms && (fault.Kind == httpapi.Refused || fault.Kind == httpapi.Server)
			if err == nil && !hidden && !unasked || err != nil && len(found) > 0 {
				t.Errorf("%s, request %d: %+v, %v", fault.Name, bad, found, err)
			}
			for _, e := range found {
				if hidden && e.Hop == verify.HandedToRouter && e.State == verify.OK || e.State == verify.Broken && e.Kind != "SF-03" { // the answers are old
					t.Errorf("%s, request %d: what nobody could see is told: %+v", fault.Name, bad, e)
				}
			}
			if _, err := trail.Look(t.Context(), time.Time{}); err != nil {
				t.Errorf("%s, request %d: it does not recover: %v", fault.Name, bad, err)
			}
			server.Close()
		}
	}
}

func TestSecretsAreSentAndNeverTold(t *testing.T) {
	const token = "s3cret+token"
	env := verify.Env{Getenv: func(string) string { return token }, Secrets: new(secret.Scrubber)}
	var sent []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, password, _ := r.BasicAuth()
		sent = append(sent, r.Header.Get("Authorization"), password)
		http.Error(w, "you sent "+token, http.StatusInternalServerError)
	}))
	t.Cleanup(server.Close)
	for _, p := range []Params{{Token: secret.Ref{Env: "T"}}, {User: "friday", Password: secret.Ref{Env: "T"}}} {
		p.URL, p.Poll = server.URL, time.Second
		if bad := p.Check(); bad != nil {
			t.Error(bad)
		}
		src, err := p.Build("prom", env)
		if err != nil {
			t.Fatal(err)
		}
		if err := src.Ready(t.Context()); err == nil || strings.Contains(err.Error(), token) {
			t.Errorf("%v", err)
		}
	}
	if got := fmt.Sprint(sent); !strings.Contains(got, "Bearer "+token) || !strings.Contains(got, " "+token+"]") {
		t.Errorf("sent %v", sent)
	}
}

func TestCheck(t *testing.T) {
	ref := secret.Ref{Env: "X"}
	for field, p := range map[string]Params{
		"url": {URL: "localhost:9090"}, "password": {User: "me"}, "token": {User: "me", Password: ref, Token: ref},
		"poll": {Poll: time.Millisecond},
	} {
		if p.URL == "" {
			p.URL = "http://127.0.0.1:9090/prefix"
		}
		if p.Poll == 0 {
			p.Poll = time.Second
		}
		if bad := p.Check(); len(bad) != 1 || bad[0].Field != field {
			t.Errorf("%s: %v", field, bad)
		}
	}
}

func TestTrustsTheCertificatesThatAreNamed(t *testing.T) {
	server := httptest.NewTLSServer(&fake{})
	t.Cleanup(server.Close)
	p := Params{URL: server.URL, CA: filepath.Join(t.TempDir(), "ca.pem")}
	if _, err := p.Build("prom", verify.Env{}); err == nil {
		t.Error("a file that is not there is trusted")
	}
	writeCA(t, p.CA, server)
	src, err := p.Build("prom", verify.Env{})
	if err != nil {
		t.Fatal(err)
	}
	if err := src.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	p.CA = ""
	if src, err = p.Build("prom", verify.Env{}); err != nil {
		t.Fatal(err)
	}
	if err := src.Ready(t.Context()); httpapi.KindOf(err) != httpapi.Network {
		t.Errorf("a certificate that nobody vouches for: %v", err)
	}
}
