package network

import (
	"context"
	"fmt"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/diag"
)

// CorruptKind is network.corrupt.
var CorruptKind = attacks.Kind{
	Name:    "network.corrupt",
	Summary: "Spoil a bit in a share of the packets that leave through network devices; most are found out and lost." + netemNote,
	Example: "{in: {container: {name: web}}, percent: 10}",
	New:     func() attacks.Attack { return &Corrupt{} },
	AtOnce:  16,
}

// Corrupt spoils packets.
type Corrupt struct {
	Devices `yaml:",inline"`
	Percent float64 `yaml:"percent" required:"true" doc:"how many of the packets, in percent"`
}

var (
	_ attacks.Attack = (*Corrupt)(nil)
	_ diag.Checker   = (*Corrupt)(nil)
)

// Check finds what the types of the parameters do not tell.
func (c *Corrupt) Check() []diag.FieldError {
	return append(c.Devices.Check(), noShare("percent", c.Percent)...)
}

// Plan finds the devices. One with a queue that is not the kernel's own is refused, and so is a kernel without netem.
func (c *Corrupt) Plan(ctx context.Context) ([]attacks.Change, error) {
	return c.planNetem(ctx, CorruptKind.Name, fmt.Sprintf("spoilt, %v%% of it", c.Percent), netem{Corrupt: c.Percent})
}
