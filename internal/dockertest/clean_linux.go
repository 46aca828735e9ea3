package dockertest

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// clean removes what the engine left in the kernel and on disk. Its processes are dead.
func (s *slot) clean() error {
	return errors.Join(s.removeBridges(), s.removeCgroups(), eventually(func() error { return os.RemoveAll(s.root()) }))
}

// hierarchies are the places of the engine's cgroup: one, or with version 1 one for each controller.
func (s *slot) hierarchies() []string {
	all, _ := filepath.Glob("/sys/fs/cgroup/*" + s.cgroup()) // the pattern is well formed
	return append(all, "/sys/fs/cgroup"+s.cgroup())
}

// thaw lets frozen containers go on.
func (s *slot) thaw() {
	for _, dir := range s.hierarchies() {
		for file, word := range map[string]string{"freezer.state": "THAWED", "cgroup.freeze": "0"} {
			found, _ := filepath.Glob(filepath.Join(dir, "*", file))
			for _, path := range found {
				_ = os.WriteFile(path, []byte(word), 0) // gone already: fine
			}
		}
	}
}

func (s *slot) removeCgroups() error {
	var failed []error
	for _, top := range s.hierarchies() {
		failed = append(failed, eventually(func() error { return removeTree(top) }))
	}
	return errors.Join(failed...)
}

// removeTree removes empty cgroups, the innermost first; the files in them cannot and need not be removed.
func removeTree(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if e.IsDir() {
			err = errors.Join(err, removeTree(filepath.Join(dir, e.Name())))
		}
	}
	if gone := unix.Rmdir(dir); gone != nil && !errors.Is(gone, unix.ENOENT) {
		err = errors.Join(err, fmt.Errorf("cannot remove cgroup %s: %w", dir, gone))
	}
	return err
}

// eventually tries again for a while: the kernel finishes dead processes a moment after they have died.
func eventually(f func() error) error {
	for until := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if err := f(); err == nil || time.Now().After(until) {
			return err
		}
	}
}

// removeBridges removes the bridges that carry our prefix and those that the engine named itself, in its address pool.
func (s *slot) removeBridges() error {
	all, err := net.Interfaces()
	if err != nil {
		return err
	}
	var failed []error
	for _, i := range all {
		if strings.HasPrefix(i.Name, s.bridge()) || strings.HasPrefix(i.Name, "br-") && s.within(i) {
			failed = append(failed, removeBridge(i.Name))
		}
	}
	return errors.Join(failed...)
}

func (s *slot) within(i net.Interface) bool {
	addrs, _ := i.Addrs()
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && s.pool().Contains(p.Addr()) {
			return true
		}
	}
	return false
}

// removeBridge takes a bridge down and away.
func removeBridge(name string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	down, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, down); err != nil && !errors.Is(err, unix.ENODEV) {
		return fmt.Errorf("cannot take %s down: %w", name, err)
	}
	text, err := unix.BytePtrFromString(name)
	if err != nil {
		return err
	}
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCBRDELBR, uintptr(unsafe.Pointer(text)))
	if errno != 0 && errno != unix.ENXIO && errno != unix.ENODEV {
		return fmt.Errorf("cannot remove bridge %s: %w", name, errno)
	}
	return nil
}
