package verify

import (
	"slices"

	"github.com/failurefriday/friday/internal/match"
)

// Match says which incidents are meant; every field that is set must match.
type Match struct {
	Service  match.Pattern            `json:"service,omitzero"`
	Title    match.Pattern            `json:"title,omitzero"`
	Urgency  match.Pattern            `json:"urgency,omitzero"`
	Severity match.Pattern            `json:"severity,omitzero"`
	Key      match.Pattern            `json:"key,omitzero"`
	Labels   map[string]match.Pattern `json:"labels,omitempty"`
}

// Expectation is what a step expects of one source.
type Expectation struct {
	ID     string `json:"id"` // step.number, both from 1: "1.2"
	Step   int    `json:"step"`
	Text   string `json:"text"`           // for people: fires on pagerduty: service Checkout, title /down/, within 1m
	Line   int    `json:"line,omitempty"` // in the scenario's file, from 1; 0 is not known
	Source string `json:"source"`
	Match  Match  `json:"match"`
	// Alert names the alert that is to cause the incident: by it the page is followed from the rule on.
	Alert AlertMatch `json:"alert,omitzero"`
	// MustNot turns the expectation round: an incident that matches is the failure (must_not_fire).
	MustNot bool `json:"must_not,omitempty"`
	// Within, Notified and Acknowledged count from the moment the fault was in force; Resolves counts from the moment
	// the steady state was green again after the revert. Zero: not expected.
	Within       Seconds `json:"within_s,omitempty"`
	Notified     Seconds `json:"notified_s,omitempty"`
	Acknowledged Seconds `json:"acknowledged_s,omitempty"`
	Resolves     Seconds `json:"resolves_s,omitempty"`
	// AtMost bounds how many incidents may match; 0 means no bound.
	AtMost int `json:"at_most,omitempty"`
	// AllowOpen accepts that a matching incident is open before the fault; otherwise the plan refuses.
	AllowOpen bool `json:"allow_open,omitempty"`
}

// AlertMatch says which alert is meant. One that names no alert follows nothing.
type AlertMatch struct {
	Name     match.Pattern            `json:"name,omitzero"`     // of the rule: alertname, or host!service
	Labels   map[string]match.Pattern `json:"labels,omitempty"`  // that the alert must have as well
	Receiver match.Pattern            `json:"receiver,omitzero"` // that the alert must be routed to; empty: not said
}

// IsZero reports whether no alert is named.
func (a AlertMatch) IsZero() bool { return a.Name.Empty() && len(a.Labels) == 0 && a.Receiver.Empty() }

// Fits reports whether the alert of that name and these labels is meant.
func (a AlertMatch) Fits(name string, labels map[string]string) bool {
	if a.Name.Empty() || !a.Name.Match(name) {
		return false
	}
	for label, want := range a.Labels {
		if !want.Match(labels[label]) {
			return false
		}
	}
	return true
}

// Fits reports whether every set field of m matches the incident.
func (m Match) Fits(in Incident) bool {
	return !slices.ContainsFunc(m.Fields(), func(f Field) bool { return !f.Pattern.Match(f.Of(in)) })
}

// Field is one set field of a Match, with the way to read it from an incident.
type Field struct {
	Name    string // service, title, key, urgency, severity, labels.NAME
	Pattern match.Pattern
	Of      func(Incident) string
	// Identity is true for the fields that say which alert this is (service, title, key, labels) and false for those that
	// say how it was sent (urgency, severity).
	Identity bool
}

// Fields are the fields of m that are set, identity first, in a fixed order.
func (m Match) Fields() []Field {
	all := []Field{
		{"service", m.Service, func(i Incident) string { return i.Service }, true},
		{"title", m.Title, func(i Incident) string { return i.Title }, true},
		{"key", m.Key, func(i Incident) string { return i.Key }, true},
	}
	names := make([]string, 0, len(m.Labels))
	for name := range m.Labels {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		all = append(all, Field{"labels." + name, m.Labels[name], func(i Incident) string { return i.Labels[name] }, true})
	}
	all = append(all,
		Field{"urgency", m.Urgency, func(i Incident) string { return i.Urgency }, false},
		Field{"severity", m.Severity, func(i Incident) string { return i.Severity }, false})
	return slices.DeleteFunc(all, func(f Field) bool { return f.Pattern.Empty() })
}
