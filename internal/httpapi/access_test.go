package httpapi

import (
	"crypto/tls"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/secret"
)

func TestIsBase(t *testing.T) {
	for text, want := range map[string]bool{
		"http://a": true, "https://a:9090/prefix": true, "": false, "a:9090": false, "ftp://a": false, "http://": false,
		"http://user:pw@a": false, "http://a?x=1": false, "http://a b": false,
	} {
		if IsBase(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
	if CheckPoll(99*time.Millisecond) == nil || CheckPoll(100*time.Millisecond) != nil {
		t.Error("the pace is not checked")
	}
}

func TestCredentials(t *testing.T) {
	ref := secret.Ref{Env: "SECRET"}
	getenv := func(string) string { return "s3cret-of-test" }
	for name, c := range map[string]struct {
		given Credentials
		bad   string // field
		sends string
	}{
		"nobody":             {Credentials{}, "", ""},
		"a user":             {Credentials{User: "u", Password: ref}, "", "Basic dTpzM2NyZXQtb2YtdGVzdA=="},
		"a token":            {Credentials{Token: ref}, "", "Bearer s3cret-of-test"},
		"no password":        {Credentials{User: "u"}, "password", ""},
		"no user":            {Credentials{Password: ref}, "password", ""},
		"a user and a token": {Credentials{User: "u", Password: ref, Token: ref}, "token", ""},
	} {
		bad := c.given.Check()
		if len(bad) > 0 != (c.bad != "") || len(bad) > 0 && bad[0].Field != c.bad {
			t.Errorf("%s: %v", name, bad)
		}
		if c.bad != "" {
			continue
		}
		var known secret.Scrubber
		authorize, err := c.given.Authorize(getenv, &known)
		if err != nil || authorize == nil != (c.sends == "") {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r := httptest.NewRequest("GET", "/", nil); authorize != nil {
			if authorize(r); r.Header.Get("Authorization") != c.sends || strings.Contains(known.Clean("x s3cret-of-test"), "s3cret") ||
				strings.Contains(known.Clean(c.sends), strings.Fields(c.sends)[1]) {
				t.Errorf("%s: sends %q", name, r.Header.Get("Authorization"))
			}
		}
	}
	if _, err := (Credentials{Token: ref}).Authorize(func(string) string { return "" }, new(secret.Scrubber)); err == nil || !strings.Contains(err.Error(), "token: ") {
		t.Errorf("a token that is not there: %v", err)
	}
}

// TestTrusting: only who trusts the certificate gets through, and whoever asks for nothing gets what was given.
func TestTrusting(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(says(200, "{}")))
	t.Cleanup(server.Close)
	server.Config.ErrorLog = nil
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	get := func(ca string, config *tls.Config) error {
		transport, err := Trusting(nil, ca, config)
		if err != nil {
			return err
		}
		return New(Options{Base: server.URL, Transport: transport}).Get(t.Context(), "/", nil, new(any))
	}
	if err := get(ca, nil); err != nil {
		t.Errorf("trusted: %v", err)
	}
	if err := get("", nil); KindOf(err) != Network {
		t.Errorf("not trusted: %v", err)
	}
	if err := get(ca, &tls.Config{ServerName: "other.example"}); KindOf(err) != Network {
		t.Errorf("another name: %v", err)
	}
	for file, says := range map[string]string{filepath.Join(t.TempDir(), "none"): "no such file", "access_test.go": "holds no certificate"} {
		if _, err := Trusting(nil, file, nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", file, err)
		}
	}
	if got, err := Trusting(http.DefaultTransport, "", nil); got != http.DefaultTransport || err != nil {
		t.Errorf("nothing is asked for, and it is another one: %v", err)
	}
}
