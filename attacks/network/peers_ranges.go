package network

import (
	"cmp"
	"net/netip"
	"slices"
)

// span is a run of addresses with both its ends.
type span struct{ from, to netip.Addr }

// spans are the networks as the fewest runs of addresses, in order: networks that overlap or touch are one run.
func spans(prefixes []netip.Prefix) []span {
	all := make([]span, len(prefixes))
	for i, p := range prefixes {
		all[i] = span{p.Masked().Addr(), last(p)}
	}
	slices.SortFunc(all, func(a, b span) int { return a.from.Compare(b.from) })
	var merged []span
	for _, s := range all {
		if n := len(merged) - 1; n >= 0 && merged[n].reaches(s.from) {
			if merged[n].to.Less(s.to) {
				merged[n].to = s.to
			}
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// reaches reports whether the address is in s, or the next one after it.
func (s span) reaches(a netip.Addr) bool {
	return s.to.BitLen() == a.BitLen() && (a.Compare(s.to) <= 0 || a == s.to.Next())
}

// last is the last address of a network.
func last(p netip.Prefix) netip.Addr {
	bytes := p.Addr().AsSlice()
	for i := p.Bits(); i < len(bytes)*8; i++ {
		bytes[i/8] |= 0x80 >> (i % 8)
	}
	addr, _ := netip.AddrFromSlice(bytes) // as long as it was
	return addr
}

// mergePorts are the ports as the fewest ranges, in order.
func mergePorts(ports []Ports) []Ports {
	all := slices.SortedFunc(slices.Values(ports), func(a, b Ports) int { return cmp.Compare(a.From, b.From) })
	var merged []Ports
	for _, p := range all {
		if n := len(merged) - 1; n >= 0 && int(p.From) <= int(merged[n].To)+1 {
			merged[n].To = max(merged[n].To, p.To)
			continue
		}
		merged = append(merged, p)
	}
	return merged
}
