package mail

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/internal/lab"
	"github.com/failurefriday/friday/internal/maillab"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
)

// realBox makes a source that reads the mailbox of a real Dovecot.
func realBox(t *testing.T, box *maillab.Box, preset string) *Source {
	t.Helper()
	return source(t, Params{Preset: preset}, "imap://"+box.IMAP)
}

// until asks a source until its incidents are as wanted.
func until(t *testing.T, src *Source, from time.Time, want string) []verify.Incident {
	t.Helper()
	for limit := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		found, err := src.Since(t.Context(), from)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, in := range found {
			got = append(got, in.Key+" "+string(in.Status))
		}
		if strings.Join(got, ", ") == want {
			return found
		}
		if time.Now().After(limit) {
			t.Fatalf("after a minute there is %q, want %q", got, want)
		}
	}
}

// TestRealDovecot: what the fake does, the real one does, too.
func TestRealDovecot(t *testing.T) {
	t.Parallel()
	box := maillab.Dovecot(t)
	src := source(t, Params{Rules: testRules()}, "imap://"+box.IMAP)
	begin := time.Now()
	if err := src.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	trail := src.Follow([]verify.Expectation{expectation("1.1", verify.Match{Service: match.Must("Shop")})})
	if _, err := trail.Look(t.Context(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	fault := time.Now()
	box.Deliver(t, note("DOWN web", "1", "Shop"))
	in := until(t, src, begin, "1 triggered")[0]
	if off := time.Since(in.Opened); in.Opened.Nanosecond() != 0 || off < 0 || off > time.Minute || in.Notified[0].Who != user {
		t.Errorf("incident %+v", in)
	}
	if offset, known := src.Offset(); offset != 0 || !known {
		t.Errorf("the clock of this host is %s ahead of itself (%v)", offset, known)
	}
	if found, err := trail.Look(t.Context(), fault); err != nil || !strings.HasPrefix(hops(found), "1.1 notification accepted: ok, 1.1 incident created: ok") {
		t.Errorf("the trail tells %q, %v", hops(found), err)
	}
	box.Deliver(t, note("UP web", "1", "Shop"))
	until(t, src, begin, "1 resolved")
	before := src.Requests()
	for range 5 {
		until(t, src, begin, "1 resolved")
	}
	if n := src.Requests() - before; n != 5 {
		t.Errorf("5 looks at nothing new took %d commands", n)
	}
	stranger := source(t, Params{Rules: testRules()}, "imap://"+box.IMAP)
	stranger.box.password = secret.New("wr0ngs3cret")
	if err := stranger.Ready(t.Context()); httpapi.KindOf(err) != httpapi.Auth {
		t.Errorf("a wrong password: %v", err)
	}
}

const routes = `
global: {resolve_timeout: 5s, smtp_smarthost: "${SMTP}", smtp_from: alertmanager@ff.lab, smtp_require_tls: false, smtp_hello: ff.lab}
route:
  receiver: all
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  routes:
    - {receiver: silent, matchers: ['team="quiet"']}
receivers:
  - {name: all, email_configs: [{to: oncall@ff.lab, send_resolved: true}]}
  - {name: silent, email_configs: [{to: oncall@ff.lab, send_resolved: false}]}
`

// TestAlertmanager: a real Alertmanager mails through a real OpenSMTPD into a real Dovecot.
func TestAlertmanager(t *testing.T) {
	t.Parallel()
	box := maillab.Dovecot(t)
	am := lab.Alertmanager(t, strings.ReplaceAll(routes, "${SMTP}", box.OpenSMTPD(t)))
	src := realBox(t, box, "alertmanager")
	begin := time.Now()
	if err := src.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	post := func(name, team string, ends time.Time) {
		t.Helper()
		body := fmt.Sprintf(`[{"labels":{"alertname":%q,"service":"checkout","severity":"critical","team":%q},"annotations":{"summary":"it is down"},"startsAt":%q,"endsAt":%q}]`,
			name, team, begin.Format(time.RFC3339Nano), ends.Format(time.RFC3339Nano))
		resp, err := http.Post(am.URL+"/api/v2/alerts", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("the alert was answered with %s", resp.Status)
		}
	}
	later := begin.Add(time.Hour)
	post("CheckoutDown", "shop", later)
	in := until(t, src, begin, "CheckoutDown triggered")[0]
	want := verify.Match{
		Service: match.Must("checkout"), Severity: match.Must("critical"), Title: match.Must("/CheckoutDown/"),
		Labels: map[string]match.Pattern{"alertname": match.Must("CheckoutDown"), "team": match.Must("shop"), "summary": match.Must("it is down"), "from": match.Must("alertmanager@ff.lab")},
	}
	if !want.Fits(in) {
		t.Errorf("incident %+v", in)
	}
	post("Quiet", "quiet", later)
	until(t, src, begin, "CheckoutDown triggered, Quiet triggered")
	ended := time.Now()
	post("Quiet", "quiet", ended)
	post("CheckoutDown", "shop", ended)
	// The mail that tells of the end of Quiet is never sent: it stays open.
	until(t, src, begin, "CheckoutDown resolved, Quiet triggered")
	if text, _ := unread(mustLook(t, src)); text != "" {
		t.Error(text)
	}
}

func mustLook(t *testing.T, src *Source) []item {
	t.Helper()
	seen, err := src.box.look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return seen.mails
}

const watching = `
set daemon 1
set log ${DIR}/monit.log
set pidfile ${DIR}/monit.pid
set idfile ${DIR}/monit.id
set statefile ${DIR}/monit.state
set mailserver ${HOST} port ${PORT}
set alert oncall@ff.lab
check file flag with path ${DIR}/flag
  if does not exist then alert
`

// TestMonit: a real Monit mails that something is gone, and that it is back.
func TestMonit(t *testing.T) {
	t.Parallel()
	monit := lab.Need(t, "monit")
	box := maillab.Dovecot(t)
	host, port, _ := strings.Cut(box.OpenSMTPD(t), ":")
	dir := t.TempDir()
	flag, config := filepath.Join(dir, "flag"), filepath.Join(dir, "monitrc")
	text := strings.NewReplacer("${DIR}", dir, "${HOST}", host, "${PORT}", port).Replace(watching)
	for file, text := range map[string]string{config: text, flag: ""} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	src := realBox(t, box, "monit")
	begin := time.Now()
	if err := src.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(monit, "-I", "-c", config)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if log, err := os.ReadFile(filepath.Join(dir, "monit.log")); t.Failed() && err == nil {
			t.Logf("monit wrote:\n%s", log)
		}
	})
	if err := os.Remove(flag); err != nil {
		t.Fatal(err)
	}
	in := until(t, src, begin, "flag triggered")[0]
	if in.Service != "flag" || in.Labels["event"] != "Does not exist" || in.Labels["description"] == "" {
		t.Errorf("incident %+v", in)
	}
	if err := os.WriteFile(flag, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	until(t, src, begin, "flag resolved")
	if text, _ := unread(mustLook(t, src)); text != "" {
		t.Error(text)
	}
}

// TestIcinga: the scripts that Icinga comes with write the mails.
func TestIcinga(t *testing.T) {
	t.Parallel()
	const scripts = "/etc/icinga2/scripts"
	lab.Need(t, "icinga2")
	box := maillab.Dovecot(t)
	src := realBox(t, box, "icinga")
	begin := time.Now()
	if err := src.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	// It stands for mail(1): its standard input is the text, and -s the subject.
	program := "#!/bin/sh\nprintf 'To: %s\\nFrom: icinga@ff.lab\\nSubject: %s\\n\\n' \"$3\" \"$2\"; cat\n"
	if err := os.WriteFile(filepath.Join(dir, "mail"), []byte(program), 0o755); err != nil {
		t.Fatal(err)
	}
	send := func(script string, args ...string) {
		t.Helper()
		cmd := exec.Command("/bin/bash", append([]string{filepath.Join(scripts, script), "-d", "now", "-l", "web-1", "-n", "web one", "-r", user}, args...)...)
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		text, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s", script, err, text)
		}
		box.Deliver(t, string(text))
	}
	service := func(kind, state string) {
		send("mail-service-notification.sh", "-e", "http", "-u", "Web site", "-o", "refused", "-s", state, "-t", kind)
	}
	service("PROBLEM", "CRITICAL")
	in := until(t, src, begin, "Web site-web one triggered")[0]
	if in.Service != "http" || in.Severity != "CRITICAL" || in.Labels["host"] != "web-1" || in.Labels["output"] != "refused" {
		t.Errorf("incident %+v", in)
	}
	service("ACKNOWLEDGEMENT", "CRITICAL")
	send("mail-host-notification.sh", "-o", "gone", "-s", "DOWN", "-t", "PROBLEM")
	until(t, src, begin, "Web site-web one triggered, web one triggered")
	service("RECOVERY", "OK")
	send("mail-host-notification.sh", "-o", "back", "-s", "UP", "-t", "RECOVERY")
	until(t, src, begin, "Web site-web one resolved, web one resolved")
	if text, _ := unread(mustLook(t, src)); text != "" {
		t.Error(text)
	}
}
