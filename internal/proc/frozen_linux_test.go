package proc

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/procfs"

	"github.com/failurefriday/friday/internal/dockertest"
)

// freezable is a process that does nothing until the test ends.
func freezable(t *testing.T) ID {
	t.Helper()
	cmd := exec.Command("sleep", "600")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed, of course
	})
	id, err := Identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func becomes(t *testing.T, id ID, want string) {
	t.Helper()
	var got string
	for until := time.Now().Add(20 * time.Second); time.Now().Before(until); time.Sleep(time.Millisecond) {
		var err error
		if got, err = id.Halted(); err != nil {
			t.Fatal(err)
		}
		if got == want {
			return
		}
	}
	t.Fatalf("%s is %q, want %q", id, got, want)
}

func TestStoppedBySignalIsHalted(t *testing.T) {
	t.Parallel()
	id := freezable(t)
	becomes(t, id, "")
	if err := id.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	becomes(t, id, "stopped")
	if err := id.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	becomes(t, id, "")
	if err := id.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		word, err := id.Halted()
		if errors.Is(err, ErrGone) {
			break
		}
		if err != nil || time.Now().After(until) {
			t.Fatalf("dead: got %q, %v, want ErrGone", word, err)
		}
	}
}

// freezer is a way of the kernel to freeze a cgroup.
type freezer struct {
	name, root   string
	file         string
	freeze, thaw string
}

// A process is frozen with its own cgroup and with one above, in both versions of cgroups.
func TestFrozenWithItsCgroup(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		dockertest.LeaveOut(t, "making cgroups needs root")
	}
	done := 0
	for _, f := range []freezer{
		{"version 1", "/sys/fs/cgroup/freezer", "freezer.state", "FROZEN", "THAWED"},
		{"version 2", "/sys/fs/cgroup/unified", "cgroup.freeze", "1", "0"},
		{"version 2 alone", "/sys/fs/cgroup", "cgroup.freeze", "1", "0"},
	} {
		if _, err := os.Stat(filepath.Join(f.root, "cgroup.procs")); err != nil {
			continue
		}
		done++
		t.Run(f.name, func(t *testing.T) { f.test(t) })
	}
	if done == 0 {
		t.Fatal("this machine has neither version of cgroups in the usual places")
	}
}

func (f freezer) test(t *testing.T) {
	outer := filepath.Join(f.root, "friday-proc-test-"+strconv.Itoa(os.Getpid()))
	inner := filepath.Join(outer, "inner")
	write := func(dir, file, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{outer, inner} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			for until := time.Now().Add(20 * time.Second); os.Remove(dir) != nil; time.Sleep(time.Millisecond) {
				if time.Now().After(until) {
					t.Errorf("%s cannot be removed", dir)
					return
				}
			}
		})
	}
	id := freezable(t)
	t.Cleanup(func() { write(outer, f.file, f.thaw); write(inner, f.file, f.thaw) })
	write(inner, "cgroup.procs", strconv.Itoa(id.PID))
	becomes(t, id, "")
	for _, dir := range []string{inner, outer} {
		write(dir, f.file, f.freeze)
		becomes(t, id, "frozen")
		write(dir, f.file, f.thaw)
		becomes(t, id, "")
	}
}

func TestFreezerFile(t *testing.T) {
	t.Parallel()
	v1 := procfs.Cgroup{HierarchyID: 6, Controllers: []string{"freezer"}, Path: "/docker/abc"}
	v2 := procfs.Cgroup{Path: "/docker/abc"}
	mount := func(kind, root, at string, options ...string) *procfs.MountInfo {
		m := &procfs.MountInfo{FSType: kind, Root: root, MountPoint: at, SuperOptions: map[string]string{}}
		for _, o := range options {
			m.SuperOptions[o] = ""
		}
		return m
	}
	for _, test := range []struct {
		name string
		g    procfs.Cgroup
		m    *procfs.MountInfo
		want string
	}{
		{"version 1", v1, mount("cgroup", "/", "/c/freezer", "rw", "freezer"), "/c/freezer/docker/abc/freezer.state"},
		{"another controller", v1, mount("cgroup", "/", "/c/cpu", "rw", "cpu"), ""},
		{"another hierarchy", v2, mount("cgroup", "/", "/c/freezer", "rw", "freezer"), ""},
		{"version 2", v2, mount("cgroup2", "/", "/c", "rw"), "/c/docker/abc/cgroup.events"},
		{"version 1 in version 2", v1, mount("cgroup2", "/", "/c", "rw"), ""},
		{"a part of the tree", v2, mount("cgroup2", "/docker", "/c"), "/c/abc/cgroup.events"},
		{"exactly that part", v2, mount("cgroup2", "/docker/abc", "/c"), "/c/cgroup.events"},
		{"another part", v2, mount("cgroup2", "/dock", "/c"), ""},
		{"outside", procfs.Cgroup{Path: "/../abc"}, mount("cgroup2", "/", "/c"), ""},
		{"no cgroups", v2, mount("ext4", "/", "/c"), ""},
	} {
		if got, _ := freezerFile(test.g, test.m); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
