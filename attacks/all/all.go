// Package all is the list of attacks.
package all

import (
	"slices"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/process"
)

// Kinds lists every attack, by name. A new attack is one line here.
func Kinds() []attacks.Kind {
	return []attacks.Kind{
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
