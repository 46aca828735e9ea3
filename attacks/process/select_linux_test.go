package process

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/radius"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/proc"
)

func TestGuardRailsRefuse(t *testing.T) {
	t.Parallel()
	v, pids := crew(t, 3)
	first := func(pid int) string {
		if pid == pids[0] {
			return "a friend of the house"
		}
		return ""
	}
	for _, test := range []struct {
		name    string
		targets Targets
		limits  attacks.Limits
		says    []string // nothing: it is allowed
	}{
		{"within the limits", Targets{Radius: radius.Radius{MaxTargets: 3}}, attacks.Limits{MaxTargets: 3}, nil},
		{"its own limit", Targets{Radius: radius.Radius{MaxTargets: 2}}, attacks.Limits{MaxTargets: 3}, []string{"3 targets would be hit", "max_targets is 2"}},
		{"the run's limit", Targets{Radius: radius.Radius{MaxTargets: 3}}, attacks.Limits{MaxTargets: 2}, []string{"limits.max_targets", "is 2"}},
		{"the limit counts who is picked", Targets{Radius: radius.Radius{Pick: radius.N(2), MaxTargets: 2}}, attacks.Limits{}, nil},
		{"too few to pick from", Targets{Radius: radius.Radius{Pick: radius.N(4)}}, attacks.Limits{}, []string{"asks for 4", "only 3"}},
		{"one of three is protected", Targets{}, attacks.Limits{Protected: first}, []string{fmt.Sprintf("pid %d", pids[0]), "a friend of the house"}},
		{"protected, though not picked", Targets{Radius: radius.Radius{Pick: radius.N(1), Seed: notFirst(t, 3)}}, attacks.Limits{Protected: first}, []string{"a friend of the house"}},
		{"all reasons at once", Targets{Radius: radius.Radius{MaxTargets: 1}}, attacks.Limits{MaxTargets: 2, Protected: first}, []string{"max_targets is 1", "is 2", "a friend of the house"}},
	} {
		test.targets.Match = v.Match()
		for _, a := range []attacks.Attack{&Kill{Targets: test.targets, Signal: kill}, &Pause{test.targets}} {
			a.(attacks.Limited).Limit(test.limits)
			changes, err := a.Plan(t.Context())
			if len(test.says) == 0 {
				if err != nil || len(changes) == 0 {
					t.Errorf("%s: %T: got %d changes, %v", test.name, a, len(changes), err)
				}
				continue
			}
			if err == nil || len(changes) > 0 || errors.Is(err, attacks.ErrNoTarget) {
				t.Errorf("%s: %T: got %d changes, %v, want none and an error", test.name, a, len(changes), err)
				continue
			}
			for _, want := range test.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %T: %q does not say %q", test.name, a, err, want)
				}
			}
		}
	}
}

// notFirst is a seed with which a pick of one of n does not pick the first.
func notFirst(t *testing.T, n int) uint64 {
	t.Helper()
	all := make([]proc.Info, n)
	for i := range all {
		all[i].PID = i
	}
	for seed := uint64(1); ; seed++ {
		if picked, _, err := radius.Choose(&radius.Radius{Pick: radius.N(1), Seed: seed}, all); err != nil || picked[0].PID != 0 {
			return seed
		}
	}
}

func TestAlwaysProtected(t *testing.T) {
	t.Parallel()
	self, err := proc.Self()
	if err != nil {
		t.Fatal(err)
	}
	a := &Kill{Targets: Targets{Match: proc.Match{Name: match.Must(self.Process.Name)}}, Signal: kill}
	if changes, err := a.Plan(t.Context()); err == nil || !strings.Contains(err.Error(), "Friday itself") {
		t.Errorf("got %d changes, %v, want a refusal: it is Friday itself", len(changes), err)
	}
	all := &Pause{Targets{Match: proc.Match{Name: match.Must("/./")}}}
	changes, err := all.Plan(t.Context())
	if err == nil || len(changes) > 0 || !strings.Contains(err.Error(), "an ancestor of Friday") {
		t.Errorf("got %d changes, %v, want a refusal that names Friday's ancestors", len(changes), err)
	}
}

func TestOwnSeedOutranksTheRuns(t *testing.T) {
	t.Parallel()
	v, _ := crew(t, 5)
	targets := func(own, run uint64) string {
		a := &Pause{Targets{Match: v.Match(), Radius: radius.Radius{Pick: radius.N(2), Seed: own}}}
		a.Limit(attacks.Limits{Seed: run})
		var names []string
		for _, c := range planned(t, a, 2) {
			names = append(names, c.Target)
		}
		return strings.Join(names, " ")
	}
	byRun, byOwn := map[string]bool{}, map[string]bool{}
	for seed := range uint64(20) {
		byRun[targets(0, seed+1)] = true
		byOwn[targets(7, seed+1)] = true
	}
	if len(byRun) < 3 || len(byOwn) != 1 {
		t.Errorf("20 seeds of the run made %d choices, want several; with a seed of its own %d, want 1", len(byRun), len(byOwn))
	}
}

func TestCheckFindsAllFaults(t *testing.T) {
	t.Parallel()
	good := Targets{Match: proc.Match{Port: 80}}
	if bad := good.Check(); len(bad) > 0 {
		t.Errorf("good parameters: %v", bad)
	}
	none := Targets{Radius: radius.Radius{MaxTargets: -1}}
	if bad := none.Check(); len(bad) != 2 || bad[0].Field != "match" || bad[1].Field != "max_targets" {
		t.Errorf("got %v, want match and max_targets", bad)
	}
	port := Targets{Match: proc.Match{Port: 65536}}
	if bad := port.Check(); len(bad) != 1 || bad[0].Field != "match.port" {
		t.Errorf("got %v, want match.port", bad)
	}
}
