package network

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/internal/netns"
	"github.com/failurefriday/friday/internal/several"
)

// The mark on our queues: the upper byte of the handle. The lower one is drawn by lot, so that no change takes the queue
// of another for its own. The kernel hands out 8000: and up by itself, and people begin at 1:.
const (
	rootMark = 0x7f00
	leafMark = 0x7e00
	markMask = 0xff00
)

// mayWait is how many packets a netem holds. Its own default, 1000, is 12 ms of a gigabit.
const mayWait = 10_000

func ourHandle(handle uint32) bool { return handle>>16&markMask == rootMark && handle&0xffff == 0 }

// leafHandle is the handle of the queue that does the work.
func (u queueUndo) leafHandle() uint32 {
	if len(u.Queue.Peers) == 0 {
		return u.Handle
	}
	return (u.Handle>>16&^markMask | leafMark) << 16
}

// class is where the sorting queue puts what is meant.
func (u queueUndo) class() uint32 { return u.Handle | 1 }

// put puts the queue before its device.
func (u queueUndo) put() error {
	return inNS(u.NS, u.Path, func(in *inside) error {
		link, err := in.find(u.Device)
		if err != nil {
			return err
		}
		return u.build(in, link)
	})
}

// build makes the queue from the root to the leaf, and only then sorts packets into it. What is made in half is taken
// away again.
func (u queueUndo) build(in *inside, link netlink.Link) error {
	index := link.Attrs().Index
	root := netlink.QdiscAttrs{LinkIndex: index, Handle: u.Handle, Parent: netlink.HANDLE_ROOT}
	if len(u.Queue.Peers) == 0 {
		return u.refused(in.QdiscAdd(u.Queue.make(root)), u.Queue.leaf())
	}
	if err := in.QdiscAdd(sorter(root)); err != nil {
		return u.refused(err, "htb")
	}
	err := u.buildSorted(in, index)
	if err != nil {
		return several.Errors(err, in.QdiscDel(sorter(root)))
	}
	return nil
}

// sorter is a queue that lets everything straight through but what is sorted into a class of it.
func sorter(root netlink.QdiscAttrs) *netlink.Htb {
	h := netlink.NewHtb(root)
	direct := uint32(mayWait)
	h.DirectQlen = &direct
	return h
}

func (u queueUndo) buildSorted(in *inside, index int) error {
	const fast = 32_000_000_000 // bits in a second: the class itself holds nothing back
	class := netlink.NewHtbClass(netlink.ClassAttrs{LinkIndex: index, Handle: u.class(), Parent: u.Handle}, netlink.HtbClassAttrs{Rate: fast, Quantum: 60_000})
	if err := in.ClassAdd(class); err != nil {
		return u.refused(err, "htb")
	}
	leaf := u.Queue.make(netlink.QdiscAttrs{LinkIndex: index, Handle: u.leafHandle(), Parent: u.class()})
	if err := in.QdiscAdd(leaf); err != nil {
		return u.refused(err, u.Queue.leaf())
	}
	for _, p := range u.Queue.Peers {
		filter := &netlink.U32{
			FilterAttrs: netlink.FilterAttrs{LinkIndex: index, Parent: u.Handle, Priority: 1, Protocol: unix.ETH_P_ALL},
			ClassId:     u.class(),
			Sel:         &nl.TcU32Sel{Flags: nl.TC_U32_TERMINAL, Keys: sentTo(p)},
		}
		if err := in.FilterAdd(filter); err != nil {
			return u.refused(err, "u32")
		}
	}
	return nil
}

// sentTo are the words of an IP packet by which one to the network is told. They count from the IP header, so that a
// packet with a VLAN tag is told, too, if it is asked for its version.
func sentTo(p netip.Prefix) []nl.TcU32Key {
	version, offset := uint32(4), 16
	if p.Addr().Is6() {
		version, offset = 6, 24
	}
	const versionShift = 28
	keys := []nl.TcU32Key{{Mask: 0xf << versionShift, Val: version << versionShift}}
	addr := p.Masked().Addr().AsSlice()
	for at, left := 0, p.Bits(); left > 0; at, left = at+4, left-32 {
		mask := ^uint32(0) << (32 - min(left, 32))
		keys = append(keys, nl.TcU32Key{Mask: mask, Val: binary.BigEndian.Uint32(addr[at:]) & mask, Off: int32(offset + at)})
	}
	return keys
}

// make is the leaf.
func (q queue) make(at netlink.QdiscAttrs) netlink.Qdisc {
	if n := q.Netem; n != nil {
		return netlink.NewNetem(at, netlink.NetemQdiscAttrs{
			Latency: uint32(n.Delay.Microseconds()), Jitter: uint32(n.Jitter.Microseconds()), DelayCorr: float32(n.Correlation),
			Duplicate: float32(n.Duplicate), CorruptProb: float32(n.Corrupt), ReorderProb: float32(n.Reorder), Gap: n.Gap,
			Limit: mayWait,
		})
	}
	return &netlink.Tbf{QdiscAttrs: at, Rate: q.Rate, Limit: q.Limit, Buffer: netlink.Xmittime(q.Rate, q.Burst)}
}

// refused says why the kernel does not make a queue of the kind.
func (u queueUndo) refused(err error, kind string) error {
	what := fmt.Sprintf("put a queue (%s) before %s in %s", kind, u.Device.Name, u.Name)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EEXIST):
		return fmt.Errorf("cannot %s: there is one already that is not the kernel's own, and Friday never replaces one", what)
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EAFNOSUPPORT):
		return fmt.Errorf("cannot %s: %w", what, missing(kind))
	case errors.Is(err, unix.ENODEV):
		return errNoDevice
	}
	return netns.Allowed(what, err)
}

// missing says what the kernel lacks, and what does without.
func missing(kind string) error {
	switch kind {
	case "netem":
		return errors.New("this kernel has no netem (sch_netem): network.rate and network.loss need none")
	case "tbf":
		return errors.New("this kernel has no tbf (sch_tbf): network.loss and network.partition need none")
	case "htb":
		return errors.New("this kernel has no htb (sch_htb), which picks out peers: leave the peers out, or use network.loss or network.partition, which need none")
	default:
		return fmt.Errorf("this kernel has no %s (cls_%s), which picks out peers: leave the peers out, or use network.loss or network.partition, which need none", kind, kind)
	}
}

// queues are those of the device that stand in the way of what leaves.
func (in *inside) queues(link netlink.Link) ([]netlink.Qdisc, error) {
	all, err := fully(func() ([]netlink.Qdisc, error) { return in.QdiscList(link) })
	if errors.Is(err, unix.ENODEV) {
		return nil, errNoDevice
	}
	if err != nil {
		return nil, fmt.Errorf("cannot look at the queues of %s in %s: %w", link.Attrs().Name, in.ns.ID, err)
	}
	var out []netlink.Qdisc
	for _, q := range all {
		if q.Attrs().Parent != netlink.HANDLE_INGRESS {
			out = append(out, q)
		}
	}
	return out, nil
}

// lookup finds the root and the leaf of our queue, nil where they are not there.
func (u queueUndo) lookup(in *inside, link netlink.Link) (root, leaf netlink.Qdisc, err error) {
	all, err := in.queues(link)
	for _, q := range all {
		a := q.Attrs()
		if a.Parent == netlink.HANDLE_ROOT && a.Handle == u.Handle && q.Type() == u.Queue.root() {
			root = q
		}
		if a.Handle == u.leafHandle() && q.Type() == u.Queue.leaf() {
			leaf = q
		}
	}
	return root, leaf, err
}

// onDevice calls f with the device of the queue, which may have been renamed since.
func (u queueUndo) onDevice(f func(*inside, netlink.Link) error) error {
	return inNS(u.NS, u.Path, func(in *inside) error {
		link, err := in.findAgain(u.Device)
		if err != nil {
			return err
		}
		return f(in, link)
	})
}

// there reports whether our queue is there, whole.
func (u queueUndo) there() (whole bool, err error) {
	err = u.onDevice(func(in *inside, link netlink.Link) error {
		whole, err = u.isWhole(in, link)
		return err
	})
	return whole && err == nil, err
}

// isWhole reports whether our queue is there and everything is sorted into it that is meant.
func (u queueUndo) isWhole(in *inside, link netlink.Link) (bool, error) {
	root, leaf, err := u.lookup(in, link)
	if err != nil || root == nil || leaf == nil || len(u.Queue.Peers) == 0 {
		return err == nil && root != nil && leaf != nil, err
	}
	n, err := in.sorted(link, u.Handle, u.class())
	return n == len(u.Queue.Peers) && err == nil, err
}

// sorted counts the filters that put packets into the class.
func (in *inside) sorted(link netlink.Link, root, class uint32) (n int, err error) {
	filters, err := fully(func() ([]netlink.Filter, error) { return in.FilterList(link, root) })
	if err != nil {
		return 0, fmt.Errorf("cannot look at the filters of %s in %s: %w", link.Attrs().Name, in.ns.ID, err)
	}
	for _, f := range filters {
		if u32, ok := f.(*netlink.U32); ok && u32.ClassId == class {
			n++
		}
	}
	return n, nil
}

// take deletes our queue and sees to it that it is gone.
func (u queueUndo) take() error { return u.onDevice(u.takeFrom) }

func (u queueUndo) takeFrom(in *inside, link netlink.Link) error {
	root, _, err := u.lookup(in, link)
	if err != nil || root == nil {
		return err
	}
	if err := in.deleteQueue(link, root); err != nil {
		return err
	}
	if root, _, err = u.lookup(in, link); err == nil && root != nil {
		err = fmt.Errorf("the queue before %s in %s has been deleted and is still there", u.Device.Name, u.Name)
	}
	return err
}

// deleteQueue deletes a root by its handle: if another has come in its place meanwhile, the kernel deletes nothing.
func (in *inside) deleteQueue(link netlink.Link, root netlink.Qdisc) error {
	err := in.QdiscDel(root)
	switch {
	case err == nil, errors.Is(err, unix.ENOENT), errors.Is(err, unix.EINVAL):
		return nil // EINVAL is another handle
	case errors.Is(err, unix.ENODEV):
		return errNoDevice
	}
	return netns.Allowed(fmt.Sprintf("delete the queue before %s", link.Attrs().Name), err)
}
