package network

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/netns"
	"github.com/failurefriday/friday/internal/several"
	"github.com/failurefriday/friday/internal/site"
)

// BlackholeKind is network.blackhole.
var BlackholeKind = attacks.Kind{
	Name:    "network.blackhole",
	Summary: "Take the way to networks away, with routes that lead nowhere." + noTimer,
	Example: "{in: {container: {name: web}}, to: [10.0.0.5]}",
	New:     func() attacks.Attack { return &Blackhole{} },
	AtOnce:  16,
}

// Blackhole is a route that leads nowhere.
type Blackhole struct {
	Targets    `yaml:",inline"`
	To         []string     `yaml:"to" doc:"where the way leads that is taken away: addresses, networks such as 10.0.0.0/8, or host names (resolved when the run is planned); a part of a network that has a route of its own keeps it"`
	Containers docker.Match `yaml:"to_containers" doc:"containers the way to which is taken away, at their addresses on all their networks"`
	Type       Nowhere      `yaml:"type" default:"blackhole" doc:"what programs see: blackhole (an invalid argument), unreachable (no route to host), or prohibit (permission denied)"`
}

var (
	_ attacks.Attack  = (*Blackhole)(nil)
	_ attacks.Limited = (*Blackhole)(nil)
	_ attacks.Sited   = (*Blackhole)(nil)
	_ attacks.Sweeper = (*Blackhole)(nil)
	_ diag.Checker    = (*Blackhole)(nil)
)

// Nowhere is a type of route that leads nowhere; "" is blackhole.
type Nowhere string

// UnmarshalText reads one of the words.
func (n *Nowhere) UnmarshalText(text []byte) error {
	switch string(text) {
	case "blackhole", "unreachable", "prohibit":
		*n = Nowhere(text)
		return nil
	}
	return errors.New("want blackhole, unreachable or prohibit")
}

// routesUndo are the routes of one place.
type routesUndo struct {
	NS     netns.ID `json:"ns"`
	Path   string   `json:"path"` // where the namespace was found
	Name   string   `json:"name"`
	Routes []route  `json:"routes"`
}

// route is one of ours, with all that tells it from any other.
type route struct {
	To       netip.Prefix `json:"to"`
	Type     Nowhere      `json:"type"`
	Protocol int          `json:"protocol"`
	Table    int          `json:"table"`
	Metric   int          `json:"metric"`
}

// routeProtocol is our mark on routes. The numbers below 5 are the kernel's and the administrator's; nobody has asked for
// this one (/etc/iproute2/rt_protos).
const routeProtocol = 213

// metrics are the metrics among which ours is drawn by lot, so that no change takes the route of another for its own. They
// are better than those that the programs give which set routes up, and 0 is left to people.
const metrics = 64

// Check finds what the types of the parameters do not tell.
func (b *Blackhole) Check() []diag.FieldError {
	bad := b.Targets.Check()
	if !b.filter().given() {
		bad = append(bad, diag.FieldError{Field: "to", Msg: "to or to_containers is needed: name where the way leads that is taken away"})
	}
	for i, text := range b.To {
		p, err := parsePeer(text)
		if err == nil && (p.everything || p.prefix.IsValid() && isLoopback(p.prefix)) {
			bad = append(bad, diag.FieldError{Field: fmt.Sprintf("to[%d]", i), Msg: notRouted(text)})
		}
	}
	for _, f := range b.filter().check() {
		if !strings.Contains(f.Msg, "loopback") {
			bad = append(bad, diag.FieldError{Field: strings.Replace(f.Field, "peers", "to", 1), Msg: f.Msg})
		}
	}
	return bad
}

func notRouted(text string) string {
	if text == everything {
		return "everything is no network: write 0.0.0.0/0 or ::/0 for the default route"
	}
	return text + " is loopback, to which no such route leads: network.partition can cut it"
}

// filter says where the ways lead, in the terms of the others.
func (b *Blackhole) filter() *Filter { return &Filter{Peers: b.To, Containers: b.Containers} }

// Plan finds the places. A route of the user's to the same network is a reason to refuse, unless ours comes first anyhow:
// none is ever replaced.
func (b *Blackhole) Plan(ctx context.Context) ([]attacks.Change, error) {
	places, err := b.choose(ctx)
	if err != nil {
		return nil, err
	}
	var failed []error
	for _, f := range b.Check() {
		failed = append(failed, fmt.Errorf("%s: %s", f.Field, f.Msg))
	}
	if err := several.Errors(failed...); err != nil {
		return nil, err
	}
	c, told, err := b.filter().cut(ctx)
	if err != nil {
		return nil, err
	}
	to, err := c.prefixes()
	if err != nil {
		return nil, err
	}
	return b.plan(places, to, told, cmp.Or(b.Type, "blackhole"))
}

// Inject adds the routes, all of them or none.
func (b *Blackhole) Inject(ctx context.Context, c attacks.Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	undo, err := readRoutes(c)
	if err != nil {
		return err
	}
	return notTouched(c, undo.add())
}

// Active reports whether all the routes are there.
func (b *Blackhole) Active(_ context.Context, c attacks.Change) (bool, error) {
	undo, err := readRoutes(c)
	if err != nil {
		return false, err
	}
	active, err := undo.there()
	return active, cleanIfGone(err)
}

// Revert deletes the routes, and no other to the same network.
func (b *Blackhole) Revert(_ context.Context, c attacks.Change) error {
	undo, err := readRoutes(c)
	if err != nil {
		return err
	}
	return cleanIfGone(undo.remove())
}

// Sites tells in which network the routes are.
func (b *Blackhole) Sites(_ context.Context, c attacks.Change) ([]site.Site, error) {
	undo, err := readRoutes(c)
	if err != nil {
		return nil, err
	}
	return sites(undo.NS, undo.Path)
}

// Sweep deletes every route with our protocol number that leads nowhere, in every network namespace of this machine.
func (b *Blackhole) Sweep(ctx context.Context) ([]string, error) { return sweepRoutes(ctx) }

func readRoutes(c attacks.Change) (routesUndo, error) {
	undo, err := attacks.ReadUndo[routesUndo](c)
	if err == nil && (undo.NS.Inode == 0 || len(undo.Routes) == 0) {
		err = errors.New("the undo of " + c.Target + " is not that of routes")
	}
	for _, r := range undo.Routes {
		if err == nil && (!r.To.IsValid() || r.Protocol != routeProtocol || r.Table == 0) {
			err = errors.New("the undo of " + c.Target + " names a route that is not ours")
		}
	}
	return undo, err
}
