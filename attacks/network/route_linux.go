package network

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Where things stand in the fixed part of a message about a route.
const (
	routeFamily, routeBits, routeTable, routeProto, routeFlags = 0, 1, 4, 5, 8
)

const (
	rtaNexthopID = 30 // of a nexthop object
	onlink       = unix.RTNH_F_ONLINK
)

// hop is one way of several that a route has.
type hop struct {
	flags, weight byte
	device        uint32
	attrs         []attr
}

func parseHops(body []byte) ([]hop, error) {
	var hops []hop
	for len(body) > 0 {
		if len(body) < unix.SizeofRtNexthop {
			return nil, errMessage
		}
		size := int(binary.NativeEndian.Uint16(body))
		if size < unix.SizeofRtNexthop || size > len(body) {
			return nil, errMessage
		}
		attrs, err := parseAttrs(body[unix.SizeofRtNexthop:size])
		if err != nil {
			return nil, err
		}
		hops = append(hops, hop{body[2], body[3], binary.NativeEndian.Uint32(body[4:]), attrs})
		const align = 4
		body = body[min(len(body), (size+align-1)/align*align):]
	}
	return hops, nil
}

func (h hop) bytes() []byte {
	body := make([]byte, unix.SizeofRtNexthop)
	body[2], body[3] = h.flags, h.weight
	binary.NativeEndian.PutUint32(body[4:], h.device)
	for _, a := range h.attrs {
		body = append(body, a.bytes()...)
	}
	binary.NativeEndian.PutUint16(body, uint16(len(body)))
	return body
}

// throughDevice reports whether any way of the route goes through one of the devices.
func throughDevice(m message, is func(index uint32) bool) (bool, error) {
	if index := m.number(unix.RTA_OIF); index != 0 && is(index) {
		return true, nil
	}
	hops, err := parseHops(m.value(unix.RTA_MULTIPATH))
	for _, h := range hops {
		if is(h.device) {
			return true, nil
		}
	}
	return false, err
}

// way is one of the ways of a route: alone is the route that the kernel would tell of if there were no other, and told
// is what makes it, with its weight among the others.
type way struct{ alone, told message }

// waysOf are the ways of an IPv6 route, each of which comes and goes by itself. Any other route is one.
func waysOf(m message) ([]way, error) {
	hops, err := parseHops(m.value(unix.RTA_MULTIPATH))
	if err != nil || m.header[routeFamily] != unix.AF_INET6 || len(hops) == 0 {
		return []way{{m, m}}, err
	}
	var all []way
	for _, h := range hops {
		alone := m.without(unix.RTA_MULTIPATH).with(append([]attr{number(unix.RTA_OIF, h.device)}, h.attrs...)...)
		alone.header[routeFlags] |= h.flags & onlink
		one := way{alone, alone}
		if h.weight > 0 {
			one.told = m.with(attr{unix.RTA_MULTIPATH, joinHops([]hop{h})})
		}
		all = append(all, one)
	}
	return all, nil
}

// identity is what a route is, apart from how it is doing and when it expires.
func identity(m message) (string, error) {
	hops, err := parseHops(m.value(unix.RTA_MULTIPATH))
	if err != nil {
		return "", err
	}
	m = m.without(unix.RTA_CACHEINFO, unix.RTA_EXPIRES)
	binary.NativeEndian.PutUint32(m.header[routeFlags:], m.headerWord(routeFlags)&onlink)
	if len(hops) > 0 {
		m = m.with(attr{unix.RTA_MULTIPATH, joinHops(hops)})
	}
	return string(m.sorted().bytes()), nil
}

func joinHops(hops []hop) []byte {
	var body []byte
	for _, h := range hops {
		h.flags &= onlink
		body = append(body, h.bytes()...)
	}
	return body
}

// again is the message that brings a route back after some time; false if it has expired meanwhile.
func again(m message, elapsed time.Duration) (message, bool) {
	const expiresAt, tick = 8, time.Second / 100
	info := m.value(unix.RTA_CACHEINFO)
	back := m.without(unix.RTA_CACHEINFO, unix.RTA_EXPIRES)
	binary.NativeEndian.PutUint32(back.header[routeFlags:], m.headerWord(routeFlags)&onlink)
	if hops, err := parseHops(m.value(unix.RTA_MULTIPATH)); err == nil && len(hops) > 0 {
		back = back.with(attr{unix.RTA_MULTIPATH, joinHops(hops)})
	}
	if len(info) < expiresAt+4 {
		return back, true
	}
	left := time.Duration(int32(binary.NativeEndian.Uint32(info[expiresAt:]))) * tick
	if left == 0 {
		return back, true // it never does
	}
	if left -= elapsed; left < time.Second {
		return back, false
	}
	return back.with(number(unix.RTA_EXPIRES, uint32(left/time.Second))), true
}

// routeText is a route for people.
func routeText(m message) string {
	var words []string
	to := "default"
	if addr, ok := netip.AddrFromSlice(m.value(unix.RTA_DST)); ok {
		to = shortPrefix(netip.PrefixFrom(addr, int(m.header[routeBits])))
	}
	words = append(words, "route", to)
	if via, ok := netip.AddrFromSlice(m.value(unix.RTA_GATEWAY)); ok {
		words = append(words, "via", via.String())
	}
	if table := m.number(unix.RTA_TABLE); table != unix.RT_TABLE_MAIN {
		words = append(words, "table", strconv.Itoa(int(table)))
	}
	return strings.Join(words, " ")
}
