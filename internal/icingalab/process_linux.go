package icingalab

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// process is the first one of a PID namespace: with it all others of the namespace go.
type process struct {
	cmd  *exec.Cmd
	gone chan struct{} // closed when it has ended
}

// possible reports why a namespace cannot be made; nil if it can.
func possible() error {
	if os.Geteuid() != 0 {
		return errors.New("it lives in namespaces of its own, which needs root")
	}
	return nil
}

// dieWithUs has the kernel kill the child when the thread that started it ends.
func dieWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// alone shows the program its own namespace before it becomes that program.
const alone = `mount --make-rprivate / && mount -t proc proc /proc && exec "$@"`

// run starts Icinga, which ends with the test. The kernel takes the death of the thread that started it for that of its
// parent, so the thread is kept for as long as it lives.
func run(t testing.TB, path, dir string, args ...string) *process {
	t.Helper()
	out, err := os.OpenFile(filepath.Join(dir, "output"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p := &process{cmd: exec.Command("/bin/sh", append([]string{"-c", alone, "sh", path}, args...)...), gone: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = dir, environment(), out, out
	p.cmd.SysProcAttr = dieWithUs()
	p.cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNS | syscall.CLONE_NEWPID
	started := make(chan error)
	go func() {
		defer close(p.gone)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // how it ended is told by what it wrote
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.end)
	return p
}

// end ends the namespace, and returns when it is gone.
func (p *process) end() {
	_ = p.cmd.Process.Kill() // it may be dead already
	<-p.gone
}
