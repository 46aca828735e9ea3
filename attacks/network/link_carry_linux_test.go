package network

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// fake is a device that is only told of.
func fake(index int, kind string, alter func(*netlink.LinkAttrs)) netlink.Link {
	a := netlink.LinkAttrs{Index: index, Name: fmt.Sprintf("%s%d", kind, index), NetNsID: -1}
	if alter != nil {
		alter(&a)
	}
	return &netlink.GenericLink{LinkAttrs: a, LinkType: kind}
}

func TestWhatCarriesAPath(t *testing.T) {
	t.Parallel()
	on := func(parent int) func(*netlink.LinkAttrs) {
		return func(a *netlink.LinkAttrs) { a.ParentIndex = parent }
	}
	port := func(master int) func(*netlink.LinkAttrs) {
		return func(a *netlink.LinkAttrs) { a.MasterIndex = master }
	}
	all := []netlink.Link{
		fake(1, "lo", func(a *netlink.LinkAttrs) { a.RawFlags = unix.IFF_LOOPBACK }),
		fake(2, "device", nil),
		fake(3, "device", port(5)),
		fake(4, "device", port(5)),
		fake(5, "bond", nil),
		fake(6, "vlan", on(5)),
		fake(7, "veth", on(8)),
		fake(8, "veth", on(7)),
		fake(9, "macvlan", func(a *netlink.LinkAttrs) { a.ParentIndex, a.NetNsID = 2, 3 }), // it lies on a device elsewhere
		fake(10, "tun", func(a *netlink.LinkAttrs) { a.RawFlags = unix.IFF_POINTOPOINT }),
	}
	for index, want := range map[int][]int{
		2: {2}, 5: {3, 4, 5}, 6: {3, 4, 5, 6}, 3: {3}, 7: {7}, 9: {9}, 10: {2, 3, 4, 5, 6, 7, 8, 9, 10},
	} {
		carried := map[int]string{}
		carry(all, index, "the path", carried)
		if got := slices.Sorted(maps.Keys(carried)); !slices.Equal(got, want) {
			t.Errorf("a path through %d is carried by %v, want %v", index, got, want)
		}
	}
}

func TestWhyAQueueIsRefused(t *testing.T) {
	t.Parallel()
	u := queueUndo{Name: "web-1", Device: device{Name: "eth0"}}
	for _, test := range []struct {
		err  error
		kind string
		want []string
	}{
		{unix.ENOENT, "netem", []string{"this kernel has no netem (sch_netem): network.rate and network.loss need none"}},
		{unix.ENOENT, "tbf", []string{"no tbf", "network.loss"}},
		{unix.ENOENT, "htb", []string{"no htb", "leave the peers out"}},
		{unix.EOPNOTSUPP, "u32", []string{"no u32 (cls_u32)", "leave the peers out"}},
		{unix.EPERM, "tbf", []string{"may not", "as root", "CAP_NET_ADMIN"}},
		{unix.EEXIST, "tbf", []string{"never replaces"}},
		{unix.ENOBUFS, "tbf", []string{"cannot put", unix.ENOBUFS.Error()}},
	} {
		err := u.refused(test.err, test.kind)
		for _, want := range append(test.want, "eth0", "web-1") {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v of %s: got %v, want %q in it", test.err, test.kind, err, want)
			}
		}
	}
	if err := u.refused(unix.ENODEV, "tbf"); !errors.Is(err, errNoDevice) {
		t.Errorf("got %v, want that the device is gone", err)
	}
}

func TestQueueForTooManyPeersIsRefused(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	peers := func(n int) (all []string) {
		for i := range n {
			all = append(all, fmt.Sprintf("10.1.%d.%d", i/250, i%250+1))
		}
		return all
	}
	a := &Rate{Devices: Devices{Targets: l.targets(), Peers: peers(mostPeers + 1)}, Rate: slow}
	wantRefused(t, a, "1001 peers", "network.loss")
	a.Peers = peers(mostPeers)
	c := injected(t, a)
	must(t, a.Revert(t.Context(), c))
}

func TestQueueInEveryPlace(t *testing.T) {
	t.Parallel()
	one, two := newLine(t), newLine(t)
	in := one.near.in()
	must(t, in.Process.Name.UnmarshalTexts([]string{one.near.name, two.near.name}))
	a := &Rate{Devices: Devices{Targets: Targets{In: in}}, Rate: slow}
	changes, err := a.Plan(t.Context())
	if err != nil || len(changes) != 2 {
		t.Fatalf("got %d changes, %v, want two", len(changes), err)
	}
	for _, c := range changes {
		must(t, a.Inject(t.Context(), c))
	}
	for _, l := range []*line{one, two} {
		if got := l.queues(t); !strings.Contains(got, "eth0 tbf 7f") {
			t.Errorf("got %s, want our queue", got)
		}
	}
	for _, c := range changes {
		must(t, a.Revert(t.Context(), c))
		wantFault(t, a, c, false)
	}
	two.occupy(t)
	wantRefused(t, a, "tbf 8001:")
}
