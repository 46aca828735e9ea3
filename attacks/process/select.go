// Package process attacks processes: it kills and pauses them.
package process

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/proc"
)

// Pick says how many of the processes that match are attacked: all, a number, or a percentage.
type Pick struct {
	count   int
	percent int
}

// UnmarshalText reads all, 3 or 25%.
func (p *Pick) UnmarshalText(text []byte) error {
	word := string(text)
	if word == "all" {
		*p = Pick{}
		return nil
	}
	number, isPercent := strings.CutSuffix(word, "%")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || isPercent && n > 100 {
		return fmt.Errorf("want all, a number of processes such as 2, or a percentage such as 25%%")
	}
	*p = Pick{count: n}
	if isPercent {
		*p = Pick{percent: n}
	}
	return nil
}

// String is p as it stands in a file.
func (p Pick) String() string {
	switch {
	case p.percent > 0:
		return strconv.Itoa(p.percent) + "%"
	case p.count > 0:
		return strconv.Itoa(p.count)
	default:
		return "all"
	}
}

// from picks by the seed: the same seed picks the same from the same list. A percentage is rounded up.
func (p Pick) from(all []proc.Info, seed uint64) ([]proc.Info, error) {
	n := len(all)
	switch {
	case p.percent > 0:
		n = (len(all)*p.percent + 99) / 100
	case p.count > len(all):
		return nil, fmt.Errorf("%d are to be picked, and only %d match", p.count, len(all))
	case p.count > 0:
		n = p.count
	}
	shuffled := slices.Clone(all)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	picked := shuffled[:n]
	slices.SortFunc(picked, func(a, b proc.Info) int { return a.PID - b.PID })
	return picked, nil
}

// Targets are the parameters that every attack on processes has.
type Targets struct {
	Match      proc.Match `yaml:"match" required:"true" doc:"which processes; every field that is set must match"`
	Pick       Pick       `yaml:"pick" default:"all" doc:"how many of them: all, a number, or a percentage (rounded up)"`
	MaxTargets int        `yaml:"max_targets" doc:"refuse if more than this many would be hit"`

	limits attacks.Limits
}

// Limit takes the guard rails of the run.
func (t *Targets) Limit(l attacks.Limits) { t.limits = l }

// Check finds what the types of the parameters do not tell.
func (t *Targets) Check() []diag.FieldError {
	var bad []diag.FieldError
	if t.Match.Empty() {
		bad = append(bad, diag.FieldError{Field: "match", Msg: "at least one of name, command, pid_file, port, user, cgroup, unit is needed"})
	}
	if t.MaxTargets < 0 {
		bad = append(bad, diag.FieldError{Field: "max_targets", Msg: "must not be negative"})
	}
	return bad
}

// choose finds the targets, within all limits. A protected process among those that match is a reason to refuse, not to
// skip it in silence: the selector means more than its author thinks.
func (t *Targets) choose() ([]proc.Info, error) {
	all, err := proc.Find(t.Match)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(i proc.Info) bool { return i.PID == os.Getpid() })
	if len(all) == 0 {
		return nil, attacks.ErrNoTarget
	}
	picked, err := t.Pick.from(all, t.limits.Seed)
	if err != nil {
		return nil, err
	}
	for _, most := range []int{t.MaxTargets, t.limits.MaxTargets} {
		if most > 0 && len(picked) > most {
			return nil, fmt.Errorf("%d processes would be hit, and max_targets is %d", len(picked), most)
		}
	}
	return picked, t.refuseProtected(picked)
}

func (t *Targets) refuseProtected(picked []proc.Info) error {
	reason := t.limits.Protected
	if reason == nil {
		standard, err := proc.NewProtected(nil)
		if err != nil {
			return err
		}
		reason = standard.Reason
	}
	var refused []string
	for _, p := range picked {
		if why := reason(p.PID); why != "" {
			refused = append(refused, fmt.Sprintf("%s: %s", p, why))
		}
	}
	if len(refused) > 0 {
		return fmt.Errorf("protected processes are never attacked, and the selector means %s", strings.Join(refused, "; "))
	}
	return nil
}
