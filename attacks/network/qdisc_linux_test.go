package network

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/attacktest"
)

var nobody = Targets{In: nowhere}

const slow = BitRate(64_000)

// queues are all queues and filters of the near end, in words.
func (l *line) queues(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	l.do(t, func(in *inside) error {
		links, err := in.links()
		if err != nil {
			return err
		}
		for _, link := range links {
			all, err := in.QdiscList(link)
			if err != nil {
				return err
			}
			for _, q := range all {
				fmt.Fprintf(&b, "%s %s %x parent %x\n", link.Attrs().Name, q.Type(), q.Attrs().Handle, q.Attrs().Parent)
			}
		}
		return nil
	})
	return b.String()
}

func TestRateConforms(t *testing.T) {
	t.Parallel()
	for name, peers := range map[string][]string{"everybody": nil, "peers": {far4, far6}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			attacktest.Suite{Kind: RateKind, Setup: func(t *testing.T) attacktest.Target {
				l := newLine(t)
				return attacktest.Target{
					Attack:  &Rate{Devices: Devices{Targets: l.targets(), Peers: peers}, Rate: slow},
					Nothing: &Rate{Devices: Devices{Targets: nobody}, Rate: slow},
					State:   func() string { return l.queues(t) },
					Works:   func() bool { return l.fast(t, far4) && l.fast(t, far6) },
					End:     func() { l.near.end(t) },
					Forge:   forged(t, func(u *queueUndo) { u.NS.Cookie++; u.NS.Boot += "x" }),
				}
			}}.Run(t)
		})
	}
}

// occupy puts a queue of the user's before eth0.
func (l *line) occupy(t testing.TB) {
	t.Helper()
	l.do(t, func(in *inside) error {
		link, err := in.LinkByName("eth0")
		if err != nil {
			return err
		}
		return in.QdiscReplace(&netlink.Tbf{
			QdiscAttrs: netlink.QdiscAttrs{LinkIndex: link.Attrs().Index, Handle: 0x8001 << 16, Parent: netlink.HANDLE_ROOT},
			Rate:       1e9, Limit: 1e6, Buffer: netlink.Xmittime(1e9, 1e6),
		})
	})
}

func TestQueueOfTheUserIsRefused(t *testing.T) {
	t.Parallel()
	for name, peers := range map[string][]string{"everybody": nil, "peers": {far4}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLine(t)
			a := &Rate{Devices: Devices{Targets: l.targets(), Peers: peers}, Rate: slow}
			planned, err := a.Plan(t.Context())
			must(t, err)
			l.occupy(t)
			before := l.queues(t)
			wantRefused(t, a, "tbf 8001:", "eth0", "network.loss")
			if err := a.Inject(t.Context(), planned[0]); err == nil || !strings.Contains(err.Error(), "never replaces") {
				t.Errorf("got %v, want an error: it came after the plan", err)
			}
			wantFault(t, a, planned[0], false)
			must(t, a.Revert(t.Context(), planned[0]))
			if got := l.queues(t); got != before || !strings.Contains(got, "eth0 tbf 80010000") {
				t.Errorf("the queue of the user was touched: %s, was %s", got, before)
			}
		})
	}
}

func TestQueueReplacedByTheUserIsLeft(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	a := &Rate{Devices: Devices{Targets: l.targets()}, Rate: slow}
	c := injected(t, a)
	l.occupy(t)
	before := l.queues(t)
	wantFault(t, a, c, false)
	must(t, a.Revert(t.Context(), c))
	if got := l.queues(t); got != before {
		t.Errorf("the queue of the user was touched: %s, was %s", got, before)
	}
}

func TestQueueForWhatComesInStays(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	l.do(t, func(in *inside) error {
		link, err := in.LinkByName("eth0")
		if err != nil {
			return err
		}
		return in.QdiscAdd(&netlink.Ingress{QdiscAttrs: netlink.QdiscAttrs{
			LinkIndex: link.Attrs().Index, Handle: netlink.MakeHandle(0xffff, 0), Parent: netlink.HANDLE_INGRESS,
		}})
	})
	before := l.queues(t)
	a := &Rate{Devices: Devices{Targets: l.targets()}, Rate: slow}
	c := injected(t, a)
	if got := l.queues(t); !strings.Contains(got, "ingress") || !strings.Contains(got, "tbf 7f") {
		t.Errorf("got %s, want both queues", got)
	}
	must(t, a.Revert(t.Context(), c))
	if got := l.queues(t); got != before {
		t.Errorf("got %s, was %s", got, before)
	}
}

func TestFaultOfOursIsNotDoubled(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	a := &Rate{Devices: Devices{Targets: l.targets()}, Rate: slow}
	c := injected(t, a)
	wantRefused(t, a, "friday recover")
	wantFault(t, a, c, true)
}

func TestQueueLosesItsFilterIsNotActive(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	a := &Rate{Devices: Devices{Targets: l.targets(), Peers: []string{far4, far6}}, Rate: slow}
	c := injected(t, a)
	l.do(t, func(in *inside) error {
		link, err := in.LinkByName("eth0")
		if err != nil {
			return err
		}
		u, err := readQueue(c)
		if err != nil {
			return err
		}
		return in.FilterDel(&netlink.U32{FilterAttrs: netlink.FilterAttrs{
			LinkIndex: link.Attrs().Index, Parent: u.Handle, Priority: 1, Protocol: unix.ETH_P_ALL,
		}})
	})
	wantFault(t, a, c, false)
	must(t, a.Revert(t.Context(), c))
	wantSoon(t, "it is not slow any more", l.fast, far4)
}

func TestQueueBeforeEveryDeviceThatIsMeant(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	l.do(t, func(in *inside) error {
		bridge := &netlink.Bridge{LinkAttrs: netlink.NewLinkAttrs()}
		bridge.Name = "br0"
		failed := []error{in.LinkAdd(bridge)}
		for i := range 2 {
			attrs := netlink.NewLinkAttrs()
			attrs.Name = fmt.Sprintf("port%d", i)
			failed = append(failed, in.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: fmt.Sprintf("end%d", i)}))
		}
		port, err := in.LinkByName("port0")
		return errors.Join(append(failed, err, in.LinkSetMaster(port, bridge), in.up("br0"), in.up("port0"), in.up("end0"))...)
	})
	a := &Rate{Devices: Devices{Targets: l.targets()}, Rate: slow}
	changes, err := a.Plan(t.Context())
	must(t, err)
	var names []string
	for _, c := range changes {
		u, err := readQueue(c)
		must(t, err)
		names = append(names, u.Device.Name)
	}
	if got := strings.Join(names, " "); got != "eth0 end0 port0" && got != "eth0 port0 end0" {
		t.Errorf("got %s, want eth0 and the bridge's port with its other end: not loopback, not the bridge, and none that is down", got)
	}
	a.Device = "port1"
	wantRefused(t, a, "port1", "is down")
	a.Device = "port7"
	changes, err = a.Plan(t.Context())
	if !errors.Is(err, attacks.ErrNoTarget) || len(changes) > 0 || !strings.Contains(err.Error(), "br0") {
		t.Errorf("got %v, want ErrNoTarget and the names that there are", err)
	}
}

func TestQueueOfARenamedDeviceIsTaken(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	a := &Rate{Devices: Devices{Targets: l.targets()}, Rate: slow}
	c := injected(t, a)
	rename := func(from, to string) {
		l.do(t, func(in *inside) error {
			link, err := in.LinkByName(from)
			if err != nil {
				return err
			}
			return errors.Join(in.LinkSetDown(link), in.LinkSetName(link, to), in.LinkSetUp(link))
		})
	}
	rename("eth0", "lan0")
	wantFault(t, a, c, true)
	must(t, a.Revert(t.Context(), c))
	if got := l.queues(t); strings.Contains(got, "tbf") {
		t.Errorf("our queue is still there: %s", got)
	}
}

func TestQueueOfAnotherDeviceIsNotOurs(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	a := &Rate{Devices: Devices{Targets: l.targets()}, Rate: slow}
	changes, err := a.Plan(t.Context())
	must(t, err)
	other := forged(t, func(u *queueUndo) { u.Device.Name, u.Device.MAC = "lan0", "02:00:00:00:00:01" })(changes[0])
	before := l.queues(t)
	if err := a.Inject(t.Context(), other); !errors.Is(err, errNoDevice) {
		t.Errorf("got %v, want that the device is not there", err)
	}
	wantFault(t, a, other, false)
	must(t, a.Revert(t.Context(), other))
	if got := l.queues(t); got != before {
		t.Errorf("got %s, was %s", got, before)
	}
}

func TestQueuesAreSweptByTheirMark(t *testing.T) {
	t.Parallel()
	for name, peers := range map[string][]string{"everybody": nil, "peers": {far4}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLine(t)
			before := l.queues(t)
			a := &Rate{Devices: Devices{Targets: l.targets(), Peers: peers}, Rate: slow}
			c := injected(t, a)
			sweep := func() (lines []string) {
				l.do(t, func(in *inside) (err error) { lines, err = in.sweepQueues(); return err })
				return lines
			}
			if lines := sweep(); len(lines) != 1 || !strings.Contains(lines[0], "eth0") {
				t.Errorf("got %q, want one line about eth0", lines)
			}
			wantFault(t, a, c, false)
			if got := l.queues(t); got != before {
				t.Errorf("got %s, was %s", got, before)
			}
			l.occupy(t)
			if lines := sweep(); len(lines) > 0 {
				t.Errorf("swept what is the user's: %q", lines)
			}
		})
	}
}
