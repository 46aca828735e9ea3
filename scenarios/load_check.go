package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/decode"
	"github.com/failurefriday/friday/internal/diag"
)

// traces checks the names of the sources that follow the pages.
func (l *loading) traces() {
	for i, name := range l.scenario.Trace {
		l.known(name, l.root.Key("trace").Item(i))
	}
}

func (l *loading) step(s *Step, n *decode.Node) {
	for i, a := range s.Attacks {
		l.undo(a, n.Key("attacks").Item(i))
	}
	expect := n.Key("expect")
	for i := range s.Expect {
		l.expectation(s, &s.Expect[i], n, expect.Item(i))
	}
}

// undo refuses an attack that nothing brings back, unless the scenario says that this is meant.
func (l *loading) undo(a Attack, n *decode.Node) {
	final, ok := a.Attack.(attacks.Final)
	if !ok || a.Irreversible || !n.Sound() {
		return
	}
	if reason := final.CannotUndo(); reason != "" {
		l.report.Add(a.Pos, fmt.Sprintf("%s cannot be undone: %s", a.Kind, reason), "if that is meant, write irreversible: true beside it")
	}
}

func (l *loading) expectation(s *Step, e *Expect, step, n *decode.Node) {
	fires, mustNot := n.Key("fires"), n.Key("must_not_fire")
	switch {
	case !n.Sound() && !fires.Present() && !mustNot.Present():
	case fires.Present() && mustNot.Present():
		l.report.Add(mustNot.Pos, "fires and must_not_fire in one expectation", "give each an item of its own")
	case fires.Present():
		if fires.Sound() && len(expectation(*e, s.Hold).Match.Fields()) == 0 {
			l.report.Add(fires.Pos, "any incident at all would satisfy this", "add at least one of service, title, urgency, severity, key, labels")
		}
		l.source(e.Fires, fires)
		l.within(s, e, step, n)
	case mustNot.Present():
		l.source(e.MustNotFire, mustNot)
		for _, key := range []string{"within", "notified", "acknowledged", "resolves", "at_most"} {
			if n.Key(key).Present() {
				l.report.Add(n.Key(key).Pos, key+" makes no sense with must_not_fire", "leave it out: nothing may fire at all while the fault is in force")
			}
		}
	default:
		l.report.Add(n.Pos, "an expectation needs fires or must_not_fire", "")
	}
	for _, key := range []string{"alert_labels", "receiver"} {
		if n.Key(key).Present() && !n.Key("alert").Present() {
			l.report.Add(n.Key(key).Pos, key+" needs alert", "name the alert that is to cause the incident")
		}
	}
}

// within must come before the revert: what is paged later is paged for something that is over.
func (l *loading) within(s *Step, e *Expect, step, n *decode.Node) {
	if s.Momentary || e.Within <= s.Hold || !step.Key("hold").Sound() || !step.Key("momentary").Sound() {
		return
	}
	hold := fmt.Sprintf("hold is %s by default", s.Hold)
	if n := step.Key("hold"); n.Present() {
		hold = "hold is " + n.Text()
	}
	l.report.Add(n.Key("within").Pos, fmt.Sprintf("within is longer than hold: the fault would be reverted before the page is due (%s)", hold),
		"make hold longer or within shorter; if the fault heals by itself, say momentary: true")
}

// source checks, or fills in, where the incident is looked for.
func (l *loading) source(m *IncidentMatch, n *decode.Node) {
	if m == nil || !n.Sound() {
		return
	}
	source := n.Key("source")
	switch {
	case l.opts.Sources == nil:
	case m.Source != "":
		l.known(m.Source, source)
	case len(l.opts.Sources) == 1:
		m.Source = l.opts.Sources[0]
	case len(l.opts.Sources) == 0:
		l.report.Add(n.Pos, "no source is configured that could be asked", "name one under sources: in friday.yaml")
	default:
		l.report.Add(n.Pos, "which source is meant?", "add source: "+strings.Join(l.opts.Sources, " or source: "))
	}
}

// known reports a name that no source has.
func (l *loading) known(name string, at *decode.Node) {
	if l.opts.Sources != nil && !slices.Contains(l.opts.Sources, name) {
		l.report.Add(at.Pos, fmt.Sprintf("unknown source %q", name), diag.DidYouMean(name, l.opts.Sources))
	}
}
