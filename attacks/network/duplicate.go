package network

import (
	"context"
	"fmt"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/diag"
)

// DuplicateKind is network.duplicate.
var DuplicateKind = attacks.Kind{
	Name:    "network.duplicate",
	Summary: "Send a share of what leaves through network devices twice." + netemNote,
	Example: "{in: {container: {name: web}}, percent: 10}",
	New:     func() attacks.Attack { return &Duplicate{} },
	AtOnce:  16,
}

// Duplicate sends packets twice.
type Duplicate struct {
	Devices `yaml:",inline"`
	Percent float64 `yaml:"percent" required:"true" doc:"how many of the packets, in percent"`
}

var (
	_ attacks.Attack = (*Duplicate)(nil)
	_ diag.Checker   = (*Duplicate)(nil)
)

// Check finds what the types of the parameters do not tell.
func (d *Duplicate) Check() []diag.FieldError {
	return append(d.Devices.Check(), noShare("percent", d.Percent)...)
}

// Plan finds the devices. One with a queue that is not the kernel's own is refused, and so is a kernel without netem.
func (d *Duplicate) Plan(ctx context.Context) ([]attacks.Change, error) {
	return d.planNetem(ctx, DuplicateKind.Name, fmt.Sprintf("sent twice, %v%% of it", d.Percent), netem{Duplicate: d.Percent})
}
