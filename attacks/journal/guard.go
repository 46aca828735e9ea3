package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// GuardStart says how to start a guard.
type GuardStart struct {
	State, Run string   // the state directory is an absolute path: the guard runs in /
	Command    []string // the program, by its absolute path, and its first arguments; "--run RUN" is added
}

// Guard is the runner's end of a guard: a process of its own session that settles the journal of the run when the runner
// dies or hangs.
type Guard struct {
	cmd  *exec.Cmd
	pipe io.WriteCloser
	done chan struct{}
}

const (
	armedWithin   = 5 * time.Second
	releaseWithin = 5 * time.Second

	armed   = "armed\n" // guard to runner: from now on I watch
	allDone = "done\n"  // runner to guard: everything is settled
)

// StartGuard starts the guard of a run and returns once it watches; on an error there is none, and nothing may be broken.
// The caller holds the lock and has made the journal.
func StartGuard(s GuardStart) (*Guard, error) {
	if len(s.Command) == 0 {
		return nil, errors.New("cannot start the guard: no command")
	}
	dir := filepath.Join(s.State, runsDir, s.Run)
	if err := makeDir(dir); err != nil {
		return nil, fmt.Errorf("cannot start the guard: %w", err)
	}
	log, err := os.OpenFile(filepath.Join(dir, "guard.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot start the guard: %w", err)
	}
	defer log.Close()
	cmd := exec.Command(s.Command[0], append(s.Command[1:len(s.Command):len(s.Command)], "--run", s.Run)...)
	cmd.Dir = "/"
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // neither Ctrl-C nor a closed terminal reaches it
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("cannot start the guard: %w", err)
	}
	answer, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("cannot start the guard: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start the guard: %w", err)
	}
	g := &Guard{cmd: cmd, pipe: pipe, done: make(chan struct{})}
	if err := g.awaitArmed(answer); err != nil {
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()         // what went wrong is known already
		return nil, err
	}
	go func() {
		_ = cmd.Wait() // that it ended is what matters
		close(g.done)
	}()
	return g, nil
}

func (g *Guard) awaitArmed(answer io.Reader) error {
	said := make(chan error, 1)
	go func() {
		text, err := bufio.NewReader(answer).ReadString('\n')
		if err == nil && text != armed {
			err = fmt.Errorf("it said %q", text)
		}
		said <- err
	}()
	limit := time.NewTimer(armedWithin)
	defer limit.Stop()
	select {
	case err := <-said:
		if err != nil {
			return fmt.Errorf("the guard (pid %d) did not start, see guard.log of the run: %w", g.PID(), err)
		}
		return nil
	case <-limit.C:
		return fmt.Errorf("the guard (pid %d) was not armed within %s, see guard.log of the run", g.PID(), armedWithin)
	}
}

// PID is the process of the guard.
func (g *Guard) PID() int { return g.cmd.Process.Pid }

// Done is closed when the guard has ended. If that is before Release, nobody watches over the run any more.
func (g *Guard) Done() <-chan struct{} { return g.done }

// Release tells the guard that the run is over and waits until it has ended, which it has if it died before. What is
// still owed then stays owed. It may be called twice.
func (g *Guard) Release() error {
	_, _ = io.WriteString(g.pipe, allDone) // it may be dead: then there is nobody to tell
	_ = g.pipe.Close()
	limit := time.NewTimer(releaseWithin)
	defer limit.Stop()
	select {
	case <-g.done:
		return nil
	case <-limit.C:
		return errors.Join(fmt.Errorf("the guard (pid %d) did not end within %s and was killed", g.PID(), releaseWithin), g.cmd.Process.Kill())
	}
}
