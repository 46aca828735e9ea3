package container

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/site"
)

// DisconnectKind is container.disconnect.
var DisconnectKind = attacks.Kind{
	Name:    "container.disconnect",
	Summary: "Take containers off their networks; what they have open hangs. Undone by connecting them as they were; an interface may come back as eth1.",
	Example: "{match: {project: shop, service: db}, network: shop_back}",
	New:     func() attacks.Attack { return &Disconnect{} },
	AtOnce:  atOnce,
}

// Disconnect takes containers off networks and puts them back.
type Disconnect struct {
	Targets `yaml:",inline"`
	Network match.Pattern `yaml:"network" doc:"which of its networks, by name; must be given for a container that is on more than one"`
}

var (
	_ attacks.Attack  = (*Disconnect)(nil)
	_ attacks.Limited = (*Disconnect)(nil)
	_ attacks.Sited   = (*Disconnect)(nil)
)

// Plan finds the containers and how they are connected.
func (d *Disconnect) Plan(ctx context.Context) ([]attacks.Change, error) {
	p, err := d.choose(ctx, aim{refuse: d.refuse})
	if err != nil {
		return nil, err
	}
	return p.changes(DisconnectKind.Name, func(to target, u *undo) error {
		u.Networks = d.meant(to)
		return nil
	})
}

// meant are the networks that the container is taken off.
func (d *Disconnect) meant(to target) []docker.Attachment {
	return slices.DeleteFunc(to.Attachments(), func(a docker.Attachment) bool { return !d.Network.Match(a.Name) })
}

func (d *Disconnect) refuse(_ context.Context, _ plan, to target) ([]string, error) {
	mode, _, shared := strings.Cut(to.NetworkMode, ":")
	if mode == "host" || mode == "none" || shared {
		return []string{"its network is " + to.NetworkMode + ", which it cannot be taken off"}, nil
	}
	var names []string
	for _, a := range to.Attachments() {
		names = append(names, a.Name)
	}
	var why []string
	switch n := len(d.meant(to)); {
	case len(names) == 0:
		why = append(why, "it is on no network")
	case n == 0:
		why = append(why, fmt.Sprintf("it is on no network %s, but on %s", d.Network, strings.Join(names, ", ")))
	case n > 1 && d.Network.Empty():
		why = append(why, fmt.Sprintf("it is on %s: say which with network, or write network: [%[1]s]", strings.Join(names, ", ")))
	}
	if to.process.PID == 0 {
		return why, nil
	}
	self, err := proc.Self()
	if err != nil {
		return why, err
	}
	if where, err := proc.SiteOf(to.process); err == nil && where.NetNS == self.NetNS { // one that has just ended is no reason
		why = append(why, "Friday itself lives in its network and would be cut off")
	}
	return why, nil
}

// Inject takes the container off the networks, one after the other.
func (d *Disconnect) Inject(ctx context.Context, c attacks.Change) error {
	h, err := d.joined(c)
	if err != nil {
		return err
	}
	is, err := h.asPlanned(ctx)
	if err != nil {
		return err
	}
	for _, a := range h.Networks {
		now, on := attached(is, a)
		if !on || now.Endpoint != a.Endpoint {
			return h.notTouched("it has been taken off " + a.Name + " or connected anew since")
		}
	}
	for _, a := range h.Networks {
		if err := h.leave(ctx, a.Network); err != nil {
			return err
		}
	}
	return nil
}

// joined is hold for a change that must tell networks.
func (d *Disconnect) joined(c attacks.Change) (hand, error) {
	h, err := d.hold(c)
	if err == nil && len(h.Networks) == 0 {
		err = fmt.Errorf("the undo of %s is not whole: it names no network", c.Target)
	}
	return h, err
}

// attached is the place of the container on a network: that very one, or one of the name that has replaced it. After a
// connect that failed an engine names a network all the same; a place without an endpoint is none while the container runs.
func attached(c docker.Container, a docker.Attachment) (docker.Attachment, bool) {
	all := slices.DeleteFunc(c.Attachments(), func(o docker.Attachment) bool {
		return o.Endpoint == "" && c.Running && !c.Restarting
	})
	i := slices.IndexFunc(all, func(o docker.Attachment) bool { return o.Network == a.Network })
	if i < 0 {
		i = slices.IndexFunc(all, func(o docker.Attachment) bool { return o.Name == a.Name })
	}
	if i < 0 {
		return docker.Attachment{}, false
	}
	return all[i], true
}

// Active reports whether the container is off one of the networks.
func (d *Disconnect) Active(ctx context.Context, c attacks.Change) (bool, error) {
	h, err := d.joined(c)
	if err != nil {
		return false, err
	}
	is, here, err := h.look(ctx)
	if err != nil || !here {
		return false, err
	}
	return slices.ContainsFunc(h.Networks, func(a docker.Attachment) bool {
		_, on := attached(is, a)
		return !on
	}), nil
}

// Revert connects the container as it was, running or not, and sees that it is: with its aliases, links and options, and
// with the addresses that somebody chose for it. An address that the engine had chosen is asked for again; if it is taken,
// another one will do, as at every start. The engine counts interfaces on: what was eth0 inside comes back as eth1, and is
// eth0 again when the container is started anew.
func (d *Disconnect) Revert(ctx context.Context, c attacks.Change) error {
	if _, err := d.joined(c); err != nil {
		return err
	}
	return d.revert(c, func(h hand) error { return h.rejoin(ctx) })
}

// Sites tells which network the container lives in. Nobody dies, so nothing else is shared with it.
func (d *Disconnect) Sites(_ context.Context, c attacks.Change) ([]site.Site, error) {
	all, err := d.sites(c)
	for i, s := range all {
		all[i] = site.Site{Host: s.Host, NetNS: s.NetNS}
	}
	return all, err
}
