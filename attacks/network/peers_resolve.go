package network

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/several"
)

// resolver finds the addresses of a host.
type resolver func(ctx context.Context, host string) ([]netip.Addr, error)

// resolving is how long a name server may take for one name.
const resolving = 10 * time.Second

// shown is how many peers are told by name; the others are counted.
const shown = 4

// cut turns the filter into a cut with no action yet, and into words. Nobody named means everybody.
func (f *Filter) cut(ctx context.Context) (cut, string, error) {
	if wrong := f.check(); len(wrong) > 0 {
		var failed []error
		for _, w := range wrong {
			failed = append(failed, fmt.Errorf("%s: %s", w.Field, w.Msg))
		}
		return cut{}, "", several.Errors(failed...)
	}
	c := cut{In: f.Direction != "out", Out: f.Direction != "in", Everything: !f.given()}
	if f.Protocol != "any" {
		c.Protocol = string(f.Protocol)
	}
	for _, p := range mergePorts(f.Ports) {
		c.Ports = append(c.Ports, [2]uint16{p.From, p.To})
	}
	prefixes, told, err := f.resolve(ctx)
	if slices.Contains(f.Peers, everything) {
		c.Everything, prefixes, told = true, nil, nil
	}
	if c.Everything {
		told = []string{everything}
	}
	c.Peers = texts(prefixes)
	return c, enumerate(told) + f.qualities(), err
}

// texts are the networks in order, each once.
func texts(prefixes []netip.Prefix) []string {
	slices.SortFunc(prefixes, netip.Prefix.Compare)
	var all []string
	for _, p := range slices.Compact(prefixes) {
		all = append(all, p.String())
	}
	return all
}

// resolve finds the addresses of all who are named, and how each is told.
func (f *Filter) resolve(ctx context.Context) (prefixes []netip.Prefix, told []string, err error) {
	var failed []error
	for _, text := range f.Peers {
		peer, _ := parsePeer(text) // checked before
		switch {
		case peer.prefix.IsValid():
			prefixes, told = append(prefixes, peer.prefix), append(told, text)
		case peer.name != "":
			found, err := f.byName(ctx, peer.name)
			failed = append(failed, err)
			prefixes, told = append(prefixes, found...), append(told, withAddresses(peer.name, found))
		}
	}
	if !f.Containers.Empty() {
		running, err := containers(ctx, f.Containers)
		failed = append(failed, err)
		for _, c := range running {
			found, err := addressesOf(c.Container)
			failed = append(failed, err)
			prefixes, told = append(prefixes, found...), append(told, withAddresses(c.Name, found))
		}
	}
	return prefixes, told, several.Errors(failed...)
}

// byName looks a name up here, where Friday runs: what it means inside of a container may be something else.
func (f *Filter) byName(ctx context.Context, name string) ([]netip.Prefix, error) {
	look := f.lookup
	if look == nil {
		look = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, resolving)
	defer cancel()
	found, err := look(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("cannot find the address of %s (%w): write its address, or peer_containers if it is a container", name, err)
	}
	var prefixes []netip.Prefix
	for _, addr := range found {
		one := single(addr)
		if why := loopbackAsAWhole(one, f.allPorts()); why != "" {
			return nil, fmt.Errorf("%s: %s", name, why)
		}
		prefixes = append(prefixes, one)
	}
	return prefixes, nil
}

func single(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	return netip.PrefixFrom(addr, addr.BitLen())
}

// addressesOf are the addresses of a container on all networks that it is on.
func addressesOf(c docker.Container) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, n := range c.Networks {
		for _, text := range []string{n.IPAddress, n.GlobalIPv6Address} {
			if addr, err := netip.ParseAddr(text); err == nil {
				prefixes = append(prefixes, single(addr))
			}
		}
	}
	if len(prefixes) == 0 {
		return nil, fmt.Errorf("%s has no address of its own (its network is %s): name whose network it shares", c, c.NetworkMode)
	}
	slices.SortFunc(prefixes, netip.Prefix.Compare)
	return prefixes, nil
}

// withAddresses is a name with what it stands for.
func withAddresses(name string, prefixes []netip.Prefix) string {
	all := make([]string, len(prefixes))
	for i, p := range prefixes {
		all[i] = shortPrefix(p)
	}
	return fmt.Sprintf("%s (%s)", name, strings.Join(all, ", "))
}

// enumerate is a list for people, which does not grow beyond reading.
func enumerate(all []string) string {
	if len(all) > shown+1 {
		all = append(all[:shown:shown], fmt.Sprintf("%d more", len(all)-shown))
	}
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
}

// qualities are the rest of the filter in words.
func (f *Filter) qualities() string {
	var words string
	if ports := mergePorts(f.Ports); len(ports) > 0 {
		var all []string
		for _, p := range ports {
			all = append(all, p.String())
		}
		words = ", port " + enumerate(all)
	}
	if f.Protocol != "" && f.Protocol != "any" {
		words += ", " + string(f.Protocol) + " only"
	}
	switch f.Direction {
	case "in":
		words += ", only what comes from there"
	case "out":
		words += ", only what goes there"
	}
	return words
}
