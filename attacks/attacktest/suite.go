// Package attacktest holds what every attack must do, as a test suite, and processes to be attacked in tests.
package attacktest

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/attacks"
)

// Suite tests one kind of attack against real targets.
type Suite struct {
	Kind attacks.Kind
	// Setup makes a target that nothing else knows of. It ends with the test.
	Setup func(t *testing.T) Target
}

// Target is something real to be attacked, and ways to look at it that do not go through the attack.
type Target struct {
	Attack  attacks.Attack // with its parameters set; means this target and nothing else
	Nothing attacks.Attack // the same kind; means nothing that exists
	State   func() string  // stays the same as long as nobody touches the target
	Works   func() bool    // the target, or exactly one in its place, is well
	End     func()         // ends the target and returns once it is dead
	// Forge makes of a change one that was planned for an earlier owner of the target's place: the same pid or name, and
	// another identity.
	Forge func(c attacks.Change) attacks.Change
}

// Run runs all tests of the suite, in parallel.
func (s Suite) Run(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"is described":                           s.isDescribed,
		"plan touches nothing":                   s.planTouchesNothing,
		"no target is an error":                  s.noTarget,
		"a change survives JSON":                 s.survivesJSON,
		"inject, revert by another, and again":   s.injectAndRevert,
		"revert of what was never made":          s.revertNeverMade,
		"revert with the target gone is clean":   s.revertGone,
		"a target that is gone is not injected":  s.injectGone,
		"a stranger in its place is not touched": s.stranger,
		"a protected target is refused":          s.protected,
		"a cancelled context touches nothing":    s.cancelled,
		"a broken undo is an error":              s.brokenUndo,
		"knows where its target lives":           s.sites,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

var kindName = regexp.MustCompile(`^[a-z]+\.[a-z]+$`)

func (s Suite) isDescribed(t *testing.T) {
	if !kindName.MatchString(s.Kind.Name) {
		t.Errorf("the name %q is not noun.verb", s.Kind.Name)
	}
	if s.Kind.Summary == "" || !strings.HasPrefix(s.Kind.Example, "{") {
		t.Errorf("summary %q, example %q: want a line and a mapping in flow style", s.Kind.Summary, s.Kind.Example)
	}
	if s.Kind.New() == s.Kind.New() {
		t.Error("New returns the same attack twice")
	}
}

func (s Suite) planTouchesNothing(t *testing.T) {
	target := s.Setup(t)
	before := target.State()
	c := plan(t, target)
	if c.Kind != s.Kind.Name || c.Target == "" {
		t.Errorf("got a change of kind %q and target %q, want kind %q and a target", c.Kind, c.Target, s.Kind.Name)
	}
	s.wantActive(t, c, false)
	wantState(t, target, before)
}

func (s Suite) noTarget(t *testing.T) {
	changes, err := s.Setup(t).Nothing.Plan(t.Context())
	if !errors.Is(err, attacks.ErrNoTarget) || len(changes) > 0 {
		t.Errorf("got %v, %v, want no change and ErrNoTarget", changes, err)
	}
}

func (s Suite) survivesJSON(t *testing.T) {
	c := plan(t, s.Setup(t))
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back attacks.Change
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, back) {
		t.Errorf("got %+v, want %+v", back, c)
	}
}

func (s Suite) injectAndRevert(t *testing.T) {
	target := s.Setup(t)
	c := plan(t, target)
	s.inject(t, target, c)
	if c.Irreversible {
		t.Fatal("the suite needs a target that can be brought back")
	}
	for range 3 { // each time by an attack that knows nothing but the change
		s.revert(t, c)
		Eventually(t, "the target works again", target.Works)
		s.wantActive(t, c, false)
	}
}

func (s Suite) revertNeverMade(t *testing.T) {
	target := s.Setup(t)
	c := plan(t, target)
	before := target.State()
	s.revert(t, c)
	s.wantActive(t, c, false)
	wantState(t, target, before)
}

func (s Suite) revertGone(t *testing.T) {
	target := s.Setup(t)
	c := plan(t, target)
	s.inject(t, target, c)
	target.End()
	s.revert(t, c)
	Eventually(t, "the fault is not in force", func() bool { return !s.active(t, c) })
}

func (s Suite) injectGone(t *testing.T) {
	target := s.Setup(t)
	c := plan(t, target)
	target.End()
	if err := target.Attack.Inject(t.Context(), c); err == nil {
		t.Error("a target that is gone was injected")
	}
}

func (s Suite) stranger(t *testing.T) {
	target := s.Setup(t)
	before := target.State()
	forged := target.Forge(plan(t, target))
	if err := target.Attack.Inject(t.Context(), forged); err == nil {
		t.Error("a stranger was injected")
	}
	s.wantActive(t, forged, false)
	s.revert(t, forged)
	wantState(t, target, before)
}

func (s Suite) protected(t *testing.T) {
	target := s.Setup(t)
	limited, ok := target.Attack.(attacks.Limited)
	if !ok {
		t.Skip("takes no guard rails")
	}
	before := target.State()
	limited.Limit(attacks.Limits{Protected: func(int) string { return "a friend of the house" }})
	changes, err := target.Attack.Plan(t.Context())
	if err == nil || errors.Is(err, attacks.ErrNoTarget) || !strings.Contains(err.Error(), "a friend of the house") || len(changes) > 0 {
		t.Errorf("got %v, %v, want no change and an error that says why it is protected", changes, err)
	}
	wantState(t, target, before)
}

func (s Suite) cancelled(t *testing.T) {
	target := s.Setup(t)
	before := target.State()
	c := plan(t, target)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if changes, err := target.Attack.Plan(ctx); !errors.Is(err, context.Canceled) || len(changes) > 0 {
		t.Errorf("plan: got %v, %v, want no change and context.Canceled", changes, err)
	}
	if err := target.Attack.Inject(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("inject: got %v, want context.Canceled", err)
	}
	wantState(t, target, before)
}

func (s Suite) brokenUndo(t *testing.T) {
	ctx := t.Context()
	for _, undo := range []string{"", "{", `"x"`, `{"target": 1}`} {
		c := attacks.Change{Kind: s.Kind.Name, Target: "broken", Undo: json.RawMessage(undo)}
		a := s.Kind.New()
		if err := a.Inject(ctx, c); err == nil {
			t.Errorf("undo %q: inject does not complain", undo)
		}
		if active, err := a.Active(ctx, c); err == nil || active {
			t.Errorf("undo %q: active is %v and does not complain", undo, active)
		}
		if err := a.Revert(ctx, c); err == nil {
			t.Errorf("undo %q: revert does not complain", undo)
		}
	}
}

func (s Suite) sites(t *testing.T) {
	target := s.Setup(t)
	c := plan(t, target)
	sited, ok := s.Kind.New().(attacks.Sited)
	if !ok {
		t.Skip("does not know where its targets live")
	}
	where, err := sited.Sites(t.Context(), c)
	if err != nil || len(where) == 0 || where[0].Host == "" || where[0].Process.PID == 0 && where[0].NetNS == 0 {
		t.Errorf("got %+v, %v, want a process or a network on a host", where, err)
	}
	target.End()
	if where, err := sited.Sites(t.Context(), c); err == nil {
		t.Errorf("a target that is gone lives at %+v", where)
	}
}

// inject injects and waits until the fault is seen, by the attack and from outside.
func (s Suite) inject(t *testing.T, target Target, c attacks.Change) {
	t.Helper()
	s.wantActive(t, c, false)
	if err := target.Attack.Inject(t.Context(), c); err != nil {
		t.Fatalf("inject: %v", err)
	}
	Eventually(t, "the fault is in force", func() bool { return s.active(t, c) && !target.Works() })
}

func (s Suite) revert(t *testing.T, c attacks.Change) {
	t.Helper()
	if err := s.Kind.New().Revert(t.Context(), c); err != nil {
		t.Fatalf("revert: %v", err)
	}
}

// active asks an attack that knows nothing but the change.
func (s Suite) active(t *testing.T, c attacks.Change) bool {
	t.Helper()
	active, err := s.Kind.New().Active(t.Context(), c)
	if err != nil {
		t.Fatalf("active: %v", err)
	}
	return active
}

func (s Suite) wantActive(t *testing.T, c attacks.Change, want bool) {
	t.Helper()
	if got := s.active(t, c); got != want {
		t.Errorf("active is %v, want %v", got, want)
	}
}

func wantState(t *testing.T, target Target, want string) {
	t.Helper()
	if got := target.State(); got != want {
		t.Errorf("the target was touched: %s, was %s", got, want)
	}
}

func plan(t *testing.T, target Target) attacks.Change {
	t.Helper()
	changes, err := target.Attack.Plan(t.Context())
	if err != nil || len(changes) != 1 {
		t.Fatalf("got %d changes, %v, want one", len(changes), err)
	}
	return changes[0]
}

// patience is how long Eventually waits; the machine may be busy.
const patience = 10 * time.Second

// Eventually looks until the condition holds, and fails the test if it does not in time.
func Eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}
