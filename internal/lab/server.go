package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for something that takes a fraction of a second on a quiet machine.
const patience = 60 * time.Second

// Program is what to run as a server.
type Program struct {
	Name  string // looked up in PATH
	Files Files
	// Args are asked for anew for every start: the port may be another one.
	Args func(*Server) []string
	// Ready is the path that answers 200 once the server serves.
	Ready string
}

// Server is a server that runs. It is of one test, and of one goroutine at a time.
type Server struct {
	URL  string // http://127.0.0.1:PORT
	Addr string // 127.0.0.1:PORT
	Port int
	PID  int    // 0 while it is stopped
	Dir  string // with its files

	program Program
	path    string
	child   *child
}

// Start starts a server and waits until it is ready.
func Start(t testing.TB, p Program) *Server {
	t.Helper()
	s := &Server{Dir: t.TempDir(), program: p, path: Need(t, p.Name)}
	for name, text := range p.Files {
		s.Write(t, name, text)
	}
	t.Cleanup(func() {
		s.end(syscall.SIGKILL)
		if t.Failed() {
			t.Logf("%s at %s wrote:\n%s", p.Name, s.Addr, s.Log())
		}
	})
	if err := s.startSomewhere(); err != nil {
		t.Fatalf("%v\n%s", err, s.Log())
	}
	return s
}

// Need finds a program. Without it the test is skipped, or fails if CI=true.
func Need(t testing.TB, program string) (path string) {
	t.Helper()
	path, err := exec.LookPath(program)
	switch {
	case err == nil:
		return path
	case os.Getenv("CI") == "true":
		t.Fatalf("%s is not installed: run .ci/setup", program)
	default:
		t.Skipf("%s is not installed: run .ci/setup", program)
	}
	return ""
}

// Write writes one of the server's files, which it reads when it is told to Reload.
func (s *Server) Write(t testing.TB, name, text string) (path string) {
	t.Helper()
	path = filepath.Join(s.Dir, filepath.FromSlash(name))
	err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Reload has the server read its configuration again, by POST /-/reload. A configuration it refuses fails the test.
func (s *Server) Reload(t testing.TB) {
	t.Helper()
	resp, err := client.Post(s.URL+"/-/reload", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if said, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		t.Fatalf("%s does not reload: %s: %s", s.program.Name, resp.Status, said)
	}
}

// Stop ends the server as an operator does, and returns when it is gone.
func (s *Server) Stop(t testing.TB) { t.Helper(); s.finish(t, syscall.SIGTERM) }

// Kill ends the server with SIGKILL, and returns when it is gone.
func (s *Server) Kill(t testing.TB) { t.Helper(); s.finish(t, syscall.SIGKILL) }

func (s *Server) finish(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if !s.end(sig) {
		t.Fatalf("%s (pid %d) still runs %s after %v", s.program.Name, s.PID, patience, sig)
	}
}

// Restart starts the server again, on the port and with the data it had, and waits until it is ready. One that runs is
// stopped first.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Stop(t)
	for limit := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) { // somebody may have the port for a moment
		err := s.start()
		if err == nil {
			return
		}
		if !errors.Is(err, errTaken) || time.Now().After(limit) {
			t.Fatalf("%v\n%s", err, s.Log())
		}
	}
}

// Freeze stops the server's process where it is (SIGSTOP): its port still takes connections.
func (s *Server) Freeze(t testing.TB) { t.Helper(); s.signal(t, syscall.SIGSTOP) }

// Thaw lets it go on.
func (s *Server) Thaw(t testing.TB) { t.Helper(); s.signal(t, syscall.SIGCONT) }

func (s *Server) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if s.child == nil {
		t.Fatalf("%s does not run", s.program.Name)
	}
	if err := s.child.process.Signal(sig); err != nil {
		t.Fatalf("%s: %v", s.program.Name, err)
	}
}

// Log is the end of what the server has written so far.
func (s *Server) Log() string {
	const most = 20_000
	data, err := os.ReadFile(s.logFile())
	if err != nil {
		return fmt.Sprintf("(no log: %v)", err)
	}
	return string(bytes.TrimSpace(data[max(0, len(data)-most):]))
}

func (s *Server) logFile() string { return filepath.Join(s.Dir, "server.log") }
