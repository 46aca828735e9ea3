package network

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"

	"github.com/failurefriday/friday/attacks/radius"
	"github.com/failurefriday/friday/internal/netns"
	"github.com/failurefriday/friday/internal/several"
)

// member is a namespace that is cut from others like it.
type member struct {
	place
	group     int
	addresses []netip.Prefix
}

// ordersWithin cuts groups or members from each other: each of them drops what comes from those whom it is not to hear, and
// what goes to them.
func (p *Partition) ordersWithin(ctx context.Context, t *Targets) ([]order, error) {
	members, err := p.members(ctx, t)
	if err != nil {
		return nil, err
	}
	deaf, err := p.grudge(members, cmp.Or(p.Seed, t.Limits().Seed))
	if err != nil {
		return nil, err
	}
	nobody, _, err := p.Filter.cut(ctx) // ports and protocol
	failed := []error{err}
	var orders []order
	for i, m := range members {
		if len(deaf[i]) == 0 {
			continue
		}
		failed = append(failed, ambiguous(members, i, deaf[i]))
		c := p.finish(nobody)
		c.Everything = false
		var names []string
		var peers []netip.Prefix
		for _, j := range deaf[i] {
			names, peers = append(names, members[j].Name), append(peers, members[j].addresses...)
		}
		c.Peers = texts(peers)
		orders = append(orders, order{m.place, c, "cut off from " + enumerate(names) + p.qualities()})
	}
	_, _, err = radius.Choose(&t.Radius, orders) // all, if the limits allow it
	return orders, several.Errors(append(failed, err)...)
}

func (p *Partition) grudge(members []member, seed uint64) ([][]int, error) {
	if len(p.Groups) == 0 {
		return grudge(len(members), p.Shape, rand.New(rand.NewPCG(seed, 0)))
	}
	components := make([][]int, len(p.Groups))
	for i, m := range members {
		components[m.group] = append(components[m.group], i)
	}
	return complete(len(members), components), nil
}

// members finds everybody who takes part, and their addresses.
func (p *Partition) members(ctx context.Context, t *Targets) ([]member, error) {
	groups := p.Groups
	if len(groups) == 0 {
		groups = []Where{p.Members}
	}
	var members []member
	var failed []error
	for i, g := range groups {
		in := &Targets{In: g, Radius: t.Radius}
		places, err := in.matching(ctx)
		failed = append(failed, err)
		for _, found := range places {
			addresses, err := addressesIn(found)
			failed = append(failed, err, taken(members, found, i))
			members = append(members, member{found, i, addresses})
		}
	}
	return members, several.Errors(failed...)
}

// taken refuses a namespace that is in two groups.
func taken(members []member, p place, group int) error {
	for _, m := range members {
		if m.NS == p.NS {
			return fmt.Errorf("%s and %s are in the same network namespace, and in the groups %d and %d: they cannot be cut from each other",
				m.Name, p.Name, m.group+1, group+1)
		}
	}
	return nil
}

// addressesIn are the addresses under which others reach a namespace.
func addressesIn(p place) (prefixes []netip.Prefix, err error) {
	h, err := netns.Open(p.NS, p.Path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	var found []net.Addr
	err = h.Do(func() error {
		found, err = net.InterfaceAddrs()
		return err
	})
	if err = several.Errors(err, h.Close()); err != nil {
		return nil, fmt.Errorf("cannot list the addresses of %s: %w", p.Name, err)
	}
	for _, a := range found {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil || prefix.Addr().IsLoopback() {
			continue
		}
		prefixes = append(prefixes, single(prefix.Addr()))
	}
	if len(prefixes) == 0 {
		return nil, fmt.Errorf("%s has no address but loopback, so nobody can be cut off from it", p.Name)
	}
	return prefixes, nil
}

// ambiguous refuses a cut that would hit somebody else, who has the same address in another network. Addresses that only
// mean something on one link are the same in many.
func ambiguous(members []member, self int, deaf []int) error {
	avoided := map[netip.Prefix]int{}
	isDeaf := map[int]bool{}
	for _, j := range deaf {
		isDeaf[j] = true
		for _, a := range members[j].addresses {
			avoided[a] = j
		}
	}
	var failed []error
	for k, m := range members {
		if isDeaf[k] {
			continue
		}
		for _, a := range m.addresses {
			if j, both := avoided[a]; both && !a.Addr().IsLinkLocalUnicast() {
				failed = append(failed, fmt.Errorf("%s cannot be cut off from %s alone: %s has the address %s, too", members[self].Name, members[j].Name, m.Name, shortPrefix(a)))
			}
		}
	}
	return several.Errors(failed...)
}
