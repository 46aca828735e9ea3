package mail

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/poll"
)

// anyPredicate makes a good predicate of some depth.
func anyPredicate(r *rand.Rand, depth int) Predicate {
	some := func() []Predicate {
		list := make([]Predicate, 1+r.IntN(3))
		for i := range list {
			list[i] = anyPredicate(r, depth-1)
		}
		return list
	}
	switch n := r.IntN(6); {
	case depth > 0 && n == 0:
		return Predicate{All: some()}
	case depth > 0 && n == 1:
		return Predicate{Any: some()}
	case depth > 0 && n == 2:
		p := anyPredicate(r, depth-1)
		return Predicate{Not: &p}
	}
	how := []string{"contains", "exactly", "regex"}[r.IntN(3)]
	return at(parts[r.IntN(len(parts))], how, []string{"a", "b", "ab"}[r.IntN(3)])
}

// negated turns a predicate round by De Morgan's laws, without a not around the whole.
func negated(p Predicate) Predicate {
	turn := func(list []Predicate) []Predicate {
		all := make([]Predicate, len(list))
		for i := range list {
			all[i] = negated(list[i])
		}
		return all
	}
	switch {
	case p.All != nil:
		return Predicate{Any: turn(p.All)}
	case p.Any != nil:
		return Predicate{All: turn(p.Any)}
	case p.Not != nil:
		return *p.Not
	}
	return Predicate{Not: &p}
}

// TestLogicOfPredicates: a mail fits a predicate or its opposite, never both, and the order of children does not matter.
func TestLogicOfPredicates(t *testing.T) {
	t.Parallel()
	texts := []string{"", "a", "b", "ab", "ba"}
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 2))
		p := anyPredicate(r, 4)
		f := faults{}
		if f.predicate("p", p); len(f.found) > 0 {
			t.Fatalf("seed %d: %v", seed, f.found)
		}
		c := compiler{flags: defaultFlags}
		fits, opposite := c.predicate(p), c.predicate(negated(p))
		m := letter{subject: texts[r.IntN(5)], body: texts[r.IntN(5)], from: texts[:r.IntN(4)]}
		if fits(m) == opposite(m) {
			t.Errorf("seed %d: %+v and its opposite are both %v of %+v", seed, p, fits(m), m)
		}
		swap := func(list []Predicate) { r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] }) }
		before := fits(m)
		swap(p.All)
		swap(p.Any)
		if again := c.predicate(p); again(m) != before {
			t.Errorf("seed %d: in another order %+v is %v", seed, p, !before)
		}
	}
}

// TestPolled: what comes after the beginning of a step is told, by a server whose clock is an hour slow, and what was there
// before is not.
func TestPolled(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{-time.Hour, 0, time.Minute} {
		f, src := reader(t, Params{})
		f.add(t, time.Now().Add(off-2*time.Minute), note("DOWN web", "old", "Shop"))
		if err := src.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		seen, polled := make(chan string, 100), make(chan bool, 1000)
		p := poll.New(poll.Options{
			Name: "mail", Source: src, Since: time.Now(), Fast: 20 * time.Millisecond, Slow: 20 * time.Millisecond,
			Emit: func(e verify.Event) {
				switch e.Type {
				case verify.IncidentSeen:
					seen <- e.Incident.Key
				case verify.Polled:
					if e.Error != "" {
						t.Errorf("a poll failed: %s", e.Error)
					}
					select {
					case polled <- true:
					default:
					}
				}
			},
		})
		done := make(chan struct{})
		go func() {
			defer close(done)
			p.Run(ctx)
		}()
		<-polled
		f.add(t, time.Now().Add(off), note("DOWN web", "new", "Shop"))
		select {
		case key := <-seen:
			if key != "new" {
				t.Errorf("%s off: %s is told", off, key)
			}
		case <-ctx.Done():
			t.Errorf("%s off: the new one is never told", off)
		}
		cancel()
		<-done
	}
}
