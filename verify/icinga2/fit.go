package icinga2

import (
	"slices"
	"strings"

	"github.com/failurefriday/friday/verify"
)

// names are what a host or service can be called in a scenario.
func (c *checkable) names() []string {
	if c.service == "" {
		return []string{c.key, c.display()}
	}
	return []string{c.key, c.service, c.display()}
}

// follows reports whether the page of an expectation can be told by this source: its alert is named, or the incident is
// expected of the source itself.
func (s *Source) follows(e verify.Expectation) bool {
	return !e.Alert.Name.Empty() || e.Source == s.name && e.Alert.IsZero() && len(e.Match.Fields()) > 0
}

// meant are the hosts and services that an expectation speaks of.
func (w *world) meant(e verify.Expectation) []*checkable {
	var found []*checkable
	for i := range w.all {
		c := &w.all[i]
		// Names first: there are many objects, and to put labels together is dear.
		name := slices.IndexFunc(c.names(), func(n string) bool { return !e.Alert.Name.Empty() && e.Alert.Name.Match(n) })
		if e.Alert.IsZero() && c.incidentFits(e.Match) || name >= 0 && e.Alert.Fits(c.names()[name], c.labels()) {
			found = append(found, c)
		}
	}
	return found
}

// incidentFits reports whether a problem of it can match, as far as that can be told from what does not change. The
// title ends with what the check says.
func (c *checkable) incidentFits(m verify.Match) bool {
	in := verify.Incident{Service: c.display(), Key: c.key}
	if len(m.Labels) > 0 {
		in.Labels = c.labels()
	}
	firm := 0
	for _, f := range m.Fields() {
		switch {
		case !f.Identity:
		case f.Name == "title":
		case !f.Pattern.Match(f.Of(in)):
			return false
		default:
			firm++
		}
	}
	if firm > 0 || m.Title.Empty() {
		return firm > 0
	}
	if exact, ok := m.Title.Exact(); ok {
		return exact == c.key || strings.HasPrefix(exact, c.key+": ")
	}
	return slices.ContainsFunc(append(c.names(), c.title()), m.Title.Match)
}

// asked is what an expectation calls its alert.
func asked(e verify.Expectation) string {
	if !e.Alert.Name.Empty() {
		return e.Alert.Name.String()
	}
	return e.Text
}
