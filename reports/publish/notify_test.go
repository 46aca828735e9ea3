package publish

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/verify/judge"
)

func TestWants(t *testing.T) {
	passed, silent := sample.Passed(), sample.PaymentsDies()
	dirty := sample.Passed()
	dirty.Restored = false
	was := func(v judge.Verdict) *judge.Verdict { return &v }
	for _, c := range []struct {
		on     On
		record judge.Record
		before *judge.Verdict
		want   bool
	}{
		{Always, passed, was(judge.Pass), true},
		{Failure, passed, nil, false},
		{Failure, silent, nil, true},
		{Failure, sample.Inconclusive(), nil, true},
		{Failure, dirty, nil, true},
		{Change, passed, nil, true},
		{Change, passed, was(judge.Pass), false},
		{Change, passed, was(judge.Silent), true},
		{Change, silent, was(judge.Silent), false},
		{Change, silent, was(judge.Pass), true},
		{Change, dirty, was(judge.Pass), true},
	} {
		target := Target{Name: "x", On: c.on}
		got, why := target.Wants(News{Record: c.record, Before: c.before})
		if got != c.want || got == (why != "") {
			t.Errorf("%s, %s before %v: %v %q", c.on, c.record.Verdict, c.before, got, why)
		}
		if got, _ := target.Wants(News{Test: true}); !got {
			t.Errorf("%s: a test is not wanted", c.on)
		}
	}
}

// TestTriesAgain: what may pass is tried again, what stays is not, and all of it ends in time.
func TestTriesAgain(t *testing.T) {
	ok, busy := says(200, "ok"), says(503, "later")
	for _, c := range []struct {
		name    string
		answers []http.HandlerFunc
		tries   int // 0: more than two
		least   time.Duration
		says    string
	}{
		{"at once", []http.HandlerFunc{ok}, 1, 0, ""},
		{"the third time", []http.HandlerFunc{busy, says(500, ""), ok}, 3, 500 * time.Millisecond, ""},
		{"after the wait that it asks for", []http.HandlerFunc{says(429, "", "Retry-After: 20"), ok}, 2, 20 * time.Second, ""},
		{"after one that did not come", []http.HandlerFunc{says(never, ""), ok}, 2, 10 * time.Second, ""},
		{"never", []http.HandlerFunc{busy}, 0, 10 * time.Second, `status 503 Service Unavailable: "later" (tried `},
		{"no answer", []http.HandlerFunc{says(never, "")}, 0, 20 * time.Second, "no answer in time"},
		{"not that long", []http.HandlerFunc{says(429, "", "Retry-After: 60")}, 1, 0, "status 429 Too Many Requests (tried once; it asks to wait 1m0s, and 30s are allowed in all)"},
		{"refused", []http.HandlerFunc{says(404, "no_service")}, 1, 0, `status 404 Not Found: "no_service"; check the address in $CHAT, then send it again with: friday report 20261120-101502-checkout-k3tz --notify oncall`},
		{"forbidden", []http.HandlerFunc{says(403, "invalid_token")}, 1, 0, "invalid_token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, tr := time.Now(), &transport{answers: c.answers}
				e := env("CHAT", "https://chat.example.org/hooks/"+canary)
				e.Transport = tr
				err := built(t, "slack", slackSettings, e).Tell(t.Context(), news(sample.Passed()))
				if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
					t.Errorf("error %v, want …%s…", err, c.says)
				}
				if n := len(tr.requests()); c.tries != 0 && n != c.tries || c.tries == 0 && n < 3 {
					t.Errorf("%d tries, want %d", n, c.tries)
				}
				if took := time.Since(began); took < c.least || took > inAll {
					t.Errorf("it took %s, want %s to %s", took, c.least, inAll)
				}
				if err != nil && strings.Contains(err.Error(), canary) {
					t.Errorf("the address is told: %v", err)
				}
			})
		})
	}
}

func TestStopsWhenItIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		tr := &transport{answers: []http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) { cancel(); says(503, "")(w, r) }}}
		e, began := env("CHAT", "https://chat.example.org/x"), time.Now()
		e.Transport = tr
		if err := built(t, "slack", slackSettings, e).Tell(ctx, news(sample.Passed())); err == nil || time.Since(began) > time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
	})
}

// TestSecretsAreNotTold: neither the address, nor what a server repeats of it, nor a header is told, in whatever way it fails.
func TestSecretsAreNotTold(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	echo, _ := served(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(404)
		_, _ = fmt.Fprintf(w, "no %s here for %s, %s", r.URL.RequestURI(), r.URL.Path, r.Header.Get("Authorization"))
	})
	for name, url := range map[string]string{
		"nobody listens":  gone.URL + "/" + canary + "?token=" + canary,
		"it is repeated":  echo + "/" + canary + "?token=" + canary,
		"no such host":    "https://no-such-host.invalid/" + canary,
		"no address":      "ftp://" + canary,
		"no address, too": "http://[::1/" + canary,
		"no TLS":          strings.Replace(echo, "http:", "https:", 1) + "/" + canary,
	} {
		e := env("URL", url, "AUTH", "Bearer "+canary)
		target, err := Build("oncall", "webhook", Always, &Webhook{
			URL: Text{Ref: secret.Ref{Env: "URL"}}, Headers: map[string]Text{"Authorization": {Ref: secret.Ref{Env: "AUTH"}}},
		}, e)
		if err == nil {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			err = target.Tell(ctx, news(sample.Passed()))
			cancel()
		}
		if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), "c4nary") || strings.Contains(err.Error(), "5ecret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	e := env("URL", strings.Replace(echo, "//", "//ada:c4nary@", 1))
	if err := built(t, "webhook", &Webhook{URL: Text{Ref: secret.Ref{Env: "URL"}}}, e).Tell(t.Context(), news(sample.Passed())); err == nil || !strings.Contains(err.Error(), "Basic [redacted]") {
		t.Errorf("the login in an address: %v", err)
	}
	url, got := served(t, says(200, "ok"))
	r := sample.PaymentsDies()
	r.Summary, r.Steps[0].Results[0].Reason = "found "+canary, `found "`+canary+`"`
	if err := built(t, "slack", slackSettings, env("CHAT", url+"/"+canary)).Tell(t.Context(), news(r)); err != nil {
		t.Fatal(err)
	}
	if body := got.requests()[0].body; strings.Contains(body, canary) || !strings.Contains(body, "[redacted]") {
		t.Errorf("a secret is sent: %s", body)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	in := secret.Ref{Env: "X"}
	mail := Mail{To: []string{"a@example.org"}, From: "f@example.org", Server: "mail.example.org:587", TLS: "starttls"}
	with := func(change func(*Mail)) *Mail { m := mail; change(&m); return &m }
	for _, c := range []struct {
		settings diag.Checker
		want     string
	}{
		{&Slack{URL: in}, ""},
		{&Slack{}, "url: is needed: name an environment variable (env:) or a file (file:)"},
		{&Slack{URL: secret.Ref{Env: "X", File: "y"}}, "url: comes from env or from file, not from both"},
		{&Webhook{URL: Text{Plain: "https://example.org/hook"}}, ""},
		{&Webhook{URL: Text{Ref: in}}, ""},
		{&Webhook{URL: Text{Plain: "example.org"}}, "url: want http:// or https:// and a host"},
		{&Webhook{URL: Text{Plain: "https://u:p@example.org"}}, "url: has a user or a query, which may be secret: name it by {env: NAME} or {file: PATH}"},
		{&Webhook{URL: Text{Plain: "https://example.org?key=1"}}, "url: has a user or a query, which may be secret: name it by {env: NAME} or {file: PATH}"},
		{&Webhook{URL: Text{Ref: in}, Headers: map[string]Text{"a b": {Plain: "x"}}}, `headers: "a b" is no name of a header`},
		{&Webhook{URL: Text{Ref: in}, Headers: map[string]Text{"user-agent": {Plain: "x"}}}, "headers.user-agent: is set by Friday"},
		{&Webhook{URL: Text{Ref: in}, Headers: map[string]Text{"x-friday-signature": {Plain: "x"}}}, "headers.x-friday-signature: is set by Friday"},
		{&Webhook{URL: Text{Ref: in}, Headers: map[string]Text{"X-A": {Plain: "a\r\nX-B: c"}}}, "headers.X-A: has characters that no header may have"},
		{&Webhook{URL: Text{Ref: in}, Headers: map[string]Text{"X-Api-Key": {Plain: "abc"}}}, "headers.X-Api-Key: is a secret: name it by {env: NAME} or {file: PATH}, with the whole value of the header in it"},
		{&Webhook{URL: Text{Ref: in}, Headers: map[string]Text{"X-A": {}}}, "headers.X-A: is needed: name an environment variable (env:) or a file (file:)"},
		{&mail, ""},
		{with(func(m *Mail) { m.To = []string{"Ada <a@example.org>", "nobody"} }), `to.1: "nobody" is no mail address: mail: missing '@' or angle-addr`},
		{with(func(m *Mail) { m.From = "ä@example.org" }), `from: "ä@example.org" is no mail address: 'ä' is not ASCII: a domain is written as xn--…`},
		{with(func(m *Mail) { m.Server = "mail.example.org" }), "server: want host:port, such as mail.example.org:587"},
		{with(func(m *Mail) { m.User = "u" }), "password: is needed: name an environment variable (env:) or a file (file:)"},
		{with(func(m *Mail) { m.Password = in }), "user: is needed: password and user go together"},
		{with(func(m *Mail) { m.User, m.Password, m.TLS = "u", in, "none" }), "tls: a password is not sent in the clear: want starttls or tls"},
		{with(func(m *Mail) { m.User, m.Password, m.TLS, m.Server = "u", in, "none", "127.0.0.1:25" }), ""},
	} {
		var got []string
		for _, bad := range c.settings.Check() {
			got = append(got, bad.Field+": "+bad.Msg)
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%+v: got %q, want %q", c.settings, got, c.want)
		}
	}
}

func TestWhatIsMissingIsFoundAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte(" https://chat.example.org/x \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind     string
		settings any
		says     string
	}{
		{"slack", &Slack{URL: secret.Ref{File: file}}, ""},
		{"slack", &Slack{URL: secret.Ref{Env: "NONE"}}, "notify oncall: slack: url: environment variable NONE is not set"},
		{"slack", &Slack{URL: secret.Ref{Env: "BAD"}}, "url: what $BAD holds is no address: want http:// or https:// and a host"},
		{"webhook", &Webhook{URL: Text{Ref: secret.Ref{File: file}}, Secret: secret.Ref{Env: "NONE"}}, "secret: environment variable NONE is not set"},
		{"webhook", &Webhook{URL: Text{Ref: secret.Ref{File: file}}, Headers: map[string]Text{"X-A": {Ref: secret.Ref{Env: "LINES"}}}}, "headers: X-A: the value of X-A in $LINES has characters"},
		{"mail", &Mail{To: []string{"a@x.org"}, From: "a@x.org", Server: "x.org:25", User: "u", Password: secret.Ref{Env: "NONE"}}, "password: environment variable NONE is not set"},
		{"pigeon", struct{}{}, "pigeon is no kind of target"},
	} {
		_, err := Build("oncall", c.kind, "", c.settings, env("BAD", "canary", "LINES", "a\nb"))
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: error %v, want …%s…", c.kind, err, c.says)
		}
	}
}

func TestLinks(t *testing.T) {
	for base, want := range map[string]string{
		"": "", "https://x.org": "https://x.org/runs/a.html", "https://x.org/f/": "https://x.org/f/runs/a.html", "https://x.org/f": "https://x.org/f/runs/a.html",
	} {
		if got := LinkTo(base, "runs/a.html"); got != want {
			t.Errorf("LinkTo(%q) = %q, want %q", base, got, want)
		}
	}
}
