package scenarios

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/journal"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
)

// slow is an attack whose verbs take a second, and that says how many of them ran at the same time.
type slow struct {
	mu           sync.Mutex
	now, most    int
	fails        string // the target that cannot be made
	made, undone []string
	renewed      []time.Duration
	began        time.Time
	lost         bool // the lease cannot be renewed
}

func (s *slow) work(did *[]string, c attacks.Change) {
	s.mu.Lock()
	s.now++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	time.Sleep(time.Second) // on the clock of the bubble
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now--
	*did = append(*did, c.Target)
}

func (s *slow) Plan(context.Context) ([]attacks.Change, error) { return nil, nil }

func (s *slow) Inject(_ context.Context, c attacks.Change) error {
	s.work(&s.made, c)
	if c.Target == s.fails {
		return errors.New("no")
	}
	return nil
}

func (s *slow) Active(_ context.Context, c attacks.Change) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.made, c.Target) && !slices.Contains(s.undone, c.Target), nil
}

func (s *slow) Revert(_ context.Context, c attacks.Change) error {
	s.work(&s.undone, c)
	return nil
}

func (s *slow) Lease() time.Duration { return 10 * time.Second }

func (s *slow) Renew(context.Context, attacks.Change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renewed = append(s.renewed, time.Since(s.began))
	if s.lost {
		return errors.New("the namespace is gone")
	}
	return nil
}

func (s *slow) Measure(context.Context, attacks.Change) (attacks.Effect, error) {
	return attacks.Effect{Hits: 7, Text: "7 packets dropped"}, nil
}

// stage is a step with changes of one slow attack, and what was written of it.
type stage struct {
	*faults
	attack *slow
	told   func() []verify.Event
}

func newStage(t *testing.T, atOnce int, targets ...string) stage {
	t.Helper()
	var mu sync.Mutex
	var told []verify.Event
	history, err := CreateHistory(t.TempDir(), new(secret.Scrubber), func(e verify.Event) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, e)
	})
	if err != nil {
		t.Fatal(err)
	}
	undo, err := journal.Create(t.TempDir(), "r")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(history.Close(), undo.Close()); err != nil {
			t.Error(err)
		}
	})
	a := &slow{began: time.Now()}
	var changes []PlannedChange
	for _, target := range targets {
		changes = append(changes, PlannedChange{
			ID: "1.1." + target, Change: attacks.Change{Kind: "slow.motion", Target: target},
			Attack: Attack{Kind: "slow.motion", Attack: a, AtOnce: atOnce},
		})
	}
	r := &runner{undo: Undo{Journal: undo}, history: history, stop: func(error) {}, pulses: map[string]*pulseState{}}
	return stage{r.newFaults(1, changes), a, func() []verify.Event {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(told)
	}}
}

func (s stage) count(kind verify.Type) int {
	n := 0
	for _, e := range s.told() {
		if e.Type == kind {
			n++
		}
	}
	return n
}

func TestManyChangesAreMadeAndUndoneAtOnce(t *testing.T) {
	for atOnce, want := range map[int]time.Duration{0: 4 * time.Second, 1: 4 * time.Second, 2: 2 * time.Second, 64: time.Second} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, atOnce, "a", "b", "c", "d")
			began := time.Now()
			if err := s.inject(t.Context(), time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took != want || s.attack.most != min(4, max(1, atOnce)) {
				t.Errorf("at once %d: took %s with %d at the same time, want %s", atOnce, took, s.attack.most, want)
			}
			began = time.Now()
			s.revert(t.Context())
			if took := time.Since(began); took != want || len(s.attack.undone) != 4 {
				t.Errorf("at once %d: %v were undone in %s, want all in %s", atOnce, s.attack.undone, took, want)
			}
			if !s.settle(t.Context(), time.Second) || s.count(verify.FaultMade) != 4 || s.count(verify.FaultUndone) != 4 {
				t.Errorf("at once %d: not all accounts are closed", atOnce)
			}
		})
	}
}

func TestTheFirstFailureStopsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, 2, "a", "b", "c", "d", "e")
		s.attack.fails = "b"
		if err := s.inject(t.Context(), time.Now().Add(time.Hour)); err == nil {
			t.Fatal("no error")
		}
		if n := len(s.made()); n < 2 || n == 5 {
			t.Errorf("%d were made, want those that had begun and no more", n)
		}
		s.revert(t.Context())
		for _, c := range s.made() { // the one that failed, too: it may be half made
			if !slices.Contains(s.attack.undone, c.Target) {
				t.Errorf("%s was made and not undone", c.Target)
			}
		}
		if !s.settle(t.Context(), time.Second) {
			t.Error("what was never made is owed")
		}
	})
}

func TestLeasesAreRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, 1, "a")
		if err := s.inject(t.Context(), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 31*time.Second)
		defer cancel()
		s.keep(ctx)
		last := time.Duration(0)
		for _, at := range append(s.attack.renewed, 32*time.Second) {
			if at-last > s.attack.Lease()/2 {
				t.Errorf("nobody renewed between %s and %s", last, at)
			}
			last = at
		}
		if n := len(s.attack.renewed); n > 15 {
			t.Errorf("renewed %d times in 31 s", n)
		}
	})
}

func TestALeaseThatIsLostIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, 1, "a")
		s.attack.lost = true
		if err := s.inject(t.Context(), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 31*time.Second)
		defer cancel()
		s.keep(ctx)
		if n := s.count(verify.Warned); n != 1 {
			t.Errorf("told %d times", n)
		}
	})
}

func TestTheEffectIsWrittenDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, 1, "a")
		if err := s.inject(t.Context(), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		s.measure(t.Context())
		for _, e := range s.told() {
			if e.Type == verify.FaultMeasured && e.Fault.Effect != nil && e.Fault.Effect.Hits == 7 {
				return
			}
		}
		t.Error("the effect is not in the history")
	})
}
