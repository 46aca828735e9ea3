package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// smallDisk mounts a disk of a quarter megabyte as the lab's state directory.
func (l *lab) smallDisk() (dir string) {
	l.t.Helper()
	if os.Getuid() != 0 {
		if os.Getenv("CI") != "" {
			l.t.Fatal("only root can mount a small disk")
		}
		l.t.Skip("only root can mount a small disk: the full disk is left out")
	}
	dir = l.state()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		l.t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill leaves no room on a disk.
func fill(t *testing.T, dir string) (empty func()) {
	t.Helper()
	path := filepath.Join(dir, "fill")
	_ = os.WriteFile(path, make([]byte, 1<<20), 0o600) // fails when the disk is full, which is what it is for
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFullDisk: a disk that is full before is a clear error and nothing is touched; one that fills up meanwhile stops the
// run, and everything is reverted.
func TestFullDisk(t *testing.T) {
	l := newLab(t)
	dir := l.smallDisk()
	v := l.victim("disk-a")
	scenario := l.freeze("1m", "disk-a")
	empty := fill(t, dir)
	if code, out := l.run("run", "--yes", "--quiet", scenario); code != exitUsage || !strings.Contains(out, "no space left on device") {
		t.Errorf("full before: exit code %d: %s", code, out)
	}
	if got := stateOf(v.Process.Pid); got != "running" {
		t.Fatalf("full before, and the victim is %s", got)
	}
	empty()
	cmd, out := l.start("run", "--yes", "--plain", scenario)
	eventually(t, "the victim is stopped", func() bool { return stateOf(v.Process.Pid) == "stopped" })
	empty = fill(t, dir)
	eventually(t, "the victim runs again", func() bool { return stateOf(v.Process.Pid) == "running" })
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitAborted {
		t.Errorf("full meanwhile: exit code %d: %s", code, out)
	}
	empty()
	if code, list := l.run("recover"); code != exitPass {
		t.Errorf("something is owed: %s", list)
	}
}

// TestReadOnlyState: nothing is touched where nothing can be written down.
func TestReadOnlyState(t *testing.T) {
	l := newLab(t)
	dir := l.smallDisk()
	v := l.victim("disk-b")
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	code, out := l.run("run", "--yes", "--quiet", l.freeze("1m", "disk-b"))
	if code != exitUsage || !strings.Contains(out, "read-only file system") || stateOf(v.Process.Pid) != "running" {
		t.Errorf("exit code %d, the victim is %s: %s", code, stateOf(v.Process.Pid), out)
	}
}
