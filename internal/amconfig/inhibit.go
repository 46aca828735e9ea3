package amconfig

import (
	"github.com/prometheus/alertmanager/pkg/labels"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/yamltree"
)

// InhibitRule suppresses alerts that match Target while others fire that match Source and have the Equal labels in common.
type InhibitRule struct {
	Pos            diag.Pos
	Source, Target labels.Matchers
	Equal          []string
}

func (l *loader) inhibitRule(n *yamltree.Node) InhibitRule {
	return InhibitRule{
		Pos:    n.Pos,
		Source: l.matchers(n, "source_matchers", oldForm{"source_match", "source_match_re"}),
		Target: l.matchers(n, "target_matchers", oldForm{"target_match", "target_match_re"}),
		Equal:  n.Words("equal"),
	}
}

// Inhibits finds the first rule by which an alert with the labels of source suppresses one with those of target.
func (c *Config) Inhibits(source, target map[string]string) (InhibitRule, bool) {
	for _, r := range c.Inhibit {
		if r.Inhibits(source, target) {
			return r, true
		}
	}
	return InhibitRule{}, false
}

// Inhibits reports whether an alert suppresses another one by this rule. An equal label that both sides lack counts as
// equal. An alert that matches both sides is not suppressed by others of which this is true as well, itself among them.
func (r InhibitRule) Inhibits(source, target map[string]string) bool {
	if !matches(r.Source, source) || !matches(r.Target, target) {
		return false
	}
	for _, name := range r.Equal {
		if source[name] != target[name] {
			return false
		}
	}
	return !matches(r.Source, target) || !matches(r.Target, source)
}

// Absent lists the equal labels that both sides lack: the rule holds by them although nothing links the two alerts.
func (r InhibitRule) Absent(source, target map[string]string) []string {
	var absent []string
	for _, name := range r.Equal {
		if source[name] == "" && target[name] == "" {
			absent = append(absent, name)
		}
	}
	return absent
}
