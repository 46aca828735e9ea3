package maillab

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// server is one program in namespaces of its own.
type server struct {
	cmd  *exec.Cmd
	log  string        // file
	gone chan struct{} // closed when it has ended
}

// alone gives a program its own places to write to, before it becomes that program.
const alone = `set -e
mount --make-rprivate /
for dir in /run /var/spool /var/mail; do mkdir -p $dir; mount -t tmpfs -o mode=755 tmpfs $dir; done
chown mail:mail /var/mail
mount -t proc proc /proc
exec "$@"`

// start runs a program that listens on so many ports, and waits until each of them answers. configure makes its
// configuration for the addresses, and the flags that come before the name of the configuration file.
func (s *server) start(t testing.TB, program string, ports int, configure func(addrs []string) (config string, flags []string)) {
	t.Helper()
	path := need(t, program)
	dir := t.TempDir()
	s.log = filepath.Join(dir, program+".log")
	t.Cleanup(func() {
		s.end()
		if t.Failed() {
			t.Logf("%s wrote:\n%s", program, s.wrote())
		}
	})
	var err error
	for range 5 { // somebody may take a port before the program does
		var addrs []string
		if addrs, err = free(ports); err != nil {
			break
		}
		config, flags := configure(addrs)
		file := filepath.Join(dir, program+".conf")
		if err = os.WriteFile(file, []byte(config), 0o600); err != nil {
			break
		}
		if err = s.run(path, append(flags, file)...); err != nil {
			break
		}
		if err = s.answers(addrs); err == nil {
			return
		}
		s.end()
	}
	t.Fatalf("%s: %v\n%s", program, err, s.wrote())
}

func (s *server) run(path string, args ...string) error {
	out, err := os.Create(s.log)
	if err != nil {
		return err
	}
	defer out.Close()
	s.cmd = exec.Command("/bin/sh", append([]string{"-c", alone, "sh", path}, args...)...)
	s.cmd.Stdout, s.cmd.Stderr = out, out
	s.cmd.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig:  syscall.SIGKILL, // and with the first process of a PID namespace, all of it
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	gone := make(chan struct{})
	s.gone = gone
	go func() {
		_ = s.cmd.Wait() // how it ended is in its log
		close(gone)
	}()
	return nil
}

// end kills the program and all that it has started, and waits until they are gone.
func (s *server) end() {
	if s.gone == nil {
		return
	}
	_ = s.cmd.Process.Kill() // gone already: fine
	<-s.gone
}

func (s *server) wrote() string {
	text, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text))
}

// answers waits until each address greets whoever connects.
func (s *server) answers(addrs []string) error {
	for limit := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		err := greeted(addrs)
		if err == nil {
			return nil
		}
		select {
		case <-s.gone:
			return errors.New("it ended at once")
		default:
		}
		if time.Now().After(limit) {
			return fmt.Errorf("it does not answer: %w", err)
		}
	}
}

func greeted(addrs []string) error {
	for _, addr := range addrs {
		conn, err := net.DialTimeout("tcp", addr, time.Second)
		if err != nil {
			return err
		}
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		_, err = bufio.NewReader(conn).ReadString('\n')
		_ = conn.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// free finds ports that nobody listens on.
func free(n int) ([]string, error) {
	var addrs []string
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close() // after all were found: they are to differ
		addrs = append(addrs, listener.Addr().String())
	}
	return addrs, nil
}

func need(t testing.TB, program string) (path string) {
	t.Helper()
	path, err := exec.LookPath(program)
	reason := ""
	switch {
	case err != nil:
		reason = program + " is not installed: run .ci/setup"
	case os.Geteuid() != 0:
		reason = program + " runs in namespaces of its own, which needs root"
	default:
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
	return ""
}
