package monitlab

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// process is a Monit that was started.
type process struct {
	cmd  *exec.Cmd
	gone chan struct{} // closed when it has ended
}

// run starts a program that ends with the test. The kernel takes the death of the thread that started it for that of its
// parent, so the thread is kept for as long as it lives.
func run(t testing.TB, dir, path string, args ...string) (*process, error) {
	out, err := os.OpenFile(filepath.Join(dir, "output"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p := &process{cmd: exec.Command(path, args...), gone: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr, p.cmd.SysProcAttr = dir, out, out, dieWithUs()
	started := make(chan error)
	go func() {
		defer close(p.gone)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // how it ended is told by its log
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	t.Cleanup(p.end)
	return p, nil
}

// end ends the process, and returns when it is gone.
func (p *process) end() {
	_ = p.cmd.Process.Kill() // it may be dead already
	<-p.gone
}
