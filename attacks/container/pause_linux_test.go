package container

import (
	"context"
	"testing"

	"github.com/docker/docker/api/types/container"

	"github.com/failurefriday/friday/internal/dockertest"
)

// A pause ends with the run in which it began, whatever ended that.
func TestAPausedContainerThatEndsIsLeftAlone(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	for name, end := range map[string]func(t *testing.T, id string) error{
		"killed": func(t *testing.T, id string) error { return d.Client.ContainerKill(t.Context(), id, "KILL") },
		"stopped": func(t *testing.T, id string) error {
			return d.Client.ContainerStop(t.Context(), id, container.StopOptions{})
		},
		"restarted": func(t *testing.T, id string) error {
			return d.Client.ContainerRestart(t.Context(), id, container.StopOptions{})
		},
		"restarted and paused by somebody": func(t *testing.T, id string) error {
			if err := d.Client.ContainerRestart(t.Context(), id, container.StopOptions{}); err != nil {
				return err
			}
			return d.Client.ContainerPause(t.Context(), id)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := d.Run(t, quick(dockertest.Options{}))
			c := injected(t, &Pause{Targets: Targets{Match: only(d, id)}})
			wantActive(t, PauseKind, c, true)
			if err := end(t, id); err != nil {
				t.Fatal(err)
			}
			before := digest(t, d, id, nothing)
			reverted(t, PauseKind, c)
			same(t, "the container", digest(t, d, id, nothing), before)
		})
	}
}

// What was killed from outside while it was frozen dies only when it thaws.
func TestWhatWasKilledWhileFrozenIsThawed(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	id := d.Run(t, dockertest.Options{Restart: "always"})
	c := injected(t, &Pause{Targets: Targets{Match: only(d, id)}})
	was := crashed(t, d, id)
	reverted(t, PauseKind, c)
	eventually(t, "its policy has brought it back", func() bool { return runs(t, d, id) && d.Inspect(t, id).State.StartedAt != was })
	reverted(t, PauseKind, c)
}

func TestAPauseThatWasCutShortIsUndone(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	id := d.Run(t, dockertest.Options{})
	a := &Pause{Targets: Targets{Match: only(d, id)}}
	for range 10 {
		eventually(t, "the engine knows that it runs", func() bool { _, err := a.Plan(t.Context()); return err == nil })
		c := planned(t, a)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = a.Inject(ctx, c) // made, cut short or not made at all
		}()
		cancel()
		<-done
		reverted(t, PauseKind, c)
		if d.Inspect(t, id).State.Paused {
			t.Fatal("it is paused after its revert")
		}
	}
}

// Two attacks on one container: what was undone last has the container run.
func TestKilledWhilePausedByUs(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	id := d.Run(t, dockertest.Options{})
	kill := &Kill{Targets: Targets{Match: only(d, id)}, Signal: "KILL"}
	killed := planned(t, kill)
	frozen := injected(t, &Pause{Targets: Targets{Match: only(d, id)}})
	if err := kill.Inject(t.Context(), killed); err != nil {
		t.Fatal(err)
	}
	wantActive(t, KillKind, killed, true)
	reverted(t, KillKind, killed)
	reverted(t, PauseKind, frozen)
	if !runs(t, d, id) {
		t.Errorf("got %+v", d.Inspect(t, id).State)
	}
}
