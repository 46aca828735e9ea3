package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/verify/judge"
)

// TestTheRunBefore: a change is told unless it is known that there is none.
func TestTheRunBefore(t *testing.T) {
	n := &notifier{app: &app{}, state: t.TempDir()}
	save := func(id string, hours int, v judge.Verdict, change func(*judge.Record)) judge.Record {
		t.Helper()
		r := sample.Passed()
		r.Run.ID, r.Verdict, r.Started = id, v, sample.Friday.Add(time.Duration(hours)*time.Hour)
		if change != nil {
			change(&r)
		}
		if err := n.app.store(n.state).Save(r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := save("20261120-100000-z", 0, judge.Silent, nil)
	second := save("20261120-110000-b", 1, judge.Pass, nil)
	third := save("20261120-110000-a", 2, judge.Late, nil) // its id comes before that of the second
	save("20261120-120000-a", 3, judge.Noisy, func(r *judge.Record) { r.Run.Control = true })
	save("20261120-120001-a", 3, judge.Noisy, func(r *judge.Record) { r.Run.Environment = "elsewhere" })
	save("20261120-120002-a", 3, judge.Noisy, func(r *judge.Record) { r.Run.Scenario = "another" })
	fourth := save("20261120-130000-a", 4, judge.Pass, nil)
	check := func(r judge.Record, want string) {
		t.Helper()
		got := "unknown"
		if v := n.before(t.Context(), r); v != nil {
			got = v.String()
		}
		if got != want {
			t.Errorf("before %s came %s, want %s", r.Run.ID, got, want)
		}
	}
	check(first, "unknown")
	check(second, "SILENT")
	check(third, "PASS")
	check(fourth, "LATE")
	if err := os.MkdirAll(filepath.Join(n.state, "runs", "20261120-123000-damaged"), 0o755); err != nil {
		t.Fatal(err)
	}
	check(fourth, "unknown")
	check(second, "SILENT")
	n.state = filepath.Join(n.state, "runs", "20261120-100000-z", "record.json") // no folder
	check(fourth, "unknown")
}

// TestStoredRunsAreTold: every run to everybody who is named; one who was not told is a code of its own.
func TestStoredRunsAreTold(t *testing.T) {
	var bodies []string
	chat := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		bodies = append(bodies, string(body))
		_, _ = io.WriteString(w, "ok") // a reader that is gone shows in the test
	}))
	defer chat.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	defer gone.Close()
	a := &app{getenv: func(name string) string {
		return map[string]string{"CHAT": chat.URL + "/c4nary-5ecret", "GONE": gone.URL + "/c4nary-5ecret"}[name]
	}}
	conf, err := scenarios.LoadConfig("friday.yaml", []byte("notify:\n  chat: {slack: {url: {env: CHAT}}}\n  gone: {slack: {url: {env: GONE}}}\n"), kinds())
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := &cobra.Command{}
	cmd.SetErr(&said)
	cmd.SetContext(t.Context())
	records := []judge.Record{sample.Passed(), sample.PaymentsDies()}
	tell := func(names []string) error {
		n, err := a.notifier(conf, t.TempDir(), names)
		if err != nil {
			return err
		}
		return n.tellOf(cmd, records)
	}
	if err := tell([]string{"chat", "chat"}); err != nil {
		t.Error(err)
	}
	if len(bodies) != 2 || !strings.Contains(bodies[0], "PASS checkout-dies") || !strings.Contains(bodies[1], "SILENT payments-dies") {
		t.Errorf("the chat was sent %q", bodies)
	}
	if err := tell([]string{"all"}); exitCode(err) != exitUntold {
		t.Errorf("somebody was not told: %v", err)
	}
	if text := said.String(); len(bodies) != 4 || strings.Count(text, "told chat (slack)") != 4 || strings.Count(text, "gone (slack) was not told") != 2 || strings.Contains(text, "c4nary") {
		t.Errorf("%d messages, and it says\n%s", len(bodies), text)
	}
	if err := tell([]string{"nobody"}); exitCode(err) != exitUsage {
		t.Errorf("a name that is none: %v", err)
	}
}

// TestAProxyDoesNotTellWhoAsked: what a proxy repeats of its login is hidden from the first word on.
func TestAProxyDoesNotTellWhoAsked(t *testing.T) {
	for name, value := range map[string]string{
		"HTTP_PROXY": "http://ada:c0ffee5ecret@proxy.example:3128", "https_proxy": "ada:c0ffee5ecret@proxy.example:3128", "HTTPS_PROXY": "socks5://c0ffee5ecret@proxy.example",
	} {
		a := &app{stdout: io.Discard, stderr: io.Discard, args: []string{"version"}, getenv: func(asked string) string { return map[string]string{name: value}[asked] }}
		if code := a.main(); code != 0 {
			t.Fatalf("%s: exit %d", name, code)
		}
		said := a.scrub.Clean("407 no c0ffee5ecret, no Basic YWRhOmMwZmZlZTVlY3JldA== and no Basic YzBmZmVlNWVjcmV0Og==")
		if strings.Contains(said, "c0ffee5ecret") || name == "HTTPS_PROXY" && strings.Contains(said, "YzBm") || name != "HTTPS_PROXY" && strings.Contains(said, "YWRh") {
			t.Errorf("%s: %s", name, said)
		}
	}
}
