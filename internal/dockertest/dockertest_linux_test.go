package dockertest

import (
	"bufio"
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

// orphanEnv makes the test binary a test process that is killed.
const orphanEnv = "FRIDAY_DOCKERTEST_ORPHAN"

func TestMain(m *testing.M) { os.Exit(Main(m)) }

// wait polls until it is so.
func wait(t *testing.T, what string, so func() bool) {
	t.Helper()
	for until := time.Now().Add(patience); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("never came true: %s", what)
		}
	}
}

func TestContainersSeeEachOther(t *testing.T) {
	t.Parallel()
	began := time.Now()
	d := Start(t)
	t.Logf("the engine answered after %v", time.Since(began))
	if os.Getenv("DOCKER_HOST") != d.Host {
		t.Errorf("DOCKER_HOST is %q, the engine at %q", os.Getenv("DOCKER_HOST"), d.Host)
	}
	lan := d.Network(t, "lan", "10.127.77.0/24")
	a := d.Run(t, Options{Name: "a", Network: lan, IP: "10.127.77.7", Labels: map[string]string{"k": "v"}})
	b := d.Run(t, Options{Name: "b", Network: lan, Aliases: []string{"bee"}, Cmd: []string{"httpd", "-f", "-h", "/www"}})
	if d.IP(t, a) != "10.127.77.7" || d.Inspect(t, a).Config.Labels["k"] != "v" || !strings.HasPrefix(d.Name(t, b), "b-") {
		t.Errorf("not as asked for: %+v", d.Inspect(t, a))
	}
	for _, address := range []string{d.IP(t, b), "bee"} {
		if out, code := d.Exec(t, a, "wget", "-qO-", "http://"+address+"/"); code != 0 || out != "hello\n" {
			t.Errorf("%s: exit code %d, %q", address, code, out)
		}
	}
	if _, code := d.Exec(t, a, "sh", "-c", "exit 7"); code != 7 {
		t.Errorf("exit code %d, want 7", code)
	}
	if other := d.Run(t, Options{NetworkMode: "container:" + a}); d.ContainerPID(t, other) == 0 {
		t.Error("a container in another's network does not run")
	}
}

func TestImageOfOurOwnProgram(t *testing.T) {
	t.Parallel()
	d := Start(t)
	dir := t.TempDir()
	source := filepath.Join(dir, "hi.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() { println(\"hi\") }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "hi"), source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	id := d.Run(t, Options{Image: d.ImageOf(t, "hi", filepath.Join(dir, "hi"))})
	if out, code := d.Exec(t, id, "hi"); code != 0 || out != "hi\n" {
		t.Errorf("exit code %d, %q", code, out)
	}
}

// What an engine makes is gone after its end: also paused and restarting containers, networks made by hand, and mounts.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	able(t)
	var s *slot
	t.Run("an engine", func(t *testing.T) {
		d := New(t, LiveRestore)
		s = d.slot
		lan := d.Network(t, "lan", "")
		paused := d.Run(t, Options{Network: lan})
		if err := d.Client.ContainerPause(t.Context(), paused); err != nil {
			t.Fatal(err)
		}
		d.Run(t, Options{Restart: "always", Cmd: []string{"false"}})
		pid := d.ContainerPID(t, d.Run(t, Options{Network: lan}))
		d.Kill(t) // so that nothing can be removed by the engine
		if syscall.Kill(pid, 0) != nil {
			t.Error("a container did not outlive its killed engine")
		}
	})
	nothingLeft(t, s)
}

func nothingLeft(t *testing.T, s *slot) {
	t.Helper()
	if pids := s.processes(); len(pids) > 0 {
		t.Errorf("processes are left: %v", pids)
	}
	for _, dir := range s.hierarchies() {
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("a cgroup is left: %s", dir)
		}
	}
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range interfaces {
		if strings.HasPrefix(i.Name, s.bridge()) || s.within(i) {
			t.Errorf("a bridge is left: %v", i)
		}
	}
	if s.left() {
		t.Errorf("its folder is left: %s", s.root())
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil || strings.Contains(string(mounts), s.root()) {
		t.Errorf("mounts are left, or cannot be read: %v", err)
	}
}

func TestStoppedAndStartedAgain(t *testing.T) {
	t.Parallel()
	d := New(t, LiveRestore)
	lan := d.Network(t, "lan", "")
	id := d.Run(t, Options{Network: lan})
	before, pid := d.ContainerPID(t, id), d.PID()
	d.Stop(t)
	if _, err := d.Client.Ping(t.Context()); err == nil {
		t.Error("a stopped engine answers")
	}
	d.Restart(t)
	if after := d.ContainerPID(t, id); after != before || d.PID() == pid {
		t.Errorf("container: pid %d was %d; engine: %d was %d", after, before, d.PID(), pid)
	}
	if out, code := d.Exec(t, id, "true"); code != 0 {
		t.Errorf("a container that outlived its engine is of no use: %s", out)
	}
	d.Kill(t)
	d.Restart(t)
	if after := d.ContainerPID(t, id); after != before {
		t.Errorf("pid %d, was %d", after, before)
	}
}

func TestStopWithoutLiveRestore(t *testing.T) {
	t.Parallel()
	d := New(t)
	id := d.Run(t, Options{})
	d.Restart(t)
	if pid := d.ContainerPID(t, id); pid != 0 {
		t.Errorf("the container runs as %d after its engine was stopped", pid)
	}
}

// TestOrphan is what the next test runs and kills.
func TestOrphan(t *testing.T) {
	if os.Getenv(orphanEnv) == "" {
		t.Skip("left out: it is started by TestKilledTestLeavesNothing")
	}
	d := Start(t)
	lan := d.Network(t, "lan", "")
	d.Run(t, Options{Network: lan})
	fmt.Printf("slot %d\n", d.slot.number)
	time.Sleep(time.Minute) // until it is killed
}

func TestKilledTestLeavesNothing(t *testing.T) {
	t.Parallel()
	able(t)
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestOrphan$")
	cmd.Env = append(os.Environ(), orphanEnv+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &slot{number: -1}
	for lines := bufio.NewScanner(out); s.number < 0 && lines.Scan(); {
		if _, err := fmt.Sscanf(lines.Text(), "slot %d", &s.number); err != nil {
			t.Log(lines.Text())
		}
	}
	if s.number < 0 || !s.left() || len(s.processes()) == 0 {
		t.Fatalf("slot %d: there is no engine", s.number)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed, of course
	wait(t, "the reaper has cleaned up", func() bool { return !s.left() })
	wait(t, "the reaper has let go", func() bool {
		got, err := take(s.number)
		return err == nil && got != nil && got.release() == nil
	})
}

// With the reaper killed, too, the next engine cleans up.
func TestNextStartCleansUp(t *testing.T) {
	able(t)
	d, err := begin(nil)
	if err != nil {
		t.Fatal(err)
	}
	lan := d.Network(t, "lan", "")
	id := d.Run(t, Options{Network: lan})
	s := d.slot
	if err := d.dockerd.end(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := d.containerd.end(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if len(s.processes()) == 0 {
		t.Fatalf("container %.12s did not outlive its engine", id)
	}
	if err := s.release(); err != nil { // as the kernel does for the dead
		t.Fatal(err)
	}
	d.keeper.close()
	again := New(t)
	if again.slot.number != s.number {
		nothingLeft(t, s)
	}
	for _, pid := range s.processes() {
		if pid != again.dockerd.pid && pid != again.containerd.pid {
			t.Errorf("pid %d is left of the dead engine", pid)
		}
	}
	if err := d.reaper.Close(); err != nil {
		t.Fatal(err)
	}
	again.Run(t, Options{})
}

func TestOnlyStaticProgramsGoIn(t *testing.T) {
	t.Parallel()
	able(t)
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	if err := static(busybox); err != nil {
		t.Error(err)
	}
	sh, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	if err := static(sh); err == nil {
		t.Skipf("left out: %s is static here", sh)
	}
	if err := static("/etc/hostname"); err == nil {
		t.Error("a text is taken for a program")
	}
}
