package process

import (
	"fmt"
	"slices"
	"testing"

	"github.com/failurefriday/friday/internal/proc"
)

func mustPick(t *testing.T, text string) Pick {
	t.Helper()
	var p Pick
	if err := p.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if p.String() != text {
		t.Errorf("%q became %q", text, p)
	}
	return p
}

func TestPickHowMany(t *testing.T) {
	for _, test := range []struct {
		pick  string
		n     int
		want  int
		fails bool
	}{
		{"all", 7, 7, false},
		{"1", 7, 1, false},
		{"7", 7, 7, false},
		{"8", 7, 0, true},
		{"1%", 7, 1, false},
		{"1%", 100, 1, false},
		{"1%", 101, 2, false},
		{"33%", 3, 1, false},
		{"34%", 3, 2, false},
		{"50%", 5, 3, false},
		{"100%", 7, 7, false},
	} {
		got, err := mustPick(t, test.pick).of(test.n)
		if got != test.want || (err != nil) != test.fails {
			t.Errorf("%s of %d: got %d, %v, want %d", test.pick, test.n, got, err, test.want)
		}
	}
}

func TestPickRefuses(t *testing.T) {
	for _, text := range []string{"", "0", "-1", "+1", "0%", "101%", "%", "1.5", "some", "All", "1 %", "99999999999"} {
		if err := new(Pick).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestPickBySeed(t *testing.T) {
	var all []proc.Info
	for i := range 10 {
		all = append(all, proc.Info{ID: proc.ID{PID: 100 + i}, Name: "a"})
	}
	three := mustPick(t, "3")
	different := map[string]bool{}
	for seed := range uint64(20) {
		picked, spared, err := three.from(all, seed)
		again, _, _ := three.from(all, seed)
		if err != nil || !slices.Equal(picked, again) {
			t.Fatalf("seed %d: got %v, then %v, %v", seed, picked, again, err)
		}
		both := slices.Concat(picked, spared)
		slices.SortFunc(both, func(a, b proc.Info) int { return a.PID - b.PID })
		if len(picked) != 3 || !slices.Equal(both, all) {
			t.Fatalf("seed %d: %v and %v are not the parts of a whole", seed, picked, spared)
		}
		if !slices.IsSortedFunc(picked, func(a, b proc.Info) int { return a.PID - b.PID }) {
			t.Errorf("seed %d: %v is not in order", seed, picked)
		}
		different[fmt.Sprint(picked)] = true
	}
	if len(different) < 10 {
		t.Errorf("20 seeds made only %d different choices", len(different))
	}
}
