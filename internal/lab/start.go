package lab

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/site"
)

// client gives up early: what is asked is on this machine.
var client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// child is a process of a server.
type child struct {
	process *os.Process
	dead    chan struct{}
}

// errTaken says that the server ended because somebody else has its port.
var errTaken = errors.New("its port was taken")

// startSomewhere starts the server on a port that is free. Between our look and the server's somebody may take it.
func (s *Server) startSomewhere() error {
	var err error
	for range 5 {
		if s.Port, err = freePort(); err != nil {
			return err
		}
		s.Addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port))
		s.URL = "http://" + s.Addr
		if err = s.start(); !errors.Is(err, errTaken) {
			return err
		}
	}
	return err
}

// The ports that servers get are below those that the kernel gives to outgoing connections.
const firstPort, lastPort = 15_000, 32_000

func freePort() (int, error) {
	var err error
	for range 1000 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("no free port: %w", err)
}

// FreePort is a port of the loopback that was free a moment ago.
func FreePort(t testing.TB) int {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// ClosedPort is an address of the loopback at which nobody listens, nor will any server of this package: connections are
// refused as long as the test runs.
func ClosedPort(t testing.TB) (addr string) {
	t.Helper()
	// A socket that is bound and does not listen keeps the port to itself and refuses.
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	bound, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(bound.(*syscall.SockaddrInet4).Port))
}

// start starts the server on its port and waits until it is ready.
func (s *Server) start() error {
	c, err := s.spawn()
	if err != nil {
		return err
	}
	s.child, s.PID = c, c.process.Pid
	for limit := time.Now().Add(patience); time.Now().Before(limit); {
		select {
		case <-c.dead:
			s.child, s.PID = nil, 0
			if strings.Contains(s.Log(), "address already in use") {
				return fmt.Errorf("%s at %s: %w", s.program.Name, s.Addr, errTaken)
			}
			return fmt.Errorf("%s at %s ended before it was ready", s.program.Name, s.Addr)
		case <-time.After(20 * time.Millisecond):
		}
		if s.ready() && s.owns() {
			return nil
		}
	}
	return fmt.Errorf("%s at %s is not ready after %s", s.program.Name, s.Addr, patience)
}

func (s *Server) ready() bool {
	resp, err := client.Get(s.URL + s.program.Ready)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// owns reports whether it is our server, or a child of it, that listens on the port, not a stranger that was quicker.
func (s *Server) owns() bool {
	if runtime.GOOS != "linux" {
		return true
	}
	found, err := proc.Find(proc.Match{Port: s.Port})
	return err == nil && slices.ContainsFunc(found, func(i proc.Info) bool {
		if i.ID.PID == s.PID {
			return true
		}
		home, err := proc.SiteOf(i.ID)
		return err == nil && slices.ContainsFunc(home.Ancestors, func(p site.Process) bool { return p.PID == s.PID })
	})
}

// spawn starts the process. The kernel takes the death of the thread that started it for that of its parent, so the
// thread is kept for as long as the process lives.
func (s *Server) spawn() (*child, error) {
	log, err := os.OpenFile(s.logFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(s.path, s.program.Args(s)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = s.Dir, log, log, dieWithUs()
	if _, err := cmd.StdinPipe(); err != nil { // for those that end with their standard input
		return nil, err
	}
	started, dead := make(chan error), make(chan struct{})
	go func() {
		defer close(dead)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is told by its log
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return &child{cmd.Process, dead}, nil
}

// end ends the process, if there is one, and reports whether it is gone. One that was frozen ends, too.
func (s *Server) end(sig syscall.Signal) bool {
	if s.child == nil {
		return true
	}
	_ = s.child.process.Signal(sig) // it may be dead already
	_ = s.child.process.Signal(syscall.SIGCONT)
	select {
	case <-s.child.dead:
		s.child, s.PID = nil, 0
		return true
	case <-time.After(patience):
		return false
	}
}
