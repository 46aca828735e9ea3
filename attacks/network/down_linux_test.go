package network

import (
	"errors"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/attacks/attacktest"
	"github.com/failurefriday/friday/internal/dockertest"
)

// isUp reports whether a device of the near end is up.
func (l *line) isUp(t testing.TB, name string) (up bool) {
	t.Helper()
	l.do(t, func(in *inside) error {
		link, err := in.LinkByName(name)
		up = err == nil && isUp(link)
		return err
	})
	return up
}

func TestDownConforms(t *testing.T) {
	t.Parallel()
	attacktest.Suite{Kind: DownKind, Setup: func(t *testing.T) attacktest.Target {
		l := newLine(t)
		l.add(t, "0.0.0.0/0", nil)
		l.add(t, "::/0", nil)
		return attacktest.Target{
			Attack:  &Down{Targets: l.targets(), Device: "eth0"},
			Nothing: &Down{Targets: nobody, Device: "eth0"},
			State:   func() string { return l.routesIn(t) },
			Works: func() bool {
				return l.reaches(t, far4) && l.reaches(t, far6) && strings.Contains(l.routesIn(t), "Gw: "+far4)
			},
			End:   func() { l.near.end(t) },
			Forge: forged(t, func(u *downUndo) { u.NS.Cookie++; u.NS.Boot += "x" }),
		}
	}}.Run(t)
}

// set runs ip in the near end, to make what its user has.
func (l *line) set(t testing.TB, commands string) {
	t.Helper()
	path, err := exec.LookPath("ip")
	if err != nil {
		dockertest.LeaveOut(t, "ip is needed to set things up as a user does")
	}
	for command := range strings.Lines(commands) {
		words := strings.Fields(command)
		must(t, l.near.ns.Do(func() error {
			if out, err := exec.Command(path, words...).CombinedOutput(); err != nil {
				t.Errorf("ip %s: %s", strings.TrimSpace(command), out)
				return err
			}
			return nil
		}))
	}
}

// looks is all that a user can see of the near end.
func (l *line) looks(t testing.TB) string {
	t.Helper()
	var all []string
	for _, command := range []string{
		"ip -details addr", "ip -details route show table all", "ip -details -6 route show table all", "ip neigh show nud permanent",
		"ip neigh show proxy", "ip -6 neigh show proxy", "ip rule", "tc qdisc",
	} {
		all = append(all, "# "+command, l.shows(t, command))
	}
	return strings.Join(all, "\n")
}

// furnished is a line with all that can be lost.
const furnished = `link set dev eth0 addrgenmode eui64
	link set eth0 down
	link set eth0 up
	addr add fd77::1/64 dev eth0 nodad
	addr add 10.77.0.9/24 dev eth0 label eth0:nine
	addr add 10.77.0.8/32 dev eth0 noprefixroute
	addr add 10.77.0.7/24 dev eth0 valid_lft 5000 preferred_lft 4000
	addr add fd77::9/64 dev eth0 nodad
	addr add fd77::8/128 dev eth0 nodad noprefixroute
	addr add fd77::7/64 dev eth0 nodad valid_lft 5000 preferred_lft 4000
	addr add fd77::6/64 dev eth0 nodad metric 77
	addr add fe80::77/64 dev eth0 nodad
	addr add fd77:1::1 peer fd77:1::2/128 dev eth0 nodad
	route add default via 10.77.0.2 proto dhcp src 10.77.0.9 metric 100
	route add default via 10.77.0.3 metric 200
	route add 192.0.2.0/24 via 10.77.0.2 mtu lock 1400 advmss 1300
	route add 198.51.100.0/24 via 203.0.113.1 dev eth0 onlink
	route add 203.0.113.7 dev eth0 scope link table 77
	route add default via 10.77.0.2 table 77 proto 99
	route add 192.0.2.64/26 table 78 nexthop via 10.77.0.2 dev eth0 nexthop via 10.77.0.3 dev eth0
	route append 192.0.2.0/27 via 10.77.0.2
	route append 192.0.2.0/27 via 10.77.0.3
	route add blackhole 203.0.113.0/28
	-6 route add default via fd77::2 proto ra metric 1024 expires 3000
	-6 route add default via fe80::1 dev eth0 metric 2048 pref high
	-6 route add 2001:db8::/32 via fd77::2 src fd77::9
	-6 route add 2001:db8:1::/48 via fd77::2 table 77 mtu 1400
	-6 route add 2001:db8:3::/48 nexthop via fd77::2 nexthop via fd77::3
	rule add from 10.77.0.8 table 77 priority 99
	neigh add 10.77.0.77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent
	neigh add fd77::77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent
	neigh add proxy 10.77.0.99 dev eth0
	neigh add proxy fd77::99 dev eth0`

// forked are routes that go through another device, too, which stays up.
const forked = `link add eth1 type veth peer name end1
	link set eth1 up
	link set end1 up
	addr add 10.78.0.1/24 dev eth1
	addr add fd78::1/64 dev eth1 nodad
	route add 192.0.2.0/24 nexthop via 10.77.0.2 dev eth0 weight 3 nexthop via 10.78.0.2 dev eth1
	-6 route add 2001:db8::/48 nexthop via fd77::2 dev eth0 weight 2 nexthop via fd78::2 dev eth1
	-6 route add 2001:db8:1::/48 nexthop via fd77::2 dev eth0 nexthop via fd77::3 dev eth0 nexthop via fd78::2 dev eth1 weight 4`

// What goes through other devices, too, is told by the kernel in another order afterwards.
func TestDownBringsWaysOfSeveralBack(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	l.set(t, forked)
	l.settled(t)
	looks := func() string {
		return sortedLines(l.shows(t, "ip route show table all") + l.shows(t, "ip -6 route show table all"))
	}
	before := looks()
	a := &Down{Targets: l.targets(), Device: "eth0"}
	c := injected(t, a)
	if during := looks(); during == before {
		t.Errorf("the test tests nothing: %s", during)
	}
	must(t, a.Revert(t.Context(), c))
	l.settled(t)
	if after := looks(); after != before {
		t.Errorf("not all is as it was:\n%s", difference(before, after))
	}
}

func sortedLines(text string) string {
	return strings.Join(slices.Sorted(strings.Lines(text)), "")
}

func TestDownBringsEverythingBack(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	l.set(t, furnished)
	l.settled(t)
	before := l.looks(t)
	a := &Down{Targets: l.targets(), Device: "eth0"}
	c := injected(t, a)
	if during := l.looks(t); strings.Contains(during, "fd77::9") || strings.Contains(during, "proto dhcp") {
		t.Errorf("the test tests nothing: %s", during)
	}
	must(t, a.Revert(t.Context(), c))
	l.settled(t)
	if after := l.looks(t); after != before {
		t.Errorf("not all is as it was:\n%s", difference(before, after))
	}
	must(t, a.Revert(t.Context(), c))
	if after := l.looks(t); after != before {
		t.Errorf("the second revert changed something:\n%s", difference(before, after))
	}
}

// settled waits until the kernel is sure that nobody else has the addresses.
func (l *line) settled(t testing.TB) {
	t.Helper()
	attacktest.Eventually(t, "the addresses are settled", func() bool {
		addresses := l.shows(t, "ip addr")
		return !strings.Contains(addresses, "tentative") && !strings.Contains(addresses, "NO-CARRIER")
	})
}

// difference are the lines that are in one text and not in the other.
func difference(before, after string) string {
	var lines []string
	for _, side := range []struct{ mark, of, other string }{{"- ", before, after}, {"+ ", after, before}} {
		for line := range strings.Lines(side.of) {
			if !strings.Contains(side.other, line) {
				lines = append(lines, side.mark+line)
			}
		}
	}
	if len(lines) > 0 {
		return strings.Join(lines, "")
	}
	b, a := strings.Split(before, "\n"), strings.Split(after, "\n")
	for i := range b {
		if b[i] != a[i] {
			return "only the order differs: " + a[i] + " stands where " + b[i] + " stood"
		}
	}
	return "something is told twice"
}

func TestDownTakesAndBringsWhatLiesOnIt(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	has := true
	l.do(t, func(in *inside) error {
		eth0, err := in.LinkByName("eth0")
		if err != nil {
			return err
		}
		for i, name := range []string{"lan7", "lan8"} {
			attrs := netlink.NewLinkAttrs()
			attrs.Name, attrs.ParentIndex = name, eth0.Attrs().Index
			err := in.LinkAdd(&netlink.Vlan{LinkAttrs: attrs, VlanId: 7 + i})
			if errors.Is(err, unix.EOPNOTSUPP) {
				has = false
				return nil
			}
			if err != nil {
				return err
			}
		}
		return errors.Join(in.still("lan7"), in.address("lan7", "10.79.0.1/24", "fd79::1/64"), in.up("lan7"))
	})
	if !has {
		t.Skip("left out: this kernel has no VLANs; make test-vm runs it in one that has")
	}
	l.do(t, func(in *inside) error {
		lan7, err := in.LinkByName("lan7")
		if err != nil {
			return err
		}
		r := route{To: netip.MustParsePrefix("192.0.2.0/24"), Protocol: unix.RTPROT_STATIC, Table: 77}.netlink()
		r.Type, r.LinkIndex, r.Gw = unix.RTN_UNICAST, lan7.Attrs().Index, netip.MustParseAddr("10.79.0.2").AsSlice()
		return in.RouteAdd(r)
	})
	before := l.routesIn(t)
	a := &Down{Targets: l.targets(), Device: "eth0"}
	c := injected(t, a)
	if got := l.routesIn(t); strings.Contains(got, "192.0.2.0") || l.isUp(t, "lan7") {
		t.Errorf("the test tests nothing: %s", got)
	}
	must(t, a.Revert(t.Context(), c))
	attacktest.Eventually(t, "all routes are back", func() bool { return l.routesIn(t) == before })
	if !l.isUp(t, "lan7") || l.isUp(t, "lan8") {
		t.Error("lan7 must be up again, and lan8, which was down, must be down")
	}
}

func TestDownLeavesWhatTheUserSetMeanwhile(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	l.add(t, "0.0.0.0/0", nil)
	l.set(t, "neigh add 10.77.0.77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent")
	a := &Down{Targets: l.targets(), Device: "eth0"}
	c := injected(t, a)
	l.set(t, `link set eth0 up
		neigh add 10.77.0.77 lladdr 02:00:00:00:00:78 dev eth0 nud permanent`)
	wantFault(t, a, c, false)
	must(t, a.Revert(t.Context(), c))
	if got := l.shows(t, "ip neigh show nud permanent"); !strings.Contains(got, "02:00:00:00:00:78") {
		t.Errorf("got %s, want what the user has set meanwhile", got)
	}
	if got := l.shows(t, "ip route"); !strings.Contains(got, "default via "+far4) {
		t.Errorf("got %s, want the default route back: the kernel took it, not the user", got)
	}
}
