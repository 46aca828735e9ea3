package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	monitors "github.com/failurefriday/friday/internal/lab"
	"github.com/failurefriday/friday/internal/maillab"
	"github.com/failurefriday/friday/verify/judge"
)

// pausing is a scenario that pauses checkout and expects a page by one source.
const pausing = `
name: notified
vars:
  checkout_port: {default: "18080", doc: TCP port of checkout}
steady:
  - name: checkout answers
    http: {url: "http://127.0.0.1:${checkout_port}/health", status: 200}
    every: 200ms
    timeout: 1s
steps:
  - name: pause checkout
    attacks:
      - process.pause: {match: {port: "${checkout_port}"}}
    hold: 12s
    expect:
      - fires: {source: page, title: %s}
        alert: CheckoutDown
        within: 11s
        notified: 11s
        resolves: 15s
`

// world is good monitoring that notifies by one receiver, and the source that reads it.
func world(t *testing.T, title, receiver, source string) *silence {
	t.Helper()
	s := newSilence(t, "sf-12-forgotten-silence", "fixed")
	s.name, s.scenario = "notified", fmt.Sprintf(pausing, title)
	delete(s.conf, "silences.json")
	s.conf["alertmanager.yml"] = "global: {smtp_from: am@ff.lab, smtp_require_tls: false, smtp_hello: ff.lab}\n" +
		"route: {receiver: oncall, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h,\n" +
		"  routes: [{matchers: ['alertname=\"Watchdog\"'], receiver: nobody}]}\n" +
		"receivers:\n  - name: nobody\n  - name: oncall\n" + receiver
	s.raise()
	s.write("friday.yaml", "environment: test\nsources:\n  page:\n"+source+
		"  prometheus: {prometheus: {url: \"http://"+s.at[atProm]+"\", poll: 500ms}}\n"+
		"  alertmanager: {alertmanager: {url: \"http://"+s.at[atRouter]+"\", poll: 500ms}}\n")
	return s
}

func (s *silence) passes() judge.Result {
	s.t.Helper()
	code, out := s.run(append([]string{"run", "--yes", "--plain", s.write("scenario.yaml", s.scenario)}, s.vars()...)...)
	r := s.latest(out)
	if len(r.Steps) != 1 || len(r.Steps[0].Results) != 1 {
		s.t.Fatalf("%s: %s\n%s", r.Verdict, r.Summary, out)
	}
	res := r.Steps[0].Results[0]
	if code != 0 || res.Verdict != judge.Pass || res.TimeToNotify == nil {
		s.t.Errorf("exit %d, %s %s: %s\n%s", code, res.Verdict, res.Kind, res.Reason, out)
	}
	return res
}

// TestNotifiedByWebhook: what Alertmanager posts to Friday itself proves that somebody would have been told.
func TestNotifiedByWebhook(t *testing.T) {
	t.Parallel()
	at := net.JoinHostPort("127.0.0.1", strconv.Itoa(monitors.FreePort(t)))
	world(t, "CheckoutDown", "    webhook_configs: [{url: \"http://"+at+"/pages\"}]\n",
		"    webhook: {listen: \""+at+"\", path: /pages, format: alertmanager}\n").passes()
}

// TestNotifiedByMail: the mail that a real mail server has put into the mailbox proves it.
func TestNotifiedByMail(t *testing.T) {
	t.Parallel()
	box := maillab.Dovecot(t)
	smtp := box.OpenSMTPD(t)
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(maillab.Password), 0o600); err != nil {
		t.Fatal(err)
	}
	world(t, "/CheckoutDown/", "    email_configs: [{to: "+maillab.User+", smarthost: \""+smtp+"\", send_resolved: true}]\n",
		"    mail: {url: \"imap://"+box.IMAP+"\", user: "+maillab.User+", password: {file: \""+password+"\"}, preset: alertmanager, poll: 300ms}\n").passes()
}

// TestNegativeControlOnRealMonitoring: with nothing broken nothing fires, and the hops tell that nothing did.
func TestNegativeControlOnRealMonitoring(t *testing.T) {
	t.Parallel()
	s := newSilence(t, "sf-12-forgotten-silence", "fixed")
	s.raise()
	s.write("friday.yaml", s.real()["friday.yaml"])
	code, out := s.run(append([]string{"run", "--yes", "--plain", "--control", s.write("scenario.yaml", s.scenario)}, s.vars()...)...)
	r := s.latest(out)
	if res := r.Steps[0].Results[0]; code != 0 || !r.Run.Control || res.Verdict != judge.Pass || len(r.Pages) != 0 {
		t.Errorf("exit %d, %s: %s\n%s", code, res.Verdict, res.Reason, out)
	}
}

// TestImpossibleIsRefused: where the live rule waits for longer than the page may take, nothing is touched.
func TestImpossibleIsRefused(t *testing.T) {
	t.Parallel()
	s := newSilence(t, "sf-12-forgotten-silence", "fixed")
	s.conf["rules.yml"] = strings.Replace(s.conf["rules.yml"], `expr: up{job="checkout"} == 0`, "expr: up{job=\"checkout\"} == 0\n        for: 5m", 1)
	s.raise()
	s.write("friday.yaml", s.real()["friday.yaml"])
	scenario := s.write("scenario.yaml", s.scenario)
	code, out := s.run(append([]string{"run", "--yes", scenario}, s.vars()...)...)
	if code != 3 || !strings.Contains(out, "IMPOSSIBLE: 1.1 must fire within 8s, and takes at least 5m0s") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	if code, out = s.run(append([]string{"plan", scenario}, s.vars()...)...); code != 3 || !strings.Contains(out, "takes 5m0s at best") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	if files, err := os.ReadDir(filepath.Join(s.state(), "runs")); err == nil && len(files) > 0 {
		t.Errorf("a run was made: %v", files)
	}
}
