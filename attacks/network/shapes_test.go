package network

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

var oneToFive = []int{0, 1, 2, 3, 4}

// plusOne makes 1-based what counts from 0, so that the vectors below read like the ones everybody knows.
func plusOne(lists [][]int) string {
	out := make([][]int, len(lists))
	for i, l := range lists {
		for _, n := range l {
			out[i] = append(out[i], n+1)
		}
	}
	return fmt.Sprint(out)
}

func TestBisect(t *testing.T) {
	for _, c := range []struct {
		n    int
		want string
	}{
		{0, "[[] []]"},
		{1, "[[] [1]]"},
		{4, "[[1 2] [3 4]]"},
		{5, "[[1 2] [3 4 5]]"},
	} {
		if got := plusOne(bisect(oneToFive[:c.n])); got != c.want {
			t.Errorf("%d: got %s, want %s", c.n, got, c.want)
		}
	}
}

func TestCompleteGrudge(t *testing.T) {
	if got, want := plusOne(complete(5, [][]int{{0}, {1, 2}, {3, 4}})), "[[2 3 4 5] [1 4 5] [1 4 5] [1 2 3] [1 2 3]]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBridge(t *testing.T) {
	for _, c := range []struct {
		n    int
		want string
	}{
		{3, "[[3] [] [1]]"},
		{4, "[[4] [4] [] [1 2]]"},
		{5, "[[4 5] [4 5] [] [1 2] [1 2]]"}, // 3 talks to both halves
	} {
		if got := plusOne(bridged(c.n, oneToFive[:c.n])); got != c.want {
			t.Errorf("%d: got %s, want %s", c.n, got, c.want)
		}
	}
}

func TestPerfectRing(t *testing.T) {
	if got, want := plusOne(perfectRing(oneToFive)), "[[3 4] [4 5] [1 5] [1 2] [2 3]]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// everyGrudge calls f with the grudge of every shape for clusters of up to 12 members and several seeds.
func everyGrudge(t *testing.T, f func(t *testing.T, n int, s Shape, deaf [][]int)) {
	for _, s := range []Shape{splitOne, halves, ring, bridge} {
		for n := s.least(); n <= 12; n++ {
			for seed := range uint64(20) {
				deaf, err := grudge(n, s, rand.New(rand.NewPCG(seed, 0)))
				if err != nil {
					t.Fatal(err)
				}
				f(t, n, s, deaf)
			}
		}
	}
}

func TestGrudgesAreMutualAndNobodyIsDeafToItself(t *testing.T) {
	everyGrudge(t, func(t *testing.T, n int, s Shape, deaf [][]int) {
		if len(deaf) != n {
			t.Fatalf("%s of %d: %d grudges", s, n, len(deaf))
		}
		all := 0
		for i := range deaf {
			all += len(deaf[i])
			if !slices.IsSorted(deaf[i]) || len(slices.Compact(slices.Clone(deaf[i]))) != len(deaf[i]) {
				t.Fatalf("%s of %d: %v is not in order", s, n, deaf[i])
			}
			for _, j := range deaf[i] {
				if i == j || !slices.Contains(deaf[j], i) {
					t.Fatalf("%s of %d: %d does not hear %d: %v", s, n, i, j, deaf)
				}
			}
		}
		if all == 0 {
			t.Fatalf("%s of %d is no fault: %v", s, n, deaf)
		}
	})
}

func TestGrudgesHaveTheirShape(t *testing.T) {
	everyGrudge(t, func(t *testing.T, n int, s Shape, deaf [][]int) {
		sizes := map[int]int{} // how many are deaf to so many
		seen := map[string]bool{}
		for i := range deaf {
			sizes[len(deaf[i])]++
			hears := []int{}
			for j := range n {
				if !slices.Contains(deaf[i], j) {
					hears = append(hears, j)
				}
			}
			seen[fmt.Sprint(hears)] = true
			if s == ring && len(hears) < majority(n) {
				t.Fatalf("ring of %d: %d hears %v, no majority", n, i, hears)
			}
		}
		good := false
		switch s {
		case splitOne:
			good = n == 2 && sizes[1] == 2 || n > 2 && sizes[n-1] == 1 && sizes[1] == n-1
		case halves:
			good = n%2 == 0 && sizes[n/2] == n || n%2 == 1 && sizes[n/2] == n-n/2 && sizes[n-n/2] == n/2
		case bridge:
			good = sizes[0] == 1 && len(seen) == 3
		case ring:
			good = len(seen) == n
		}
		if !good {
			t.Fatalf("%s of %d: %v", s, n, deaf)
		}
	})
}

func TestTheSeedDecides(t *testing.T) {
	for _, s := range []Shape{splitOne, halves, ring, bridge} {
		of := func(seed uint64) string {
			deaf, err := grudge(7, s, rand.New(rand.NewPCG(seed, 0)))
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(deaf)
		}
		different := map[string]bool{}
		for seed := range uint64(20) {
			once, again := of(seed), of(seed)
			if once != again {
				t.Errorf("%s: seed %d gives %s, and then %s", s, seed, once, again)
			}
			different[once] = true
		}
		if len(different) < 3 {
			t.Errorf("%s: 20 seeds give %d grudges", s, len(different))
		}
	}
}

func TestTooFewMembers(t *testing.T) {
	for s, n := range map[Shape]int{splitOne: 1, halves: 1, ring: 2, bridge: 2} {
		if deaf, err := grudge(n, s, rand.New(rand.NewPCG(1, 0))); err == nil {
			t.Errorf("%s of %d: got %v", s, n, deaf)
		}
	}
}

func FuzzRing(f *testing.F) {
	f.Add(uint64(1), 3)
	f.Add(uint64(2), 40)
	f.Fuzz(func(t *testing.T, seed uint64, n int) {
		n = 3 + int(uint(n)%60)
		deaf, err := grudge(n, ring, rand.New(rand.NewPCG(seed, 0)))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for i := range deaf {
			seen[fmt.Sprint(deaf[i])] = true
			if n-len(deaf[i]) < majority(n) {
				t.Errorf("%d of %d does not hear %v", i, n, deaf[i])
			}
		}
		if len(seen) != n {
			t.Errorf("%d of %d majorities differ", len(seen), n)
		}
	})
}
