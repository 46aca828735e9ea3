package process

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/attacktest"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/proc"
)

var nobody = Targets{Match: proc.Match{Name: match.Must("there-is-no-such-process")}}

func TestKillConforms(t *testing.T) {
	t.Parallel()
	attacktest.Suite{Kind: KillKind, Setup: func(t *testing.T) attacktest.Target {
		v := attacktest.NewVictim(t)
		return attacktest.Target{
			Attack:  killer(v, Revive{Command: v.Command}),
			Nothing: &Kill{Targets: nobody, Signal: kill},
			State:   v.State,
			Works:   func() bool { return len(v.Live(t)) == 1 },
			End:     func() { v.End(t) },
			Forge:   forge[killUndo](t, func(u *killUndo) { u.Target.Start--; u.Picked[u.Target.PID]-- }),
		}
	}}.Run(t)
}

func TestPauseConforms(t *testing.T) {
	t.Parallel()
	attacktest.Suite{Kind: PauseKind, Setup: func(t *testing.T) attacktest.Target {
		v := attacktest.NewVictim(t)
		return attacktest.Target{
			Attack:  &Pause{Targets{Match: v.Match()}},
			Nothing: &Pause{nobody},
			State:   v.State,
			Works:   func() bool { return strings.HasPrefix(v.State(), "running") },
			End:     func() { v.End(t) },
			Forge:   forge[pauseUndo](t, func(u *pauseUndo) { u.Target.Start-- }),
		}
	}}.Run(t)
}

// forge changes the undo of a change.
func forge[T any](t *testing.T, alter func(*T)) func(attacks.Change) attacks.Change {
	return func(c attacks.Change) attacks.Change {
		undo, err := attacks.ReadUndo[T](c)
		if err != nil {
			t.Fatal(err)
		}
		alter(&undo)
		if c.Undo, err = json.Marshal(undo); err != nil {
			t.Fatal(err)
		}
		return c
	}
}
