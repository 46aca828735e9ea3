package network

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/netns"
	"github.com/failurefriday/friday/internal/several"
)

func (d *Down) plan(places []place) ([]attacks.Change, error) {
	changes := make([]attacks.Change, len(places))
	failed := []error{tryDown()}
	for i, p := range places {
		u, err := d.planIn(p)
		failed = append(failed, err)
		changes[i], err = attacks.NewChange(DownKind.Name, fmt.Sprintf("%s: %s is down", p.Name, d.Device), u)
		failed = append(failed, err)
	}
	if err := several.Errors(failed...); err != nil {
		return nil, err
	}
	return changes, nil
}

// tryDown puts a device down and up that is nobody's.
func tryDown() error {
	return inScratch(func(in *inside, lo netlink.Link) error {
		for _, do := range []func(netlink.Link) error{in.LinkSetUp, in.LinkSetDown, in.LinkSetUp} {
			if err := do(lo); err != nil {
				return netns.Allowed("put a network device down and up", err)
			}
		}
		return nil
	})
}

func (d *Down) planIn(p place) (u downUndo, err error) {
	paths, err := d.ownPaths(p)
	if err != nil {
		return u, err
	}
	err = inNS(p.NS, p.Path, func(in *inside) error {
		all, err := in.links()
		if err != nil {
			return err
		}
		link, err := named(all, d.Device, p)
		if err != nil {
			return err
		}
		own, err := in.carriers(waysTo(paths, nil))
		failed := []error{err}
		if what, ok := own[link.Attrs().Index]; ok {
			failed = append(failed, fmt.Errorf("%s in %s carries Friday's own connection to %s: name another device", d.Device, p.Name, what))
		}
		if isLoopbackDevice(link) {
			failed = append(failed, fmt.Errorf("%s in %s is loopback, which is never attacked as a whole", d.Device, p.Name))
		}
		if !isUp(link) {
			failed = append(failed, fmt.Errorf("%s in %s is down already, and not by this run: put it up first (ip link set %s up)", d.Device, p.Name, d.Device))
		}
		if err := several.Errors(failed...); err != nil {
			return err
		}
		u = downUndo{NS: p.NS, Path: p.Path, Name: p.Name, Device: deviceOf(link), At: sinceBoot(), Above: piled(all, link)}
		u.Kept, err = u.keep(in)
		return err
	})
	return u, err
}

// piled are the devices that lie on one, each after the one that it lies on. Ports do not take their bridge or bond down.
func piled(all []netlink.Link, on netlink.Link) []above {
	var pile []above
	for _, l := range all {
		if l.Attrs().Index != on.Attrs().Index && on.Attrs().MasterIndex != l.Attrs().Index && liesOn(l, on) {
			pile = append(pile, above{deviceOf(l), isUp(l)})
			pile = append(pile, piled(all, l)...)
		}
	}
	return pile
}

// sinceBoot counts on while the machine sleeps, as the kernel does where something expires.
func sinceBoot() int64 {
	var now unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &now) != nil {
		return 0 // it is there since Linux 2.6.39
	}
	return now.Nano()
}

func (u downUndo) down() error {
	return inNS(u.NS, u.Path, func(in *inside) error {
		link, err := in.find(u.Device)
		if err != nil {
			return err
		}
		if err := in.LinkSetDown(link); err != nil {
			return netns.Allowed(fmt.Sprintf("put %s in %s down", u.Device.Name, u.Name), err)
		}
		return nil
	})
}

func (u downUndo) isDown() (down bool, err error) {
	err = inNS(u.NS, u.Path, func(in *inside) error {
		link, err := in.findAgain(u.Device)
		down = err == nil && !isUp(link)
		return err
	})
	return down && err == nil, err
}

func (u downUndo) up(ctx context.Context) error {
	return inNS(u.NS, u.Path, func(in *inside) error {
		link, err := in.findAgain(u.Device)
		if err != nil {
			return err
		}
		if err := u.raise(in, link); err != nil {
			return err
		}
		return u.bringBack(ctx, in)
	})
}

// raise puts up the device and those above it that were up. The kernel puts up others together with it, which nobody
// wants up.
func (u downUndo) raise(in *inside, link netlink.Link) error {
	wasDown := !isUp(link)
	if wasDown {
		if err := in.LinkSetUp(link); err != nil {
			return netns.Allowed(fmt.Sprintf("put %s in %s up", u.Device.Name, u.Name), err)
		}
	}
	var failed []error
	for _, a := range u.Above {
		l, err := in.findAgain(a.Device)
		if errors.Is(err, errNoDevice) {
			continue
		}
		switch {
		case err != nil:
		case a.Up && !isUp(l):
			err = in.LinkSetUp(l)
		case !a.Up && isUp(l) && wasDown:
			err = in.LinkSetDown(l)
		}
		failed = append(failed, err)
	}
	return several.Errors(failed...)
}

// is reports whether the index is that of the device or of one above it.
func (u downUndo) is(index uint32) bool {
	return int(index) == u.Device.Index ||
		slices.ContainsFunc(u.Above, func(a above) bool { return a.Up && a.Device.Index == int(index) })
}

// elapsed is the time since the device was looked at.
func (u downUndo) elapsed() time.Duration { return time.Duration(max(0, sinceBoot()-u.At)) }
