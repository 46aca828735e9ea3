package reports

import (
	"time"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// took is how long a run lasted.
func took(r judge.Record) string {
	if r.Finished.IsZero() {
		return "not finished"
	}
	return show.Span(verify.Seconds(r.Finished.Sub(r.Started)))
}

// zero is the moment from which a step counts: the fault in force, or the best that is known instead.
func zero(s judge.Step) (at time.Time, what string) {
	if !s.InForce.IsZero() {
		return s.InForce, "the fault was in force"
	}
	for _, f := range s.Faults {
		if !f.Injected.IsZero() {
			return f.Injected, "the injection (the fault was never seen in force)"
		}
	}
	return s.Started, "the step began (no fault was in force)"
}

// offset is a moment as seconds since the zero of its step: +4.2s.
func offset(s judge.Step, t time.Time) string {
	from, _ := zero(s)
	if t.IsZero() || from.IsZero() {
		return "–"
	}
	if d := t.Sub(from); d < 0 {
		return "−" + show.Span(verify.Seconds(-d))
	}
	return "+" + show.Span(verify.Seconds(t.Sub(from)))
}

// times are the moments of a step that are known.
func times(s judge.Step) []fact {
	moments := []struct {
		name string
		at   time.Time
		why  string
	}{
		{"first symptom", s.Symptom, ""},
		{"hold over", s.HoldEnd, because(s.HoldWhy)},
		{"reverted", s.Reverted, ""},
		{"healthy again", s.Healthy, ""},
	}
	var facts []fact
	if !s.InForce.IsZero() {
		facts = append(facts, fact{"fault in force", show.Clock(s.InForce)})
	}
	for _, m := range moments {
		if !m.at.IsZero() {
			facts = append(facts, fact{m.name, offset(s, m.at) + m.why})
		}
	}
	return facts
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

// measures are the metrics of a result that are known.
func measures(r judge.Result) []fact {
	all := []struct {
		name  string
		value *verify.Seconds
		limit verify.Seconds
	}{
		{"time to detect", r.TimeToDetect, r.Within},
		{"margin", r.Margin, 0},
		{"time to notify", r.TimeToNotify, r.Expectation.Notified},
		{"time to acknowledge", r.TimeToAcknowledge, 0},
		{"time to resolve", r.TimeToResolve, 0},
		{"reset time", r.ResetTime, r.Expectation.Resolves},
	}
	var facts []fact
	for _, m := range all {
		if m.value == nil {
			continue
		}
		text := m.value.String()
		if m.limit > 0 {
			text += " of " + m.limit.String()
		}
		facts = append(facts, fact{m.name, text})
	}
	return facts
}

// definitions are what the metrics mean, in the order of measures.
func definitions() []fact {
	return []fact{
		{"time to detect", "first matching incident opened − fault in force"},
		{"margin", "deadline − first matching incident opened; negative is late"},
		{"time to notify", "first responder notified − fault in force"},
		{"time to acknowledge", "first acknowledgement − incident opened"},
		{"time to resolve", "incident resolved − incident opened"},
		{"reset time", "incident resolved − service healthy again; negative is a false recovery"},
		{"fault in force", "the first look that saw the fault work; every deadline counts from there, not from the command"},
	}
}
