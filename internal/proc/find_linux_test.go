package proc

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/match"
)

// sleeper starts a process that does nothing, under a name that no other has. It is not collected before the test ends.
func sleeper(t *testing.T) (name string, pid int) {
	t.Helper()
	name = fmt.Sprintf("s%d-%d", os.Getpid(), time.Now().UnixNano())
	cmd := exec.Command("sleep", "600")
	cmd.Args[0] = "/somewhere/" + name
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed, of course
	})
	return name, cmd.Process.Pid
}

func pidsOf(t *testing.T, m Match) []int {
	t.Helper()
	found, err := Find(m)
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, f := range found {
		pids = append(pids, f.PID)
	}
	return pids
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pid")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFind(t *testing.T) {
	t.Parallel()
	name, pid := sleeper(t)
	only := []int{pid}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	place, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	cgroup := match.Must("/^" + strings.TrimSuffix(place.Cgroup, "/") + "/")
	for _, test := range []struct {
		what string
		m    Match
		want []int
	}{
		{"its first word", Match{Name: match.Must(name)}, only},
		{"a regular expression", Match{Name: match.Must("/^" + name + "$/")}, only},
		{"the kernel's name and its own", Match{Name: match.Must("sleep"), Command: match.Must("/" + name + "/")}, only},
		{"the whole command line", Match{Command: match.Must(`\/somewhere/` + name + " 600")}, only},
		{"part of the name", Match{Name: match.Must(name[:len(name)-1])}, nil},
		{"its user by name", Match{Name: match.Must(name), User: me.Username}, only},
		{"its user by number", Match{Name: match.Must(name), User: me.Uid}, only},
		{"another user", Match{Name: match.Must(name), User: "64321"}, nil},
		{"its cgroup", Match{Name: match.Must(name), Cgroup: cgroup}, only},
		{"another cgroup", Match{Name: match.Must(name), Cgroup: match.Must(`\/elsewhere`)}, nil},
		{"another unit", Match{Name: match.Must(name), Unit: "no-such-unit"}, nil},
		{"its pid file", Match{PIDFile: writeFile(t, strconv.Itoa(pid)+"\n")}, only},
		{"a pid file with more lines", Match{PIDFile: writeFile(t, strconv.Itoa(pid)+"\n/var/lib\n")}, only},
		{"its pid file and another name", Match{PIDFile: writeFile(t, strconv.Itoa(pid)), Name: match.Must("x")}, nil},
		{"a pid file that is not there", Match{PIDFile: "/nowhere/pid"}, nil},
		{"an empty pid file", Match{PIDFile: writeFile(t, "")}, nil},
		{"a pid file of nobody", Match{PIDFile: writeFile(t, "4194304")}, nil},
		{"a kernel thread", Match{Name: match.Must("kthreadd")}, nil},
	} {
		if got := pidsOf(t, test.m); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.what, got, test.want)
		}
	}
}

// What Find finds by a name or a port is among the names and ports of all.
func TestNamesAndPortsOfAll(t *testing.T) {
	t.Parallel()
	name, _ := sleeper(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	all, err := Names()
	if err != nil || !slices.Contains(all, name) || !slices.Contains(all, "sleep") || slices.Contains(all, "kthreadd") {
		t.Errorf("%s and sleep are not among them, or the kernel is: %v, %v", name, all, err)
	}
	if ports, err := Ports(); err != nil || !ports[port] {
		t.Errorf("port %d is not among %v, %v", port, ports, err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFindRefuses(t *testing.T) {
	t.Parallel()
	for says, m := range map[string]Match{
		"at least one of":   {},
		"no user is called": {User: "no-such-user-here"},
		"holds no pid":      {PIDFile: writeFile(t, "checkout")},
		"cannot read":       {PIDFile: t.TempDir()},
	} {
		if found, err := Find(m); err == nil || !strings.Contains(err.Error(), says) || len(found) > 0 {
			t.Errorf("%s: got %v, %v", says, found, err)
		}
	}
}

func TestStalePIDFileMeansNobody(t *testing.T) {
	t.Parallel()
	_, pid := sleeper(t)
	file := writeFile(t, strconv.Itoa(pid))
	yesterday := time.Now().Add(-24 * time.Hour)
	if err := os.Chtimes(file, yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	m := Match{PIDFile: file}
	if got := pidsOf(t, m); len(got) > 0 {
		t.Errorf("got %v, which is younger than the file", got)
	}
	if why := Absent(m); !strings.Contains(why, "is stale") {
		t.Errorf("got %q", why)
	}
}

func TestAbsentSaysWhy(t *testing.T) {
	t.Parallel()
	for says, m := range map[string]Match{
		"/nowhere/pid does not exist":          {PIDFile: "/nowhere/pid"},
		"is empty":                             {PIDFile: writeFile(t, " \n")},
		"names pid 4194304, which is gone":     {PIDFile: writeFile(t, "4194304")},
		"nothing listens on TCP port 1":        {Port: 1},
		"no process matches name no-such-name": {Name: match.Must("no-such-name")},
	} {
		if why := Absent(m); !strings.Contains(why, says) {
			t.Errorf("got %q, want %q in it", why, says)
		}
	}
}

func TestFindByPort(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Logf("%s: %v", address, err)
			continue
		}
		port := l.Addr().(*net.TCPAddr).Port
		if got := pidsOf(t, Match{Port: port}); !slices.Contains(got, os.Getpid()) {
			t.Errorf("%s: got %v, want %d among them", l.Addr(), got, os.Getpid())
		}
		if got := pidsOf(t, Match{Port: port, Name: match.Must("somebody else")}); len(got) > 0 {
			t.Errorf("%s and another name: got %v", l.Addr(), got)
		}
		client, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if got := pidsOf(t, Match{Port: client.LocalAddr().(*net.TCPAddr).Port}); len(got) > 0 {
			t.Errorf("%v do not listen there, they are clients", got)
		}
		if err := errors.Join(client.Close(), l.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDeadAreNotFound(t *testing.T) {
	t.Parallel()
	name, pid := sleeper(t)
	id, err := Identify(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := id.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := id.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Fatalf("the zombie is gone (%v): this test proves nothing", err)
	}
	if got := pidsOf(t, Match{Name: match.Must("sleep"), Command: match.Must("/" + name + "/")}); len(got) > 0 {
		t.Errorf("found %v, dead", got)
	}
	if got := pidsOf(t, Match{PIDFile: writeFile(t, strconv.Itoa(pid))}); len(got) > 0 {
		t.Errorf("found %v by its pid file, dead", got)
	}
	if alive, err := id.Alive(); alive || err != nil {
		t.Errorf("alive is %v, %v", alive, err)
	}
	for what, err := range map[string]error{"signal": id.Signal(0), "identify": second(Identify(pid)), "site": second(SiteOf(id)), "stopped": second(id.Stopped())} {
		if !errors.Is(err, ErrGone) {
			t.Errorf("%s: got %v, want ErrGone", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// called starts a process with the words NAME guard as its command line. It does nothing until the test ends.
func called(t *testing.T, name string, env ...string) int {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Args = []string{name, "guard"}
	cmd.Env = append(env, asVictim+"=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed, of course
		_ = stdin.Close()
	})
	return cmd.Process.Pid
}

const asVictim = "FRIDAY_TEST_VICTIM"

// TestMain lets the test program be a victim: it waits until its input ends.
func TestMain(m *testing.M) {
	if os.Getenv(asVictim) != "" {
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	}
	os.Exit(m.Run())
}
