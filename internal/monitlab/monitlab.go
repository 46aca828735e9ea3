// Package monitlab runs the real Monit for tests: its HTTP interface listens on a free port of the loopback, everything it
// writes is in a folder of the test, and it ends with the test, or by the kernel when the test process dies.
//
//	monit := monitlab.Start(t, "check host web with address 127.0.0.1\n    if failed port 8080 then alert\n")
//
// Where Monit is not installed the test is skipped, or fails if CI=true. Only tests import this package.
package monitlab

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// What the HTTP interface is asked with.
const (
	User     = "friday"
	Password = "lab-secret-of-monit"
)

// patience bounds every wait for something that takes a moment on a quiet machine.
const patience = 60 * time.Second

// Monit is a Monit that runs, with cycles of a second.
type Monit struct {
	URL string
	Dir string

	path string
}

const base = `set daemon 1
set log ${DIR}/monit.log
set pidfile ${DIR}/monit.pid
set idfile ${DIR}/monit.id
set statefile ${DIR}/monit.state
set httpd port ${PORT} and use address 127.0.0.1
    allow ${USER}:${PASSWORD}
`

// Start starts a Monit with the checks of a test, and waits until its HTTP interface answers. ${DIR} in the checks is
// its folder.
func Start(t testing.TB, checks string) *Monit {
	t.Helper()
	path, err := exec.LookPath("monit")
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatal("monit is not installed: run .ci/setup")
	default:
		t.Skip("monit is not installed: run .ci/setup")
	}
	m := &Monit{Dir: t.TempDir(), path: path}
	t.Cleanup(func() {
		if t.Failed() {
			for _, name := range []string{"output", "monit.log"} {
				log, err := os.ReadFile(filepath.Join(m.Dir, name))
				t.Logf("Monit wrote to its %s (%v):\n%s", name, err, log)
			}
		}
	})
	for range 5 { // somebody may take the port before Monit does
		var p *process
		if p, err = m.start(t, checks); err != nil {
			break
		}
		if err = m.ready(p); err == nil {
			return m
		}
		p.end()
	}
	t.Fatalf("monit: %v", err)
	return nil
}

func (m *Monit) start(t testing.TB, checks string) (*process, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	m.URL = "http://" + addr
	_, port, _ := strings.Cut(addr, ":")
	text := strings.NewReplacer("${DIR}", m.Dir, "${PORT}", port, "${USER}", User, "${PASSWORD}", Password).Replace(base + checks)
	if err := os.WriteFile(m.file(), []byte(text), 0o600); err != nil {
		return nil, err
	}
	return run(t, m.Dir, m.path, "-I", "-c", m.file())
}

func (m *Monit) file() string { return filepath.Join(m.Dir, "monitrc") }

// ready waits until Monit answers.
func (m *Monit) ready(p *process) error {
	var err error
	for limit := time.Now().Add(patience); time.Now().Before(limit); {
		select {
		case <-p.gone:
			return errors.New("it ended before it was ready")
		case <-time.After(50 * time.Millisecond):
		}
		if err = m.answers(); err == nil {
			return nil
		}
	}
	return fmt.Errorf("not ready after %s: %w", patience, err)
}

func (m *Monit) answers() error {
	req, err := http.NewRequest(http.MethodGet, m.URL+"/_status?format=text", nil)
	if err != nil {
		return err
	}
	req.SetBasicAuth(User, Password)
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

// Do runs a command of Monit's command line, such as "unmonitor web". A refusal fails the test.
func (m *Monit) Do(t testing.TB, command ...string) {
	t.Helper()
	runtime.LockOSThread() // the kernel takes the end of this thread for that of the parent of what it starts
	defer runtime.UnlockOSThread()
	cmd := exec.Command(m.path, append([]string{"-c", m.file()}, command...)...)
	cmd.SysProcAttr = dieWithUs()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("monit %s: %v\n%s", strings.Join(command, " "), err, out)
	}
}
