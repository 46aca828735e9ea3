package judge

import (
	"fmt"

	"github.com/failurefriday/friday/verify"
)

// Words is an event in words, for the log and for lines on a terminal; "" for one that is not worth a line. Text from
// outside is not made safe here.
func Words(e verify.Event) string {
	switch e.Type {
	case verify.RunStarted:
		if e.Run != nil {
			return fmt.Sprintf("run %s of %s", e.Run.ID, e.Run.Scenario)
		}
	case verify.GuardArmed:
		return e.Text
	case verify.StepStarted:
		return fmt.Sprintf("step %d: %s", e.Step, e.Text)
	case verify.HoldEnded:
		return "the hold ends: " + e.Text
	case verify.Restored:
		return "restored: " + e.Text
	case verify.NotRestored:
		return "NOT RESTORED: " + e.Text
	case verify.Aborted:
		return "stopped: " + e.Text
	case verify.Warned:
		return "warning: " + e.Text
	case verify.Polled, verify.SourceReady:
		return pollWords(e)
	case verify.IncidentSeen:
		return incidentWords(e.Incident)
	case verify.PulseTaken:
		return pulseWords(e)
	case verify.Traced:
		if e.Evidence != nil && e.Evidence.State == verify.Broken && e.Step > 0 { // what was foretold is a warning
			return fmt.Sprintf("%s is broken: %s", e.Evidence.Hop, e.Evidence.Text)
		}
	default:
		return faultWords(e)
	}
	return ""
}

func pollWords(e verify.Event) string {
	switch {
	case e.Poll == nil:
		return ""
	case e.Error != "":
		return fmt.Sprintf("cannot look at %s: %s", e.Poll.Source, e.Error)
	case e.Type == verify.SourceReady:
		return fmt.Sprintf("%s is ready, %d incidents are open", e.Poll.Source, e.Poll.Incidents)
	default:
		return ""
	}
}

func incidentWords(in *verify.SeenIncident) string {
	if in == nil || in.Baseline {
		return ""
	}
	text := fmt.Sprintf("incident %s on %s is %s: %s", in.ID, in.Source, in.Status, in.Title)
	if in.Service != "" {
		text += " (" + in.Service + ")"
	}
	return text
}

func pulseWords(e verify.Event) string {
	if e.Pulse == nil {
		return ""
	}
	p, state := e.Pulse, "red"
	if p.Role == verify.Watcher {
		state = "dead"
	}
	switch {
	case e.Error != "":
		return fmt.Sprintf("%s %s: cannot look: %s", p.Role, p.Name, e.Error)
	case p.OK:
		state = map[bool]string{true: "alive", false: "green"}[p.Role == verify.Watcher]
	}
	if p.Detail != "" {
		return fmt.Sprintf("%s %s is %s: %s", p.Role, p.Name, state, p.Detail)
	}
	return fmt.Sprintf("%s %s is %s", p.Role, p.Name, state)
}

func faultWords(e verify.Event) string {
	if e.Fault == nil {
		return ""
	}
	f := e.Fault
	what := fmt.Sprintf("%s of %s", f.Kind, f.Target)
	if e.Error != "" {
		return fmt.Sprintf("%s: %s: %s", e.Type, what, e.Error)
	}
	switch e.Type {
	case verify.FaultIntent:
		return "about to: " + what + " (undo is on disk)"
	case verify.FaultMade:
		return "injected: " + what
	case verify.FaultLook:
		return map[bool]string{true: "in force: ", false: "not in force: "}[f.Active] + what
	case verify.FaultAgain:
		return fmt.Sprintf("struck again: %s (%d)", what, f.Hits)
	case verify.FaultMeasured:
		if f.Effect == nil {
			return ""
		}
		return "felt: " + what + ": " + f.Effect.Text
	case verify.FaultUndone:
		return "reverted: " + what
	case verify.Residue:
		return "STILL IN FORCE: " + what
	default:
		return ""
	}
}

// Narrator tells a run in words and does not repeat itself: the same words about the same thing come once. The zero
// Narrator is ready.
type Narrator struct{ last map[string]string }

// Tell is Words, or "" for what has just been told.
func (n *Narrator) Tell(e verify.Event) string {
	text := Words(e)
	about := subject(e)
	if text == "" || about == "" {
		return text
	}
	if n.last == nil {
		n.last = map[string]string{}
	}
	if n.last[about] == text {
		return ""
	}
	n.last[about] = text
	return text
}

// log is the history in words.
func (r *reading) log() []LogLine {
	var lines []LogLine
	var n Narrator
	for _, e := range r.events {
		if text := n.Tell(e); text != "" {
			lines = append(lines, LogLine{At: e.At, Step: e.Step, Text: text})
		}
	}
	return lines
}

// subject is what repeated events are about; "" for those that are never left out.
func subject(e verify.Event) string {
	switch {
	case e.Type == verify.PulseTaken && e.Pulse != nil:
		return "pulse " + string(e.Pulse.Role) + e.Pulse.Name
	case e.Type == verify.FaultLook && e.Fault != nil:
		return "fault " + e.Fault.ID
	case e.Type == verify.Polled && e.Poll != nil:
		return "poll " + e.Poll.Source
	default:
		return ""
	}
}
