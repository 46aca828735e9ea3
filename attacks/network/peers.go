package network

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/docker"
)

// everything stands for all addresses there are.
const everything = "everything"

// Filter are the parameters that say which packets a fault means.
type Filter struct {
	Peers      []string     `yaml:"peers" doc:"whom it is about: addresses, networks such as 10.0.0.0/8, host names (resolved when the run is planned), or the word everything; loopback is left alone unless an address of it is named"`
	Containers docker.Match `yaml:"peer_containers" doc:"whom it is about: these containers, by their addresses on all their networks"`
	Ports      []Ports      `yaml:"ports" doc:"only packets with one of these TCP or UDP ports at either end, such as 5432 or 8000-8100"`
	Protocol   Protocol     `yaml:"protocol" default:"any" doc:"only packets of this protocol: tcp, udp, icmp or any"`
	Direction  Direction    `yaml:"direction" default:"both" doc:"only packets that come from the peers (in), or that go to them (out); by default both"`

	lookup resolver
}

// Ports is one port, or a range of them with both its ends.
type Ports struct{ From, To uint16 }

// UnmarshalText reads 5432 or 8000-8100.
func (p *Ports) UnmarshalText(text []byte) error {
	from, to, isRange := strings.Cut(string(text), "-")
	if !isRange {
		to = from
	}
	first, err1 := strconv.ParseUint(from, 10, 16)
	last, err2 := strconv.ParseUint(to, 10, 16)
	if err1 != nil || err2 != nil || first == 0 || first > last {
		return fmt.Errorf("%q is no port: want a number from 1 to 65535, or a range such as 8000-8100", text)
	}
	*p = Ports{uint16(first), uint16(last)}
	return nil
}

// String is p as it stands in a file.
func (p Ports) String() string {
	if p.From == p.To {
		return strconv.Itoa(int(p.From))
	}
	return fmt.Sprintf("%d-%d", p.From, p.To)
}

// Protocol is tcp, udp, icmp or any; "" is any.
type Protocol string

// UnmarshalText reads one of the words.
func (p *Protocol) UnmarshalText(text []byte) error {
	*p = Protocol(text)
	if text := p.wrong(); text != "" || *p == "" {
		return errors.New("want tcp, udp, icmp or any")
	}
	return nil
}

func (p Protocol) wrong() string {
	switch p {
	case "", "any", "tcp", "udp", "icmp":
		return ""
	}
	return fmt.Sprintf("%q is no protocol: want tcp, udp, icmp or any", string(p))
}

// Direction is in, out or both; "" is both.
type Direction string

// UnmarshalText reads one of the words.
func (d *Direction) UnmarshalText(text []byte) error {
	*d = Direction(text)
	if text := d.wrong(); text != "" || *d == "" {
		return errors.New("want in, out or both")
	}
	return nil
}

func (d Direction) wrong() string {
	switch d {
	case "", "both", "in", "out":
		return ""
	}
	return fmt.Sprintf("%q is no direction: want in, out or both", string(d))
}

// check finds what the types of the parameters do not tell.
func (f *Filter) check() []diag.FieldError {
	var bad []diag.FieldError
	add := func(field, msg string) {
		if msg != "" {
			bad = append(bad, diag.FieldError{Field: field, Msg: msg})
		}
	}
	all := f.allPorts()
	for i, text := range f.Peers {
		field := fmt.Sprintf("peers[%d]", i)
		peer, err := parsePeer(text)
		switch {
		case err != nil:
			add(field, err.Error())
		case peer.prefix.IsValid():
			add(field, loopbackAsAWhole(peer.prefix, all))
		}
	}
	for i, p := range f.Ports {
		if p.From == 0 || p.From > p.To {
			add(fmt.Sprintf("ports[%d]", i), fmt.Sprintf("%s is no port: want a number from 1 to 65535, or a range such as 8000-8100", p))
		}
	}
	if len(f.Ports) > 0 && f.Protocol == "icmp" {
		add("ports", "icmp has no ports: leave them out, or the protocol")
	}
	add("protocol", f.Protocol.wrong())
	add("direction", f.Direction.wrong())
	return bad
}

// given reports whether anybody is named.
func (f *Filter) given() bool { return len(f.Peers) > 0 || !f.Containers.Empty() }

// allPorts reports whether the ports leave none out.
func (f *Filter) allPorts() bool {
	left := mergePorts(f.Ports)
	return len(left) == 0 || left[0].From <= 1 && left[0].To == 65535
}

// peer is one of Filter.Peers, understood: everything, a network, or a name.
type peer struct {
	everything bool
	prefix     netip.Prefix
	name       string
}

var hostName = regexp.MustCompile(`^[a-zA-Z0-9_]([a-zA-Z0-9_-]*[a-zA-Z0-9_])?(\.[a-zA-Z0-9_]([a-zA-Z0-9_-]*[a-zA-Z0-9_])?)*\.?$`)

// numeric is how an address begins, and no name of a host ends.
var numeric = regexp.MustCompile(`(^|\.)[0-9]+\.?$`)

func parsePeer(text string) (peer, error) {
	if text == everything {
		return peer{everything: true}, nil
	}
	if strings.Contains(text, "/") {
		prefix, err := netip.ParsePrefix(text)
		return peer{prefix: prefix}, badPrefix(text, prefix, err)
	}
	if addr, err := netip.ParseAddr(text); err == nil {
		addr = addr.Unmap()
		switch {
		case addr.Zone() != "":
			return peer{}, fmt.Errorf("%q has a zone: leave %%%s out", text, addr.Zone())
		case addr.IsUnspecified():
			return peer{}, fmt.Errorf("%s is nobody's address: write everything if that is meant", text)
		}
		return peer{prefix: netip.PrefixFrom(addr, addr.BitLen())}, nil
	}
	if strings.Contains(text, ":") {
		return peer{}, fmt.Errorf("%q is no address: ports belong in ports", text)
	}
	if len(text) > 253 || !hostName.MatchString(text) || numeric.MatchString(text) {
		return peer{}, fmt.Errorf("%q is neither an address, nor a network such as 10.0.0.0/8, nor a host name, nor the word everything", text)
	}
	return peer{name: text}, nil
}

func badPrefix(text string, prefix netip.Prefix, err error) error {
	switch {
	case err != nil, prefix.Addr().Is4In6():
		return fmt.Errorf("%q is no network: want an address and a length, such as 10.0.0.0/8 or fd00::/8", text)
	case prefix != prefix.Masked():
		return fmt.Errorf("%s is an address inside a network: write %s if the network is meant, or %s", text, prefix.Masked(), prefix.Addr())
	}
	return nil
}

// loopbackAsAWhole says why a network is refused, or "". Without loopback nearly every program is broken in ways that no
// network could ever bring about.
func loopbackAsAWhole(p netip.Prefix, allPorts bool) string {
	if !allPorts || !isLoopback(p) || p.IsSingleIP() && p.Addr() != netip.MustParseAddr("127.0.0.1") && p.Addr() != netip.IPv6Loopback() {
		return ""
	}
	return fmt.Sprintf("%s is loopback as a whole, which is never attacked: name the ports", shortPrefix(p))
}

var loopback4 = netip.MustParsePrefix("127.0.0.0/8")

// isLoopback reports whether nothing in the network is outside of loopback.
func isLoopback(p netip.Prefix) bool {
	if p.Addr().Is4() {
		return p.Bits() >= loopback4.Bits() && loopback4.Contains(p.Addr())
	}
	return p.Addr() == netip.IPv6Loopback() && p.IsSingleIP()
}

// shortPrefix leaves the length of a single address out.
func shortPrefix(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}
