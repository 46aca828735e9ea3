package network

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/several"
)

// LossKind is network.loss.
var LossKind = attacks.Kind{
	Name:    "network.loss",
	Summary: "Lose a share of the packets, at random. The kernel ends it by itself when Friday dies.",
	Example: "{in: {container: {name: web}}, peers: [10.0.0.5], percent: 30}",
	New:     func() attacks.Attack { return &Loss{} },
	AtOnce:  16,
}

// Loss loses packets.
type Loss struct {
	Targets `yaml:",inline"`
	Percent float64 `yaml:"percent" required:"true" doc:"how many of a hundred packets are lost, from 0.01 to 100; each way by itself"`
	Filter  `yaml:",inline"`
	tables  `yaml:"-"`
}

var (
	_ attacks.Attack   = (*Loss)(nil)
	_ attacks.Limited  = (*Loss)(nil)
	_ attacks.Leased   = (*Loss)(nil)
	_ attacks.Measured = (*Loss)(nil)
	_ attacks.Sited    = (*Loss)(nil)
	_ attacks.Sweeper  = (*Loss)(nil)
	_ diag.Checker     = (*Loss)(nil)
)

// Check finds what the types of the parameters do not tell.
func (l *Loss) Check() []diag.FieldError {
	bad := append(l.Targets.Check(), l.Filter.check()...)
	if msg := l.wrongPercent(); msg != "" {
		bad = append(bad, diag.FieldError{Field: "percent", Msg: msg})
	}
	return bad
}

func (l *Loss) wrongPercent() string {
	if l.share() < 1 || l.share() > whole || math.IsNaN(l.Percent) {
		return fmt.Sprintf("must be from 0.01 to 100, not %v", l.Percent)
	}
	return ""
}

// share is the percentage in ten thousandths.
func (l *Loss) share() float64 { return math.Round(l.Percent * whole / 100) }

// Plan finds the namespaces, and tries the rules elsewhere.
func (l *Loss) Plan(ctx context.Context) ([]attacks.Change, error) {
	if msg := l.wrongPercent(); msg != "" {
		return nil, fmt.Errorf("percent: %s", msg)
	}
	places, err := l.choose(ctx)
	c, peers, err2 := l.Filter.cut(ctx)
	if err := several.Errors(err, err2); err != nil {
		return nil, err
	}
	c.Action, c.Share = drop, uint32(l.share())
	does := fmt.Sprintf("loses %s%% of its packets with %s", strconv.FormatFloat(float64(c.Share)/100, 'f', -1, 64), peers)
	return l.planTables(ctx, LossKind.Name, "nftables with its inet family and numgen (CONFIG_NF_TABLES_INET, CONFIG_NFT_NUMGEN)", everywhere(places, c, does))
}

// everywhere orders the same in all places.
func everywhere(places []place, c cut, does string) []order {
	orders := make([]order, len(places))
	for i, p := range places {
		orders[i] = order{p, c, does}
	}
	return orders
}
