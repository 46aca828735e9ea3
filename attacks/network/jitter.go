package network

import (
	"cmp"
	"context"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/diag"
)

// JitterKind is network.jitter.
var JitterKind = attacks.Kind{
	Name:    "network.jitter",
	Summary: "Delay what leaves through network devices, every packet differently, so that packets overtake each other." + netemNote,
	Example: "{in: {container: {name: web}}, jitter: 50ms}",
	New:     func() attacks.Attack { return &Jitter{} },
	AtOnce:  16,
}

// Jitter makes a line restless.
type Jitter struct {
	Devices `yaml:",inline"`
	Jitter  time.Duration `yaml:"jitter" required:"true" min:"1ms" doc:"how much the delay varies, up or down"`
	Delay   time.Duration `yaml:"delay" doc:"the delay around which it varies; by default as much as the jitter, so that it goes from nothing to twice that"`
}

var (
	_ attacks.Attack = (*Jitter)(nil)
	_ diag.Checker   = (*Jitter)(nil)
)

// Check finds what the types of the parameters do not tell.
func (j *Jitter) Check() []diag.FieldError {
	return append(j.Devices.Check(), checkJitter(j.delay(), j.Jitter)...)
}

func (j *Jitter) delay() time.Duration { return cmp.Or(j.Delay, j.Jitter) }

// Plan finds the devices. One with a queue that is not the kernel's own is refused, and so is a kernel without netem.
func (j *Jitter) Plan(ctx context.Context) ([]attacks.Change, error) {
	return j.planNetem(ctx, JitterKind.Name, delayed(j.delay(), j.Jitter), netem{Delay: j.delay(), Jitter: j.Jitter})
}
