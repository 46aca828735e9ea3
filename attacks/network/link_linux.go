package network

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vishvananda/netlink"
	vns "github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/netns"
)

// inside is a network namespace that can be asked and told things.
type inside struct {
	*netlink.Handle
	ns *netns.Handle
}

// inNS calls f inside the namespace, which is looked for under the path first. netns.ErrGone if it is in use nowhere.
func inNS(id netns.ID, path string, f func(*inside) error) error {
	ns, err := netns.Open(id, path)
	if err != nil {
		return err
	}
	return errors.Join(speak(ns, f), ns.Close())
}

// speak calls f inside a namespace that is open. Only one family of netlink: others need not be in the kernel.
func speak(ns *netns.Handle, f func(*inside) error) error {
	h, err := netlink.NewHandleAt(vns.NsHandle(ns.FD()), unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("cannot talk to the kernel about %s: %w", ns.ID, err)
	}
	defer h.Close()
	return f(&inside{h, ns})
}

// inScratch calls f in a namespace that nothing else is in, with its loopback device, to find out what this kernel can do
// and what we may do.
func inScratch(f func(*inside, netlink.Link) error) error {
	ns, err := netns.Scratch()
	if err != nil {
		return err
	}
	return errors.Join(speak(ns, func(in *inside) error {
		lo, err := in.LinkByName("lo")
		if err != nil {
			return fmt.Errorf("cannot look at the network devices of a new network namespace: %w", err)
		}
		return f(in, lo)
	}), ns.Close())
}

func deviceOf(l netlink.Link) device {
	a := l.Attrs()
	return device{Name: a.Name, Index: a.Index, MAC: a.HardwareAddr.String()}
}

// find finds the device, exactly as it was planned for. errNoDevice if it is not there or another is in its place.
func (in *inside) find(d device) (netlink.Link, error) {
	l, err := in.byIndex(d.Index)
	if err == nil && deviceOf(l) != d {
		return nil, errNoDevice
	}
	return l, err
}

// findAgain finds the device to look at it or to undo something: it may have been given another name or another address
// since, not both.
func (in *inside) findAgain(d device) (netlink.Link, error) {
	l, err := in.byIndex(d.Index)
	if err != nil {
		return nil, err
	}
	if now := deviceOf(l); now.Name != d.Name && (now.MAC != d.MAC || d.MAC == "") {
		return nil, errNoDevice
	}
	return l, nil
}

func (in *inside) byIndex(index int) (netlink.Link, error) {
	l, err := in.LinkByIndex(index)
	var missing netlink.LinkNotFoundError
	if errors.As(err, &missing) || errors.Is(err, unix.ENODEV) {
		return nil, errNoDevice
	}
	if err != nil {
		return nil, fmt.Errorf("cannot look at the network devices of %s: %w", in.ns.ID, err)
	}
	return l, nil
}

// links lists the devices of the namespace.
func (in *inside) links() ([]netlink.Link, error) {
	all, err := fully(in.LinkList)
	if err != nil {
		return nil, fmt.Errorf("cannot look at the network devices of %s: %w", in.ns.ID, err)
	}
	return all, nil
}

// fully asks for a list until no change of it interferes: a part of a list is no answer.
func fully[T any](list func() ([]T, error)) ([]T, error) {
	const tries = 10
	for n := 1; ; n++ {
		got, err := list()
		if !errors.Is(err, netlink.ErrDumpInterrupted) || n == tries {
			return got, err
		}
	}
}

func isUp(l netlink.Link) bool { return l.Attrs().RawFlags&unix.IFF_UP != 0 }

func isLoopbackDevice(l netlink.Link) bool { return l.Attrs().RawFlags&unix.IFF_LOOPBACK != 0 }

// liesOn reports whether what leaves through upper goes on through lower: a VLAN and its device, a bridge or bond and
// its ports. The two ends of a veth pair point at each other and are not meant.
func liesOn(upper, lower netlink.Link) bool {
	u, l := upper.Attrs(), lower.Attrs()
	if u.Index == l.Index {
		return false
	}
	const elsewhere = -1 // in no other namespace
	stacked := u.ParentIndex == l.Index && u.NetNsID == elsewhere && upper.Type() != "veth"
	return stacked || l.MasterIndex == u.Index
}

// named finds the device of that name.
func named(all []netlink.Link, name string, p place) (netlink.Link, error) {
	var names []string
	for _, l := range all {
		if l.Attrs().Name == name {
			return l, nil
		}
		names = append(names, l.Attrs().Name)
	}
	return nil, fmt.Errorf("%w: %s has no network device %q, only %s", attacks.ErrNoTarget, p.Name, name, strings.Join(names, ", "))
}

// carriers are the devices through which the paths go, by their indexes, and what goes through. Below a VLAN, a bridge or
// a bond these are several, and what goes into a tunnel may come out of any.
func (in *inside) carriers(paths []attacks.Path) (map[int]string, error) {
	carried := map[int]string{}
	if len(paths) == 0 {
		return carried, nil
	}
	all, err := in.links()
	if err != nil {
		return nil, err
	}
	for _, p := range paths {
		routes, err := in.RouteGet(p.Remote.Addr().Unmap().AsSlice())
		if err != nil {
			continue // there is no way, so nothing can be in it
		}
		for _, r := range routes {
			carry(all, r.LinkIndex, p.What, carried)
		}
	}
	return carried, nil
}

func carry(all []netlink.Link, index int, what string, carried map[int]string) {
	if _, done := carried[index]; done {
		return
	}
	carried[index] = what
	for _, upper := range all {
		if upper.Attrs().Index != index {
			continue
		}
		tunnel := upper.Attrs().RawFlags&unix.IFF_POINTOPOINT != 0
		for _, lower := range all {
			if liesOn(upper, lower) || tunnel && !isLoopbackDevice(lower) {
				carry(all, lower.Attrs().Index, what, carried)
			}
		}
	}
}
