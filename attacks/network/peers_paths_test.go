package network

import (
	"net/netip"
	"testing"

	"github.com/failurefriday/friday/attacks"
)

func TestPathsThatAreCovered(t *testing.T) {
	ssh := attacks.Path{What: "ssh", Remote: netip.MustParseAddrPort("192.0.2.7:50022"), Local: 22}
	api := attacks.Path{What: "api", Remote: netip.MustParseAddrPort("[fd00::9]:443"), Named: true}
	for _, c := range []struct {
		name             string
		cut              cut
		ssh, api, naming bool
	}{
		{"everything", cut{Everything: true}, true, true, true},
		{"everything by udp", cut{Everything: true, Protocol: "udp"}, false, false, true},
		{"everything by icmp", cut{Everything: true, Protocol: "icmp"}, false, false, false},
		{"https", cut{Everything: true, Ports: [][2]uint16{{400, 500}}}, false, true, false},
		{"our port of ssh", cut{Everything: true, Ports: [][2]uint16{{22, 22}}}, true, false, false},
		{"their port of ssh", cut{Everything: true, Ports: [][2]uint16{{50000, 60000}}}, true, false, false},
		{"dns", cut{Everything: true, Ports: [][2]uint16{{53, 53}}}, false, false, true},
		{"its network", cut{Peers: []string{"192.0.2.0/24"}}, true, false, false},
		{"its network, another port", cut{Peers: []string{"192.0.2.0/24"}, Ports: [][2]uint16{{443, 443}}}, false, false, false},
		{"another network", cut{Peers: []string{"10.0.0.0/16", "fd01::/16"}}, false, false, false},
		{"all of six", cut{Peers: []string{"::/0"}}, false, true, false},
		{"the name server", cut{Peers: []string{"10.9.9.9/32"}}, false, false, true},
		{"the name server, another port", cut{Peers: []string{"10.9.9.9/32"}, Ports: [][2]uint16{{80, 80}}}, false, false, false},
	} {
		prefixes, err := c.cut.prefixes()
		if err != nil {
			t.Fatal(err)
		}
		servers := []netip.Addr{netip.MustParseAddr("10.9.9.9")}
		if c.cut.covers(prefixes, ssh) != c.ssh || c.cut.covers(prefixes, api) != c.api || c.cut.coversNames(prefixes, servers) != c.naming {
			t.Errorf("%s: covers ssh %v, api %v, names %v", c.name, c.cut.covers(prefixes, ssh), c.cut.covers(prefixes, api), c.cut.coversNames(prefixes, servers))
		}
	}
}
