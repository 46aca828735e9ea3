package fields

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// State of an incident.
type State string

// The states.
const (
	Triggered    State = "triggered"
	Acknowledged State = "acknowledged"
	Resolved     State = "resolved"
	Ignored      State = "ignored" // not an incident, or not yet
)

// Words are the words that mean each state, whatever their case.
type Words struct {
	Triggered    []string `yaml:"triggered" doc:"words that mean that it is open: firing, new"`
	Acknowledged []string `yaml:"acknowledged" doc:"words that mean that somebody is at it"`
	Resolved     []string `yaml:"resolved" doc:"words that mean that it is over: ok, closed"`
	Ignored      []string `yaml:"ignored" doc:"words of items that are no incidents, or not yet: pending, suppressed"`
}

type words struct {
	state State
	words []string
}

func (w Words) lists() []words {
	return []words{{Triggered, w.Triggered}, {Acknowledged, w.Acknowledged}, {Resolved, w.Resolved}, {Ignored, w.Ignored}}
}

func (w Words) isZero() bool {
	return !slices.ContainsFunc(w.lists(), func(l words) bool { return len(l.words) > 0 })
}

// usual are the words that need not be said. What is said goes first.
var usual = Words{
	Triggered:    []string{"triggered", "firing", "open", "opened", "new", "alerting", "alert", "active", "unacked", "started", "problem", "trigger", "down", "critical"},
	Acknowledged: []string{"acknowledged", "acked", "ack", "acknowledge"},
	Resolved:     []string{"resolved", "closed", "ok", "inactive", "recovered", "resolve", "up", "normal"},
}

// of is the state that a word means. One that means none is an error: whoever guessed could take an alert for none, or
// for one that goes on.
func (w Words) of(word string) (State, error) {
	if word == "" {
		return "", errors.New("there is no plain value")
	}
	fits := func(l words) bool {
		return slices.ContainsFunc(l.words, func(known string) bool { return strings.EqualFold(known, word) })
	}
	for _, list := range [][]words{w.lists(), usual.lists()} {
		if i := slices.IndexFunc(list, fits); i >= 0 {
			return list[i].state, nil
		}
	}
	return "", fmt.Errorf("nobody knows what %.60q means: put it under states, below triggered, acknowledged, resolved or ignored", word)
}

// labels reads labels, in any of the forms in which they are told. What is not plain is left out.
func (p Path) labels(v any) map[string]string {
	found := map[string]string{}
	add := func(name string, value any) {
		if text, ok := Text(value); ok && name != "" {
			found[name] = text
		}
	}
	for _, at := range p.Find(v) {
		switch at := at.(type) {
		case map[string]any:
			for name, value := range at {
				add(name, value)
			}
		case []any:
			for _, one := range at {
				addLabel(one, add)
			}
		default:
			addLabel(at, add)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return found
}

// addLabel reads one item of a list of labels.
func addLabel(v any, add func(string, any)) {
	switch v := v.(type) {
	case string:
		if i := strings.IndexAny(v, ":="); i > 0 {
			add(v[:i], strings.TrimSpace(v[i+1:]))
		}
	case map[string]any:
		key, _ := Text(v["key"])
		name, _ := Text(v["name"])
		add(cmp.Or(key, name), v["value"])
	}
}
