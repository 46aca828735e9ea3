package network

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/attacktest"
	"github.com/failurefriday/friday/internal/dockertest"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/netns"
	"github.com/failurefriday/friday/internal/proc"
)

// station is a process in a network namespace of its own, with servers that answer in it.
type station struct {
	name string // of the process; nothing else has it
	cmd  *exec.Cmd
	ns   *netns.Handle
	ip4  netip.Addr
	ip6  netip.Addr
}

// needsRoot leaves the test out where it cannot make namespaces.
func needsRoot(t testing.TB) {
	t.Helper()
	if os.Getuid() != 0 {
		dockertest.LeaveOut(t, "network namespaces need root")
	}
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// newStation starts a process in a new namespace, with nothing but loopback. It ends with the test.
func newStation(t testing.TB) *station {
	t.Helper()
	needsRoot(t)
	sleep, err := exec.LookPath("sleep")
	must(t, err)
	s := &station{name: "n" + strings.ToLower(rand.Text()[:12])}
	program := filepath.Join(t.TempDir(), s.name)
	must(t, os.Symlink(sleep, program))
	s.cmd = exec.Command(program, "600")
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	s.start(t)
	s.ns, err = netns.OfProcess(s.cmd.Process.Pid)
	must(t, err)
	t.Cleanup(func() { s.end(t) })
	s.links(t, func(h *netlink.Handle) error {
		lo, err := h.LinkByName("lo")
		return errors.Join(err, h.LinkSetUp(lo))
	})
	return s
}

// start starts the process on a thread that is kept for it: the process dies with its thread, and so with this test.
func (s *station) start(t testing.TB) {
	t.Helper()
	started, done := make(chan error), make(chan struct{})
	t.Cleanup(func() { close(done) })
	go func() {
		runtime.LockOSThread()
		started <- s.cmd.Start()
		<-done
	}()
	must(t, <-started)
}

// end ends the namespace: its process, and our own hold on it. It may be called again.
func (s *station) end(t testing.TB) {
	t.Helper()
	if s.ns == nil {
		return
	}
	if err := s.cmd.Process.Kill(); !errors.Is(err, os.ErrProcessDone) {
		must(t, err)
	}
	_ = s.cmd.Wait() // killed, of course
	id := s.ns.ID
	must(t, s.ns.Close())
	s.ns = nil
	attacktest.Eventually(t, "the namespace is gone", func() bool {
		h, err := netns.Open(id)
		if err == nil {
			_ = h.Close()
		}
		return errors.Is(err, netns.ErrGone)
	})
}

// in is where the attack is put.
func (s *station) in() Where { return Where{Process: proc.Match{Name: match.Must(s.name)}} }

// links opens a netlink connection in the namespace.
func (s *station) links(t testing.TB, f func(h *netlink.Handle) error) {
	t.Helper()
	must(t, s.ns.Do(func() error {
		h, err := netlink.NewHandle(unix.NETLINK_ROUTE)
		if err != nil {
			return err
		}
		defer h.Close()
		return f(h)
	}))
}

// newLAN makes n stations on one bridge, which has a namespace of its own. Each has an address of both families, and
// servers on the ports 7000 and 7001.
func newLAN(t testing.TB, n int) []*station {
	t.Helper()
	hub := newStation(t)
	hub.links(t, func(h *netlink.Handle) error {
		br := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "br0"}}
		return errors.Join(h.LinkAdd(br), h.LinkSetUp(br))
	})
	all := make([]*station, n)
	for i := range all {
		all[i] = newStation(t)
		all[i].join(t, hub, i+1)
		all[i].serve(t, "tcp", 7000)
		all[i].serve(t, "tcp", 7001)
		all[i].echo(t, 7000)
		all[i].echo(t, 7001)
	}
	return all
}

// join connects the station to the bridge.
func (s *station) join(t testing.TB, hub *station, number int) {
	t.Helper()
	s.ip4 = netip.AddrFrom4([4]byte{10, 77, byte(number >> 8), byte(number)})
	s.ip6 = netip.MustParseAddr(fmt.Sprintf("fd77::%x", number))
	port := fmt.Sprintf("p%d", number)
	hub.links(t, func(h *netlink.Handle) error {
		pair := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: port}, PeerName: "eth0", PeerNamespace: netlink.NsFd(s.ns.FD())}
		err := h.LinkAdd(pair)
		br, err2 := h.LinkByName("br0")
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		return errors.Join(h.LinkSetMaster(pair, br), h.LinkSetUp(pair))
	})
	s.links(t, func(h *netlink.Handle) error {
		eth, err := h.LinkByName("eth0")
		if err != nil {
			return err
		}
		four, six := &netlink.Addr{IPNet: ipNet(s.ip4, 16)}, &netlink.Addr{IPNet: ipNet(s.ip6, 64), Flags: unix.IFA_F_NODAD}
		return errors.Join(h.LinkSetUp(eth), h.AddrAdd(eth, four), h.AddrAdd(eth, six))
	})
}

func ipNet(a netip.Addr, bits int) *net.IPNet {
	return &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(bits, a.BitLen())}
}

// strike plans an attack that means n places, and injects all of it. It is reverted at the end of the test.
func strike(t testing.TB, a attacks.Attack, n int) []attacks.Change {
	t.Helper()
	changes, err := a.Plan(t.Context())
	if err != nil || len(changes) != n {
		t.Fatalf("got %d changes, %v, want %d", len(changes), err, n)
	}
	for _, c := range changes {
		must(t, a.Inject(t.Context(), c))
		t.Cleanup(func() { mend(t, a, c) })
	}
	return changes
}

// mend reverts changes.
func mend(t testing.TB, a attacks.Attack, changes ...attacks.Change) {
	t.Helper()
	for _, c := range changes {
		must(t, a.Revert(context.Background(), c))
	}
}

func isActive(t testing.TB, a attacks.Attack, c attacks.Change) bool {
	t.Helper()
	active, err := a.Active(t.Context(), c)
	must(t, err)
	return active
}

func mount(what, where string) error { return unix.Mount(what, where, "none", unix.MS_BIND, "") }

func unmount(where string) error { return unix.Unmount(where, unix.MNT_DETACH) }

func contains(err error, text string) bool { return err != nil && strings.Contains(err.Error(), text) }
