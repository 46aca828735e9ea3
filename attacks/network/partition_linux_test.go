package network

import (
	"encoding/json"
	"testing"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/attacktest"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/proc"
)

var nowhere = Where{Process: proc.Match{Name: match.Must("there-is-no-such-process")}}

func TestPartitionConforms(t *testing.T) {
	t.Parallel()
	conforms(t, PartitionKind, func(in Where, peer *station) attacks.Attack {
		return &Partition{In: in, Filter: Filter{Peers: []string{peer.ip4.String()}}}
	})
}

func TestLossConforms(t *testing.T) {
	t.Parallel()
	conforms(t, LossKind, func(in Where, peer *station) attacks.Attack {
		return &Loss{Targets: Targets{In: in}, Percent: 100, Filter: Filter{Peers: []string{peer.ip4.String()}}}
	})
}

func TestDNSConforms(t *testing.T) {
	t.Parallel()
	conforms(t, DNSKind, func(in Where, _ *station) attacks.Attack { return &DNS{Targets: Targets{In: in}} })
}

// conforms runs the suite with two stations: a is attacked, and can talk to b by TCP on port 53 before and afterwards.
func conforms(t *testing.T, kind attacks.Kind, attack func(in Where, peer *station) attacks.Attack) {
	t.Helper()
	needsRoot(t)
	attacktest.Suite{Kind: kind, Setup: func(t *testing.T) attacktest.Target {
		lan := newLAN(t, 2)
		a, b := lan[0], lan[1]
		b.serve(t, "tcp", 53)
		return attacktest.Target{
			Attack:  attack(a.in(), b),
			Nothing: attack(nowhere, b),
			State:   func() string { return attacktest.StateOf(a.cmd.Process.Pid) + a.rules(t) },
			Works:   func() bool { return a.reaches(b.ip4, 53) },
			End:     func() { a.end(t) },
			Forge:   alter(t, func(u *tableUndo) { u.NS.Cookie++ }),
		}
	}}.Run(t)
}

// alter changes the undo of a change.
func alter(t testing.TB, f func(*tableUndo)) func(attacks.Change) attacks.Change {
	return func(c attacks.Change) attacks.Change {
		u, err := readTable(c)
		must(t, err)
		f(&u)
		c.Undo, err = json.Marshal(u)
		must(t, err)
		return c
	}
}
