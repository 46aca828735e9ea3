package netns

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// Handle is an open network namespace. As long as it is open the namespace exists, whoever else leaves it.
type Handle struct {
	ID   ID
	Path string // where it was found; it may not be found there for ever
	file *os.File
}

// Self opens the namespace of this process: that of the thread it is called on, since the main one may be elsewhere for a
// moment on behalf of a library.
func Self() (*Handle, error) { return at("/proc/thread-self/ns/net") }

// OfProcess opens the namespace that a process is in now. ErrGone if there is no such process.
func OfProcess(pid int) (*Handle, error) { return at(fmt.Sprintf("/proc/%d/ns/net", pid)) }

// named is where ip netns keeps its namespaces.
const named = "/run/netns"

// Named opens a namespace that ip netns knows by that name. ErrGone if there is none.
func Named(name string) (*Handle, error) {
	if name == "" || name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return nil, fmt.Errorf("%q is no name of a network namespace", name)
	}
	return at(filepath.Join(named, name))
}

// Scratch makes a namespace that nothing else is in and that vanishes when it is closed.
func Scratch() (h *Handle, err error) {
	err = onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return Allowed("make a network namespace", err)
		}
		h, err = at("/proc/thread-self/ns/net")
		return err
	})
	return h, err
}

func at(path string) (*Handle, error) {
	file, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ESRCH):
		return nil, ErrGone
	case err != nil:
		return nil, Allowed("open a network namespace", err)
	}
	h := &Handle{Path: path, file: file}
	if h.ID, err = h.identify(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return h, nil
}

// identify reads inode, cookie and boot.
func (h *Handle) identify() (ID, error) {
	var stat unix.Stat_t
	if err := unix.Fstat(h.FD(), &stat); err != nil {
		return ID{}, fmt.Errorf("cannot tell which network namespace this is: %w", err)
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ID{}, fmt.Errorf("cannot tell one boot from another: %w", err)
	}
	id := ID{Inode: stat.Ino, Boot: strings.TrimSpace(string(boot))}
	err = h.Do(func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("cannot tell which network namespace this is: %w", err)
		}
		defer unix.Close(fd)
		id.Cookie, err = unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE)
		if errors.Is(err, unix.ENOPROTOOPT) {
			return nil // an older kernel
		}
		return err
	})
	return id, err
}

// FD is the open file, for libraries that enter the namespace by themselves.
func (h *Handle) FD() int { return int(h.file.Fd()) }

// Close closes the handle.
func (h *Handle) Close() error { return h.file.Close() }

// Do calls f on a thread of its own that is inside the namespace; what f opens there stays there. f must not start
// goroutines that are to be inside, too.
func (h *Handle) Do(f func() error) error {
	return onThread(func() error {
		if err := unix.Setns(h.FD(), unix.CLONE_NEWNET); err != nil {
			return Allowed("enter a network namespace", err)
		}
		return f()
	})
}

// onThread calls f on a thread that is thrown away afterwards: nobody else ever runs in the wrong namespace.
func onThread(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if unix.Gettid() == unix.Getpid() {
			// The main thread cannot end, and /proc/self is where it is: keep it until another one has done the work.
			defer runtime.UnlockOSThread()
			done <- onThread(f)
			return
		}
		done <- f()
	}()
	return <-done
}

// Allowed is why something could not be done in a namespace: it says what is missing where the kernel only says no.
func Allowed(what string, err error) error {
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return fmt.Errorf("may not %s (%w): run friday as root, or with CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_SYS_PTRACE", what, err)
	}
	return fmt.Errorf("cannot %s: %w", what, err)
}
