package proc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stat is the part of /proc/PID/stat that says who a process is.
type stat struct {
	pid     int
	comm    string
	state   byte
	parent  int
	group   int
	session int
	start   uint64
	kernel  bool
}

// dead reports whether nothing of the process runs any more, though its parent has not collected it yet.
func (s stat) dead() bool { return s.state == 'Z' || s.state == 'X' || s.state == 'x' }

// kernelThread is the flag PF_KTHREAD.
const kernelThread = 0x00200000

func readStat(pid int) (stat, error) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			return stat{}, ErrGone
		}
		return stat{}, fmt.Errorf("cannot look at pid %d: %w", pid, err)
	}
	return parseStat(pid, data)
}

// parseStat reads the fields behind the name, which may itself hold blanks and brackets.
func parseStat(pid int, data []byte) (stat, error) {
	open, end := bytes.IndexByte(data, '('), bytes.LastIndexByte(data, ')')
	if open < 0 || end < open {
		return stat{}, fmt.Errorf("cannot read /proc/%d/stat", pid)
	}
	fields := strings.Fields(string(data[end+1:]))
	if len(fields) < 20 {
		return stat{}, fmt.Errorf("cannot read /proc/%d/stat: too short", pid)
	}
	number := func(i int) uint64 { n, _ := strconv.ParseUint(fields[i], 10, 64); return n } // the kernel writes numbers
	return stat{
		pid: pid, comm: string(data[open+1 : end]), state: fields[0][0],
		parent: int(number(1)), group: int(number(2)), session: int(number(3)),
		kernel: number(6)&kernelThread != 0, start: number(19),
	}, nil
}

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
	if s.dead() {
		return ID{}, ErrGone
	}
	return ID{PID: pid, Start: s.start, Boot: boot}, nil
}

// look reads the process if it still is the same and not dead; otherwise ErrGone.
func (id ID) look() (stat, error) {
	boot, err := bootID()
	if err != nil {
		return stat{}, err
	}
	if boot != id.Boot {
		return stat{}, ErrGone
	}
	s, err := readStat(id.PID)
	if err == nil && (s.start != id.Start || s.dead()) {
		return stat{}, ErrGone
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
	return s.state == 'T', err
}

// Signal sends a signal to this very process, through a pidfd: never to a stranger with the same pid. ErrGone if it is
// not there any more.
func (id ID) Signal(sig syscall.Signal) error {
	fd, err := id.open()
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	err = unix.PidfdSendSignal(fd, sig, nil, 0)
	if errors.Is(err, unix.ESRCH) {
		return ErrGone
	}
	if err != nil {
		return fmt.Errorf("cannot signal pid %d: %w", id.PID, err)
	}
	return nil
}

// open returns a pidfd of this very process. The identity is checked after the pidfd is open: from then on the pid can
// not be given away.
func (id ID) open() (int, error) {
	fd, err := unix.PidfdOpen(id.PID, 0)
	if errors.Is(err, unix.ESRCH) {
		return -1, ErrGone
	}
	if err != nil {
		return -1, fmt.Errorf("cannot open pid %d: %w", id.PID, err)
	}
	if _, err := id.look(); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// Wait returns nil once the process is dead, at once if it is gone already.
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
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int((50 * time.Millisecond).Milliseconds()))
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("cannot wait for pid %d: %w", id.PID, err)
		}
		if n > 0 {
			return nil
		}
	}
	return context.Cause(ctx)
}

// ticksPerSecond is USER_HZ, in which the kernel tells start times; it is 100 on every Linux that Go runs on.
const ticksPerSecond = 100

// Ticks is the time since boot in the unit of ID.Start.
func Ticks() (uint64, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0, fmt.Errorf("cannot read the time since boot: %w", err)
	}
	return uint64(t.Sec)*ticksPerSecond + uint64(t.Nsec)*ticksPerSecond/1e9, nil
}
