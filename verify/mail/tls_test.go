package mail

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapserver"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
)

// certified is a certificate for 127.0.0.1 and example.com, and a client that trusts it.
func certified(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates}, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

func TestEncryption(t *testing.T) {
	t.Parallel()
	server, client := certified(t)
	startTLS := newFake(t, imapserver.Options{TLSConfig: server}) // takes no password before STARTTLS
	plain := plainFake(t)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go tunnel(listener, plain.addr)
	wrapped := listener.Addr().String()
	for _, c := range []struct {
		name, addr    string
		secure, plain bool
		trust         *tls.Config
		kind          httpapi.Kind
		text          string
	}{
		{"TLS", wrapped, true, false, client, "", ""},
		{"TLS, of somebody else", wrapped, true, false, nil, httpapi.Network, "certificate"},
		{"TLS, and the server has none", plain.addr, true, true, client, httpapi.Network, "TLS"},
		{"STARTTLS", startTLS.addr, false, false, client, "", ""},
		{"STARTTLS, of somebody else", startTLS.addr, false, false, nil, httpapi.Network, "certificate"},
		{"STARTTLS, and the server has none", plain.addr, false, false, client, "", "STARTTLS"},
		{"plain", plain.addr, false, true, nil, "", ""},
		{"plain, and the server wants STARTTLS", startTLS.addr, false, true, nil, httpapi.Auth, "LOGIN"},
	} {
		src := source(t, Params{Rules: testRules(), tls: c.trust}, "imap://"+c.addr)
		src.box.secure, src.box.plain = c.secure, c.plain
		err := src.Ready(t.Context())
		if (err == nil) != (c.text == "") || err != nil && (!strings.Contains(err.Error(), c.text) || c.kind != "" && httpapi.KindOf(err) != c.kind) {
			t.Errorf("%s: %v (%q), want %q of kind %q", c.name, err, httpapi.KindOf(err), c.text, c.kind)
		}
	}
}

// tunnel passes connections on.
func tunnel(listener net.Listener, to string) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			next, err := net.Dial("tcp", to)
			if err != nil {
				return
			}
			defer next.Close()
			go func() { _, _ = io.Copy(next, conn) }()
			_, _ = io.Copy(conn, next)
		}()
	}
}

func TestParams(t *testing.T) {
	t.Parallel()
	good := Params{URL: "imaps://imap.example.org", Password: secret.Ref{Env: "P"}, Poll: time.Second, Fallback: discard, Preset: "monit"}
	for _, c := range []struct {
		name   string
		edit   func(*Params)
		fields string
	}{
		{"good", func(*Params) {}, ""},
		{"a port", func(p *Params) { p.URL = "imap://[::1]:1143" }, ""},
		{"another scheme", func(p *Params) { p.URL = "pop3://h" }, "url"},
		{"no host", func(p *Params) { p.URL = "imaps:///x" }, "url"},
		{"a user in the URL", func(p *Params) { p.URL = "imaps://a:b@h" }, "url"},
		{"a path", func(p *Params) { p.URL = "imaps://h/INBOX" }, "url"},
		{"no password", func(p *Params) { p.Password = secret.Ref{} }, "password"},
		{"no rules", func(p *Params) { p.Preset = "" }, "rules"},
		{"no rules are needed", func(p *Params) { p.Preset, p.Fallback = "", openNew }, ""},
	} {
		p := good
		c.edit(&p)
		var got []string
		for _, bad := range p.Check() {
			got = append(got, bad.Field)
		}
		if strings.Join(got, " ") != c.fields {
			t.Errorf("%s: complaints about %q, want %q", c.name, got, c.fields)
		}
	}
	if _, err := good.Build("mail", verify.Env{Getenv: func(string) string { return "" }}); err == nil || !strings.Contains(err.Error(), "password: environment variable P") {
		t.Errorf("without a password: %v", err)
	}
}

// TestWhereAPasswordMayGo: unencrypted to this very machine only, or where that is asked for.
func TestWhereAPasswordMayGo(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"imaps://mail.example.org":    "mail.example.org:993 true false",
		"imap://mail.example.org":     "mail.example.org:143 false false",
		"imap://127.0.0.1:10143":      "127.0.0.1:10143 false true",
		"imap://[::1]":                "[::1]:143 false true",
		"imap://localhost":            "localhost:143 false true",
		"imap://localhost.evil.org":   "localhost.evil.org:143 false false",
		"imap://mail.example.org:143": "mail.example.org:143 false true", // insecure
	} {
		src := source(t, Params{Rules: testRules(), Insecure: strings.HasSuffix(url, "org:143")}, url)
		if d := src.box.door; fmt.Sprint(d.address, " ", d.secure, " ", d.plain) != want {
			t.Errorf("%s: %s %v %v, want %s", url, d.address, d.secure, d.plain, want)
		}
		if scheme, _, _ := strings.Cut(url, ":"); src.Address() != scheme+"://"+src.box.address {
			t.Errorf("address %s", src.Address())
		}
	}
}
