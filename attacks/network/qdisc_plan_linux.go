package network

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/vishvananda/netlink"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/several"
)

// plan finds the devices, makes a queue for each, and tries out in a namespace of its own whether this kernel makes such
// queues. does is what becomes of what leaves, for people.
func (d *Devices) plan(ctx context.Context, kind, does string, queueFor func(mtu int) (queue, error)) ([]attacks.Change, error) {
	places, err := d.choose(ctx)
	peers, told, err2 := d.prefixes(ctx)
	if err := several.Errors(err, err2); err != nil {
		return nil, err
	}
	var undos []queueUndo
	var failed []error
	for _, p := range places {
		found, err := d.planIn(p, peers, queueFor)
		undos, failed = append(undos, found...), append(failed, err)
	}
	if len(undos) > 0 {
		failed = append(failed, undos[0].tryOut())
	}
	changes := make([]attacks.Change, len(undos))
	for i, u := range undos {
		changes[i], err = attacks.NewChange(kind, fmt.Sprintf("%s: what leaves through %s%s is %s", u.Name, u.Device.Name, told, does), u)
		failed = append(failed, err)
	}
	if err := several.Errors(failed...); err != nil {
		return nil, err
	}
	return changes, nil
}

func (d *Devices) planIn(p place, peers []netip.Prefix, queueFor func(mtu int) (queue, error)) (undos []queueUndo, err error) {
	paths, err := d.ownPaths(p)
	if err != nil {
		return nil, err
	}
	ours, err := isOurs(p)
	if err != nil {
		return nil, err
	}
	err = inNS(p.NS, p.Path, func(in *inside) error {
		links, err := d.devices(in, p)
		if err != nil {
			return err
		}
		own, err := in.carriers(waysTo(paths, peers))
		failed := []error{err}
		for _, l := range links {
			if ours && isLoopbackDevice(l) && len(peers) == 0 {
				failed = append(failed, fmt.Errorf("%s in %s is loopback, which is never attacked as a whole: name peers", l.Attrs().Name, p.Name))
			}
			if what, ok := own[l.Attrs().Index]; ok {
				failed = append(failed, fmt.Errorf("%s in %s carries Friday's own connection to %s: name another device, or peers that leave it out", l.Attrs().Name, p.Name, what))
			}
			q, err := queueFor(l.Attrs().MTU)
			q.Peers = peers
			failed = append(failed, err, in.standsInTheWay(p, l))
			handle := uint32(rootMark|rand.IntN(markMask>>8+1)) << 16
			undos = append(undos, queueUndo{NS: p.NS, Path: p.Path, Name: p.Name, Device: deviceOf(l), Handle: handle, Queue: q})
		}
		return several.Errors(failed...)
	})
	return undos, err
}

// devices are those that are meant.
func (d *Devices) devices(in *inside, p place) ([]netlink.Link, error) {
	all, err := in.links()
	if err != nil {
		return nil, err
	}
	if d.Device != "" {
		l, err := named(all, d.Device, p)
		if err == nil && !isUp(l) {
			err = fmt.Errorf("%s in %s is down, and nothing goes through it: put it up first (ip link set %s up)", d.Device, p.Name, d.Device)
		}
		return []netlink.Link{l}, err
	}
	var meant []netlink.Link
	for _, l := range all {
		lies := func(lower netlink.Link) bool { return liesOn(l, lower) }
		if isUp(l) && !isLoopbackDevice(l) && !slices.ContainsFunc(all, lies) {
			meant = append(meant, l)
		}
	}
	if len(meant) == 0 {
		return nil, fmt.Errorf("%w: no network device of %s is up, loopback aside", attacks.ErrNoTarget, p.Name)
	}
	return meant, nil
}

// standsInTheWay says why no queue can be put before the device: one that is not the kernel's own is never replaced, and
// neither is one that the kernel would not bring back.
func (in *inside) standsInTheWay(p place, link netlink.Link) error {
	queues, err := in.queues(link)
	if err != nil {
		return err
	}
	for _, q := range queues {
		handle := q.Attrs().Handle
		what := fmt.Sprintf("%s in %s has a queue %s %x:", link.Attrs().Name, p.Name, q.Type(), handle>>16)
		switch {
		case handle == 0:
		case ourHandle(handle):
			return errors.New(what + ", which is a fault of Friday's: wait until it is over, or see friday recover")
		default:
			return errors.New(what + " that is not the kernel's own, and Friday never replaces one: network.loss and network.partition need none")
		}
	}
	return comesBack(p, link, queues)
}

// comesBack makes sure that the kernel would put the queues before the device again that are there now. It puts there
// what is its default at that time, which somebody may have changed since the device was put up.
func comesBack(p place, link netlink.Link, queues []netlink.Qdisc) error {
	data, err := os.ReadFile("/proc/sys/net/core/default_qdisc")
	if err != nil || link.Attrs().EncapType == "can" {
		return nil // it is told only on the host; a CAN device never has it
	}
	usual := strings.TrimSpace(string(data))
	for _, q := range queues {
		if kind := q.Type(); kind != usual && kind != "mq" && kind != "noqueue" {
			return fmt.Errorf("%s in %s has the queue %s, and when the fault is undone the kernel would put %s in its place: set net.core.default_qdisc to %s first",
				link.Attrs().Name, p.Name, kind, usual, kind)
		}
	}
	return nil
}

// tryOut makes the very same queue before the loopback device of a namespace that nothing else is in.
func (u queueUndo) tryOut() error {
	return inScratch(func(in *inside, lo netlink.Link) error {
		const least = 68 // so that no burst is too small, about which the kernel would grumble in its log
		if err := in.LinkSetMTU(lo, least); err != nil {
			return fmt.Errorf("cannot try out a queue: %w", err)
		}
		if err := u.build(in, lo); err != nil {
			return err
		}
		whole, err := u.isWhole(in, lo)
		if err == nil && !whole {
			err = fmt.Errorf("this kernel makes no queue (%s) as it is told to: network.loss and network.partition need none", u.Queue.leaf())
		}
		return several.Errors(err, u.takeFrom(in, lo))
	})
}
