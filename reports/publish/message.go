package publish

import (
	"fmt"
	"strings"
	"time"

	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/verify/judge"
)

// message is the news, free of secrets, in the order in which people read it.
type message struct {
	reports.Brief
	test   bool
	target string
	link   string
	at     time.Time
	record judge.Record
	clean  func([]byte) []byte // once more for what was made of it
}

// part is some lines that belong together; all may be from outside.
type part struct {
	head  string
	lines []string
}

// mostFindings bounds how many a message tells of: the report has them all.
const mostFindings = 15

// parts are the message: first whether everything is restored, then what came out, then what did not pass.
func (m message) parts() []part {
	if m.test {
		return []part{{"TEST", []string{m.testWords()}}}
	}
	state := part{"✓ " + m.State, []string{m.StateText}}
	if !m.Restored {
		state.head = "✗ " + m.State
		state.lines = append(append(state.lines, m.Left...), "Run: "+m.Do)
	}
	all := []part{state, {m.headline(), nonEmpty(m.Summary, m.whose())}}
	for i, f := range m.Findings {
		if i == mostFindings {
			all = append(all, part{"", []string{fmt.Sprintf("… and %d more, in the report", len(m.Findings)-i)}})
			break
		}
		all = append(all, m.finding(f))
	}
	return append(all, part{"", []string{m.which()}})
}

func (m message) testWords() string {
	return fmt.Sprintf("This is a test of the notification %s. There was no run: nothing was broken, and nothing needs to be done.", m.target)
}

// headline is the verdict with the name of the run.
func (m message) headline() string {
	name := m.Scenario
	if m.Title != "" && m.Title != m.Scenario {
		name += ": " + m.Title
	}
	return m.Sign + " " + m.Verdict.String() + " " + name
}

// whose are the facts that tell a reader whether this concerns them.
func (m message) whose() string {
	var facts []string
	for _, f := range [][2]string{{"service", m.Service}, {"owner", m.Owner}, {"environment", m.Environment}} {
		if f[1] != "" {
			facts = append(facts, f[0]+" "+f[1])
		}
	}
	if m.Control {
		facts = append(facts, "negative control")
	}
	return strings.Join(facts, " · ")
}

func (m message) finding(f reports.BriefFinding) part {
	p := part{head: f.Sign + " " + f.Verdict.String() + " " + f.Text}
	if f.Reason != m.Summary {
		p.lines = nonEmpty(f.Reason)
	}
	if f.Broken != "" {
		p.lines = append(p.lines, "Lost at: "+f.Broken)
	}
	if f.Named != "" {
		p.lines = append(p.lines, "Kind: "+f.Named)
	}
	if f.Do != "" {
		p.lines = append(p.lines, "Do: "+f.Do)
	}
	return p
}

// which tells the run.
func (m message) which() string {
	text := m.Run + " · " + m.Date + " · " + m.Took
	if m.Passed > 0 {
		text += fmt.Sprintf(" · %d passed", m.Passed)
	}
	return text
}

func nonEmpty(texts ...string) []string {
	var all []string
	for _, t := range texts {
		if t != "" {
			all = append(all, t)
		}
	}
	return all
}

// count tells how many expectations came to each verdict.
func count(r judge.Record) map[string]int {
	counts := map[string]int{}
	for _, s := range r.Steps {
		for _, x := range s.Results {
			counts[x.Verdict.String()]++
		}
	}
	return counts
}
