package container

import (
	"context"
	"testing"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/attacktest"
	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/dockertest"
)

// conforms runs the suite for one kind, with a container on a network if that is what the kind is about. A stranger is the same container in another run.
func conforms(t *testing.T, kind attacks.Kind, make func(docker.Match) attacks.Attack) {
	t.Parallel()
	attacktest.Suite{Kind: kind, Setup: func(t *testing.T) attacktest.Target {
		d := dockertest.Start(t)
		o := quick(dockertest.Options{Name: "victim"})
		if kind.Name == DisconnectKind.Name { // a network takes longer than the container
			o.Network, o.Aliases = d.Network(t, "lan", ""), []string{"victim"}
		}
		id := d.Run(t, o)
		return attacktest.Target{
			Attack:  make(only(d, id)),
			Nothing: make(nobody()),
			State:   func() string { return digest(t, d, id, nothing) },
			Works:   func() bool { return runs(t, d, id) && len(d.Inspect(t, id).NetworkSettings.Networks) == 1 },
			End:     func() { d.Remove(t, id) },
			Forge: func(c attacks.Change) attacks.Change {
				return forge(t, c, func(u *undo) { u.StartedAt = u.StartedAt.Add(-time.Second); u.Process.Start-- })
			},
		}
	}}.Run(t)
}

func TestStopConforms(t *testing.T) {
	conforms(t, StopKind, func(m docker.Match) attacks.Attack { return &Stop{Targets: Targets{Match: m}} })
}

func TestKillConforms(t *testing.T) {
	conforms(t, KillKind, func(m docker.Match) attacks.Attack { return &Kill{Targets: Targets{Match: m}, Signal: "KILL"} })
}

func TestPauseConforms(t *testing.T) {
	conforms(t, PauseKind, func(m docker.Match) attacks.Attack { return &Pause{Targets: Targets{Match: m}} })
}

func TestCrashConforms(t *testing.T) {
	conforms(t, CrashKind, func(m docker.Match) attacks.Attack { return &Crash{Targets: Targets{Match: m}} })
}

func TestDisconnectConforms(t *testing.T) {
	conforms(t, DisconnectKind, func(m docker.Match) attacks.Attack { return &Disconnect{Targets: Targets{Match: m}} })
}

// A restart is over when Inject returns, so the suite would never see it. What has to be undone is one that does not come
// up again.
func TestRestartConforms(t *testing.T) {
	conforms(t, RestartKind, func(m docker.Match) attacks.Attack { return &stuck{Restart{Targets: Targets{Match: m}}} })
}

// stuck is a restart after which the container ends.
type stuck struct{ Restart }

func (s *stuck) Inject(ctx context.Context, c attacks.Change) error {
	if err := s.Restart.Inject(ctx, c); err != nil {
		return err
	}
	h, err := s.hold(c)
	if err != nil {
		return err
	}
	return h.engine.Stop(ctx, h.ID, "", nil)
}
