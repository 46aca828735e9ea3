package network

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/several"
)

// refusePaths finds out which of Friday's own connections a cut in that place would hit.
func (t *Targets) refusePaths(p place, c cut) error {
	paths, err := t.ownPaths(p)
	if err != nil {
		return err
	}
	prefixes, err := c.prefixes()
	if err != nil {
		return err
	}
	servers := nameServers()
	var failed []error
	for _, path := range paths {
		switch {
		case c.covers(prefixes, path):
			failed = append(failed, fmt.Errorf("%s: this would cut friday's own way to %s: name peers or ports that leave it out", p.Name, path.What))
		case path.Named && c.coversNames(prefixes, servers):
			failed = append(failed, fmt.Errorf("%s: friday could not look up the name of %s any more: name peers or ports that leave DNS out, or another place", p.Name, path.What))
		}
	}
	return several.Errors(failed...)
}

// covers reports whether a packet of the connection would be hit. All of them are TCP.
func (c cut) covers(prefixes []netip.Prefix, p attacks.Path) bool {
	return c.speaks("tcp") && c.reaches(prefixes, p.Remote.Addr()) && (c.hasPort(p.Remote.Port()) || p.Local != 0 && c.hasPort(p.Local))
}

// coversNames reports whether names could not be looked up.
func (c cut) coversNames(prefixes []netip.Prefix, servers []netip.Addr) bool {
	if !c.hasPort(53) || !c.speaks("udp") && !c.speaks("tcp") {
		return false
	}
	return c.Everything || slices.ContainsFunc(servers, func(s netip.Addr) bool { return c.reaches(prefixes, s) })
}

func (c cut) speaks(protocol string) bool { return c.Protocol == "" || c.Protocol == protocol }

func (c cut) reaches(prefixes []netip.Prefix, a netip.Addr) bool {
	return c.Everything || slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}

func (c cut) hasPort(port uint16) bool {
	return len(c.Ports) == 0 || slices.ContainsFunc(c.Ports, func(p [2]uint16) bool { return p[0] <= port && port <= p[1] })
}

// nameServers are the resolvers of this machine; none where that is not written down.
func nameServers() []netip.Addr {
	data, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		return nil
	}
	var servers []netip.Addr
	for line := range strings.Lines(string(data)) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "nameserver" {
			continue
		}
		if addr, err := netip.ParseAddr(words[1]); err == nil {
			servers = append(servers, addr.Unmap().WithZone(""))
		}
	}
	return servers
}
