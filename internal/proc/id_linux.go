package proc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// gone turns the errors of a process that has just ended into ErrGone, and says of which process the others speak.
func gone(pid int, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return ErrGone
	}
	return fmt.Errorf("cannot look at pid %d: %w", pid, err)
}

func readStat(pid int) (procfs.ProcStat, error) {
	p, err := procfs.NewProc(pid)
	if err != nil {
		return procfs.ProcStat{}, gone(pid, err)
	}
	s, err := p.Stat()
	return s, gone(pid, err)
}

// dead reports whether nothing of the process runs any more, though its parent may not have collected it yet. A process
// whose first thread has ended looks like a zombie; as long as it has other threads it lives.
func dead(s procfs.ProcStat) bool {
	return s.State == "X" || s.State == "x" || s.State == "Z" && s.NumThreads <= 1
}

// kernelThread is the flag PF_KTHREAD.
const kernelThread = 0x00200000

func isKernel(s procfs.ProcStat) bool { return s.Flags&kernelThread != 0 }

// bootID is the same for all processes until the machine starts anew.
func bootID() (string, error) {
	data, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("cannot tell one boot from another: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}

// Identify returns the identity of the process that has the pid now. ErrGone means that there is none, or only what is
// left of a dead one.
func Identify(pid int) (ID, error) {
	boot, err := bootID()
	if err != nil {
		return ID{}, err
	}
	s, err := readStat(pid)
	if err != nil {
		return ID{}, err
	}
	if dead(s) {
		return ID{}, ErrGone
	}
	return ID{PID: pid, Start: s.Starttime, Boot: boot}, nil
}

// look reads the process if it still is the same and not dead; otherwise ErrGone.
func (id ID) look() (procfs.ProcStat, error) {
	boot, err := bootID()
	if err != nil {
		return procfs.ProcStat{}, err
	}
	if boot != id.Boot {
		return procfs.ProcStat{}, ErrGone
	}
	s, err := readStat(id.PID)
	if err == nil && (s.Starttime != id.Start || dead(s)) {
		return procfs.ProcStat{}, ErrGone
	}
	return s, err
}

// Alive reports whether this very process still lives; a zombie does not. An error means that nobody could look.
func (id ID) Alive() (bool, error) {
	_, err := id.look()
	if errors.Is(err, ErrGone) {
		return false, nil
	}
	return err == nil, err
}

// Stopped reports whether the process is stopped by a signal. ErrGone if it is not there any more.
func (id ID) Stopped() (bool, error) {
	s, err := id.look()
	return s.State == "T", err
}

// Signal sends a signal to this very process, through a pidfd: never to a stranger with the same pid. Signal 0 only
// checks whether one could be sent. ErrGone if the process is not there any more.
func (id ID) Signal(sig syscall.Signal) error {
	fd, err := id.open()
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	switch err := unix.PidfdSendSignal(fd, sig, nil, 0); {
	case errors.Is(err, unix.ESRCH):
		return ErrGone
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("may not signal pid %d (%w): run friday as the user that owns it, or as root", id.PID, err)
	case err != nil:
		return fmt.Errorf("cannot signal pid %d: %w", id.PID, err)
	}
	return nil
}

// open returns a pidfd of this very process. The identity is checked after the pidfd is open: from then on the pid can
// not be given away.
func (id ID) open() (int, error) {
	fd, err := unix.PidfdOpen(id.PID, 0)
	switch {
	case errors.Is(err, unix.ESRCH):
		return -1, ErrGone
	case errors.Is(err, unix.ENOSYS):
		return -1, fmt.Errorf("cannot tell pid %d from a later process of the same number: that needs Linux 5.3 or newer", id.PID)
	case err != nil:
		return -1, fmt.Errorf("cannot open pid %d: %w", id.PID, err)
	}
	if _, err := id.look(); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// waitSlice bounds how long Wait takes to see that its context is done.
const waitSlice = 50 * time.Millisecond

// Wait returns nil once the process is dead, at once if it is gone already. It may be called by any number of callers,
// related to the process or not.
func (id ID) Wait(ctx context.Context) error {
	fd, err := id.open()
	if errors.Is(err, ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for ctx.Err() == nil {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(waitSlice.Milliseconds()))
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("cannot wait for pid %d: %w", id.PID, err)
		}
		if n > 0 {
			return nil
		}
	}
	return context.Cause(ctx)
}
