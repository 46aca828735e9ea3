package lint

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/verify"
)

// tooSlow adds up how long a page takes at best and at worst, as far as the configuration tells. What nobody knows counts for
// nothing, so the truth is never faster, and may be slower than the worst.
func tooSlow(ctx context.Context, l *look) error {
	for _, e := range l.Engines {
		for _, a := range e.alerts {
			for _, want := range l.expects(a) {
				best, worst, err := l.budget(ctx, e, a, want.Routed)
				if err != nil {
					return err
				}
				switch within := want.Within.Duration(); {
				case within == 0:
				case best.sum() > within:
					l.say(want.on(verify.Severe), fmt.Sprintf("%s cannot come within %s: it takes %s at best (%s)", a.Name, want.Within, best.sum(), best), "allow more time, or shorten what takes longest")
				case worst.sum() > within:
					l.say(want.on(verify.Risky), fmt.Sprintf("%s may not come within %s: it takes up to %s (%s)", a.Name, want.Within, worst.sum(), worst), "allow more time, or shorten what takes longest")
				}
			}
		}
	}
	return nil
}

// hold is how long Friday keeps a fault up if the scenario does not say.
const hold = 5 * time.Minute

// slow tells, once a file, of urgent alerts that no fault of the usual length can trip.
func slow(_ context.Context, l *look) error {
	for _, e := range l.Engines {
		names, first := map[string][]string{}, map[string]alert{}
		for _, a := range e.alerts {
			if !a.pages() || l.holdsBack(e, a, true).sum() < hold {
				continue
			}
			if len(names[a.File]) == 0 {
				first[a.File] = a
			}
			names[a.File] = append(names[a.File], a.Name)
		}
		for file, slow := range names {
			f := e.named(verify.Remark, first[file].Rule)
			f.Subject = "rules"
			l.say(f, fmt.Sprintf("a fault that is held for %s, as Friday does unless told otherwise, cannot trip %s", verify.Seconds(hold), few(slow)),
				"give their scenarios a longer hold:, or the rules a shorter for:")
		}
	}
	return nil
}

// noSuchAlert finds expectations whose alert no rule makes.
func noSuchAlert(_ context.Context, l *look) error {
	var names []string
	for _, e := range l.Engines {
		for _, r := range e.Rules {
			if r.Alerting {
				names = append(names, r.Name)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	for _, want := range l.Expected {
		name, exact := want.Alert.Name.Exact()
		if want.Alert.Name.Empty() || exact && strings.Contains(name, "!") || matchesAny(want, names) { // host!service is Icinga's
			continue
		}
		advice := "write the rule, or name one that is there"
		if near, ok := diag.Nearest(name, names); ok {
			advice = fmt.Sprintf("did you mean %q? else write the rule", near)
		}
		l.say(want.on(l.unlessPartial(verify.Severe)), fmt.Sprintf("no rule makes an alert called %s", want.Alert.Name), advice)
	}
	return nil
}

func matchesAny(want Expected, names []string) bool {
	for _, name := range names {
		if want.Alert.Name.Match(name) {
			return true
		}
	}
	return false
}

// alreadyOpen finds open incidents that take in what a scenario waits for.
func alreadyOpen(_ context.Context, l *look) error {
	for _, want := range l.Expected {
		if want.MustNot || want.AllowOpen || len(want.Match.Fields()) == 0 {
			continue
		}
		for _, in := range l.Open {
			if in.Source != want.Source || !want.Match.Fits(in) {
				continue
			}
			f := want.on(verify.Severe)
			f.Source = in.Source
			l.say(f, fmt.Sprintf("incident %s (%s) is open since %s: another one of its kind goes into it, and nobody hears of that", in.ID, in.Title, in.Opened.UTC().Format("2006-01-02 15:04 MST")),
				"resolve it, or say allow_open: true")
		}
	}
	return nil
}
