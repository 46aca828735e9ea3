package network

import (
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/internal/several"
)

// mostKept is how much is written down before a device is put down: 10,000 routes are some two megabytes.
const mostKept = 10_000

// keep reads all that goes when the devices go down and that the kernel does not make again by itself.
func (u downUndo) keep(in *inside) ([]kept, error) {
	w, err := in.wire()
	if err != nil {
		return nil, err
	}
	defer w.close()
	addresses, err1 := u.addresses(w)
	neighbours, err2 := u.neighbours(w)
	routes, err3 := u.routes(w)
	all := append(append(addresses, neighbours...), routes...)
	failed := []error{err1, err2, err3, u.noObjects(w)}
	if len(all) > mostKept {
		failed = append(failed, u.lost(fmt.Sprintf("%d addresses, neighbours and routes, more than the %d that Friday writes down", len(all), mostKept)))
	}
	return all, several.Errors(failed...)
}

// list reads all messages of a kind that are wanted, and keeps each as it is told.
func list(w *wire, question, kind uint16, header []byte, wanted func(message) (string, error)) ([]kept, error) {
	bodies, err := w.dump(question, kind, header)
	if err != nil {
		return nil, fmt.Errorf("cannot look at what goes with a network device: %w", err)
	}
	var all []kept
	for _, body := range bodies {
		m, err := parse(kind, body)
		if err != nil {
			return nil, err
		}
		what, err := wanted(m)
		if err != nil {
			return nil, err
		}
		if what != "" {
			all = append(all, kept{what, kind, body})
		}
	}
	return all, nil
}

// Where things stand in the fixed parts.
const (
	addressFamily, addressBits, addressFlags, addressScope, addressIndex = 0, 1, 2, 3, 4

	neighFamily, neighIndex, neighState, neighFlags = 0, 4, 8, 10
)

// Attributes of addresses and neighbours.
const (
	ifaAddress, ifaLocal, ifaCacheinfo, ifaFlags = 1, 2, 6, 8

	ndaDst, ndaCacheinfo, ndaProbes = 1, 3, 4
)

func (u downUndo) addresses(w *wire) ([]kept, error) {
	return list(w, unix.RTM_GETADDR, unix.RTM_NEWADDR, make([]byte, unix.SizeofIfAddrmsg), func(m message) (string, error) {
		if !u.is(m.headerWord(addressIndex)) || isTemporary(m) {
			return "", nil
		}
		return fmt.Sprintf("address %s/%d", ip(localOf(m)), m.header[addressBits]), nil
	})
}

// isTemporary tells an address that the kernel makes up against being followed. Nobody else can make one.
func isTemporary(m message) bool {
	return m.header[addressFamily] == unix.AF_INET6 && flagsOf(m)&unix.IFA_F_TEMPORARY != 0
}

func flagsOf(m message) uint32 { return m.number(ifaFlags) | uint32(m.header[addressFlags]) }

// localOf is the address itself; on a line between two points the other attribute is the far end.
func localOf(m message) []byte {
	if local := m.value(ifaLocal); local != nil {
		return local
	}
	return m.value(ifaAddress)
}

func ip(bytes []byte) netip.Addr {
	addr, _ := netip.AddrFromSlice(bytes)
	return addr
}

// neighbours are those that do not go by themselves, and those that we answer for.
func (u downUndo) neighbours(w *wire) ([]kept, error) {
	question := make([]byte, unix.SizeofNdMsg)
	all, err := list(w, unix.RTM_GETNEIGH, unix.RTM_NEWNEIGH, question, u.neighbour)
	if err != nil {
		return nil, err
	}
	question[neighFlags] = unix.NTF_PROXY
	proxies, err := list(w, unix.RTM_GETNEIGH, unix.RTM_NEWNEIGH, question, u.neighbour)
	return append(all, proxies...), err
}

func (u downUndo) neighbour(m message) (string, error) {
	family := m.header[neighFamily]
	if !u.is(m.headerWord(neighIndex)) || family != unix.AF_INET && family != unix.AF_INET6 || !isLasting(m) {
		return "", nil
	}
	return "neighbour " + ip(m.value(ndaDst)).String(), nil
}

func isLasting(m message) bool {
	const states, flags = unix.NUD_PERMANENT, unix.NTF_PROXY | unix.NTF_EXT_LEARNED
	return m.header[neighState]&states != 0 || m.header[neighFlags]&flags != 0
}

// routes are those of all tables that somebody else made than the kernel.
func (u downUndo) routes(w *wire) ([]kept, error) {
	return list(w, unix.RTM_GETROUTE, unix.RTM_NEWROUTE, make([]byte, unix.SizeofRtMsg), func(m message) (string, error) {
		through, err := throughDevice(m, u.is)
		if err != nil || !through || m.header[routeProto] == unix.RTPROT_KERNEL || m.headerWord(routeFlags)&unix.RTM_F_CLONED != 0 {
			return "", err
		}
		family := m.header[routeFamily]
		if family != unix.AF_INET && family != unix.AF_INET6 || m.value(rtaNexthopID) != nil {
			return "", u.lost(fmt.Sprintf("a route (%s)", routeText(m)))
		}
		return routeText(m), nil
	})
}

// noObjects makes sure that no nexthop object goes: Friday cannot bring them back with all that hangs on them.
func (u downUndo) noObjects(w *wire) error {
	const nhaOIF = 5
	objects, err := w.dump(unix.RTM_GETNEXTHOP, unix.RTM_NEWNEXTHOP, make([]byte, unix.SizeofNhmsg))
	if err != nil {
		return nil // older than Linux 5.3: there are none
	}
	for _, body := range objects {
		m, err := parse(unix.RTM_NEWNEXTHOP, body)
		if err != nil {
			return err
		}
		if u.is(m.number(nhaOIF)) {
			return u.lost("a nexthop object (ip nexthop)")
		}
	}
	return nil
}

func (u downUndo) lost(what string) error {
	return fmt.Errorf("%s in %s has %s, which would be lost for good with the device down: network.partition cuts without that", u.Device.Name, u.Name, what)
}
