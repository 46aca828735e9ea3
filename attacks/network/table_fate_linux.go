package network

import (
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// fate are the rules that decide what becomes of a packet that is meant. Each counts.
func (c cut) fate() []rule {
	if c.Action != drop {
		code := uint8(unix.NFT_REJECT_ICMPX_ADMIN_PROHIBITED)
		if c.Action == unreachable {
			code = unix.NFT_REJECT_ICMPX_PORT_UNREACH
		}
		return []rule{
			append(protocol(unix.IPPROTO_TCP), &expr.Counter{}, &expr.Reject{Type: unix.NFT_REJECT_TCP_RST}),
			{&expr.Counter{}, &expr.Reject{Type: unix.NFT_REJECT_ICMPX_UNREACH, Code: code}},
		}
	}
	if c.Share >= whole {
		return []rule{{&expr.Counter{}, &expr.Verdict{Kind: expr.VerdictDrop}}}
	}
	return []rule{
		{
			&expr.Numgen{Register: 1, Modulus: whole, Type: unix.NFT_NG_RANDOM},
			// Numbers are compared byte by byte, the first one first; a number of this machine must be turned round.
			&expr.Byteorder{SourceRegister: 1, DestRegister: 1, Op: expr.ByteorderHton, Len: 4, Size: 4},
			&expr.Cmp{Op: expr.CmpOpLt, Register: 1, Data: binaryutil.BigEndian.PutUint32(c.Share)},
			&expr.Counter{}, &expr.Verdict{Kind: expr.VerdictDrop},
		},
		// One that was spared is done with this table: it must not be up for it again because it fits a second rule.
		{&expr.Verdict{Kind: expr.VerdictAccept}},
	}
}

// exceptions are packets that are spared in a hook, even if they are meant.
func (c cut) exceptions(s side) []rule {
	var rules []rule
	if len(c.Ports) == 0 && c.speaks("icmp") {
		// Neighbours find each other on IPv6 by ICMP. On IPv4 they do it below of what we cut, and a cut must look the same
		// on both: nothing answers, and no host is told to be unreachable.
		rules = append(rules, spare(append(protocol(unix.IPPROTO_ICMPV6), firstByte(ndRouterSolicit, ndNeighborAdvert)...)))
	}
	if c.Action == drop {
		return rules
	}
	// Our own refusals must get out to whom they are meant for, and back in where that is on loopback.
	const reset, unreach4, unreach6 = 0x04, 3, 1
	for _, refusal := range []rule{
		append(protocol(unix.IPPROTO_TCP),
			&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 13, Len: 1},
			&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 1, Mask: []byte{reset}, Xor: []byte{0}},
			&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: []byte{0}}),
		append(protocol(unix.IPPROTO_ICMP), firstByte(unreach4, unreach4)...),
		append(protocol(unix.IPPROTO_ICMPV6), firstByte(unreach6, unreach6)...),
	} {
		if s == arrives {
			refusal = append(rule{&expr.Meta{Key: s.face, Register: 1}, &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: loopbackIndex}}, refusal...)
		}
		rules = append(rules, spare(refusal))
	}
	return rules
}

// The types of ICMPv6 by which neighbours and routers find each other, from the first to the last.
const ndRouterSolicit, ndNeighborAdvert = 133, 136

// spare lets a packet go that is looked up in a hook.
func spare(match rule) rule {
	return append(append(whileArmed(), match...), &expr.Verdict{Kind: expr.VerdictAccept})
}

func protocol(number byte) rule {
	return rule{&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1}, &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{number}}}
}

// firstByte matches the type of an ICMP packet.
func firstByte(from, to byte) rule {
	return rule{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Len: 1},
		&expr.Cmp{Op: expr.CmpOpGte, Register: 1, Data: []byte{from}},
		&expr.Cmp{Op: expr.CmpOpLte, Register: 1, Data: []byte{to}},
	}
}
