package network

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
)

// Shape says who of a cluster cannot hear whom any more; "" is none.
type Shape string

// The shapes there are.
const (
	splitOne Shape = "split-one"       // one alone, against all others
	halves   Shape = "halves"          // two halves; the second one has the odd member
	ring     Shape = "majorities-ring" // each hears a majority, and no two the same
	bridge   Shape = "bridge"          // two halves, and one member that both of them hear
)

// UnmarshalText reads one of the words.
func (s *Shape) UnmarshalText(text []byte) error {
	*s = Shape(text)
	if s.wrong() != "" || *s == "" {
		return errors.New("want split-one, halves, majorities-ring or bridge")
	}
	return nil
}

func (s Shape) wrong() string {
	switch s {
	case "", splitOne, halves, ring, bridge:
		return ""
	}
	return fmt.Sprintf("%q is no shape: want split-one, halves, majorities-ring or bridge", string(s))
}

// least is how many members it takes.
func (s Shape) least() int {
	if s == ring || s == bridge {
		return 3
	}
	return 2
}

// grudge says for each of n members whom it does not hear, in order. It is mutual in every shape: a connection needs both
// ways. Which member stands where is up to rng.
func grudge(n int, s Shape, rng *rand.Rand) ([][]int, error) {
	if n < s.least() {
		return nil, fmt.Errorf("shape %s needs at least %d members, and there are %d", s, s.least(), n)
	}
	order := rng.Perm(n)
	switch s {
	case splitOne:
		return complete(n, [][]int{order[:1], order[1:]}), nil
	case halves:
		return complete(n, bisect(order)), nil
	case bridge:
		return bridged(n, order), nil
	case ring:
		return majorities(order, rng), nil
	default:
		return nil, errors.New("no shape is given: want split-one, halves, majorities-ring or bridge")
	}
}

// bisect makes two halves; the second one has the odd member.
func bisect(order []int) [][]int { return [][]int{order[:len(order)/2], order[len(order)/2:]} }

// complete is the grudge of components none of which hears another.
func complete(n int, components [][]int) [][]int {
	deaf := make([][]int, n)
	for i, mine := range components {
		for j, others := range components {
			if i == j {
				continue
			}
			for _, m := range mine {
				deaf[m] = append(deaf[m], others...)
			}
		}
	}
	return sorted(deaf)
}

// bridged is the grudge of two halves in which the first member of the second half hears everybody and is heard by all.
func bridged(n int, order []int) [][]int {
	both := bisect(order)
	middle := both[1][0]
	deaf := complete(n, both)
	for i := range deaf {
		deaf[i] = slices.DeleteFunc(deaf[i], func(j int) bool { return i == middle || j == middle })
	}
	return deaf
}

// majority is the smallest number of members that is more than half.
func majority(n int) int { return n/2 + 1 }

// tries bounds the search for majorities that all differ; it hardly ever takes more than a few.
const tries = 100

// majorities is the grudge of a ring. Four and five members form a perfect one, in which each hears its two neighbours.
// Others are joined at random until each hears a majority.
func majorities(order []int, rng *rand.Rand) [][]int {
	n := len(order)
	if n == 4 || n == 5 {
		return perfectRing(order)
	}
	for range tries {
		if hears := joined(n, rng); distinct(hears) {
			return strangers(hears)
		}
	}
	return perfectRing(order)
}

// perfectRing lets each hear as many to its left as to its right, until that is a majority.
func perfectRing(order []int) [][]int {
	n := len(order)
	hears := alone(n)
	for i, a := range order {
		for step := 1; step <= majority(n)/2; step++ {
			b := order[(i+step)%n]
			hears[a][b], hears[b][a] = true, true
		}
	}
	return strangers(hears)
}

// joined starts with nobody who hears anybody else, and joins the two that hear fewest, until each hears a majority.
func joined(n int, rng *rand.Rand) []map[int]bool {
	hears := alone(n)
	for {
		byDegree := rng.Perm(n) // ties are broken at random
		slices.SortStableFunc(byDegree, func(a, b int) int { return len(hears[a]) - len(hears[b]) })
		a := byDegree[0]
		if len(hears[a]) >= majority(n) {
			return hears
		}
		b := byDegree[slices.IndexFunc(byDegree, func(b int) bool { return !hears[a][b] })]
		hears[a][b], hears[b][a] = true, true
	}
}

// alone is a cluster in which each hears but itself.
func alone(n int) []map[int]bool {
	hears := make([]map[int]bool, n)
	for i := range hears {
		hears[i] = map[int]bool{i: true}
	}
	return hears
}

// distinct reports whether no two hear the same.
func distinct(hears []map[int]bool) bool {
	seen := map[string]bool{}
	for _, h := range hears {
		key := fmt.Sprint(h) // printed in order
		if seen[key] {
			return false
		}
		seen[key] = true
	}
	return true
}

// strangers turns whom each hears into whom it does not.
func strangers(hears []map[int]bool) [][]int {
	deaf := make([][]int, len(hears))
	for i, h := range hears {
		for j := range hears {
			if !h[j] {
				deaf[i] = append(deaf[i], j)
			}
		}
	}
	return deaf
}

func sorted(deaf [][]int) [][]int {
	for i := range deaf {
		slices.Sort(deaf[i])
	}
	return deaf
}
