package digest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// TestWatchersThatDiedAndThoseThatLived: what nobody could look at is neither.
func TestWatchersThatDiedAndThoseThatLived(t *testing.T) {
	for _, c := range []struct {
		name           string
		before, during judge.State
		fates          []verify.Fate
		dead           []digest.Watcher
		alive          []string
	}{
		{"lived", judge.Alive, judge.Alive, nil, nil, []string{"check"}},
		{"died", judge.Alive, judge.Dead, nil, []digest.Watcher{{Name: "check", Step: 1, Says: "says"}}, nil},
		{"died as it was to", judge.Alive, judge.Dead, []verify.Fate{{Step: 1, Shares: verify.SharesProcess}}, []digest.Watcher{{Name: "check", Step: 1, Target: true, Says: "says"}}, nil},
		{"is to die in another step", judge.Alive, judge.Dead, []verify.Fate{{Step: 2, Shares: verify.SharesProcess}}, []digest.Watcher{{Name: "check", Step: 1, Says: "says"}}, nil},
		{"shares something else", judge.Alive, judge.Dead, []verify.Fate{{Step: 1, Shares: "cgroup"}}, []digest.Watcher{{Name: "check", Step: 1, Says: "says"}}, nil},
		{"was dead before", judge.Dead, judge.Dead, nil, nil, nil},
		{"came to life", judge.Dead, judge.Alive, nil, nil, nil},
		{"could not be looked at", judge.Alive, judge.StateUnknown, nil, nil, nil},
		{"could not be looked at before", judge.StateUnknown, judge.Alive, nil, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := sample.Passed()
			w := sample.Watcher("check", "says", c.during)
			w.Steps[0].Before, w.Fates = c.before, c.fates
			r.Watchers = []judge.Watcher{w}
			run := digest.Of(r)
			if diff := cmp.Diff(c.dead, run.Watchers); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.alive, run.Steps[0].Alive); diff != "" {
				t.Error(diff)
			}
		})
	}
}
