package lab_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/lab"
	"github.com/failurefriday/friday/internal/proc"
)

const (
	routing    = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"
	monitoring = `
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ["${ALERTMANAGER}"]}]}]}
scrape_configs:
  - {job_name: gone, static_configs: [{targets: ["${GONE}"]}]}
  - {job_name: push, static_configs: [{targets: ["${PUSH}"]}]}
`
	rules = "groups: [{name: g, rules: [{alert: Gone, expr: up == 0}]}]\n"
)

// TestAlertsComeThrough: a real Prometheus sees that nobody listens, and a real Alertmanager hears of it.
func TestAlertsComeThrough(t *testing.T) {
	t.Parallel()
	am := lab.Alertmanager(t, routing)
	push := lab.Pushgateway(t)
	prom := lab.Prometheus(t, lab.Files{"prometheus.yml": monitoring, "rules.yml": rules}.
		With("${ALERTMANAGER}", am.Addr, "${GONE}", lab.ClosedPort(t), "${PUSH}", push.Addr))
	prom.Settle(t)
	if n, err := prom.Samples("up"); n != 2 || err != nil {
		t.Errorf("%d targets, %v", n, err)
	}
	am.Await(t, "the alert", func() error {
		var alerts []struct{ Labels map[string]string }
		if err := am.Get("/api/v2/alerts", &alerts); err != nil {
			return err
		}
		if len(alerts) != 1 || alerts[0].Labels["job"] != "gone" {
			return fmt.Errorf("alerts: %v", alerts)
		}
		return nil
	})

	prom.Write(t, "rules.yml", strings.Replace(rules, "Gone", "Away", 1))
	prom.Reload(t)
	var loaded struct {
		Data struct {
			Groups []struct{ Rules []struct{ Name string } }
		}
	}
	if err := prom.Get("/api/v1/rules", &loaded); err != nil || loaded.Data.Groups[0].Rules[0].Name != "Away" {
		t.Errorf("after a reload the rules are %v, %v", loaded, err)
	}
}

// TestLifeOfAServer: it can be frozen, thawed, killed and started again, on the same port.
func TestLifeOfAServer(t *testing.T) {
	t.Parallel()
	s := lab.NodeExporter(t, "--collector.loadavg")
	first := s.PID
	s.Freeze(t)
	id, err := proc.Identify(first)
	if err != nil {
		t.Fatal(err)
	}
	s.Await(t, "frozen", func() error {
		if stopped, err := id.Stopped(); !stopped || err != nil {
			return fmt.Errorf("it runs: %v", err)
		}
		return nil
	})
	s.Thaw(t)
	answers(t, s.URL+"/metrics")
	s.Kill(t)
	if s.PID != 0 {
		t.Error("it has a pid although it is dead")
	}
	if c, err := net.Dial("tcp", s.Addr); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("its port answers: %v, %v", c, err)
	}
	s.Restart(t)
	if s.PID == first {
		t.Error("it is the process that was killed")
	}
	answers(t, s.URL+"/metrics")
	s.Freeze(t) // and ends all the same
}

func answers(t *testing.T, url string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("%s: %s", url, resp.Status)
	}
}

func TestClosedPortRefuses(t *testing.T) {
	t.Parallel()
	addr := lab.ClosedPort(t)
	if c, err := net.Dial("tcp", addr); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%s answers: %v, %v", addr, c, err)
	}
}

func TestWithLeavesTheFilesAlone(t *testing.T) {
	t.Parallel()
	before := lab.Files{"a": "${PORT} ${1} $labels"}
	after := before.With("${PORT}", "9")
	if before["a"] != "${PORT} ${1} $labels" || after["a"] != "9 ${1} $labels" {
		t.Errorf("before %q, after %q", before, after)
	}
}

// pidFile makes the test binary start a server, say its pid and wait to be killed.
const pidFile = "FRIDAY_LAB_PID_FILE"

// TestNothingSurvivesTheTests: the servers of a test process that is killed die with it.
func TestNothingSurvivesTheTests(t *testing.T) {
	if file := os.Getenv(pidFile); file != "" {
		s := lab.Blackbox(t)
		if err := os.WriteFile(file, []byte(strconv.Itoa(s.PID)), 0o600); err != nil {
			t.Fatal(err)
		}
		select {}
	}
	t.Parallel()
	lab.Need(t, "prometheus-blackbox-exporter")
	file := filepath.Join(t.TempDir(), "pid")
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), pidFile+"="+file)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	var id proc.ID
	eventually(t, "the server runs", func() bool {
		text, err := os.ReadFile(file)
		if err != nil {
			return false
		}
		pid, err := strconv.Atoi(string(text))
		if err != nil {
			return false
		}
		id, err = proc.Identify(pid)
		return err == nil
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server is dead", func() bool { alive, err := id.Alive(); return !alive && err == nil })
}

func eventually(t *testing.T, what string, true func() bool) {
	t.Helper()
	for limit := time.Now().Add(60 * time.Second); !true(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}
