package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// board is what the live view knows of the run. It is a value: with returns a new one.
type board struct {
	scenario string
	now      func() time.Time
	width    int

	plan      *verify.PlanInfo
	step      int
	phase     string
	inForce   time.Time                 // of the current step
	holding   bool                      // between being in force and the end of the hold
	faults    map[string]faultLamp      // by id
	pulses    map[string]pulseLamp      // by role and name
	hops      map[hopOf]verify.Evidence // of the current step
	incidents []verify.SeenIncident
	lastPoll  time.Time
	pollError string
	log       []string
	narrator  *judge.Narrator
}

type faultLamp struct {
	target string
	state  string // planned, injected, in force, back, reverted, STILL IN FORCE
}

type pulseLamp struct {
	role   verify.Role
	name   string
	state  string // alive, DEAD, unknown
	detail string
}

// logLines is how much of the log the board shows.
const logLines = 6

func newBoard(scenario string, now func() time.Time) board {
	return board{
		scenario: scenario, now: now, width: 100, phase: "planning", faults: map[string]faultLamp{},
		pulses: map[string]pulseLamp{}, narrator: &judge.Narrator{},
	}
}

// with is the board after an event.
func (b board) with(e verify.Event) board {
	if words := b.narrator.Tell(e); words != "" {
		b.log = append(slices.Clone(b.log), e.At.Local().Format("15:04:05")+"  "+words)
		b.log = b.log[max(0, len(b.log)-logLines):]
	}
	switch e.Type {
	case verify.RunPlanned:
		b.plan = e.Plan
	case verify.StepStarted:
		b.step, b.phase, b.inForce, b.holding = e.Step, "looking before the attack", time.Time{}, false
		b.faults, b.hops = map[string]faultLamp{}, nil
	case verify.FaultIntent, verify.FaultMade, verify.FaultLook, verify.FaultAgain, verify.FaultUndone, verify.Residue:
		b = b.withFault(e)
	case verify.PulseTaken:
		b.pulses = maps.Clone(b.pulses)
		b.pulses[string(e.Pulse.Role)+" "+e.Pulse.Name] = lamp(e)
	case verify.Traced:
		if e.Step > 0 {
			b = b.withHop(*e.Evidence)
		}
	case verify.Polled:
		b.pollError = e.Error
		if e.Error == "" {
			b.lastPoll = e.At
		}
	case verify.IncidentSeen:
		b = b.withIncident(*e.Incident)
	case verify.HoldEnded:
		b.phase, b.holding = "reverting", false
	case verify.Restored:
		b.phase = "restored"
	case verify.NotRestored:
		b.phase = "NOT RESTORED"
	case verify.Aborted:
		b.phase = "stopping: " + e.Abort.Reason
	}
	return b
}

func (b board) withFault(e verify.Event) board {
	states := map[verify.Type]string{
		verify.FaultIntent: "planned", verify.FaultMade: "injected", verify.FaultAgain: "struck again",
		verify.FaultUndone: "reverted", verify.Residue: "STILL IN FORCE",
	}
	state := states[e.Type]
	if e.Type == verify.FaultLook {
		state = "not in force"
		if e.Fault.Active {
			state = "in force"
			if b.inForce.IsZero() {
				b.inForce, b.holding, b.phase = e.At, true, "holding"
			}
		}
	}
	b.faults = maps.Clone(b.faults)
	b.faults[e.Fault.ID] = faultLamp{e.Fault.Target, state}
	return b
}

func (b board) withIncident(in verify.SeenIncident) board {
	if in.Baseline {
		return b
	}
	b.incidents = slices.Clone(b.incidents)
	if i := slices.IndexFunc(b.incidents, func(o verify.SeenIncident) bool { return o.ID == in.ID && o.Source == in.Source }); i >= 0 {
		b.incidents[i] = in
		return b
	}
	b.incidents = append(b.incidents, in)
	return b
}

func lamp(e verify.Event) pulseLamp {
	l := pulseLamp{e.Pulse.Role, e.Pulse.Name, "DEAD", e.Pulse.Detail}
	if e.Pulse.Role != verify.Watcher {
		l.state = "RED"
	}
	switch {
	case e.Error != "":
		l.state, l.detail = "unknown", e.Error
	case e.Pulse.OK:
		l.state = map[bool]string{true: "alive", false: "green"}[e.Pulse.Role == verify.Watcher]
	}
	return l
}

var (
	bold = lipgloss.NewStyle().Bold(true)
	dim  = lipgloss.NewStyle().Faint(true)
	good = lipgloss.NewStyle().Foreground(lipgloss.Green)
	bad  = lipgloss.NewStyle().Foreground(lipgloss.Red).Bold(true)
	warn = lipgloss.NewStyle().Foreground(lipgloss.Yellow)
)

// draw is the board as text, no wider than the window.
func (b board) draw() string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	add("%s  %s", bold.Render("friday · "+clean(b.scenario)), b.headline())
	for _, id := range slices.Sorted(maps.Keys(b.faults)) {
		add("  fault     %s  %s", lampOf(b.faults[id].state), clean(b.faults[id].target))
	}
	lines = append(lines, b.drawDeadlines()...)
	for _, key := range slices.Sorted(maps.Keys(b.pulses)) {
		p := b.pulses[key]
		add("  %-9s %s  %s  %s", p.role, lampOf(p.state), clean(p.name), dim.Render(clean(p.detail)))
	}
	for _, in := range b.incidents {
		add("  incident  %s  %s  %s", lampOf(string(in.Status)), clean(in.Title), dim.Render(clean(in.Service)))
	}
	add("  source    %s", b.drawPoll())
	lines = append(lines, "")
	for _, l := range b.log {
		add("  %s", dim.Render(clean(l)))
	}
	for i, l := range lines {
		lines[i] = lipgloss.NewStyle().MaxWidth(b.width).Render(l)
	}
	return strings.Join(lines, "\n") + "\n"
}

func (b board) headline() string {
	if b.plan == nil || b.step == 0 || b.step > len(b.plan.Steps) {
		return b.phase
	}
	s := b.plan.Steps[b.step-1]
	text := fmt.Sprintf("step %d/%d %s: %s", b.step, len(b.plan.Steps), clean(s.Name), clean(b.phase))
	if b.holding {
		left := s.Hold.Duration() - b.now().Sub(b.inForce)
		text += fmt.Sprintf(", at most %s more", countdown(left))
	}
	return text
}

// drawDeadlines shows for each expectation how long it has left.
func (b board) drawDeadlines() []string {
	if b.plan == nil || b.step == 0 || b.step > len(b.plan.Steps) {
		return nil
	}
	var lines []string
	for _, e := range b.plan.Steps[b.step-1].Expect {
		state := dim.Render("waiting      ")
		hit := slices.ContainsFunc(b.incidents, func(in verify.SeenIncident) bool {
			return in.Source == e.Source && e.Match.Fits(in.Incident)
		})
		left := e.Within.Duration() - b.now().Sub(b.inForce)
		switch {
		case e.MustNot && hit:
			state = bad.Render("FIRED        ")
		case e.MustNot:
			state = good.Render("quiet        ")
		case hit:
			state = good.Render("fired        ")
		case b.inForce.IsZero():
		case left <= 0:
			state = bad.Render(fmt.Sprintf("%-13s", "late "+countdown(-left)))
		default:
			state = warn.Render(fmt.Sprintf("%-13s", "due "+countdown(left)))
		}
		lines = append(lines, fmt.Sprintf("  expect    %s  %s", state, clean(e.Text)))
		if !hit {
			lines = append(lines, b.drawPage(e.ID)...)
		}
	}
	return lines
}

func (b board) drawPoll() string {
	switch {
	case b.pollError != "":
		return bad.Render("cannot look: " + clean(b.pollError))
	case b.lastPoll.IsZero():
		return dim.Render("not polled yet")
	default:
		return fmt.Sprintf("looked %s ago", countdown(b.now().Sub(b.lastPoll)))
	}
}

func stateStyle(state string) lipgloss.Style {
	switch state {
	case "alive", "green", "reverted":
		return good
	case "DEAD", "RED", "in force", "STILL IN FORCE":
		return bad
	default:
		return warn
	}
}

// lampOf is a state, padded so that what follows stands in one column.
func lampOf(state string) string { return stateStyle(state).Render(fmt.Sprintf("%-13s", state)) }

func countdown(d time.Duration) string {
	return max(d, 0).Truncate(100 * time.Millisecond).String()
}

// clean makes text from outside safe for the terminal.
func clean(text string) string { return show.OneLine(text) }
