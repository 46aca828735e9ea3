package radius

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Share says how many of the targets that match are attacked: all, a number, or a percentage. The zero Share is all.
type Share struct {
	count   int
	percent int
}

// N is the share of exactly n targets.
func N(n int) Share { return Share{count: n} }

// UnmarshalText reads all, 3 or 25%.
func (p *Share) UnmarshalText(text []byte) error {
	if string(text) == "all" {
		*p = Share{}
		return nil
	}
	number, isPercent := strings.CutSuffix(string(text), "%")
	n, err := strconv.ParseUint(number, 10, 31)
	if err != nil || n < 1 || isPercent && n > 100 {
		return errors.New("want all, a number of targets such as 2, or a percentage from 1% to 100%")
	}
	*p = Share{count: int(n)}
	if isPercent {
		*p = Share{percent: int(n)}
	}
	return nil
}

// String is p as it stands in a file.
func (p Share) String() string {
	switch {
	case p.percent > 0:
		return strconv.Itoa(p.percent) + "%"
	case p.count > 0:
		return strconv.Itoa(p.count)
	default:
		return "all"
	}
}

// of is how many of n are picked. A percentage is rounded up, so that it never means none.
func (p Share) of(n int) (int, error) {
	switch {
	case p.percent > 0:
		return (n*p.percent + 99) / 100, nil
	case p.count > n:
		return 0, fmt.Errorf("pick asks for %d targets, and only %d match", p.count, n)
	case p.count > 0:
		return p.count, nil
	default:
		return n, nil
	}
}

// from picks by the seed: the same seed picks the same from the same list. Both parts are in the order of all.
func from[T any](p Share, all []T, seed uint64) (picked, spared []T, err error) {
	n, err := p.of(len(all))
	if err != nil {
		return nil, nil, err
	}
	chosen := rand.New(rand.NewPCG(seed, 0)).Perm(len(all))[:n]
	for i, target := range all {
		if slices.Contains(chosen, i) {
			picked = append(picked, target)
		} else {
			spared = append(spared, target)
		}
	}
	return picked, spared, nil
}
