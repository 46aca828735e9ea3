package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

func sign(body, secret string) string {
	m := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(m, body) // never fails
	return "v1=" + hex.EncodeToString(m.Sum(nil))
}

const one = `{"id":"A","title":"down","status":"firing"}`

const plain = `format: json, fields: {id: id, title: title, status: status}`

func TestWhoMayPost(t *testing.T) {
	t.Parallel()
	am := encode(map[string]any{"version": "4", "groupKey": "g", "alerts": []any{
		map[string]any{"status": "firing", "labels": map[string]string{}, "startsAt": time.Now(), "fingerprint": "f"},
	}})
	pd := encode(v3("incident.triggered", time.Now(), verifytest.Incident{ID: "P1", Opened: time.Now()}))
	sha := sha1.New
	mac := hmac.New(sha, []byte("s3cret-S"))
	mac.Write([]byte(one))
	sum := mac.Sum(nil)
	right256 := strings.TrimPrefix(sign(one, "s3cret-S"), "v1=")
	basic := func(pair string) string {
		return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(pair))
	}
	for name, c := range map[string]struct {
		params, body, header string
		want                 int
	}{
		"nothing is asked for":      {`{}`, am, "", 202},
		"bearer":                    {`{secret: {env: S}}`, am, "Authorization: Bearer s3cret-S", 202},
		"bearer in lower case":      {`{secret: {env: S}}`, am, "Authorization: bearer s3cret-S", 202},
		"no bearer":                 {`{secret: {env: S}}`, am, "", 401},
		"another bearer":            {`{secret: {env: S}}`, am, "Authorization: Bearer s3cret-s", 401},
		"basic":                     {`{secret: {env: S}, user: am}`, am, basic("am:s3cret-S"), 202},
		"basic, wrong password":     {`{secret: {env: S}, user: am}`, am, basic("am:x"), 401},
		"basic, wrong user":         {`{secret: {env: S}, user: am}`, am, basic("root:s3cret-S"), 401},
		"basic, bearer sent":        {`{secret: {env: S}, user: am}`, am, "Authorization: Bearer s3cret-S", 401},
		"pagerduty":                 {`{format: pagerduty, secret: {env: S}}`, pd, "X-PagerDuty-Signature: " + sign(pd, "s3cret-S"), 202},
		"pagerduty, two signatures": {`{format: pagerduty, secret: {env: S}}`, pd, "X-PagerDuty-Signature: " + sign(pd, "old") + "," + sign(pd, "s3cret-S"), 202},
		"pagerduty, another":        {`{format: pagerduty, secret: {env: S}}`, pd, "X-PagerDuty-Signature: " + sign(pd, "old"), 401},
		"pagerduty, another body":   {`{format: pagerduty, secret: {env: S}}`, pd + " ", "X-PagerDuty-Signature: " + sign(pd, "s3cret-S"), 401},
		"pagerduty, none":           {`{format: pagerduty, secret: {env: S}}`, pd, "", 401},
		"pagerduty, version 2":      {`{format: pagerduty, secret: {env: S}}`, pd, "X-PagerDuty-Signature: v2" + strings.TrimPrefix(sign(pd, "s3cret-S"), "v1"), 401},
		"header":                    {`{secret: {env: S}, signature: {header: X-Token}, ` + plain + `}`, one, "X-Token: s3cret-S", 202},
		"header, wrong":             {`{secret: {env: S}, signature: {header: X-Token}, ` + plain + `}`, one, "X-Token: s3cret", 401},
		"header by default":         {`{secret: {env: S}, signature: {prefix: "Bearer "}, ` + plain + `}`, one, "Authorization: Bearer s3cret-S", 202},
		"hmac sha256 in hex":        {`{secret: {env: S}, signature: {header: X-Sig, prefix: "sha256=", hash: sha256}, ` + plain + `}`, one, "X-Sig: sha256=" + right256, 202},
		"hmac in capitals":          {`{secret: {env: S}, signature: {header: X-Sig, hash: sha256}, ` + plain + `}`, one, "X-Sig: " + strings.ToUpper(right256), 202},
		"hmac without its prefix":   {`{secret: {env: S}, signature: {header: X-Sig, prefix: "sha256=", hash: sha256}, ` + plain + `}`, one, "X-Sig: " + right256, 401},
		"hmac sha1 in base64":       {`{secret: {env: S}, signature: {header: X-Sig, hash: sha1, encoding: base64}, ` + plain + `}`, one, "X-Sig: " + base64.StdEncoding.EncodeToString(sum), 202},
		"hmac of another hash":      {`{secret: {env: S}, signature: {header: X-Sig, hash: sha1, encoding: base64}, ` + plain + `}`, one, "X-Sig: " + right256, 401},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, c.params)
			if got := post(s, c.body, c.header); got != c.want {
				t.Errorf("status %d, want %d: %+v", got, c.want, s.log.list())
			}
			open, err := s.Open(t.Context())
			if len(open) != map[int]int{202: 1, 401: 0}[c.want] || err != nil {
				t.Errorf("%v, %v", open, err)
			}
		})
	}
}

// TestRefusalsAreTold: nothing that came is dropped without a word, and no word tells a secret.
func TestRefusalsAreTold(t *testing.T) {
	t.Parallel()
	s := start(t, `{path: /pages, secret: {env: S}, signature: {header: X-Sig, hash: sha256}, `+plain+`}`)
	at, _, _ := s.listening()
	base := "http://" + at.String()
	signed := func(body string) string { return strings.TrimPrefix(sign(body, "s3cret-S"), "v1=") }
	ask := func(method, path, body, signature string) int {
		r, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Sig", signature)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	large, leaky := strings.Repeat(" ", mostBody+1), `{"id":"A","title":"x","status":"s3cret-S"}`
	for _, c := range []struct {
		method, path, body, signature string
		want                          int
	}{
		{"POST", "/pages", one, signed(one), 202},
		{"POST", "/pages", one, signed("x"), 401},
		{"POST", "/pages", one, "", 401},
		{"POST", "/pages", leaky, signed(leaky), 400},
		{"POST", "/pages", "[", signed("["), 400},
		{"POST", "/pages", large, signed(large), 413},
		{"POST", "/", one, signed(one), 404},
		{"POST", "/pages/", one, signed(one), 404},
		{"GET", "/pages", "", "", 405},
		{"PUT", "/pages", one, signed(one), 405},
	} {
		if got := ask(c.method, c.path, c.body, c.signature); got != c.want {
			t.Errorf("%s %s %.20q: status %d, want %d", c.method, c.path, c.body, got, c.want)
		}
	}
	want := verify.Expectation{ID: "1.1", Source: "hook", Match: verify.Match{Title: match.Must("down")}}
	found, err := s.Trace(t.Context(), []verify.Expectation{want})
	if err != nil {
		t.Fatal(err)
	}
	told := ""
	for _, e := range found {
		told += fmt.Sprintln(e.Hop, e.State, e.Kind, e.Text)
	}
	for _, says := range []string{
		"broken SF-16 2 requests were refused: bad signature, the last at ", " UTC from 127.0.0.1\n",
		"broken SF-16 2 requests were refused: not to be understood", "broken SF-16 1 request was refused: larger than 1 MiB",
		"2 requests were refused: wrong path", "2 requests were refused: not a POST",
	} {
		if !strings.Contains(told, says) {
			t.Errorf("the evidence does not say %q:\n%s", says, told)
		}
	}
	if strings.Contains(told, "s3cret-S") || strings.Contains(told, "waiting") {
		t.Errorf("the evidence tells a secret, or that nothing has come:\n%s", told)
	}
	want.Match.Title = match.Must("another")
	if found, err = s.Trace(t.Context(), []verify.Expectation{want}); err != nil || found[len(found)-1].State != verify.Waiting ||
		!strings.HasPrefix(found[len(found)-1].Text, "1 message has come since") {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestLife: a receiver that does not listen knows nothing, and says so.
func TestLife(t *testing.T) {
	t.Parallel()
	s := build(t, `{`+plain+`}`)
	fails := func(when, says string) {
		t.Helper()
		_, open := s.Open(t.Context())
		_, since := s.Since(t.Context(), time.Now())
		_, trace := s.Trace(t.Context(), nil)
		for _, err := range []error{open, since, trace} {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v; want that it %s", when, err, says)
			}
		}
	}
	fails("before", "does not listen yet")
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("asked again: %v", err)
	}
	if _, err := s.Since(t.Context(), time.Now().Add(-time.Hour)); err == nil || !strings.Contains(err.Error(), "is not known") {
		t.Errorf("of an hour ago: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Since(cancelled, time.Now()); err == nil {
		t.Error("cancelled, and no error")
	}
	at, _, _ := s.listening()
	p := s.params
	p.Listen = at.String()
	second, err := p.Build("second", verify.Env{})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "cannot listen at "+at.String()) {
		t.Errorf("a second one at the same port: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	fails("closed", "has been closed")
	if err := s.Ready(t.Context()); err == nil {
		t.Error("a closed receiver is ready")
	}
	if conn, err := net.Dial("tcp", at.String()); err == nil {
		conn.Close()
		t.Error("a closed receiver listens")
	}
}

// TestClosedAtOnce: once Close has returned nobody listens, though it came before the first message could.
func TestClosedAtOnce(t *testing.T) {
	t.Parallel()
	for range 300 {
		s := build(t, `{`+plain+`}`)
		if err := errors.Join(s.Ready(t.Context()), s.Close()); err != nil {
			t.Fatal(err)
		}
		if conn, err := net.Dial("tcp", s.at.String()); err == nil {
			conn.Close()
			t.Fatal("a closed receiver listens")
		}
	}
}

// TestDied: a listener that is no more is no silence.
func TestDied(t *testing.T) {
	t.Parallel()
	s := build(t, `{`+plain+`}`)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.since, s.at, s.server = time.Now(), listener.Addr(), &http.Server{Handler: s, ReadHeaderTimeout: time.Second}
	done := make(chan struct{})
	go func() { s.serve(s.server, listener); close(done) }()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	<-done
	if _, err := s.Open(t.Context()); err == nil || !strings.Contains(err.Error(), "does not listen any more") {
		t.Errorf("%v", err)
	}
}

func TestTooManyAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, `{`+plain+`}`)
	for range mostAtOnce {
		s.busy <- struct{}{}
	}
	if got := post(s, one); got != 503 {
		t.Errorf("status %d", got)
	}
	<-s.busy
	if got := post(s, one); got != 202 {
		t.Errorf("status %d", got)
	}
}

func TestCutOff(t *testing.T) {
	t.Parallel()
	s := start(t, `{`+plain+`}`)
	r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader(`{"id"`), failing{}))
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != 400 || s.log.list()[0].reason != "cut off" {
		t.Errorf("status %d, %+v", w.Code, s.log.list())
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestManySenders: whatever many send while others look is taken once, or refused with a word to try again.
func TestManySenders(t *testing.T) {
	t.Parallel()
	s := start(t, `{`+plain+`}`)
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			for post(s, fmt.Sprintf(`{"id":"%d","title":"down","status":"open"}`, i/2)) != http.StatusAccepted {
			}
			if _, err := s.Since(t.Context(), time.Now()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if open, err := s.Open(t.Context()); len(open) != 50 || err != nil {
		t.Errorf("%d incidents of 50, %v", len(open), err)
	}
}
