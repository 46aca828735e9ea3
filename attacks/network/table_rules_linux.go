package network

import (
	"encoding/binary"
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// What a table looks like:
//
//	chain input, output, forward   hooks before connection tracking, so that what is established hangs, too
//	    a packet whose family is in the set armed goes on to
//	chain arriving, leaving        a packet that is meant goes on to
//	chain fate                     it is dropped or refused, and counted
//
// With nothing in the set armed no packet gets beyond the first rule: the table is there and does nothing.
const (
	armed    = "armed"
	arriving = "arriving"
	leaving  = "leaving"
	fate     = "fate"
)

type layout struct {
	sets   []set
	chains []chain
}

type set struct {
	name     string
	of       nftables.SetDatatype
	interval bool
	elements func() []nftables.SetElement // only made where they are installed: there may be many
}

type rule = []expr.Any

type chain struct {
	name  string
	hook  *nftables.ChainHook // nil for one that only others lead to
	rules []rule
}

func (c chain) priority() *nftables.ChainPriority {
	if c.hook == nil {
		return nil
	}
	return nftables.ChainPriorityRaw
}

func (c chain) kind() nftables.ChainType {
	if c.hook == nil {
		return ""
	}
	return nftables.ChainTypeFilter
}

// layoutOf is the table of a cut, without the set armed.
func layoutOf(c cut) (layout, error) {
	prefixes, err := c.prefixes()
	if err != nil {
		return layout{}, err
	}
	groups := c.groups(prefixes)
	l := layout{chains: []chain{{name: fate, rules: c.fate()}}}
	for _, g := range groups {
		if g.set.name != "" {
			l.sets = append(l.sets, g.set)
		}
	}
	if len(c.Ports) > 0 {
		l.sets = append(l.sets, portSet(c.Ports))
	}
	if protocols := c.protocols(); len(protocols) > 0 {
		l.sets = append(l.sets, set{name: "protocols", of: nftables.TypeInetProto, elements: func() []nftables.SetElement { return protocols }})
	}
	input, output, forward := c.exceptions(arrives), c.exceptions(leaves), []rule(nil)
	if c.In {
		l.chains = append(l.chains, chain{name: arriving, rules: c.matches(groups, arrives)})
		input, forward = append(input, onto(arriving)), append(forward, onto(arriving))
	}
	if c.Out {
		l.chains = append(l.chains, chain{name: leaving, rules: c.matches(groups, leaves)})
		output, forward = append(output, onto(leaving)), append(forward, onto(leaving))
	}
	l.chains = append(l.chains,
		chain{"input", nftables.ChainHookInput, input},
		chain{"output", nftables.ChainHookOutput, output},
		chain{"forward", nftables.ChainHookForward, forward})
	return l, nil
}

// onto leads from a hook to a chain as long as the table is armed.
func onto(chain string) rule {
	return append(whileArmed(), &expr.Verdict{Kind: expr.VerdictJump, Chain: chain})
}

func whileArmed() rule {
	return rule{&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: 1}, &expr.Lookup{SourceRegister: 1, SetName: armed, SetID: 1}}
}

// side is from where a packet is looked at: which interface it goes through, and where the address of the peer stands.
type side struct {
	face       expr.MetaKey
	off4, off6 uint32
}

var (
	arrives = side{expr.MetaKeyIIF, 12, 8}
	leaves  = side{expr.MetaKeyOIF, 16, 24}
)

var (
	ipv4 = []byte{unix.NFPROTO_IPV4}
	ipv6 = []byte{unix.NFPROTO_IPV6}
)

// group is some of the peers: those of one family that are on loopback, or those that are not; or everybody.
type group struct {
	set      set // none for everybody
	family   []byte
	loopback bool // loopback counts, too
}

func (c cut) groups(prefixes []netip.Prefix) []group {
	if c.Everything {
		return []group{{loopback: c.Loopback}}
	}
	var groups []group
	for _, g := range []struct {
		name     string
		of       nftables.SetDatatype
		family   []byte
		loopback bool
	}{
		{"peers4", nftables.TypeIPAddr, ipv4, false},
		{"peers6", nftables.TypeIP6Addr, ipv6, false},
		{"loopback4", nftables.TypeIPAddr, ipv4, true},
		{"loopback6", nftables.TypeIP6Addr, ipv6, true},
	} {
		var members []netip.Prefix
		for _, p := range prefixes {
			if p.Addr().Is4() == (g.family[0] == ipv4[0]) && isLoopback(p) == g.loopback {
				members = append(members, p)
			}
		}
		if len(members) > 0 {
			groups = append(groups, group{set{g.name, g.of, true, func() []nftables.SetElement { return addressElements(members) }}, g.family, g.loopback})
		}
	}
	return groups
}

// addressElements writes each run of addresses as the kernel wants it: where it begins, and the first address after it. A
// run up to the very last address has no end.
func addressElements(prefixes []netip.Prefix) []nftables.SetElement {
	var elements []nftables.SetElement
	for _, s := range spans(prefixes) {
		elements = append(elements, nftables.SetElement{Key: s.from.AsSlice()})
		if next := s.to.Next(); next.IsValid() {
			elements = append(elements, nftables.SetElement{Key: next.AsSlice(), IntervalEnd: true})
		}
	}
	return elements
}

func portSet(ports [][2]uint16) set {
	var elements []nftables.SetElement
	for _, p := range ports {
		elements = append(elements, nftables.SetElement{Key: binary.BigEndian.AppendUint16(nil, p[0])})
		if p[1] < 65535 {
			elements = append(elements, nftables.SetElement{Key: binary.BigEndian.AppendUint16(nil, p[1]+1), IntervalEnd: true})
		}
	}
	return set{"ports", nftables.TypeInetService, true, func() []nftables.SetElement { return elements }}
}

func (c cut) protocols() []nftables.SetElement {
	var numbers []byte
	switch {
	case c.Protocol == "tcp":
		numbers = []byte{unix.IPPROTO_TCP}
	case c.Protocol == "udp":
		numbers = []byte{unix.IPPROTO_UDP}
	case c.Protocol == "icmp":
		numbers = []byte{unix.IPPROTO_ICMP, unix.IPPROTO_ICMPV6}
	case len(c.Ports) > 0: // only these have them where we look
		numbers = []byte{unix.IPPROTO_TCP, unix.IPPROTO_UDP}
	}
	var elements []nftables.SetElement
	for _, n := range numbers {
		elements = append(elements, nftables.SetElement{Key: []byte{n}})
	}
	return elements
}

// matches are the rules that send a packet to its fate.
func (c cut) matches(groups []group, s side) []rule {
	var rules []rule
	for _, g := range groups {
		rule := g.match(s)
		if len(c.protocols()) > 0 {
			rule = append(rule, &expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1}, &expr.Lookup{SourceRegister: 1, SetName: "protocols"})
		}
		if len(c.Ports) == 0 {
			rules = append(rules, toFate(rule))
			continue
		}
		const source, destination = 0, 2
		for _, offset := range []uint32{source, destination} {
			port := append(rule[:len(rule):len(rule)],
				&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: 2},
				&expr.Lookup{SourceRegister: 1, SetName: "ports"})
			rules = append(rules, toFate(port))
		}
	}
	return rules
}

func toFate(r rule) rule { return append(r, &expr.Verdict{Kind: expr.VerdictGoto, Chain: fate}) }

// loopbackIndex is the index of the interface lo in every namespace.
var loopbackIndex = binaryutil.NativeEndian.PutUint32(1)

func (g group) match(s side) rule {
	var r rule
	if !g.loopback {
		r = append(r, &expr.Meta{Key: s.face, Register: 1}, &expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: loopbackIndex})
	}
	if g.set.name == "" {
		return r
	}
	offset, length := s.off4, uint32(4)
	if g.family[0] == ipv6[0] {
		offset, length = s.off6, 16
	}
	return append(r,
		&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: 1}, &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: g.family},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: length},
		&expr.Lookup{SourceRegister: 1, SetName: g.set.name})
}
