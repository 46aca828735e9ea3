// Package todo makes a to-do list of what runs have found: findings with an id, an owner and a state that outlive the run.
// What was found is computed from the digests of the runs, again and again; only what people decided is written down.
package todo

import (
	"time"

	"github.com/failurefriday/friday/verify/judge"
)

// State of a finding. The zero State is that of a finding which was not compared with decisions yet.
type State string

// The states, in the order in which they are listed.
const (
	Regressed State = "regressed" // closed, and seen again in a run that was started after that
	Open      State = "open"
	Closed    State = "closed"
)

// What a finding is about.
type What string

// The things that a finding can be about.
const (
	Result  What = "result"  // an expectation that failed, or that could not be tried
	Restore What = "restore" // something that did not come back after a run
	Watcher What = "watcher" // a monitor that died with what it watches, though another one paged
)

// Item is one finding. Texts are as the runs told them, and may come from outside: renderers make them safe.
type Item struct {
	// ID is F- and six hexadecimal digits, made of what the finding is about: the same in every run and on every machine.
	// Where two findings would have the same, the one that was seen later has more digits.
	ID          string `json:"id"`
	What        What   `json:"what"`
	State       State  `json:"state,omitempty"`
	Scenario    string `json:"scenario"`
	Service     string `json:"service,omitempty"`
	Environment string `json:"environment,omitempty"` // of the newest run that showed it
	Step        string `json:"step,omitempty"`        // its name
	Key         string `json:"key,omitempty"`         // of the expectation: digest.Result.Key
	Control     bool   `json:"control,omitempty"`     // found by negative controls, with no fault
	// Text is what was expected or, where nothing was asked for, what is wrong; Reason is what happened instead. One
	// sentence each, of the newest run that showed the finding, as are the next four.
	Text    string        `json:"text"`
	Verdict judge.Verdict `json:"verdict"`          // a watcher's death is found under a PASS
	Kind    string        `json:"kind,omitempty"`   // SF-01 …
	Hop     string        `json:"hop,omitempty"`    // the first broken hop
	Reason  string        `json:"reason,omitempty"` //
	Advice  string        `json:"advice,omitempty"` // what to do
	Owner   string        `json:"owner,omitempty"`  // of the scenario, unless somebody said otherwise

	First   time.Time `json:"first"` // start of the first and of the last run that showed it
	Last    time.Time `json:"last"`
	LastRun string    `json:"last_run"` // id
	Runs    int       `json:"runs"`     // how many showed it
	// Passing: the newest run that could tell says that it is well now, in every environment in which the finding was
	// seen. A run that could not look tells nothing.
	Passing bool `json:"passing"`
	// Now is the verdict of the newest run that could tell, of a Result; zero where none is newer than Last.
	Now judge.Verdict `json:"now,omitzero"`
	// Gone: the newest run of the scenario does not ask for it any more, so no run will show whether it is well.
	Gone bool `json:"gone,omitempty"`

	Closed     time.Time `json:"closed,omitzero"` // also of a regressed one: when it was closed before
	ClosedBy   string    `json:"closed_by,omitempty"`
	Because    string    `json:"because,omitempty"`    // why it was closed or reopened, in their words
	Note       string    `json:"note,omitempty"`       // the newest one
	Overturned []string  `json:"overturned,omitempty"` // runs whose SILENT was none, as somebody decided
}

// Active reports whether there is something to do about it: it is open or has regressed.
func (i Item) Active() bool { return i.State != Closed }

// Label is the verdict as people read it: a death that was found by luck is no PASS to them.
func (i Item) Label() string {
	if i.What == Watcher {
		return "WATCHER DIED"
	}
	return i.Verdict.String()
}

// Sentence is what happened, in one sentence; what was expected where nothing else is known.
func (i Item) Sentence() string {
	if i.Reason != "" {
		return i.Reason
	}
	return i.Text
}

// Overturned tells of which results people decided that the page had come after all, by the id of the run and the
// digest.Result.Key. It is what the share of false silences is counted from.
func Overturned(items []Item) func(run, key string) bool {
	all := map[[2]string]bool{}
	for _, i := range items {
		for _, run := range i.Overturned {
			all[[2]string{run, i.Key}] = true
		}
	}
	return func(run, key string) bool { return all[[2]string{run, key}] }
}
