package dockertest

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// slot is one of the places for an engine on this machine: a folder, an address pool, a prefix for bridges and a cgroup,
// all told by its number, so that whoever comes next can clean up after one that was killed. The holder of the lock, which
// the kernel drops when he dies, is the only one who may use it.
type slot struct {
	number int
	lock   *os.File
}

const slots = 64

// places is the same for everybody, whatever their TMPDIR: so are bridges and cgroups.
const places = "/tmp/friday-dockertest"

func (s *slot) root() string {
	return filepath.Join(places, fmt.Sprintf("%02d", s.number))
}
func (s *slot) in(name string) string { return filepath.Join(s.root(), name) }
func (s *slot) cgroup() string        { return fmt.Sprintf("/friday-dockertest-%02d", s.number) }
func (s *slot) bridge() string        { return fmt.Sprintf("fft%02d", s.number) }

// pool is where the engine takes its subnets from.
func (s *slot) pool() netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(128 + s.number), 0, 0}), 16)
}

// claim takes the first free slot whose addresses nobody uses, and cleans up what is left in the other free ones.
func claim() (mine *slot, err error) {
	for n := range slots {
		s := &slot{number: n}
		if mine != nil && !s.left() {
			continue
		}
		if s, err = take(n); err != nil {
			return nil, errors.Join(err, mine.release())
		}
		if s == nil {
			continue // somebody else's
		}
		if err := s.sweep(); err != nil {
			return nil, errors.Join(fmt.Errorf("cannot clean up after an earlier test: %w", err), s.release(), mine.release())
		}
		if mine == nil && !s.taken() {
			mine = s
		} else if err := s.release(); err != nil {
			return nil, errors.Join(err, mine.release())
		}
	}
	if mine == nil {
		return nil, fmt.Errorf("all %d places for engines of tests are in use", slots)
	}
	return mine, os.MkdirAll(mine.root(), 0o700)
}

// sweep ends and removes what is left of an engine.
func (s *slot) sweep() error {
	if !s.left() {
		return nil
	}
	return errors.Join(s.killAll(), s.clean())
}

// take locks a slot; nil if somebody has it.
func take(n int) (*slot, error) {
	s := &slot{number: n}
	if err := os.MkdirAll(filepath.Dir(s.root()), 0o700); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(s.root()+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	s.lock = lock
	err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, lock.Close()
	}
	return s, err
}

// release gives the slot to others.
func (s *slot) release() error {
	if s == nil {
		return nil
	}
	return s.lock.Close()
}

// left reports whether an engine that was here has not been cleaned up.
func (s *slot) left() bool {
	_, err := os.Stat(s.root())
	return err == nil
}

// taken reports whether somebody else on this machine uses addresses of the pool.
func (s *slot) taken() bool {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return true
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Overlaps(s.pool()) {
			return true
		}
	}
	return false
}

// killAll ends every process of the engine: containers, their shims, and the daemons.
func (s *slot) killAll() error {
	for until := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		s.thaw() // the frozen do not die
		pids := s.processes()
		if len(pids) == 0 {
			return nil
		}
		if time.Now().After(until) {
			return fmt.Errorf("processes %v do not die", pids)
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL) // gone already: fine
		}
	}
}

// processes are the live ones of the engine: those that name its folder, and those in its cgroup.
func (s *slot) processes() (pids []int) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		var pid int
		if _, err := fmt.Sscanf(e.Name(), "%d", &pid); err != nil || pid <= 1 || pid == os.Getpid() {
			continue
		}
		dir := filepath.Join("/proc", e.Name())
		argv, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		groups, _ := os.ReadFile(filepath.Join(dir, "cgroup"))
		daemon := engineProgram(string(argv)) && strings.Contains(string(argv), s.root()+"/")
		contained := strings.Contains(string(groups), ":"+s.cgroup()+"/")
		if (daemon || contained) && !zombie(dir) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// engineProgram tells our daemons from somebody who looks into the folder.
func engineProgram(cmdline string) bool {
	argv0, _, _ := strings.Cut(cmdline, "\x00")
	name := filepath.Base(argv0)
	return name == "dockerd" || name == "runc" || strings.HasPrefix(name, "docker-") || strings.HasPrefix(name, "containerd")
}

func zombie(dir string) bool {
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return true
	}
	_, rest, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')'):]), " ")
	return strings.HasPrefix(rest, "Z") || strings.HasPrefix(rest, "X")
}
