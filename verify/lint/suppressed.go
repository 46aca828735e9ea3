package lint

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/alertmanager/pkg/labels"

	"github.com/failurefriday/friday/internal/amconfig"
	"github.com/failurefriday/friday/verify"
)

// silenced finds silences in force that cover alerts whatever their series add to their labels.
func silenced(_ context.Context, l *look) error {
	for _, r := range l.Routers {
		for _, silence := range r.Silences {
			if !silence.In(r.Now) {
				continue
			}
			var names []string
			total, expected := 0, false
			for _, e := range l.Engines {
				for _, a := range e.alerts {
					total++
					if known, _, _ := a.static(e); within(silence.Matchers, known) {
						names = append(names, a.Name)
						expected = expected || len(l.expects(a)) > 0
					}
				}
			}
			if len(names) == 0 {
				continue
			}
			severity := verify.Remark
			switch {
			case expected:
				severity = verify.Severe
			case silence.End.Sub(silence.Start) > 24*time.Hour || total > 2 && len(names) == total:
				severity = verify.Risky
			}
			l.say(verify.Finding{Severity: severity, Source: r.Name, Subject: "silence " + silence.ID}, silenceText(silence, r.Now, names, total),
				fmt.Sprintf("end it if nobody needs it any more: amtool silence expire %s", silence.ID))
		}
	}
	return nil
}

// within reports whether all matchers are satisfied by labels that are known.
func within(matchers labels.Matchers, known map[string]string) bool {
	return len(matchers) > 0 && !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool {
		value, is := known[m.Name]
		return !is || !m.Matches(value)
	})
}

func silenceText(s amconfig.Silence, now time.Time, names []string, total int) string {
	return fmt.Sprintf("by %s (%q), %s old, until %s: %s covers %d of %s: %s", s.Owner, s.Comment, age(now.Sub(s.Start)),
		s.End.UTC().Format("2006-01-02 15:04 MST"), amconfig.Text(s.Matchers), len(names), counted(total, "alert"), few(names))
}

func age(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
	return verify.Seconds(d.Round(time.Minute)).String()
}

// wideInhibition finds inhibitions that link alerts which have nothing in common.
func wideInhibition(_ context.Context, l *look) error {
	for _, r := range l.Routers {
		for _, rule := range r.Config.Inhibit {
			f := at(verify.Risky, r.Name, "inhibit rule", rule.Pos)
			source, target := amconfig.Text(rule.Source), amconfig.Text(rule.Target)
			switch {
			case source == target:
				f.Severity = verify.Remark
				l.say(f, fmt.Sprintf("source and target are both %s: an alert that matches both sides suppresses no other one that does", source), "tell the two sides apart")
			case len(rule.Equal) == 0 && named(rule.Source):
				f.Severity = verify.Remark
				l.say(f, fmt.Sprintf("%s suppresses every alert with %s, wherever it is: there are no equal labels", source, target), "see that this is what is wanted; else name under equal what both must have in common")
			case len(rule.Equal) == 0:
				l.say(f, fmt.Sprintf("any alert with %s suppresses every alert with %s, wherever it is: there are no equal labels", source, target), "name under equal what both must have in common, such as cluster or instance")
			default:
				l.unlinked(f, rule)
			}
		}
	}
	return nil
}

// named reports whether one side of an inhibition is one alert.
func named(matchers labels.Matchers) bool {
	return slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return m.Name == "alertname" && m.Type == labels.MatchEqual })
}

// unlinked tells of a pair of alerts that the rule links although neither has any of the equal labels: what both lack counts
// as equal.
func (l *look) unlinked(f verify.Finding, rule amconfig.InhibitRule) {
	sources, targets := l.without(rule.Source, rule.Equal), l.without(rule.Target, rule.Equal)
	for _, source := range sources {
		for _, target := range targets {
			if source.Name == target.Name {
				continue
			}
			l.say(f, fmt.Sprintf("%s suppresses %s wherever it is: neither has the label %s, and what both lack counts as equal", source.Name, target.Name, few(rule.Equal)),
				"give both these labels, or narrow the inhibition")
			return
		}
	}
}

// without are the alerts that surely match, and surely have none of the labels.
func (l *look) without(matchers labels.Matchers, names []string) []alert {
	var all []alert
	for _, e := range l.Engines {
		for _, a := range e.alerts {
			known, open, closed := a.static(e)
			if closed && within(matchers, known) && !slices.ContainsFunc(names, func(name string) bool { return known[name] != "" || slices.Contains(open, name) }) {
				all = append(all, a)
			}
		}
	}
	return all
}
