package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/attacktest"
	"github.com/failurefriday/friday/attacks/radius"
)

func TestKilledTargetsAreCountedAgainstNewcomers(t *testing.T) {
	t.Parallel()
	v, _ := crew(t, 4)
	a := killer(v, Revive{Supervisor: true})
	a.Pick = radius.N(3)
	changes := planned(t, a, 3)
	wantActives := func(when, want string) {
		t.Helper()
		attacktest.Eventually(t, when+": "+want, func() bool { return actives(t, KillKind.New(), changes) == want })
	}
	wantActives("before", "---")
	injected(t, a, changes[0], changes[2])
	wantActives("two of three injected", "x-x")
	injected(t, a, changes[1])
	wantActives("all injected, one spared", "xxx")
	v.Another(t)
	wantActives("one came back", "-xx")
	second := v.Another(t)
	wantActives("two came back", "--x")
	if err := syscall.Kill(second, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	wantActives("one of them died again", "-xx")
	v.Another(t)
	v.Another(t)
	wantActives("all came back", "---")
}

func TestRevertRevivesAsManyAsWereKilled(t *testing.T) {
	t.Parallel()
	v, _ := crew(t, 3)
	a := killer(v, Revive{Command: v.Command})
	changes := planned(t, a, 3)
	injected(t, a, changes[:2]...) // the run was stopped before the third
	for range 2 {
		for _, c := range changes {
			if err := KillKind.New().Revert(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		if live := v.Live(t); len(live) != 3 {
			t.Errorf("after the revert %v live, want three", live)
		}
	}
}

func TestSustainHitsNewcomersOnce(t *testing.T) {
	t.Parallel()
	v, pids := crew(t, 3)
	a := killer(v, Revive{})
	a.Again, a.Pick = true, radius.N(2)
	changes := planned(t, a, 2)
	injected(t, a, changes...)
	attacktest.Eventually(t, "both are dead", func() bool { return actives(t, a, changes) == "xx" })
	spared := v.Live(t)
	if len(spared) != 1 {
		t.Fatalf("of %v there live %v, want the one that was spared", pids, spared)
	}
	v.Another(t)
	v.Another(t)
	hits := 0
	attacktest.Eventually(t, "only the spared one lives", func() bool {
		for _, c := range changes {
			n, err := a.Sustain(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			hits += n
		}
		live := v.Live(t)
		return len(live) == 1 && live[0].ID == spared[0].ID
	})
	if hits != 2 {
		t.Errorf("%d hits on two newcomers", hits)
	}
	third := v.Another(t)
	a.Limit(attacks.Limits{Protected: func(pid int) string { return map[int]string{third: "a friend of the house"}[pid] }})
	attacktest.Eventually(t, "the last look at all processes is old", func() bool {
		tally, err := a.tally(mustUndo(t, changes[0]))
		return err == nil && len(tally.newcomers) == 0 && len(v.Live(t)) == 2
	})
	if n, err := a.Sustain(t.Context(), changes[0]); n != 0 || err != nil || !strings.HasPrefix(attacktest.StateOf(third), "running") {
		t.Errorf("a protected newcomer: %d hits, %v, it is %s", n, err, attacktest.StateOf(third))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := a.Sustain(ctx, changes[0]); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %d hits, %v", n, err)
	}
}

func mustUndo(t *testing.T, c attacks.Change) killUndo {
	t.Helper()
	undo, err := attacks.ReadUndo[killUndo](c)
	if err != nil {
		t.Fatal(err)
	}
	return undo
}

func TestTargetThatFellWithAnotherIsNoError(t *testing.T) {
	t.Parallel()
	v, pids := crew(t, 2)
	a := killer(v, Revive{Supervisor: true})
	changes := planned(t, a, 2)
	if err := syscall.Kill(pids[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	attacktest.Eventually(t, "the first is dead", func() bool { return len(v.Live(t)) == 1 })
	if err := a.Inject(t.Context(), changes[0]); err == nil {
		t.Error("the first died by itself, and injecting it is no error")
	}
	injected(t, a, changes[1])
	attacktest.Eventually(t, "both are dead", func() bool { return len(v.Live(t)) == 0 })
	if err := KillKind.New().Inject(t.Context(), changes[0]); err != nil {
		t.Errorf("both are dead as was asked for: %v", err)
	}
}

func TestSurvivedSignalIsNotInForce(t *testing.T) {
	t.Parallel()
	v := attacktest.NewVictim(t)
	a := killer(v, Revive{})
	a.Signal = Signal(syscall.SIGWINCH)
	changes := planned(t, a, 1)
	if changes[0].Irreversible {
		t.Error("a signal that ends nobody counts as beyond undoing")
	}
	before := v.State()
	injected(t, a, changes...)
	if got := actives(t, a, changes); got != "-" || v.State() != before {
		t.Errorf("active %s, state %s, was %s", got, v.State(), before)
	}
}

func TestNobodyBringsItBack(t *testing.T) {
	t.Parallel()
	v := attacktest.NewVictim(t)
	a := killer(v, Revive{})
	changes := planned(t, a, 1)
	if !changes[0].Irreversible {
		t.Error("nobody brings it back, and it counts as owed")
	}
	injected(t, a, changes...)
	attacktest.Eventually(t, "it is dead", func() bool { return actives(t, a, changes) == "x" })
	if err := KillKind.New().Revert(t.Context(), changes[0]); err != nil {
		t.Error(err)
	}
	if live := v.Live(t); len(live) > 0 {
		t.Errorf("%v live", live)
	}
}

func TestReviveCommand(t *testing.T) {
	t.Parallel()
	t.Run("is looked for before anything is broken", func(t *testing.T) {
		t.Parallel()
		v := attacktest.NewVictim(t)
		_, err := killer(v, Revive{Command: []string{"there-is-no-such-program"}}).Plan(t.Context())
		if err == nil || !strings.Contains(err.Error(), "there-is-no-such-program") {
			t.Errorf("got %v, want an error that names the program", err)
		}
	})
	t.Run("reports a fast failure", func(t *testing.T) {
		t.Parallel()
		v := attacktest.NewVictim(t)
		a := killer(v, Revive{Command: []string{"false"}})
		changes := planned(t, a, 1)
		injected(t, a, changes...)
		attacktest.Eventually(t, "it is dead", func() bool { return actives(t, a, changes) == "x" })
		if err := KillKind.New().Revert(t.Context(), changes[0]); err == nil || !strings.Contains(err.Error(), "exit status 1") {
			t.Errorf("got %v, want the exit status", err)
		}
	})
	t.Run("that is still at it is not started again", func(t *testing.T) {
		t.Parallel()
		v := attacktest.NewVictim(t)
		starts := filepath.Join(t.TempDir(), "starts")
		slow := fmt.Sprintf("echo x >> %s; sleep 2; exec %s", starts, strings.Join(v.Command, " "))
		a := killer(v, Revive{Command: []string{"sh", "-c", slow}})
		changes := planned(t, a, 1)
		injected(t, a, changes...)
		attacktest.Eventually(t, "it is dead", func() bool { return actives(t, a, changes) == "x" })
		for range 2 {
			if err := KillKind.New().Revert(t.Context(), changes[0]); err != nil {
				t.Fatal(err)
			}
		}
		attacktest.Eventually(t, "it is back", func() bool { return actives(t, a, changes) == "-" })
		if data, err := os.ReadFile(starts); err != nil || string(data) != "x\n" {
			t.Errorf("it was started %d times, %v", strings.Count(string(data), "x"), err)
		}
	})
	t.Run("is not needed where a supervisor was faster", func(t *testing.T) {
		t.Parallel()
		v := attacktest.NewVictim(t)
		a := killer(v, Revive{Command: v.Command})
		changes := planned(t, a, 1)
		injected(t, a, changes...)
		attacktest.Eventually(t, "it is dead", func() bool { return actives(t, a, changes) == "x" })
		v.Another(t)
		if err := KillKind.New().Revert(t.Context(), changes[0]); err != nil {
			t.Fatal(err)
		}
		if live := v.Live(t); len(live) != 1 {
			t.Errorf("%v live, want one", live)
		}
	})
	t.Run("in words", func(t *testing.T) {
		t.Parallel()
		var r Revive
		if err := r.UnmarshalText([]byte("supervisor")); err != nil || !r.Supervisor || r.String() != "supervisor" {
			t.Errorf("got %+v, %v", r, err)
		}
		if err := r.UnmarshalTexts([]string{"systemctl", "start"}); err != nil || r.Supervisor || r.String() != "[systemctl, start]" {
			t.Errorf("got %+v, %v", r, err)
		}
		if r.UnmarshalText([]byte("systemctl start")) == nil || r.UnmarshalTexts(nil) == nil || r.UnmarshalTexts([]string{""}) == nil {
			t.Error("a command line, or none, is taken")
		}
	})
}

func TestStoppedProcessIsNotPaused(t *testing.T) {
	t.Parallel()
	v := attacktest.NewVictim(t)
	if err := syscall.Kill(v.PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	attacktest.Eventually(t, "it is stopped", func() bool { return strings.HasPrefix(v.State(), "stopped") })
	changes, err := (&Pause{Targets{Match: v.Match()}}).Plan(t.Context())
	if err == nil || len(changes) > 0 || !strings.Contains(err.Error(), "stopped already") {
		t.Errorf("got %v, %v, want an error", changes, err)
	}
}
