package publish

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/reports/sample"
)

func TestWebhookMessages(t *testing.T) {
	url, got := served(t, says(204, ""))
	e := env("KEY", "k3y-of-the-signature", "AUTH", "Bearer t0ken-of-ours")
	target := built(t, "webhook", &Webhook{
		URL: Text{Plain: url + "/friday"}, Secret: secret.Ref{Env: "KEY"},
		Headers: map[string]Text{"authorization": {Ref: secret.Ref{Env: "AUTH"}}, "X-Team": {Plain: "payments"}},
	}, e)
	if err := target.Tell(t.Context(), news(sample.PaymentsDies())); err != nil {
		t.Fatal(err)
	}
	r := got.requests()[0]
	sample.Golden(t, "webhook-silent.json", indented(t, r.body))
	for name, want := range map[string]string{
		"Content-Type": "application/json; charset=utf-8", "User-Agent": "friday/test", "Authorization": "Bearer t0ken-of-ours", "X-Team": "payments",
		"X-Friday-Signature": "sha256=" + sign(secret.New("k3y-of-the-signature"), []byte(r.body)),
	} {
		if got := r.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if err := target.Tell(t.Context(), News{Test: true, At: now}); err != nil {
		t.Fatal(err)
	}
	sample.Golden(t, "webhook-test.json", indented(t, got.requests()[1].body))
	left := sample.Unrestored()
	if err := target.Tell(t.Context(), News{Record: left, At: now}); err != nil {
		t.Fatal(err)
	}
	sample.Golden(t, "webhook-unrestored.json", indented(t, got.requests()[2].body))
}

// TestSignature: the example of RFC 4231, test case 2.
func TestSignature(t *testing.T) {
	if got := sign(secret.New("Jefe"), []byte("what do ya want for nothing?")); got != "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" {
		t.Errorf("the signature is %s", got)
	}
}

func TestHostileTextsStayData(t *testing.T) {
	for _, text := range sample.Hostile {
		url, got := served(t, says(200, ""))
		if err := built(t, "webhook", &Webhook{URL: Text{Plain: url}}, env()).Tell(t.Context(), News{Record: poisoned(text), At: now}); err != nil {
			t.Fatal(err)
		}
		var p posted
		if err := json.Unmarshal([]byte(got.requests()[0].body), &p); err != nil {
			t.Fatalf("%.40q: %v", text, err)
		}
		for _, s := range append([]string{p.Summary, p.Run.ID, p.Run.Title, p.Findings[0].Reason, p.Findings[0].Do}, p.Left...) {
			sample.CheckPlain(t, s)
		}
	}
}

// TestRedirects: a message goes on within its host, and nowhere else.
func TestRedirects(t *testing.T) {
	elsewhere, stolen := served(t, says(200, "ok"))
	for _, c := range []struct {
		name string
		code int
		to   string
		says string
	}{
		{"the same host", 307, "/new", ""},
		{"the same host, for good", 308, "/new", ""},
		{"another host", 307, elsewhere + "/" + canary, "is a redirect to " + elsewhere + ", which is not followed"},
		{"as a GET", 302, "/new", "is a redirect that would drop the message"},
		{"in a circle", 307, "/old", "one redirect after the other"},
	} {
		url, got := served(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/old" {
				http.Redirect(w, r, c.to, c.code)
				return
			}
			says(200, "ok")(w, r)
		})
		err := built(t, "webhook", &Webhook{URL: Text{Plain: url + "/old"}}, env()).Tell(t.Context(), news(sample.Passed()))
		all := got.requests()
		switch {
		case c.says == "" && (err != nil || len(all) != 2 || all[1].method != "POST" || all[1].body != all[0].body || all[0].body == ""):
			t.Errorf("%s: %v, %d requests", c.name, err, len(all))
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), canary)):
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if n := len(stolen.requests()); n > 0 {
		t.Errorf("another host was sent %d messages", n)
	}
}
