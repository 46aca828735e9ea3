// Package digest keeps of a judged run what statistics, to-do lists and comparisons need, and nothing else: the run
// store's index holds a digest of every run, so that thousands of them can be read at once.
package digest

import (
	"time"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// Version of the digest's shape and of how it is made: an index that was made by another version is made anew.
const Version = 1

// Run is the digest of one run. Times are the runner's clock in UTC; zero has not happened or is not known.
type Run struct {
	ID          string        `json:"id"`
	Scenario    string        `json:"scenario"`
	Title       string        `json:"title,omitempty"`
	Service     string        `json:"service,omitempty"`
	Owner       string        `json:"owner,omitempty"`
	Environment string        `json:"environment,omitempty"`
	Host        string        `json:"host,omitempty"`
	User        string        `json:"user,omitempty"`
	File        string        `json:"file,omitempty"`       // of the scenario
	Definition  string        `json:"definition,omitempty"` // sha256 of the scenario after variables
	Control     bool          `json:"control,omitempty"`    // negative control: no fault was injected
	Verdict     judge.Verdict `json:"verdict"`
	Summary     string        `json:"summary,omitempty"`
	Restored    bool          `json:"restored"`
	Started     time.Time     `json:"started,omitzero"`
	Finished    time.Time     `json:"finished,omitzero"` // zero: the runner died
	Residue     []string      `json:"residue,omitempty"` // what is still in force, one sentence each
	Steps       []Step        `json:"steps,omitempty"`
	Watchers    []Watcher     `json:"watchers,omitempty"` // only those that died
}

// Step is one fault, or several at once, and what was expected of it.
type Step struct {
	Index     int           `json:"index"` // from 1
	Name      string        `json:"name"`
	Verdict   judge.Verdict `json:"verdict"`
	Issued    time.Time     `json:"issued,omitzero"`   // t_c: the first fault was injected
	InForce   time.Time     `json:"in_force,omitzero"` // t_f: the first look that saw it in force
	HoldEnd   time.Time     `json:"hold_end,omitzero"` // t_r: the undo was issued
	Healthy   time.Time     `json:"healthy,omitzero"`  // t_h: the steady state was green again
	Ended     time.Time     `json:"ended,omitzero"`
	Unhealthy string        `json:"unhealthy,omitempty"` // why it never became healthy
	Faults    []Fault       `json:"faults,omitempty"`
	// Opened counts the incidents that were opened between InForce and Ended on the services that the step watches,
	// Matched those of them that a fires asked for, Unexpected those that none did or that a must_not_fire forbids.
	Opened     int         `json:"opened,omitempty"`
	Matched    int         `json:"matched,omitempty"`
	Unexpected int         `json:"unexpected,omitempty"`
	Notified   []time.Time `json:"notified,omitempty"` // every notification of these incidents, oldest first
	Results    []Result    `json:"results,omitempty"`
	Alive      []string    `json:"alive,omitempty"` // watchers that were seen alive before the fault and to its end
}

// Fault is one change that was made.
type Fault struct {
	Kind   string `json:"kind"` // process.kill: its class in the coverage matrix
	Target string `json:"target"`
}

// Result is what came of one expectation.
type Result struct {
	ID string `json:"id"` // step.number
	// Key names what is expected, the same in all runs: it stays when deadlines, or the expectations beside it, change.
	Key      string            `json:"key"`
	Text     string            `json:"text"`
	Source   string            `json:"source,omitempty"`
	Alert    verify.AlertMatch `json:"alert,omitzero"`
	Service  string            `json:"service,omitempty"`  // that is asked for, where it is exactly one
	Names    []string          `json:"names,omitempty"`    // alerts (label alertname) and titles of the incidents that matched
	Services []string          `json:"services,omitempty"` // of the incidents that matched
	Line     int               `json:"line,omitempty"`     // in the scenario's file
	MustNot  bool              `json:"must_not,omitempty"`
	Within   verify.Seconds    `json:"within_s,omitempty"` // D
	Verdict  judge.Verdict     `json:"verdict"`
	Reason   string            `json:"reason,omitempty"`
	Advice   string            `json:"advice,omitempty"`
	Kind     string            `json:"kind,omitempty"`   // SF-01 …
	Broken   *verify.Hop       `json:"broken,omitempty"` // the first broken hop
	HopsSeen int               `json:"hops_seen"`        // of thirteen, those of which something is known
	Fired    bool              `json:"fired,omitempty"`  // somebody saw the rule fire
	// Tells are the hops behind the incident that the source can tell of (notified, acknowledged, resolved): a page that
	// has no time there did not come past, and it is not that nobody could look.
	Tells []verify.Hop `json:"tells,omitempty"`

	Detected     time.Time `json:"detected,omitzero"`     // t_i
	Alerted      time.Time `json:"alerted,omitzero"`      // t_a
	Accepted     time.Time `json:"accepted,omitzero"`     // t_n
	Notified     time.Time `json:"notified,omitzero"`     // t_u
	Acknowledged time.Time `json:"acknowledged,omitzero"` // t_k
	Resolved     time.Time `json:"resolved,omitzero"`     // t_z
	Observed     time.Time `json:"observed,omitzero"`     // nobody looked any longer than until then
}

// Watcher is a monitor that died in a step.
type Watcher struct {
	Name   string `json:"name"`
	Step   int    `json:"step"`
	Canary bool   `json:"canary,omitempty"`
	Target bool   `json:"target,omitempty"` // it is what was attacked, so its death was wanted
	Says   string `json:"says"`
}

// Class is the class of the fault for the coverage matrix: the kinds of attack that were used, several joined by +.
func (s Step) Class() string {
	seen, text := map[string]bool{}, ""
	for _, f := range s.Faults {
		if seen[f.Kind] {
			continue
		}
		seen[f.Kind] = true
		if text != "" {
			text += "+"
		}
		text += f.Kind
	}
	return text
}
