package network

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/netns"
	"github.com/failurefriday/friday/internal/several"
)

// routeTypes are the kernel's numbers.
var routeTypes = map[Nowhere]int{"blackhole": unix.RTN_BLACKHOLE, "unreachable": unix.RTN_UNREACHABLE, "prohibit": unix.RTN_PROHIBIT}

func (b *Blackhole) plan(places []place, to []netip.Prefix, told string, typ Nowhere) ([]attacks.Change, error) {
	routes := make([]route, len(to))
	metric := 1 + rand.IntN(metrics)
	for i, p := range to {
		routes[i] = route{To: p, Type: typ, Protocol: routeProtocol, Table: unix.RT_TABLE_MAIN, Metric: metric}
	}
	changes := make([]attacks.Change, len(places))
	failed := []error{tryRoutes(routes)}
	for i, p := range places {
		u := routesUndo{NS: p.NS, Path: p.Path, Name: p.Name, Routes: routes}
		failed = append(failed, b.refuse(p, u))
		var err error
		changes[i], err = attacks.NewChange(BlackholeKind.Name, fmt.Sprintf("%s: no way to %s (%s)", p.Name, told, typ), u)
		failed = append(failed, err)
	}
	if err := several.Errors(failed...); err != nil {
		return nil, err
	}
	return changes, nil
}

// refuse says why the routes must not be added, or would be good for nothing.
func (b *Blackhole) refuse(p place, u routesUndo) error {
	paths, err := b.ownPaths(p)
	if err != nil {
		return err
	}
	to := make([]netip.Prefix, len(u.Routes))
	for i, r := range u.Routes {
		to[i] = r.To
	}
	var failed []error
	for _, way := range waysTo(paths, to) {
		failed = append(failed, fmt.Errorf("%s: this would take away Friday's own way to %s (%s): name networks that leave it out", p.Name, way.What, way.Remote.Addr()))
	}
	return several.Errors(append(failed, inNS(p.NS, p.Path, func(in *inside) error {
		all, err := in.routes()
		failed := []error{err}
		for _, r := range u.Routes {
			failed = append(failed, r.taken(p, all), in.useless(p, r))
		}
		return several.Errors(failed...)
	}))...)
}

// taken says which route stands in the way of ours: one that comes first, or is in its very place.
func (r route) taken(p place, all []netlink.Route) error {
	for _, other := range all {
		switch {
		case toOf(other) != r.To || other.Tos != 0:
		case other.Protocol == routeProtocol:
			return fmt.Errorf("%s: there is no way to %s already, by a fault of Friday's: wait until it is over, or see friday recover", p.Name, r.To)
		case other.Priority <= r.Metric:
			return fmt.Errorf("%s has a route to %s with the metric %d (protocol %d), and Friday never replaces one: network.partition needs no route",
				p.Name, r.To, other.Priority, other.Protocol)
		}
	}
	return nil
}

// useless says why our route would change nothing: the kernel looks elsewhere first.
func (in *inside) useless(p place, r route) error {
	ways, err := in.RouteGet(firstOf(r.To).AsSlice())
	if err != nil {
		return nil // there is no way now: nothing can come first
	}
	for _, way := range ways {
		switch {
		case r.To.IsSingleIP() && way.Type == unix.RTN_LOCAL:
			return fmt.Errorf("%s: %s is an address of its own, to which no such route leads: network.partition can cut it", p.Name, r.To.Addr())
		case way.Table != unix.RT_TABLE_MAIN && way.Table != unix.RT_TABLE_LOCAL && way.Table != unix.RT_TABLE_DEFAULT && way.Table != 0:
			return fmt.Errorf("%s finds its way to %s in the routing table %d, by a rule (ip rule), before it looks into the main one: network.partition needs no route",
				p.Name, r.To, way.Table)
		}
	}
	return nil
}

// firstOf is an address in the network that may be somebody's.
func firstOf(p netip.Prefix) netip.Addr {
	if first := p.Masked().Addr(); p.IsSingleIP() {
		return first
	} else {
		return first.Next()
	}
}

// tryRoutes adds the same routes in a namespace that nothing else is in, and deletes them again.
func tryRoutes(routes []route) error {
	return inScratch(func(in *inside, lo netlink.Link) error {
		if err := in.LinkSetUp(lo); err != nil {
			return netns.Allowed("put up a network device", err)
		}
		u := routesUndo{NS: in.ns.ID, Name: "a network namespace to try it in", Routes: routes}
		if err := u.addIn(in); err != nil {
			return err
		}
		whole, err := u.thereIn(in)
		if err == nil && !whole {
			err = errors.New("this kernel makes no routes as it is told to: network.partition needs none")
		}
		return several.Errors(err, u.removeIn(in))
	})
}

func (r route) netlink() *netlink.Route {
	return &netlink.Route{
		Dst:  &net.IPNet{IP: r.To.Addr().AsSlice(), Mask: net.CIDRMask(r.To.Bits(), r.To.Addr().BitLen())},
		Type: routeTypes[r.Type], Protocol: netlink.RouteProtocol(r.Protocol), Table: r.Table, Priority: r.Metric,
	}
}

// is reports whether the other one is this.
func (r route) is(other netlink.Route) bool {
	return toOf(other) == r.To && other.Type == routeTypes[r.Type] && int(other.Protocol) == r.Protocol &&
		other.Table == r.Table && other.Priority == r.Metric && other.Tos == 0
}

// toOf is where a route leads.
func toOf(r netlink.Route) netip.Prefix {
	if r.Dst == nil {
		if r.Family == unix.AF_INET6 {
			return netip.PrefixFrom(netip.IPv6Unspecified(), 0)
		}
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	}
	addr, _ := netip.AddrFromSlice(r.Dst.IP)
	bits, size := r.Dst.Mask.Size()
	if size == net.IPv4len*8 {
		addr = addr.Unmap()
	}
	return netip.PrefixFrom(addr, bits)
}

// routes are those of the main table, of both families.
func (in *inside) routes() ([]netlink.Route, error) {
	all, err := fully(func() ([]netlink.Route, error) { return in.RouteListFiltered(unix.AF_UNSPEC, &netlink.Route{}, 0) })
	if err != nil {
		return nil, fmt.Errorf("cannot look at the routes of %s: %w", in.ns.ID, err)
	}
	return all, nil
}

func (u routesUndo) add() error { return inNS(u.NS, u.Path, u.addIn) }

func (u routesUndo) addIn(in *inside) error {
	for i, r := range u.Routes {
		err := in.RouteAdd(r.netlink()) // fails where there is one of the same metric
		if err == nil {
			continue
		}
		made := routesUndo{NS: u.NS, Name: u.Name, Routes: u.Routes[:i]}
		return several.Errors(r.refused(u.Name, err), made.removeIn(in))
	}
	return nil
}

func (r route) refused(place string, err error) error {
	what := fmt.Sprintf("add a route of type %s to %s in %s", r.Type, r.To, place)
	switch {
	case errors.Is(err, unix.EEXIST):
		return fmt.Errorf("cannot %s: there is one already, and Friday never replaces one", what)
	case errors.Is(err, unix.EAFNOSUPPORT), errors.Is(err, unix.EOPNOTSUPP):
		return fmt.Errorf("cannot %s: this kernel has no such routes (%w): network.partition needs none", what, err)
	}
	return netns.Allowed(what, err)
}

func (u routesUndo) there() (whole bool, err error) {
	err = inNS(u.NS, u.Path, func(in *inside) error {
		whole, err = u.thereIn(in)
		return err
	})
	return whole && err == nil, err
}

func (u routesUndo) thereIn(in *inside) (bool, error) {
	all, err := in.routes()
	if err != nil {
		return false, err
	}
	for _, r := range u.Routes {
		if !slices.ContainsFunc(all, r.is) {
			return false, nil
		}
	}
	return true, nil
}

func (u routesUndo) remove() error { return inNS(u.NS, u.Path, u.removeIn) }

// removeIn deletes those of the routes that are there, and looks again.
func (u routesUndo) removeIn(in *inside) error {
	all, err := in.routes()
	failed := []error{err}
	deleted := false
	for _, r := range u.Routes {
		if slices.ContainsFunc(all, r.is) {
			failed, deleted = append(failed, in.deleteRoute(r)), true
		}
	}
	if err := several.Errors(failed...); err != nil || !deleted {
		return err
	}
	all, err = in.routes()
	failed = []error{err}
	for _, r := range u.Routes {
		if slices.ContainsFunc(all, r.is) {
			failed = append(failed, fmt.Errorf("the route to %s in %s has been deleted and is still there", r.To, u.Name))
		}
	}
	return several.Errors(failed...)
}

func (in *inside) deleteRoute(r route) error {
	err := in.RouteDel(r.netlink())
	if err == nil || errors.Is(err, unix.ESRCH) {
		return nil
	}
	return netns.Allowed(fmt.Sprintf("delete the route to %s", r.To), err)
}

// sweepRoutes deletes our routes in every namespace.
func sweepRoutes(ctx context.Context) (mended []string, err error) {
	err = netns.Each(func(ns *netns.Handle) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return speak(ns, func(in *inside) error {
			lines, err := in.sweepRoutes()
			mended = append(mended, lines...)
			return err
		})
	})
	return mended, err
}

func (in *inside) sweepRoutes() (mended []string, err error) {
	all, err := in.routes()
	failed := []error{err}
	for _, found := range all {
		for typ := range routeTypes {
			r := route{To: toOf(found), Type: typ, Protocol: routeProtocol, Table: found.Table, Metric: found.Priority}
			if !r.is(found) {
				continue
			}
			if err := in.deleteRoute(r); err != nil {
				failed = append(failed, err)
				continue
			}
			mended = append(mended, fmt.Sprintf("deleted the route %s %s in %s", typ, r.To, in.ns.ID))
		}
	}
	return mended, several.Errors(failed...)
}
