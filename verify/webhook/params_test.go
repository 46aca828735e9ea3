package webhook

import (
	"os"
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/decode"
	"github.com/failurefriday/friday/internal/diag"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	const fine = `fields: {id: id, title: title}`
	for _, c := range []struct{ params, fields string }{
		{`{}`, ""},
		{`{listen: "9000"}`, ""},
		{`{listen: ":9000"}`, ""},
		{`{listen: "localhost:9000"}`, ""},
		{`{listen: "[::1]:9000"}`, ""},
		{`{listen: "0.0.0.0:9000"}`, "secret"},
		{`{listen: "0.0.0.0:9000", secret: {env: A}}`, ""},
		{`{listen: "here:there:9000", path: pages, format: xml}`, "listen path format"},
		{`{secret: {env: A, file: b}}`, "secret"},
		{`{user: a}`, "secret"},
		{`{user: "a:b", secret: {env: A}}`, "user"},
		{`{format: pagerduty}`, "secret"},
		{`{format: pagerduty, secret: {env: A}, user: a, signature: {hash: sha256}}`, "user signature"},
		{`{format: pagerduty, secret: {env: A}, ` + fine + `}`, "fields"},
		{`{` + fine + `}`, "fields"},
		{`{format: json}`, "fields.title fields.id"},
		{`{format: json, ` + fine + `}`, ""},
		{`{format: json, fields: {key: key, title: title}}`, ""},
		{`{format: json, signature: {header: X}, ` + fine + `}`, "secret"},
		{`{format: json, secret: {env: A}, signature: {hash: md5, encoding: utf8}, ` + fine + `}`, "signature.hash signature.header signature.encoding"},
		{`{format: json, secret: {env: A}, signature: {header: X, encoding: hex}, ` + fine + `}`, "signature.encoding"},
		{`{format: json, states: {resolved: [a]}, ` + fine + `}`, "states"},
	} {
		p, err := decoded(c.params)
		if (err == nil) != (c.fields == "") {
			t.Errorf("%s: %v", c.params, err)
		}
		var got []string
		for _, bad := range p.Check() {
			got = append(got, bad.Field)
		}
		if strings.Join(got, " ") != c.fields {
			t.Errorf("%s: complaints about %q, want %q", c.params, got, c.fields)
		}
	}
}

// TestListen: others than this machine reach the receiver only where that was said.
func TestListen(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{"9000": "127.0.0.1:9000", ":9000": "127.0.0.1:9000", "0.0.0.0:9000": "0.0.0.0:9000", "[::1]:9000": "[::1]:9000"} {
		if got := (&Params{Listen: listen}).address(); got != want {
			t.Errorf("%s: %s, want %s", listen, got, want)
		}
	}
}

func TestBadPaths(t *testing.T) {
	t.Parallel()
	_, err := decoded(`{format: json, items: "a..b", fields: {id: "a[", title: [a, "b c"], key: "a[1=]"}}`)
	for _, says := range []string{`the path "a..b"`, `the path "a["`, `the path "b c"`, `the path "a[1=]"`} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v\ndoes not say %s", err, says)
		}
	}
}

// TestGuide: what the guide shows is good.
func TestGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for _, below := range strings.Split(string(guide), "```yaml\n")[1:] {
		text, _, _ := strings.Cut(below, "```")
		if !strings.HasPrefix(text, "sources:") {
			continue // the sender's side
		}
		examples++
		config := struct {
			Sources map[string]struct {
				Webhook Params `yaml:"webhook" required:"true"`
			} `yaml:"sources"`
		}{}
		report := diag.NewReport([]byte(text))
		if root := decode.Parse("webhooks.md", []byte(text), report); root != nil {
			decode.Into(root, &config, nil, report)
		}
		if err := report.Err(); err != nil {
			t.Error(err)
		}
		for name, source := range config.Sources {
			if bad := source.Webhook.Check(); len(bad) != 0 {
				t.Errorf("%s: %v", name, bad)
			}
		}
	}
	if examples != 3 {
		t.Errorf("%d examples", examples)
	}
}
