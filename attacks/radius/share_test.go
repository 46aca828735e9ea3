package radius

import (
	"fmt"
	"slices"
	"testing"
)

func mustPick(t *testing.T, text string) Share {
	t.Helper()
	var p Share
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
		if err := new(Share).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestPickBySeed(t *testing.T) {
	var all []int
	for i := range 10 {
		all = append(all, 100+i)
	}
	three := mustPick(t, "3")
	different := map[string]bool{}
	for seed := range uint64(20) {
		picked, spared, err := from(three, all, seed)
		again, _, _ := from(three, all, seed)
		if err != nil || !slices.Equal(picked, again) {
			t.Fatalf("seed %d: got %v, then %v, %v", seed, picked, again, err)
		}
		both := slices.Concat(picked, spared)
		slices.Sort(both)
		if len(picked) != 3 || !slices.Equal(both, all) {
			t.Fatalf("seed %d: %v and %v are not the parts of a whole", seed, picked, spared)
		}
		if !slices.IsSorted(picked) {
			t.Errorf("seed %d: %v is not in order", seed, picked)
		}
		different[fmt.Sprint(picked)] = true
	}
	if len(different) < 10 {
		t.Errorf("20 seeds made only %d different choices", len(different))
	}
}
