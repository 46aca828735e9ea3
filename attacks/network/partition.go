package network

import (
	"context"
	"fmt"
	"strings"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/radius"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/several"
)

// PartitionKind is network.partition.
var PartitionKind = attacks.Kind{
	Name:    "network.partition",
	Summary: "Cut networks off from addresses, hosts or containers, or the members of a cluster from each other. The kernel ends it by itself when Friday dies.",
	Example: "{in: {container: {name: web}}, peers: [10.0.0.5], ports: [5432]}",
	New:     func() attacks.Attack { return &Partition{} },
	AtOnce:  16,
}

// Partition cuts the network: in some places off from some peers, or between groups, or within a cluster.
type Partition struct {
	In            Where `yaml:"in" doc:"where the fault is put: host, netns, process or container; goes with peers or peer_containers"`
	radius.Radius `yaml:",inline"`
	Filter        `yaml:",inline"`
	Reject        bool    `yaml:"reject" doc:"refuse packets with an error at once, where otherwise they vanish"`
	Groups        []Where `yaml:"groups" doc:"instead of in: groups that cannot reach each other; within a group nothing changes"`
	Members       Where   `yaml:"members" doc:"instead of in: the members of a cluster, which are cut from each other as shape says"`
	Shape         Shape   `yaml:"shape" doc:"for members: split-one (one alone), halves, majorities-ring (each reaches a majority, no two the same) or bridge (two halves and one member that reaches both)"`
	tables        `yaml:"-"`
}

var (
	_ attacks.Attack   = (*Partition)(nil)
	_ attacks.Limited  = (*Partition)(nil)
	_ attacks.Leased   = (*Partition)(nil)
	_ attacks.Measured = (*Partition)(nil)
	_ attacks.Sited    = (*Partition)(nil)
	_ attacks.Sweeper  = (*Partition)(nil)
	_ diag.Checker     = (*Partition)(nil)
)

// Check finds what the types of the parameters do not tell.
func (p *Partition) Check() []diag.FieldError {
	bad := append(p.Radius.Check(), p.Filter.check()...)
	if p.within() {
		return append(bad, p.checkWithin()...)
	}
	if !p.given() {
		bad = append(bad, diag.FieldError{Msg: "nobody is named to be cut off from: say peers or peer_containers, or groups, or members and shape"})
	}
	return append(p.In.check("in"), bad...)
}

// within reports whether the cut is between groups or members, not between a place and its peers.
func (p *Partition) within() bool { return len(p.Groups) > 0 || p.Members.set() > 0 || p.Shape != "" }

// checkWithin finds what is wrong with groups, or with members and shape.
func (p *Partition) checkWithin() []diag.FieldError {
	var bad []diag.FieldError
	add := func(wrong bool, field, msg string) {
		if wrong {
			bad = append(bad, diag.FieldError{Field: field, Msg: msg})
		}
	}
	add(p.In.set() > 0, "in", "goes with peers; groups and members say themselves where the fault is put")
	add(len(p.Peers) > 0, "peers", "goes with in; groups and members are each other's peers")
	add(!p.Containers.Empty(), "peer_containers", "goes with in; groups and members are each other's peers")
	add(p.Direction != "" && p.Direction != "both", "direction", "goes with in; groups and members are cut both ways")
	add(p.Pick != (radius.Share{}), "pick", "goes with in; groups and members are taken whole")
	if len(p.Groups) > 0 {
		add(p.Members.set() > 0, "members", "either groups or members, not both")
		add(p.Shape != "", "shape", "goes with members; groups are all cut from each other")
		add(len(p.Groups) == 1, "groups", "at least two groups are needed")
		for i, g := range p.Groups {
			bad = append(bad, g.check(fmt.Sprintf("groups[%d]", i))...)
		}
		return bad
	}
	add(p.Shape == "", "members", "needs a shape: split-one, halves, majorities-ring or bridge")
	add(p.Shape.wrong() != "", "shape", p.Shape.wrong())
	return append(bad, p.Members.check("members")...)
}

// Plan finds the namespaces and their peers, and tries the rules elsewhere.
func (p *Partition) Plan(ctx context.Context) ([]attacks.Change, error) {
	if wrong := p.Check(); len(wrong) > 0 {
		var failed []error
		for _, w := range wrong {
			failed = append(failed, fmt.Errorf("%s", strings.TrimPrefix(w.Field+": "+w.Msg, ": ")))
		}
		return nil, several.Errors(failed...)
	}
	t := &Targets{In: p.In, Radius: p.Radius}
	orders, err := p.orders(ctx, t)
	if err != nil {
		return nil, err
	}
	return t.planTables(ctx, PartitionKind.Name, "nftables with its inet family, and reject if that is asked for (CONFIG_NF_TABLES_INET, CONFIG_NFT_REJECT_INET)", orders)
}

func (p *Partition) orders(ctx context.Context, t *Targets) ([]order, error) {
	if p.within() {
		return p.ordersWithin(ctx, t)
	}
	places, err := t.choose(ctx)
	c, peers, err2 := p.Filter.cut(ctx)
	if err := several.Errors(err, err2); err != nil {
		return nil, err
	}
	return everywhere(places, p.finish(c), "cut off from "+peers), nil
}

// finish says what becomes of the packets.
func (p *Partition) finish(c cut) cut {
	c.Action, c.Share = drop, whole
	if p.Reject {
		c.Action = prohibit
	}
	return c
}
