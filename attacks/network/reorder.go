package network

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/diag"
)

// ReorderKind is network.reorder.
var ReorderKind = attacks.Kind{
	Name:    "network.reorder",
	Summary: "Let a share of what leaves through network devices overtake the rest, which is delayed." + netemNote,
	Example: "{in: {container: {name: web}}, percent: 25}",
	New:     func() attacks.Attack { return &Reorder{} },
	AtOnce:  16,
}

// overtaken is the default delay: with none, nobody could be overtaken.
const overtaken = 10 * time.Millisecond

// Reorder lets packets overtake each other.
type Reorder struct {
	Devices `yaml:",inline"`
	Percent float64       `yaml:"percent" required:"true" doc:"how many of the packets overtake, in percent"`
	Delay   time.Duration `yaml:"delay" default:"10ms" min:"1ms" doc:"how much the others are delayed"`
	Gap     uint32        `yaml:"gap" default:"1" min:"1" doc:"only every packet of this number may overtake: 5 is every fifth"`
}

var (
	_ attacks.Attack = (*Reorder)(nil)
	_ diag.Checker   = (*Reorder)(nil)
)

// Check finds what the types of the parameters do not tell.
func (r *Reorder) Check() []diag.FieldError {
	bad := append(r.Devices.Check(), noShare("percent", r.Percent)...)
	return append(bad, tooLong("delay", r.Delay, longestDelay)...)
}

// Plan finds the devices. One with a queue that is not the kernel's own is refused, and so is a kernel without netem.
func (r *Reorder) Plan(ctx context.Context) ([]attacks.Change, error) {
	delay := cmp.Or(r.Delay, overtaken)
	does := fmt.Sprintf("delayed by %s, except for %v%% of it", delay, r.Percent)
	return r.planNetem(ctx, ReorderKind.Name, does, netem{Delay: delay, Reorder: r.Percent, Gap: r.Gap})
}
