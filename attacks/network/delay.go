package network

import (
	"context"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/diag"
)

// DelayKind is network.delay.
var DelayKind = attacks.Kind{
	Name:    "network.delay",
	Summary: "Delay what leaves through network devices." + netemNote,
	Example: "{in: {container: {name: web}}, delay: 100ms}",
	New:     func() attacks.Attack { return &Delay{} },
	AtOnce:  16,
}

// Delay makes a line long.
type Delay struct {
	Devices     `yaml:",inline"`
	Delay       time.Duration `yaml:"delay" required:"true" min:"1ms" doc:"how much later every packet leaves"`
	Jitter      time.Duration `yaml:"jitter" doc:"how much the delay varies, up or down; packets may overtake each other"`
	Correlation float64       `yaml:"correlation" doc:"how much the jitter of a packet is like that of the one before it, in percent"`
}

var (
	_ attacks.Attack = (*Delay)(nil)
	_ diag.Checker   = (*Delay)(nil)
)

// Check finds what the types of the parameters do not tell.
func (d *Delay) Check() []diag.FieldError {
	bad := append(d.Devices.Check(), checkJitter(d.Delay, d.Jitter)...)
	switch {
	case d.Correlation < 0 || d.Correlation > 100:
		bad = append(bad, diag.FieldError{Field: "correlation", Msg: "want a number of percent from 0 to 100"})
	case d.Correlation > 0 && d.Jitter == 0:
		bad = append(bad, diag.FieldError{Field: "correlation", Msg: "without jitter there is nothing to correlate: set jitter, too"})
	}
	return bad
}

// Plan finds the devices. One with a queue that is not the kernel's own is refused, and so is a kernel without netem.
func (d *Delay) Plan(ctx context.Context) ([]attacks.Change, error) {
	return d.planNetem(ctx, DelayKind.Name, delayed(d.Delay, d.Jitter), netem{Delay: d.Delay, Jitter: d.Jitter, Correlation: d.Correlation})
}
