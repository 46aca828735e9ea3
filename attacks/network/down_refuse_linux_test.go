package network

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/attacks"
)

func TestDownIsRefused(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	wantRefused(t, &Down{Targets: l.targets(), Device: "lo"}, "lo", "loopback")
	changes, err := (&Down{Targets: l.targets(), Device: "eth7"}).Plan(t.Context())
	if !errors.Is(err, attacks.ErrNoTarget) || len(changes) > 0 || !strings.Contains(err.Error(), "eth0") {
		t.Errorf("got %v, want ErrNoTarget and the names that there are", err)
	}
	l.set(t, "nexthop add id 7 via 10.77.0.2 dev eth0")
	wantRefused(t, &Down{Targets: l.targets(), Device: "eth0"}, "nexthop object", "network.partition")
	l.set(t, "nexthop del id 7")
	l.set(t, "link set eth0 down")
	before := l.looks(t)
	wantRefused(t, &Down{Targets: l.targets(), Device: "eth0"}, "eth0", "is down already")
	if after := l.looks(t); after != before {
		t.Errorf("the device was touched:\n%s", difference(before, after))
	}
}

// The host's own devices are only looked at here, never touched.
func TestDownKeepsOffOwnWay(t *testing.T) {
	t.Parallel()
	needsRoot(t)
	out := netip.MustParseAddrPort("192.0.2.1:443")
	routes, err := netlink.RouteGet(out.Addr().AsSlice())
	if err != nil || len(routes) == 0 {
		t.Skip("left out: this machine has no way to any other, and so no device could be on it")
	}
	via, err := netlink.LinkByIndex(routes[0].LinkIndex)
	must(t, err)
	a := &Down{Targets: Targets{In: Where{Host: true}}, Device: via.Attrs().Name}
	a.Limit(attacks.Limits{Paths: []attacks.Path{{What: "your login from 192.0.2.1", Remote: out}}})
	wantRefused(t, a, a.Device, "your login from 192.0.2.1")
}

func TestDownWhatHasExpiredStaysAway(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	l.set(t, `addr add fd77::7/64 dev eth0 nodad valid_lft 5000 preferred_lft 100
		-6 route add 2001:db8::/32 via fd77::2 expires 3000
		-6 route add 2001:db8:1::/48 via fd77::2 expires 30`)
	a := &Down{Targets: l.targets(), Device: "eth0"}
	c := injected(t, a)
	later := forged(t, func(u *downUndo) { u.At -= int64(1000 * time.Second) })(c)
	must(t, a.Revert(t.Context(), later))
	routes := l.shows(t, "ip -6 route")
	if !strings.Contains(routes, "2001:db8::/32") || strings.Contains(routes, "2001:db8:1::/48") {
		t.Errorf("got %s, want the route that has not expired and no other", routes)
	}
	if addresses := l.shows(t, "ip addr"); !strings.Contains(addresses, "fd77::7") || !strings.Contains(addresses, "deprecated") {
		t.Errorf("got %s, want fd77::7 back, deprecated", addresses)
	}
}

func TestDownRenamedDeviceIsPutUp(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	a := &Down{Targets: l.targets(), Device: "eth0"}
	c := injected(t, a)
	l.do(t, func(in *inside) error {
		link, err := in.LinkByName("eth0")
		if err != nil {
			return err
		}
		return in.LinkSetName(link, "lan0")
	})
	wantFault(t, a, c, true)
	must(t, a.Revert(t.Context(), c))
	if !l.isUp(t, "lan0") {
		t.Error("it is still down")
	}
	wantSoon(t, "the line is up again", l.reaches, far6)
}

func TestDownDeviceIsGoneIsClean(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	a := &Down{Targets: l.targets(), Device: "eth0"}
	c := injected(t, a)
	l.do(t, func(in *inside) error {
		link, err := in.LinkByName("eth0")
		if err != nil {
			return err
		}
		return in.LinkDel(link)
	})
	wantFault(t, a, c, false)
	must(t, a.Revert(t.Context(), c))
	if err := a.Inject(t.Context(), c); !errors.Is(err, errNoDevice) {
		t.Errorf("got %v, want that the device is not there", err)
	}
}

func TestDownWithMoreRoutesThanAreWrittenDownIsRefused(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	l.do(t, func(in *inside) error {
		eth0, err := in.LinkByName("eth0")
		if err != nil {
			return err
		}
		for i := range mostKept {
			to := netip.PrefixFrom(netip.AddrFrom4([4]byte{11, byte(i >> 8), byte(i), 1}), 32)
			r := route{To: to, Protocol: unix.RTPROT_STATIC, Table: 77}.netlink()
			r.Type, r.LinkIndex, r.Scope = unix.RTN_UNICAST, eth0.Attrs().Index, netlink.SCOPE_LINK
			if err := in.RouteAdd(r); err != nil {
				return err
			}
		}
		return nil
	})
	wantRefused(t, &Down{Targets: l.targets(), Device: "eth0"}, "more than the 10000", "network.partition")
}
