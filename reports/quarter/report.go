// Package quarter tells how well alerting has noticed faults over a quarter, or any period, to those who are responsible for
// reliability: how many faults were paged in time, which were silent and why, what nobody has tried, and what is to do. It
// asks no clock and no system: the same runs and options give the same bytes.
package quarter

import (
	"time"

	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify"
)

// Version of the report's shape in JSON. It grows when a field changes its meaning or goes; new fields do not change it.
const Version = 1

// Options say which period is told, and what is known beside the runs.
type Options struct {
	Since, Until time.Time      // runs that were started at or after Since and before Until
	Now          time.Time      // when the report is made: ages count up to Until, or to Now if that is earlier
	Zone         *time.Location // of days, weeks and hours; nil is UTC
	MaxAge       time.Duration  // a PASS that is older proves nothing any more; 0 lets none be too old
	Service      string         // only this one, if it is not empty
	Environment  string         // likewise
	Declared     []metrics.Cell // what is to be tested, beside all that was ever tried
	Items        []todo.Item    // findings of all runs (todo.List)
	Unread       []string       // what could not be read, one sentence each
}

// Report is all that is told. Texts are as the runs told them, and may come from outside: renderers make them safe.
type Report struct {
	Version     int            `json:"version"`
	Since       time.Time      `json:"since"`
	Until       time.Time      `json:"until"`
	Made        time.Time      `json:"made"`
	Zone        string         `json:"zone"`
	MaxAge      verify.Seconds `json:"max_age_s"` // 0: none
	Service     string         `json:"service,omitempty"`
	Environment string         `json:"environment,omitempty"`

	Headline string   `json:"headline"` // one sentence
	Actions  []Action `json:"actions"`  // what to do first, most urgent first

	Detection metrics.Trend   `json:"detection"` // in time ÷ valid faults, against the same time before
	Silent    metrics.Trend   `json:"silent"`
	Outcomes  []metrics.Share `json:"outcomes"` // sum to 1
	Left      []Left          `json:"not_restored"`

	Coverage metrics.Coverage `json:"coverage"`
	Kinds    []KindCount      `json:"silent_by_kind"` // of silent faults, most frequent first
	Hops     []HopCount       `json:"silent_by_hop"`  // in the order of the hops; those with none, too
	Lessons  []Lesson         `json:"lessons"`        // silent faults, most frequent first
	Repeats  []Repeat         `json:"repeat_offenders"`

	Times      Times            `json:"times"`
	MTTR       []metrics.MTTR   `json:"mttr"`
	Near       []Near           `json:"nearly_late"`
	Changes    []metrics.Change `json:"changes"`             // of the median time to detect
	Redefined  int              `json:"scenarios_redefined"` // another definition than in the period before: not compared
	AckOfTotal metrics.AckBins  `json:"acknowledged_at"`

	Noise    metrics.Noise `json:"noise"`
	Unwanted metrics.Rate  `json:"must_not_fire"` // those that fired
	Activity Activity      `json:"activity"`
	Todo     Todos         `json:"todo"`
	Excluded Excluded      `json:"excluded"`
	HopsSeen metrics.Rate  `json:"hops_seen"`

	Definitions []metrics.Definition `json:"definitions"`

	zone   *time.Location
	faults []metrics.Fault // of the period, oldest first
}

// Action is one thing to do.
type Action struct {
	Head string `json:"head"` // what is wrong, in a few words
	Do   string `json:"do"`
}

// Left is a run that left something behind, and that no newer run of its scenario has shown to be well.
type Left struct {
	Run      string    `json:"run"`
	Scenario string    `json:"scenario"`
	Started  time.Time `json:"started"`
	Summary  string    `json:"summary,omitempty"`
}

// KindCount is how many faults were silent in one way.
type KindCount struct {
	ID       string   `json:"id"` // SF-01; empty: the kind is not known
	Name     string   `json:"name"`
	Summary  string   `json:"summary,omitempty"`
	Remedy   string   `json:"remedy,omitempty"`
	Faults   int      `json:"faults"`
	Services []string `json:"services"`
}

// HopCount is how many silent faults lost their page at one hop.
type HopCount struct {
	Hop    string `json:"hop"` // empty: nobody could see where
	Faults int    `json:"faults"`
}

// Lesson is what silent faults of the same kind have taught: those of one expectation are told once.
type Lesson struct {
	Service  string    `json:"service,omitempty"`
	Scenario string    `json:"scenario"`
	Title    string    `json:"title,omitempty"`
	Owner    string    `json:"owner,omitempty"`
	Sentence string    `json:"sentence"` // of the newest one
	Advice   string    `json:"advice,omitempty"`
	Kind     string    `json:"kind,omitempty"`
	Hop      string    `json:"hop,omitempty"`
	Faults   int       `json:"faults"`
	Run      string    `json:"run"` // the newest one
	At       time.Time `json:"at"`
	Since    bool      `json:"passed_since"` // a newer fault of the same step was a PASS
}

// Repeat is a step that went wrong more than once.
type Repeat struct {
	Service  string          `json:"service,omitempty"`
	Scenario string          `json:"scenario"`
	Step     string          `json:"step"`
	Owner    string          `json:"owner,omitempty"`
	Failed   metrics.Rate    `json:"failed"`   // of its valid faults
	Outcomes []metrics.Share `json:"outcomes"` // of these
	Passing  bool            `json:"passing"`  // the newest one was a PASS
}

// Times are the distributions.
type Times struct {
	Detect     metrics.Times `json:"detect"`
	Notify     metrics.Times `json:"notify"`
	Ack        metrics.Times `json:"acknowledge"`
	FaultToAck metrics.Times `json:"fault_to_acknowledge"`
	Resolve    metrics.Times `json:"resolve"`
	Recovery   metrics.Times `json:"recovery"`
	Reset      metrics.Times `json:"reset"`
	SelfHealed int           `json:"self_healed"`
	TooEarly   metrics.Rate  `json:"resolved_too_early"` // negative reset times
}

// Near is a page that came in time, but not by much.
type Near struct {
	Scenario string         `json:"scenario"`
	Service  string         `json:"service,omitempty"`
	Text     string         `json:"text"`
	Took     verify.Seconds `json:"took_s"` // the slowest that was in time
	Within   verify.Seconds `json:"within_s"`
	Margin   float64        `json:"margin"` // 0 to 1, of Within
	Run      string         `json:"run"`
}

// Activity is how much was tried.
type Activity struct {
	Runs         int          `json:"runs"`
	Faults       int          `json:"faults"` // also those that do not count
	Scenarios    int          `json:"scenarios"`
	Services     int          `json:"services"`
	Classes      int          `json:"classes"`
	Owners       int          `json:"owners"`
	Environments int          `json:"environments"`
	People       int          `json:"people"` // users that started runs
	Unrestored   int          `json:"runs_not_restored"`
	ActiveWeeks  metrics.Rate `json:"weeks_with_a_run"`
	Weeks        []Week       `json:"weeks"`
}

// Week is what was tried in one week, or the part of it that is in the period.
type Week struct {
	Start  time.Time `json:"start"` // its Monday, in the zone
	Runs   int       `json:"runs"`
	Faults int       `json:"faults"`
	Silent int       `json:"silent"`
}

// Todos are what became of findings.
type Todos struct {
	metrics.Findings
	Open      int           `json:"open"` // regressed ones among them
	Regressed int           `json:"regressed"`
	ToFix     metrics.Times `json:"time_to_fix"` // of those that were closed in the period
	Oldest    []Old         `json:"oldest"`
	Owners    []Owner       `json:"owners"`    // most open ones first
	PerFault  *float64      `json:"per_fault"` // opened ÷ valid faults
}

// Old is an open finding.
type Old struct {
	ID        string         `json:"id"`
	Label     string         `json:"label"` // its verdict
	Owner     string         `json:"owner,omitempty"`
	Sentence  string         `json:"sentence"`
	Run       string         `json:"run"` // the newest one that showed it
	Regressed bool           `json:"regressed,omitempty"`
	First     time.Time      `json:"first"`
	Age       verify.Seconds `json:"age_s"`
}

// Owner is one owner's part of the findings.
type Owner struct {
	Name      string         `json:"name"`
	Open      int            `json:"open"`
	Regressed int            `json:"regressed"`
	Opened    int            `json:"opened"`
	Closed    int            `json:"closed"`
	Oldest    verify.Seconds `json:"oldest_s"` // of the open ones
}

// Excluded is what does not count, and what nobody could look at.
type Excluded struct {
	Faults    []metrics.Exclusion `json:"faults"`
	NotBroken int                 `json:"steps_never_broken"`
	NoPage    int                 `json:"steps_without_page"`
	Estimated int                 `json:"faults_not_seen_in_force"` // valid ones; their times count from the injection
	Silences  metrics.Rate        `json:"overturned_silences"`
	Controls  metrics.Controls    `json:"controls"`
	Undated   int                 `json:"runs_without_date"`
	Unread    []string            `json:"could_not_look"`
}
