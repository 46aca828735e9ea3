package process

import (
	"syscall"
	"testing"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/attacktest"
)

const kill = Signal(syscall.SIGKILL)

func killer(v *attacktest.Victim, r Revive) *Kill {
	return &Kill{Targets: Targets{Match: v.Match()}, Signal: kill, Revive: r}
}

// crew starts n victims of one name and returns their pids in order.
func crew(t testing.TB, n int) (*attacktest.Victim, []int) {
	t.Helper()
	v := attacktest.NewVictim(t)
	for range n - 1 {
		v.Another(t)
	}
	var pids []int
	attacktest.Eventually(t, "all are there", func() bool {
		pids = nil
		for _, p := range v.Live(t) {
			pids = append(pids, p.PID)
		}
		return len(pids) == n
	})
	return v, pids
}

func planned(t testing.TB, a attacks.Attack, n int) []attacks.Change {
	t.Helper()
	changes, err := a.Plan(t.Context())
	if err != nil || len(changes) != n {
		t.Fatalf("got %d changes, %v, want %d", len(changes), err, n)
	}
	return changes
}

// injected injects all changes.
func injected(t testing.TB, a attacks.Attack, changes ...attacks.Change) {
	t.Helper()
	for _, c := range changes {
		if err := a.Inject(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
}

// actives are the changes that are in force, a letter each: "xx-".
func actives(t testing.TB, a attacks.Attack, changes []attacks.Change) string {
	t.Helper()
	var letters []byte
	for _, c := range changes {
		active, err := a.Active(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		letters = append(letters, "-x"[map[bool]int{true: 1}[active]])
	}
	return string(letters)
}
