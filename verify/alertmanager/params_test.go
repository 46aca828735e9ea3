package alertmanager

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
)

func TestBadParametersAreNamed(t *testing.T) {
	good := Params{URL: "https://am.example/alertmanager", Poll: time.Second}
	for want, change := range map[string]func(*Params){
		"":         func(*Params) {},
		"url":      func(p *Params) { p.URL = "am:9093" },
		"url ":     func(p *Params) { p.URL = "http://user:pass@am" },
		"url  ":    func(p *Params) { p.URL = "ftp://am" },
		"poll":     func(p *Params) { p.Poll = time.Millisecond },
		"password": func(p *Params) { p.User = "friday" },
		"token":    func(p *Params) { p.User, p.Password, p.Token = "friday", secret.Ref{Env: "P"}, secret.Ref{Env: "T"} },
	} {
		p := good
		change(&p)
		var fields []string
		for _, bad := range p.Check() {
			fields = append(fields, bad.Field)
		}
		if got := strings.Join(fields, " "); got != strings.TrimSpace(want) {
			t.Errorf("%q: got %q", want, got)
		}
	}
	if every := good.PollEvery(); every != time.Second {
		t.Errorf("polls every %s", every)
	}
}

func TestCredentialsAreSentAndNeverTold(t *testing.T) {
	for want, p := range map[string]Params{
		"Basic ZnJpZGF5Omh1c2g=": {User: "friday", Password: secret.Ref{Env: "P"}},
		"Bearer hush":            {Token: secret.Ref{Env: "T"}},
		"":                       {},
	} {
		var got string
		p.URL = serveHTTP(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = r.Header.Get("Authorization")
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, "no: hush")
		})) + "/prefix/"
		src, err := p.Build("am", verify.Env{Getenv: func(string) string { return "hush" }})
		if err != nil {
			t.Fatal(err)
		}
		err = src.Ready(t.Context())
		if got != want || err == nil || want != "" && strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), "/prefix/api/v2/status") {
			t.Errorf("sent %q, want %q; error %v", got, want, err)
		}
	}
	if _, err := (&Params{URL: "http://am", Token: secret.Ref{Env: "T"}}).Build("am", verify.Env{Getenv: func(string) string { return "" }}); err == nil {
		t.Error("a missing token is no error")
	}
}

func TestAClusterThatSettlesIsNotReady(t *testing.T) {
	s := handle(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"cluster":{"status":"settling","peers":[]},"config":{"original":"route: {}"}}`)
	}))
	if err := s.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "has not settled") {
		t.Errorf("got %v", err)
	}
}
