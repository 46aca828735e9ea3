package pagerduty

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
)

// transport answers a request without a network.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func env(vars map[string]string) verify.Env {
	return verify.Env{Getenv: func(name string) string { return vars[name] }, Secrets: new(secret.Scrubber), UserAgent: "friday/test"}
}

func TestRegions(t *testing.T) {
	for region, host := range map[string]string{"us": "api.pagerduty.com", "eu": "api.eu.pagerduty.com"} {
		var asked *http.Request
		e := env(map[string]string{"TOKEN": "t0ps3cret"})
		e.Transport = transport(func(r *http.Request) (*http.Response, error) {
			asked = r
			return &http.Response{StatusCode: 204, Body: http.NoBody}, nil
		})
		p := Params{Region: region, Token: secret.Ref{Env: "TOKEN"}, Poll: time.Second}
		if bad := p.Check(); len(bad) != 0 {
			t.Errorf("%s: %v", region, bad)
		}
		src, err := p.Build("pd", e)
		if err != nil {
			t.Fatal(err)
		}
		if err := src.Ready(t.Context()); err == nil {
			t.Errorf("%s: an answer without content made it ready", region)
		}
		if asked.URL.Scheme != "https" || asked.URL.Host != host {
			t.Errorf("%s: asked %s", region, asked.URL)
		}
		for name, want := range map[string]string{
			"Authorization": "Token token=t0ps3cret", "Accept": "application/vnd.pagerduty+json;version=2", "User-Agent": "friday/test",
		} {
			if got := asked.Header.Get(name); got != want {
				t.Errorf("%s: header %s is %q, want %q", region, name, got, want)
			}
		}
	}
}

func TestCheck(t *testing.T) {
	ref := secret.Ref{Env: "TOKEN"}
	for _, c := range []struct {
		name   string
		params Params
		fields string
	}{
		{"good", Params{Token: ref, Region: "eu", Poll: time.Second}, ""},
		{"no token", Params{Region: "us", Poll: time.Second}, "token"},
		{"no token for another host", Params{Region: "us", URL: "http://10.1.2.3:80", Poll: time.Second}, "token"},
		{"a name that looks like loopback", Params{Region: "us", URL: "http://localhost.example.org", Poll: time.Second}, "token"},
		{"loopback by number", Params{Region: "us", URL: "http://127.0.0.1:9999", Poll: time.Second}, ""},
		{"loopback by IPv6", Params{Region: "us", URL: "http://[::1]:9999/api", Poll: time.Second}, ""},
		{"loopback by name", Params{Region: "us", URL: "http://localhost:9999", Poll: time.Second}, ""},
		{"region and poll", Params{Token: ref, Region: "mars", Poll: time.Millisecond}, "region poll"},
		{"no host", Params{Token: ref, Region: "us", URL: "https:///x", Poll: time.Second}, "url"},
		{"another scheme", Params{Token: ref, Region: "us", URL: "ftp://h", Poll: time.Second}, "url"},
		{"a query", Params{Token: ref, Region: "us", URL: "http://h?a=b", Poll: time.Second}, "url"},
		{"a user", Params{Token: ref, Region: "us", URL: "http://u:p@h", Poll: time.Second}, "url"},
	} {
		var got []string
		for _, bad := range c.params.Check() {
			got = append(got, bad.Field)
		}
		if strings.Join(got, " ") != c.fields {
			t.Errorf("%s: complaints about %q, want %q", c.name, got, c.fields)
		}
	}
}

func TestBuildReadsTheToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		params Params
		want   string // header, or the error if it does not begin with Token
	}{
		{"env", Params{Token: secret.Ref{Env: "SET"}, URL: "https://pd.example.org"}, "Token token=from-env"},
		{"file", Params{Token: secret.Ref{File: file}, URL: "https://pd.example.org"}, "Token token=from-file"},
		{"unset", Params{Token: secret.Ref{Env: "UNSET"}, Region: "us"}, "token: environment variable UNSET is not set"},
		{"no file", Params{Token: secret.Ref{File: file + ".missing"}, URL: "http://127.0.0.1:1"}, "token: cannot read the secret"},
		{"unset on loopback", Params{Token: secret.Ref{Env: "UNSET"}, URL: "http://127.0.0.1:1"}, "Token token=none"},
		{"none on loopback", Params{URL: "http://127.0.0.1:1"}, "Token token=none"},
	} {
		var got string
		e := env(map[string]string{"SET": "from-env"})
		e.Transport = transport(func(r *http.Request) (*http.Response, error) {
			got = r.Header.Get("Authorization")
			return &http.Response{StatusCode: 500, Body: http.NoBody}, nil
		})
		src, err := c.params.Build("pd", e)
		if err != nil {
			got = err.Error()
		} else if err := src.Ready(t.Context()); err == nil {
			t.Errorf("%s: status 500 made it ready", c.name)
		}
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
