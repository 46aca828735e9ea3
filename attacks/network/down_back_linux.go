package network

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/internal/clock"
	"github.com/failurefriday/friday/internal/several"
)

const (
	// bringing is how long it is tried again to bring back what cannot be yet: a route may need an address that the kernel
	// first makes sure nobody else has.
	bringing = 5 * time.Second
	// kernelFirst is how long the kernel may take to bring back addresses by itself.
	kernelFirst = 500 * time.Millisecond
	pause       = 20 * time.Millisecond
)

// bringBack brings back what is missing. What cannot be brought back is an error, and is tried again by the next revert.
func (u downUndo) bringBack(ctx context.Context, in *inside) error {
	w, err := in.wire()
	if err != nil {
		return err
	}
	defer w.close()
	start := time.Now()
	for {
		waited := time.Since(start)
		waiting, failed := u.tryAll(w, waited > kernelFirst)
		if failed == nil && !waiting || waited > bringing || !clock.Pause(ctx, pause) {
			if failed != nil {
				return fmt.Errorf("%s in %s is up again, but not all that it had is back: %w", u.Device.Name, u.Name, failed)
			}
			return nil
		}
	}
}

// tryAll brings back all that is missing and can be. waiting says that something is left to the kernel for now.
func (u downUndo) tryAll(w *wire, all bool) (waiting bool, err error) {
	present, err := u.presentRoutes(w)
	if err != nil {
		return false, err
	}
	var failed []error
	for _, k := range u.inOrder() {
		m, err := parse(k.Kind, k.Message)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		switch k.Kind {
		case unix.RTM_NEWADDR:
			var left bool
			left, err = u.address(w, m, all)
			waiting = waiting || left
		case unix.RTM_NEWNEIGH:
			err = u.neighbourBack(w, m)
		default:
			err = u.routeBack(w, m, present)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", k.What, err))
		}
	}
	return waiting, several.Errors(failed...)
}

// inOrder is what is kept, addresses first. The kernel tells of the IPv6 address last that came first.
func (u downUndo) inOrder() []kept {
	var four, six, rest []kept
	for _, k := range u.Kept {
		switch {
		case k.Kind != unix.RTM_NEWADDR:
			rest = append(rest, k)
		case len(k.Message) > 0 && k.Message[addressFamily] == unix.AF_INET6:
			six = append(six, k)
		default:
			four = append(four, k)
		}
	}
	slices.Reverse(six)
	return slices.Concat(four, six, rest)
}

// address brings an address back, unless it is there or has expired. One that the kernel makes is left to it at first.
func (u downUndo) address(w *wire, m message, all bool) (left bool, err error) {
	const settable = unix.IFA_F_NODAD | unix.IFA_F_OPTIMISTIC | unix.IFA_F_HOMEADDRESS | unix.IFA_F_MANAGETEMPADDR | unix.IFA_F_NOPREFIXROUTE | unix.IFA_F_MCAUTOJOIN
	back, ok := u.lifetime(m)
	if !ok {
		return false, nil
	}
	there, err := u.hasAddress(w, m)
	if err != nil || there {
		return false, err
	}
	byKernel := m.header[addressFamily] == unix.AF_INET6 && (m.header[addressScope] == unix.RT_SCOPE_LINK || flagsOf(m)&unix.IFA_F_STABLE_PRIVACY != 0)
	if byKernel && !all {
		return true, nil
	}
	flags := flagsOf(m) & settable
	back = back.with(number(ifaFlags, flags))
	back.header[addressFlags] = byte(flags)
	return false, unlessThere(w.tell(unix.RTM_NEWADDR, unix.NLM_F_CREATE|unix.NLM_F_EXCL, back))
}

// hasAddress reports whether the device has the address.
func (u downUndo) hasAddress(w *wire, m message) (bool, error) {
	bodies, err := w.dump(unix.RTM_GETADDR, unix.RTM_NEWADDR, make([]byte, unix.SizeofIfAddrmsg))
	if err != nil {
		return false, err
	}
	for _, body := range bodies {
		now, err := parse(unix.RTM_NEWADDR, body)
		if err != nil {
			return false, err
		}
		if now.headerWord(addressIndex) == m.headerWord(addressIndex) && now.header[addressBits] == m.header[addressBits] &&
			slices.Equal(localOf(now), localOf(m)) && slices.Equal(now.value(ifaAddress), m.value(ifaAddress)) {
			return true, nil
		}
	}
	return false, nil
}

// lifetime shortens the lifetimes by the time that has passed; false if the address has expired.
func (u downUndo) lifetime(m message) (message, bool) {
	const preferred, valid, size, forever = 0, 4, 16, ^uint32(0)
	info := slices.Clone(m.value(ifaCacheinfo))
	if len(info) < size {
		return m, true
	}
	passed := uint32(u.elapsed() / time.Second)
	for _, at := range []int{preferred, valid} {
		left := binary.NativeEndian.Uint32(info[at:])
		if left != forever {
			binary.NativeEndian.PutUint32(info[at:], left-min(left, passed))
		}
	}
	return m.with(attr{ifaCacheinfo, info}), binary.NativeEndian.Uint32(info[valid:]) > 0
}

// neighbourBack brings a neighbour back. One that was found meanwhile gives way, one that somebody has set does not.
func (u downUndo) neighbourBack(w *wire, m message) error {
	question := make([]byte, unix.SizeofNdMsg)
	question[neighFlags] = m.header[neighFlags] & unix.NTF_PROXY
	bodies, err := w.dump(unix.RTM_GETNEIGH, unix.RTM_NEWNEIGH, question)
	if err != nil {
		return err
	}
	for _, body := range bodies {
		now, err := parse(unix.RTM_NEWNEIGH, body)
		if err != nil {
			return err
		}
		if now.headerWord(neighIndex) == m.headerWord(neighIndex) && slices.Equal(now.value(ndaDst), m.value(ndaDst)) && isLasting(now) {
			return nil
		}
	}
	return w.tell(unix.RTM_NEWNEIGH, unix.NLM_F_CREATE|unix.NLM_F_REPLACE, m.without(ndaCacheinfo, ndaProbes))
}

// presentRoutes are all routes that there are, by their identities.
func (u downUndo) presentRoutes(w *wire) (map[string]bool, error) {
	bodies, err := w.dump(unix.RTM_GETROUTE, unix.RTM_NEWROUTE, make([]byte, unix.SizeofRtMsg))
	if err != nil {
		return nil, err
	}
	present := map[string]bool{}
	for _, body := range bodies {
		m, err := parse(unix.RTM_NEWROUTE, body)
		if err != nil {
			return nil, err
		}
		all, err := waysOf(m)
		if err != nil {
			return nil, err
		}
		for _, one := range all {
			id, err := identity(one.alone)
			if err != nil {
				return nil, err
			}
			present[id] = true
		}
	}
	return present, nil
}

// routeBack brings a route back, or those of its ways that are missing.
func (u downUndo) routeBack(w *wire, m message, present map[string]bool) error {
	all, err := waysOf(m)
	failed := []error{err}
	for _, one := range all {
		id, err := identity(one.alone)
		if err != nil || present[id] {
			failed = append(failed, err)
			continue
		}
		if through, err := throughDevice(one.alone, u.is); err != nil || !through {
			continue // it went for another reason
		}
		back, ok := again(one.told, u.elapsed())
		if !ok {
			continue
		}
		failed = append(failed, unlessThere(w.tell(unix.RTM_NEWROUTE, unix.NLM_F_CREATE|unix.NLM_F_APPEND, back)))
	}
	return several.Errors(failed...)
}

// unlessThere takes what is there already for good.
func unlessThere(err error) error {
	if errors.Is(err, unix.EEXIST) {
		return nil
	}
	return err
}
