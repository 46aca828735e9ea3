package probes

import (
	"context"
	"errors"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// runGroup runs cmd in a process group of its own until it ends or ctx is done. Then it kills what is left of the group,
// and only then takes the leader's exit status: until it is taken the kernel gives the group's number to nobody else, so
// no stranger is hit. An error means that the program was not started.
func runGroup(ctx context.Context, cmd *exec.Cmd) (inTime bool, err error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return false, err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		awaitEnd(cmd.Process.Pid)
	}()
	select {
	case <-ended:
		inTime = true
	case <-ctx.Done():
	}
	_ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL) // nobody left to kill: fine
	<-ended
	if err := cmd.Wait(); inTime && !isVerdict(err) {
		return false, err
	}
	return inTime, nil
}

// awaitEnd returns once the child has ended, and leaves it a zombie.
func awaitEnd(pid int) {
	for {
		if err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil); !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// isVerdict reports whether the outcome of Wait is about what the program did.
func isVerdict(err error) bool {
	exit := (*exec.ExitError)(nil)
	return err == nil || errors.As(err, &exit) || errors.Is(err, exec.ErrWaitDelay)
}
