package scenarios

import (
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/verify"
)

// Config is friday.yaml: where Friday looks, what it must not touch, and where it keeps its state.
type Config struct {
	Environment string            `yaml:"environment" doc:"what this configuration points at: development, ci, staging, production …"`
	Allow       []string          `yaml:"allow" doc:"environments in which runs are allowed without a word; production always needs --allow production"`
	Sources     map[string]Source `yaml:"sources" keys:"^[A-Za-z0-9][A-Za-z0-9._-]*$" want:"letters, digits, dots, dashes and underscores, beginning with a letter or digit" doc:"alerting systems by name, each with exactly one key that is a source kind"`
	Protected   []proc.Match      `yaml:"protected" doc:"processes that no attack may touch, besides those always protected"`
	Limits      Limits            `yaml:"limits" doc:"bounds for every scenario"`
	Notify      map[string]Notify `yaml:"notify" keys:"^[A-Za-z0-9][A-Za-z0-9._-]*$" want:"letters, digits, dots, dashes and underscores, beginning with a letter or digit" doc:"whom friday run --notify tells, by name, each with exactly one key that is a kind of target; all is everybody"`
	Link        string            `yaml:"link" pattern:"^https?://[^/]" want:"http:// or https:// and a host" doc:"address at which the site of friday site is published: notifications link to the reports there"`
	State       string            `yaml:"state" doc:"folder for journals and runs; by default $XDG_STATE_HOME/friday or ~/.local/state/friday"`

	File string `yaml:"-"`
}

// Limits bound the blast radius of every scenario.
type Limits struct {
	MaxTargets int           `yaml:"max_targets" default:"50" min:"1" doc:"no attack may have more targets than this"`
	MaxHold    time.Duration `yaml:"max_hold" default:"1h" min:"1ms" doc:"no step may hold its faults longer than this"`
	Margin     time.Duration `yaml:"margin" default:"30s" doc:"time after the hold and recover_within after which the guard takes a run for hung, ends it and reverts"`
}

// Source is one alerting system in friday.yaml.
type Source struct {
	Kind    string              `yaml:"-"`
	Follows bool                `yaml:"-"` // sources of its kind follow pages
	Params  verify.SourceParams `yaml:"-"` // decoded from the key that names the kind
	Pos     diag.Pos            `yaml:"-"`
}

// Notify is somebody to tell of runs, in friday.yaml.
type Notify struct {
	On string `yaml:"on" default:"always" pattern:"^(always|failure|change)$" want:"always, failure or change" doc:"which runs to tell of: always, failure (everything but a pass), or change (the verdict is not that of the run of the scenario before)"`

	Kind   string   `yaml:"-"`
	Params any      `yaml:"-"` // decoded from the key that names the kind
	Pos    diag.Pos `yaml:"-"`
}
