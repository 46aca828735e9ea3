// Package all is the list of attacks.
package all

import (
	"slices"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/container"
	"github.com/failurefriday/friday/attacks/network"
	"github.com/failurefriday/friday/attacks/process"
)

// Kinds lists every attack, by name. A new attack is one line here.
func Kinds() []attacks.Kind {
	return []attacks.Kind{
		container.CrashKind,
		container.DisconnectKind,
		container.KillKind,
		container.PauseKind,
		container.RestartKind,
		container.StopKind,
		network.BlackholeKind,
		network.CorruptKind,
		network.DelayKind,
		network.DNSKind,
		network.DownKind,
		network.DuplicateKind,
		network.JitterKind,
		network.LossKind,
		network.PartitionKind,
		network.RateKind,
		network.ReorderKind,
		process.KillKind,
		process.PauseKind,
	}
}

// Find returns the attack of that name.
func Find(name string) (attacks.Kind, bool) {
	all := Kinds()
	i := slices.IndexFunc(all, func(k attacks.Kind) bool { return k.Name == name })
	if i < 0 {
		return attacks.Kind{}, false
	}
	return all[i], true
}
