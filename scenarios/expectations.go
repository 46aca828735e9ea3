package scenarios

import (
	"fmt"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/verify"
)

// alertName is the label that names an alert in the world of Prometheus.
const alertName = "alertname"

// Expected is an expectation with its place in the file.
type Expected struct {
	verify.Expectation
	Pos diag.Pos
}

// Expected lists what all steps expect.
func (s *Scenario) Expected() []Expected {
	var all []Expected
	for i := range s.Steps {
		for j, e := range expectations(i+1, &s.Steps[i]) {
			all = append(all, Expected{e, s.Steps[i].Expect[j].Pos})
		}
	}
	return all
}

// expectations turns what the file says into what the judge reads. Step counts from 1.
func expectations(number int, step *Step) []verify.Expectation {
	made := make([]verify.Expectation, len(step.Expect))
	for i, e := range step.Expect {
		made[i] = expectation(e, step.Hold)
		made[i].ID, made[i].Step, made[i].Line = fmt.Sprintf("%d.%d", number, i+1), number, e.Pos.Line
	}
	return made
}

func expectation(e Expect, hold time.Duration) verify.Expectation {
	which, mustNot := e.Fires, false
	if which == nil {
		which, mustNot = e.MustNotFire, true
	}
	v := verify.Expectation{
		Source: which.Source, MustNot: mustNot, AtMost: e.AtMost, AllowOpen: e.AllowOpen,
		Match: verify.Match{
			Service: which.Service, Title: which.Title, Urgency: which.Urgency, Severity: which.Severity, Key: which.Key,
			Labels: which.Labels,
		},
		Within: verify.Seconds(e.Within), Notified: verify.Seconds(e.Notified),
		Acknowledged: verify.Seconds(e.Acknowledged), Resolves: verify.Seconds(e.Resolves),
		Alert: verify.AlertMatch{Name: e.Alert, Labels: e.AlertLabels, Receiver: e.Receiver},
	}
	if v.Alert.Name.Empty() {
		v.Alert.Name = which.Labels[alertName]
	}
	if !mustNot && v.Within == 0 {
		v.Within = verify.Seconds(hold)
	}
	v.Text = words(v)
	return v
}

// words is an expectation as a person would say it.
func words(v verify.Expectation) string {
	var which []string
	for _, f := range v.Match.Fields() {
		which = append(which, f.Name+" "+f.Pattern.String())
	}
	verb := "fires"
	if v.MustNot {
		verb = "must not fire"
	}
	text := fmt.Sprintf("%s on %s", verb, v.Source)
	if len(which) > 0 {
		text += " (" + strings.Join(which, ", ") + ")"
	}
	for _, part := range []struct {
		word string
		span verify.Seconds
	}{{"within", v.Within}, {"notified within", v.Notified}, {"acknowledged within", v.Acknowledged}, {"resolves within", v.Resolves}} {
		if part.span > 0 {
			text += fmt.Sprintf(", %s %s", part.word, part.span)
		}
	}
	if v.AtMost > 0 {
		text += fmt.Sprintf(", at most %d", v.AtMost)
	}
	return text
}
