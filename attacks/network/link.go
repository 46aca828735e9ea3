package network

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/netns"
)

// noTimer ends the summary of every kind that the kernel does not end by itself.
const noTimer = " Undone by the journal and the guard; the kernel has no timer for it."

// errNoDevice means that the device does not exist any more, and with it everything that was put on it.
var errNoDevice = errors.New("the network device is not there any more")

// cleanIfGone takes a namespace or a device that does not exist any more for a clean one.
func cleanIfGone(err error) error {
	if errors.Is(err, netns.ErrGone) || errors.Is(err, errNoDevice) {
		return nil
	}
	return err
}

// notTouched says that the target is not the one that was planned for.
func notTouched(c attacks.Change, err error) error {
	if errors.Is(err, netns.ErrGone) || errors.Is(err, errNoDevice) {
		return fmt.Errorf("%s was planned for and nothing was touched: %w", c.Target, err)
	}
	return err
}

// waysTo are the paths that go to somebody among the peers, and the ways to the servers that know the names of such as
// are named. With no peers everybody is meant.
func waysTo(paths []attacks.Path, peers []netip.Prefix) []attacks.Path {
	var ways []attacks.Path
	for _, p := range paths {
		ways = append(ways, p)
		if p.Named {
			for _, server := range nameServers() {
				ways = append(ways, attacks.Path{What: "the name of " + p.What, Remote: netip.AddrPortFrom(server, 53)})
			}
		}
	}
	return slices.DeleteFunc(ways, func(p attacks.Path) bool {
		return len(peers) > 0 && !slices.ContainsFunc(peers, func(peer netip.Prefix) bool { return peer.Contains(p.Remote.Addr().Unmap()) })
	})
}
