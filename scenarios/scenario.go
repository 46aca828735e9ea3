// Package scenarios holds the file format, the plan, the run and its history.
package scenarios

import (
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/decode"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
)

// Kinds are the lists that a scenario file may name things from.
type Kinds struct {
	Attacks []attacks.Kind
	Probes  []verify.ProbeKind
	Sources []verify.SourceKind
	Notify  []decode.Kind // of targets; their settings are not known here
}

// Scenario is one scenario file, checked and with its variables filled in.
type Scenario struct {
	Name          string         `yaml:"name" required:"true" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$" want:"letters, digits, dots, dashes and underscores, beginning with a letter or digit" doc:"short name of letters, digits, dots, dashes and underscores; trends compare runs of the same name"`
	Title         string         `yaml:"title" doc:"one line for people"`
	Service       string         `yaml:"service" doc:"the service under test: its row in the coverage matrix"`
	Owner         string         `yaml:"owner" doc:"team or person that owns the findings"`
	Hypothesis    string         `yaml:"hypothesis" doc:"what should happen, in a sentence"`
	Environment   string         `yaml:"environment" doc:"the only environment in which this scenario may run; production needs --allow production"`
	Tags          []string       `yaml:"tags" doc:"free words to find scenarios by"`
	Vars          map[string]Var `yaml:"vars" keys:"^[A-Za-z_][A-Za-z0-9_-]*$" want:"letters, digits, dashes and underscores, not beginning with a digit" doc:"variables, used as ${name} in any other value; set with --var name=value"`
	Steady        []Probe        `yaml:"steady" doc:"steady state: green before the run, red proves the fault, green again after the revert"`
	Watchers      []Probe        `yaml:"watchers" doc:"who watches the service: their pulse is taken before, during and after"`
	AbortIf       []Probe        `yaml:"abort_if" doc:"guard rails for every step: a probe that turns red stops the run and reverts everything at once"`
	RecoverWithin time.Duration  `yaml:"recover_within" default:"2m" min:"1ms" doc:"how long after the revert the steady state may take to be green again"`
	Trace         []string       `yaml:"trace" doc:"sources that follow the pages hop by hop; by default every configured one that can, and one of these that is not ready is only a warning"`
	Steps         []Step         `yaml:"steps" required:"true" doc:"one after the other: break, watch, fix, wait until healthy"`

	Values     map[string]string `yaml:"-"` // what the variables stand for
	File       string            `yaml:"-"`
	Definition string            `yaml:"-"` // sha256 of the file with its variables filled in
	Pos        diag.Pos          `yaml:"-"`
}

// Var is a variable of a scenario file. A plain value is short for its default.
type Var struct {
	Default string `yaml:"default,scalar" doc:"value where nothing else sets one; without it the variable must be set"`
	Env     string `yaml:"env" doc:"environment variable to take the value from, where --var does not set it"`
	Doc     string `yaml:"doc" doc:"what the variable is for"`

	HasDefault bool `yaml:"-"`
}

// Probe is a named probe in a scenario file: a name, how to look, and exactly one key that is a probe kind.
type Probe struct {
	Name    string        `yaml:"name" doc:"name in reports; by default the kind and its first parameter"`
	Every   time.Duration `yaml:"every" default:"500ms" min:"10ms" doc:"how often to look"`
	Timeout time.Duration `yaml:"timeout" default:"2s" min:"10ms" doc:"a look that takes longer is red"`

	Kind  string       `yaml:"-"`
	Probe verify.Probe `yaml:"-"` // decoded from the key that names the kind
	Pos   diag.Pos     `yaml:"-"`
}

// Step is one fault and what is expected of it.
type Step struct {
	Name          string        `yaml:"name" required:"true" doc:"what is broken, in a few words"`
	Attacks       []Attack      `yaml:"attacks" required:"true" doc:"faults, injected in this order and reverted last first"`
	Hold          time.Duration `yaml:"hold" default:"5m" min:"1ms" doc:"how long the faults stay in force, at most; the step ends earlier once every answer is known"`
	HoldFull      bool          `yaml:"hold_full" doc:"keep the faults in force for the whole hold, even if every answer is known"`
	Momentary     bool          `yaml:"momentary" doc:"the fault is meant to heal by itself within the hold; silence accuses all the same"`
	RecoverWithin time.Duration `yaml:"recover_within" min:"1ms" doc:"overrides the scenario's recover_within"`
	Expect        []Expect      `yaml:"expect" required:"true" doc:"what the alerting system must and must not do; a step that expects nothing proves nothing"`
	AbortIf       []Probe       `yaml:"abort_if" doc:"guard rails for this step"`

	Pos diag.Pos `yaml:"-"`
}

// Attack is one attack of a step: exactly one key that is an attack kind, with its parameters.
type Attack struct {
	Irreversible bool `yaml:"irreversible" doc:"accept that this attack cannot be undone by Friday and that nothing brings the target back"`

	Kind   string         `yaml:"-"`
	Attack attacks.Attack `yaml:"-"`
	AtOnce int            `yaml:"-"` // of its kind
	Pos    diag.Pos       `yaml:"-"`
}

// Expect is one expectation: exactly one of fires and must_not_fire, and its deadlines.
type Expect struct {
	Fires        *IncidentMatch `yaml:"fires" doc:"an incident that must be opened"`
	MustNotFire  *IncidentMatch `yaml:"must_not_fire" doc:"an incident that must not be opened while the fault is in force"`
	Within       time.Duration  `yaml:"within" min:"1ms" doc:"deadline of fires, from the moment the fault is in force; by default the hold, and no longer than it unless the step is momentary"`
	Notified     time.Duration  `yaml:"notified" min:"1ms" doc:"somebody must have been notified within this time from the fault"`
	Acknowledged time.Duration  `yaml:"acknowledged" min:"1ms" doc:"somebody must have acknowledged within this time from the fault"`
	Resolves     time.Duration  `yaml:"resolves" min:"1ms" doc:"the incident must be resolved within this time once the steady state is green again"`
	AtMost       int            `yaml:"at_most" min:"1" doc:"no more than this many matching incidents"`
	AllowOpen    bool           `yaml:"allow_open" doc:"run although a matching incident is open already"`

	Alert       match.Pattern            `yaml:"alert" doc:"name of the alert that is to cause the incident, such as the alertname of a Prometheus rule: the page is followed from the rule on"`
	AlertLabels map[string]match.Pattern `yaml:"alert_labels" doc:"labels that the alert must have, where its name is not enough"`
	Receiver    match.Pattern            `yaml:"receiver" doc:"receiver that the alert must be routed to"`

	Pos diag.Pos `yaml:"-"`
}

// IncidentMatch says which incidents are meant; every field that is set must match.
type IncidentMatch struct {
	Source   string                   `yaml:"source" doc:"name of the source in friday.yaml; not needed where there is only one"`
	Service  match.Pattern            `yaml:"service" doc:"name of the service of the incident"`
	Title    match.Pattern            `yaml:"title" doc:"title of the incident"`
	Urgency  match.Pattern            `yaml:"urgency" doc:"urgency of the incident: high or low"`
	Severity match.Pattern            `yaml:"severity" doc:"severity of the alert: critical, error, warning or info"`
	Key      match.Pattern            `yaml:"key" doc:"incident key or dedup key"`
	Labels   map[string]match.Pattern `yaml:"labels" doc:"labels or custom details of the alert"`
}
