package network

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/attacks/attacktest"
)

func cutOff(s *station, f Filter) *Partition { return &Partition{In: s.in(), Filter: f} }

func TestAnEstablishedConnectionHangsAndGoesOn(t *testing.T) {
	t.Parallel()
	lan := newLAN(t, 3)
	a, b, c := lan[0], lan[1], lan[2]
	for _, pair := range [][2]netip.Addr{{b.ip4, c.ip4}, {b.ip6, c.ip6}} {
		cut, spared := pair[0], pair[1]
		conn, err := a.dial("tcp", cut, 7000)
		must(t, err)
		defer conn.Close()
		must(t, talk(conn))
		p := cutOff(a, Filter{Peers: []string{cut.String()}})
		changes := strike(t, p, 1)
		if err := talk(conn); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: an established connection: got %v, want no answer", cut, err)
		}
		if a.reaches(cut, 7000) {
			t.Errorf("%s: a new connection comes about", cut)
		}
		if !a.answers(spared, 7000) {
			t.Errorf("%s cannot be reached, and it was not meant", spared)
		}
		e, err := p.Measure(t.Context(), changes[0])
		if err != nil || e.Hits < 2 || !strings.Contains(e.Text, "packets dropped") {
			t.Errorf("got %+v, %v", e, err)
		}
		mend(t, p, changes...)
		must(t, conn.SetDeadline(time.Now().Add(20*time.Second))) // the kernel sends again what was lost, in its own time
		buf := make([]byte, 5)
		if _, err := conn.Read(buf); err != nil || string(buf) != "hello" {
			t.Errorf("%s: afterwards the connection does not go on: %q, %v", cut, buf, err)
		}
	}
}

func TestFamiliesAreCutByThemselves(t *testing.T) {
	t.Parallel()
	lan := newLAN(t, 2)
	a, b := lan[0], lan[1]
	strike(t, cutOff(a, Filter{Peers: []string{b.ip6.String()}}), 1)
	if four, six := a.answers(b.ip4, 7000), a.reaches(b.ip6, 7000); !four || six {
		t.Errorf("reaches 4 %v, 6 %v, want 4 alone", four, six)
	}
}

func TestOneWay(t *testing.T) {
	t.Parallel()
	for direction, want := range map[Direction]string{"in": "10/0", "out": "0/10", "both": "0/0", "": "0/0"} {
		lan := newLAN(t, 2)
		a, b := lan[0], lan[1]
		for _, ends := range [][2]netip.Addr{{a.ip4, b.ip4}, {a.ip6, b.ip6}} {
			toA, toB := a.listen(t, ends[0], 7100), b.listen(t, ends[1], 7100)
			strike(t, cutOff(a, Filter{Peers: []string{ends[1].String()}, Direction: direction}), 1)
			a.fling(t, 10, ends[1], 7100, 0)
			b.fling(t, 10, ends[0], 7100, 0)
			if got := fmt.Sprintf("%d/%d", toB(), toA()); got != want {
				t.Errorf("%s: out/in %s arrived, want %s", direction, got, want)
			}
		}
	}
}

func TestPortsAtEitherEnd(t *testing.T) {
	t.Parallel()
	lan := newLAN(t, 2)
	a, b := lan[0], lan[1]
	strike(t, cutOff(a, Filter{Peers: []string{"10.77.0.0/16", b.ip6.String()}, Ports: []Ports{{6990, 7000}, {9, 9}}}), 1)
	for _, one := range []struct {
		from     *station
		to4, to6 netip.Addr
	}{{a, b.ip4, b.ip6}, {b, a.ip4, a.ip6}} {
		for _, to := range []netip.Addr{one.to4, one.to6} {
			for _, network := range []string{"tcp", "udp"} {
				if cut, spared := one.from.asks(network, to, 7000), one.from.gets(network, to, 7001); cut == nil || spared != nil {
					t.Errorf("%s %s: port 7000 %v, 7001 %v, want 7001 alone", network, to, cut, spared)
				}
			}
		}
	}
}

func TestProtocolAlone(t *testing.T) {
	t.Parallel()
	for protocol, want := range map[Protocol]string{"tcp": "udp icmp", "udp": "tcp icmp", "icmp": "tcp udp", "any": "", "": ""} {
		lan := newLAN(t, 2)
		a, b := lan[0], lan[1]
		for _, to := range []netip.Addr{b.ip4, b.ip6} {
			changes := strike(t, cutOff(a, Filter{Peers: []string{to.String()}, Protocol: protocol}), 1)
			var got []string
			for _, network := range []string{"tcp", "udp"} {
				if a.asks(network, to, 7000) == nil || strings.Contains(want, network) && a.gets(network, to, 7000) == nil {
					got = append(got, network)
				}
			}
			if a.pings(t, to) || strings.Contains(want, "icmp") && a.pings(t, to) {
				got = append(got, "icmp")
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s cut at %s: %v still work, want %s", protocol, to, got, want)
			}
			mend(t, &Partition{}, changes...)
		}
	}
}

func TestRejectTellsAtOnce(t *testing.T) {
	t.Parallel()
	lan := newLAN(t, 3)
	a, b, c := lan[0], lan[1], lan[2]
	established, err := a.dial("tcp", b.ip4, 7000)
	must(t, err)
	defer established.Close()
	must(t, talk(established))
	p := &Partition{In: a.in(), Reject: true, Filter: Filter{Peers: []string{b.ip4.String(), b.ip6.String()}}}
	changes := strike(t, p, 1)
	if err := talk(established); !errors.Is(err, unix.ECONNRESET) {
		t.Errorf("an established connection: got %v, want it reset", err)
	}
	for _, one := range []struct {
		from     *station
		to4, to6 netip.Addr
	}{{a, b.ip4, b.ip6}, {b, a.ip4, a.ip6}} {
		for _, to := range []netip.Addr{one.to4, one.to6} {
			if err := one.from.asks("tcp", to, 7000); !errors.Is(err, unix.ECONNREFUSED) {
				t.Errorf("TCP to %s: got %v, want it refused", to, err)
			}
			// In the place itself the kernel tells the sender before the packet has become one.
			if err := one.from.asks("udp", to, 7000); !errors.Is(err, unix.EHOSTUNREACH) && !errors.Is(err, unix.EACCES) && !errors.Is(err, unix.EPERM) {
				t.Errorf("UDP to %s: got %v, want it prohibited", to, err)
			}
		}
	}
	if !a.answers(c.ip4, 7000) || !a.answers(c.ip6, 7000) {
		t.Error("one that was not meant cannot be reached")
	}
	e, err := p.Measure(t.Context(), changes[0])
	if err != nil || e.Hits < 8 || !strings.Contains(e.Text, "packets refused") {
		t.Errorf("got %+v, %v", e, err)
	}
}

func TestLoopbackIsLeftAloneUnlessItIsNamed(t *testing.T) {
	t.Parallel()
	a := newLAN(t, 1)[0]
	lo4, lo6 := netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()
	all := strike(t, cutOff(a, Filter{Peers: []string{everything}}), 1)
	if !a.answers(lo4, 7000) || !a.answers(lo6, 7000) || !a.answers(a.ip4, 7000) {
		t.Error("loopback is cut by everything")
	}
	mend(t, &Partition{}, all...)
	for _, reject := range []bool{false, true} {
		p := cutOff(a, Filter{Peers: []string{"127.0.0.1", "::1", "10.0.0.0/8"}, Ports: []Ports{{7000, 7000}}})
		p.Reject = reject
		changes := strike(t, p, 1)
		for _, to := range []netip.Addr{lo4, lo6} {
			err := a.asks("tcp", to, 7000)
			if err == nil || reject != errors.Is(err, unix.ECONNREFUSED) {
				t.Errorf("%s, reject %v: got %v", to, reject, err)
			}
		}
		if !a.answers(lo4, 7001) || !a.answers(lo6, 7001) || !a.answers(a.ip4, 7000) {
			t.Errorf("reject %v: more of loopback is cut than was named", reject)
		}
		mend(t, p, changes...)
	}
}

// TestForwardedTrafficIsCut cuts in a router what goes through it.
func TestForwardedTrafficIsCut(t *testing.T) {
	t.Parallel()
	router, a, b := newStation(t), newStation(t), newStation(t)
	for i, s := range []*station{a, b} {
		router.links(t, func(h *netlink.Handle) error {
			name := fmt.Sprintf("r%d", i)
			err := h.LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: name}, PeerName: "eth0", PeerNamespace: netlink.NsFd(s.ns.FD())})
			link, err2 := h.LinkByName(name)
			if err := errors.Join(err, err2); err != nil {
				return err
			}
			return errors.Join(h.LinkSetUp(link), h.AddrAdd(link, &netlink.Addr{IPNet: ipNet(netip.AddrFrom4([4]byte{10, 78, byte(i), 1}), 24)}))
		})
		s.ip4 = netip.AddrFrom4([4]byte{10, 78, byte(i), 2})
		s.links(t, func(h *netlink.Handle) error {
			eth, err := h.LinkByName("eth0")
			if err != nil {
				return err
			}
			return errors.Join(h.LinkSetUp(eth), h.AddrAdd(eth, &netlink.Addr{IPNet: ipNet(s.ip4, 24)}), h.RouteAdd(&netlink.Route{Gw: net.IPv4(10, 78, byte(i), 1)}))
		})
		s.serve(t, "tcp", 7000)
	}
	must(t, router.ns.Do(func() error { return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0) }))
	attacktest.Eventually(t, "the router routes", func() bool { return a.reaches(b.ip4, 7000) })
	for _, p := range []*Partition{
		cutOff(router, Filter{Peers: []string{b.ip4.String()}}),
		cutOff(router, Filter{Peers: []string{a.ip4.String()}, Direction: "out"}),
		cutOff(router, Filter{Peers: []string{everything}}),
	} {
		changes := strike(t, p, 1)
		if a.reaches(b.ip4, 7000) {
			t.Errorf("%s: forwarded packets come through", changes[0].Target)
		}
		mend(t, p, changes...)
		if !a.answers(b.ip4, 7000) {
			t.Errorf("%s: nothing comes through afterwards", changes[0].Target)
		}
	}
}
