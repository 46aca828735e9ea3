package scenarios

import (
	"fmt"
	"maps"
	"reflect"

	"github.com/failurefriday/friday/internal/decode"
)

// names are those that were used, and the line on which each stands.
type names map[string]int

// unique reports a name that was used before.
func (l *loading) unique(what, name string, at *decode.Node, seen names) {
	if name == "" {
		return
	}
	if line, twice := seen[name]; twice {
		l.report.Add(at.Pos, fmt.Sprintf("another %s is called %q", what, name), fmt.Sprintf("the first one is on line %d; give this one a name of its own", line))
		return
	}
	seen[name] = at.Pos.Line
}

// probes names the probes that have no name, and reports those that cannot be told apart in a report. The guard rails of
// the scenario stand beside those of each step.
func (l *loading) probes() {
	l.named(l.scenario.Steady, l.root.Key("steady"), names{})
	l.named(l.scenario.Watchers, l.root.Key("watchers"), names{})
	everywhere := names{}
	l.named(l.scenario.AbortIf, l.root.Key("abort_if"), everywhere)
	for i := range l.scenario.Steps {
		l.named(l.scenario.Steps[i].AbortIf, l.root.Key("steps").Item(i).Key("abort_if"), maps.Clone(everywhere))
	}
}

func (l *loading) named(probes []Probe, list *decode.Node, seen names) {
	for i := range probes {
		p, n := &probes[i], list.Item(i)
		at := n.Key("name")
		if !at.Present() && p.Probe != nil {
			p.Name = derived(p, n.Key(p.Kind))
		}
		l.unique("probe", p.Name, at, seen)
		if c, hears := p.Probe.(canary); hears && n.Key(p.Kind).Sound() {
			l.known(c.SourceName(), n.Key(p.Kind).Key("source"))
		}
	}
}

// derived is the name of a probe that was given none: its kind and the first of its parameters, "tcp localhost:5432".
func derived(p *Probe, params *decode.Node) string {
	for _, f := range decode.Fields(reflect.TypeOf(p.Probe)) {
		if text := params.Key(f.Key).Text(); text != "" {
			return p.Kind + " " + text
		}
	}
	return p.Kind
}
