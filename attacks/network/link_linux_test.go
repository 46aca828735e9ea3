package network

import (
	"encoding/json"
	"errors"
	"net"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/attacktest"
	"github.com/failurefriday/friday/internal/dockertest"
	"github.com/failurefriday/friday/internal/netns"
)

// The two ends of a line. near is attacked; far has a second address, for those who are not meant.
const (
	near4, far4, other4 = "10.77.0.1", "10.77.0.2", "10.77.0.3"
	near6, far6, other6 = "fd77::1", "fd77::2", "fd77::3"
)

// line is two network namespaces with a veth pair between them, eth0 in each, and nothing else. far answers whatever is
// sent to its UDP port.
type line struct {
	near *station
	far  *netns.Handle
	port int
}

func newLine(t testing.TB) *line {
	t.Helper()
	l := &line{near: newStation(t)}
	var err error
	l.far, err = netns.Scratch()
	must(t, err)
	t.Cleanup(func() { must(t, l.far.Close()) })
	must(t, speak(l.far, func(in *inside) error { // with equal indexes at both ends the kernel takes a second to see the line up
		return in.LinkAdd(&netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "unused"}})
	}))
	l.do(t, func(in *inside) error {
		veth := &netlink.Veth{LinkAttrs: netlink.NewLinkAttrs(), PeerName: "eth0", PeerNamespace: netlink.NsFd(l.far.FD())}
		veth.Name = "eth0"
		return errors.Join(in.LinkAdd(veth), in.still("eth0"), in.address("eth0", near4+"/24", near6+"/64"), in.up("eth0"))
	})
	must(t, speak(l.far, func(in *inside) error {
		return errors.Join(in.still("eth0"), in.address("eth0", far4+"/24", other4+"/24", far6+"/64", other6+"/64"), in.up("eth0"))
	}))
	l.port = l.answer(t)
	attacktest.Eventually(t, "the line is up", func() bool { return l.reaches(t, far4) && l.reaches(t, far6) })
	return l
}

func (in *inside) up(name string) error {
	link, err := in.LinkByName(name)
	if err != nil {
		return err
	}
	return in.LinkSetUp(link)
}

// still keeps the kernel from giving the device an address of its own, and routes with it, when it gets round to it.
func (in *inside) still(name string) error {
	link, err := in.LinkByName(name)
	if err != nil {
		return err
	}
	return in.LinkSetIP6AddrGenMode(link, nl.IN6_ADDR_GEN_MODE_NONE)
}

func (in *inside) address(name string, texts ...string) error {
	link, err := in.LinkByName(name)
	if err != nil {
		return err
	}
	failed := []error{err}
	for _, text := range texts {
		addr, err := netlink.ParseAddr(text)
		if err != nil {
			return err
		}
		if addr.IP.To4() == nil {
			addr.Flags = unix.IFA_F_NODAD // usable at once
		}
		failed = append(failed, in.AddrAdd(link, addr))
	}
	return errors.Join(failed...)
}

// do talks to the near end.
func (l *line) do(t testing.TB, f func(*inside) error) {
	t.Helper()
	must(t, speak(l.near.ns, f))
}

// targets means the near end and nothing else.
func (l *line) targets() Targets { return Targets{In: l.near.in()} }

// shows runs a program inside the near end and returns what it says, without what changes by itself.
func (l *line) shows(t testing.TB, command string) string {
	t.Helper()
	words := strings.Fields(command)
	path, err := exec.LookPath(words[0])
	if err != nil {
		dockertest.LeaveOut(t, words[0]+" is needed to look with other eyes")
	}
	var out []byte
	must(t, l.near.ns.Do(func() error {
		out, err = exec.Command(path, words[1:]...).CombinedOutput()
		return err
	}))
	return lifetimes.ReplaceAllString(string(out), "")
}

// injected plans one change and makes it; it is undone when the test ends.
func injected(t *testing.T, a attacks.Attack) attacks.Change {
	t.Helper()
	changes, err := a.Plan(t.Context())
	if err != nil || len(changes) != 1 {
		t.Fatalf("got %d changes, %v, want one", len(changes), err)
	}
	must(t, a.Inject(t.Context(), changes[0]))
	wantFault(t, a, changes[0], true)
	return changes[0]
}

func wantFault(t *testing.T, a attacks.Attack, c attacks.Change, want bool) {
	t.Helper()
	if got, err := a.Active(t.Context(), c); got != want || err != nil {
		t.Errorf("active is %v, %v, want %v", got, err, want)
	}
}

// wantRefused plans and wants an error with all the words in it, and nothing planned.
func wantRefused(t *testing.T, a attacks.Attack, words ...string) {
	t.Helper()
	changes, err := a.Plan(t.Context())
	if err == nil || len(changes) > 0 {
		t.Fatalf("got %d changes, %v, want an error", len(changes), err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("got %q, want %q in it", err, w)
		}
	}
}

// lifetimes are seconds that go down by themselves.
var lifetimes = regexp.MustCompile(`(valid_lft|preferred_lft|expires) [0-9]+sec ?`)

// forged makes of a change one for another namespace in the same place.
func forged[T any](t *testing.T, alter func(*T)) func(attacks.Change) attacks.Change {
	return func(c attacks.Change) attacks.Change {
		undo, err := attacks.ReadUndo[T](c)
		must(t, err)
		alter(&undo)
		c.Undo, err = json.Marshal(undo)
		must(t, err)
		return c
	}
}

// dialError is what a program sees that wants to send something there.
func (l *line) dialError(t testing.TB, addr string) error {
	t.Helper()
	return l.near.ns.Do(func() error {
		conn, err := net.Dial("udp", net.JoinHostPort(addr, "9"))
		if err == nil {
			must(t, conn.Close())
		}
		return err
	})
}
