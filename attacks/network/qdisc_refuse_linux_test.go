package network

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"

	"github.com/failurefriday/friday/attacks"
)

func TestQueueOnOwnWayIsRefused(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	path := attacks.Path{What: "source pagerduty", Remote: netip.MustParseAddrPort(far4 + ":443")}
	for _, test := range []struct {
		name  string
		peers []string
		want  bool
	}{
		{"everybody", nil, true},
		{"its address", []string{far4 + "/32"}, true},
		{"its network", []string{"10.77.0.0/30"}, true},
		{"another", []string{other4 + "/32", far6 + "/128"}, false},
	} {
		var peers []netip.Prefix
		for _, p := range test.peers {
			peers = append(peers, netip.MustParsePrefix(p))
		}
		l.do(t, func(in *inside) error {
			eth0, err := in.LinkByName("eth0")
			if err != nil {
				return err
			}
			carried, err := in.carriers(waysTo([]attacks.Path{path}, peers))
			if what, got := carried[eth0.Attrs().Index]; got != test.want || got && what != path.What {
				t.Errorf("%s: got %v, want it carried: %v", test.name, carried, test.want)
			}
			return err
		})
	}
}

// The host's own devices are only looked at here, never touched.
func TestQueueOnTheHostKeepsOffOwnWay(t *testing.T) {
	t.Parallel()
	needsRoot(t)
	a := &Rate{Devices: Devices{Targets: Targets{In: Where{Host: true}}, Device: "lo"}, Rate: slow}
	wantRefused(t, a, "loopback", "never attacked as a whole")
	out, err := netip.ParseAddr("192.0.2.1")
	must(t, err)
	a.Limit(attacks.Limits{Paths: []attacks.Path{{What: "source pagerduty", Remote: netip.AddrPortFrom(out, 443)}}})
	a.Device = ""
	routes, err := netlink.RouteGet(out.AsSlice())
	if err != nil || len(routes) == 0 {
		t.Skip("left out: this machine has no way to any other, and so no device could be on it")
	}
	via, err := netlink.LinkByIndex(routes[0].LinkIndex)
	must(t, err)
	a.Device = via.Attrs().Name
	wantRefused(t, a, a.Device, "source pagerduty")
}

func TestQueueThatWouldNotComeBackIsRefused(t *testing.T) {
	t.Parallel()
	eth0 := &netlink.GenericLink{LinkAttrs: netlink.LinkAttrs{Name: "eth0", EncapType: "ether"}}
	for kind, want := range map[string]bool{"noqueue": true, "mq": true, "hhf": false} {
		err := comesBack(place{Name: "here"}, eth0, []netlink.Qdisc{&netlink.GenericQdisc{QdiscType: kind}})
		if (err == nil) != want {
			t.Errorf("%s: got %v", kind, err)
		}
		if err != nil && !strings.Contains(err.Error(), "net.core.default_qdisc to hhf") {
			t.Errorf("got %v, want it to say what to do", err)
		}
	}
}
