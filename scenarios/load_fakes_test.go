package scenarios_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/verify"
)

// The kinds below have parameters of the real ones, and do nothing: messages are compared to the letter here, and must
// not change with a kind.

var errInert = errors.New("this kind is for reading files only")

type inertAttack struct{}

func (inertAttack) Plan(context.Context) ([]attacks.Change, error)       { return nil, errInert }
func (inertAttack) Inject(context.Context, attacks.Change) error         { return errInert }
func (inertAttack) Active(context.Context, attacks.Change) (bool, error) { return false, errInert }
func (inertAttack) Revert(context.Context, attacks.Change) error         { return errInert }

type inertProbe struct{}

func (inertProbe) Check(context.Context) (verify.Pulse, error) { return verify.Pulse{}, errInert }

type signal string

func (s *signal) UnmarshalText(text []byte) error {
	name := strings.TrimPrefix(strings.ToUpper(string(text)), "SIG")
	if name != "KILL" && name != "TERM" {
		return fmt.Errorf("%q is not a signal", text)
	}
	*s = signal(name)
	return nil
}

type kill struct {
	inertAttack `yaml:"-"`

	Match      proc.Match `yaml:"match" required:"true" doc:"which processes"`
	Signal     signal     `yaml:"signal" default:"KILL" doc:"signal to send"`
	Sustain    bool       `yaml:"sustain" doc:"kill again whatever comes back"`
	Revive     []string   `yaml:"revive" doc:"command that brings the target back"`
	Pick       string     `yaml:"pick" default:"all" doc:"all, N or N%"`
	MaxTargets int        `yaml:"max_targets" min:"1" doc:"bound for the number of targets"`
}

func (k *kill) Check() []diag.FieldError {
	var faults []diag.FieldError
	if k.Match.Port > 65535 {
		faults = append(faults, diag.FieldError{Field: "match.port", Msg: "is not a port"})
	}
	if m := k.Match; m.Name.Empty() && m.Command.Empty() && m.PIDFile == "" && m.Port == 0 && m.User == "" {
		faults = append(faults, diag.FieldError{Field: "match", Msg: "selects nothing"})
	}
	return faults
}

func (k *kill) CannotUndo() string {
	if k.Sustain || len(k.Revive) > 0 {
		return ""
	}
	return "nothing is named that brings the process back"
}

type pause struct {
	inertAttack `yaml:"-"`

	Match      proc.Match `yaml:"match" required:"true" doc:"which processes"`
	Pick       string     `yaml:"pick" default:"all" doc:"all, N or N%"`
	MaxTargets int        `yaml:"max_targets" min:"1" doc:"bound for the number of targets"`
}

type http struct {
	inertProbe `yaml:"-"`

	URL      string            `yaml:"url" required:"true" doc:"what to ask"`
	Status   match.Pattern     `yaml:"status" default:"200" doc:"status that is green"`
	Method   string            `yaml:"method" default:"GET" doc:"HTTP method"`
	Body     match.Pattern     `yaml:"body" doc:"what the body must match"`
	Headers  map[string]string `yaml:"headers" doc:"request headers"`
	Insecure bool              `yaml:"insecure" doc:"accept any TLS certificate"`
}

func (h *http) Validate() []diag.FieldError {
	if !strings.HasPrefix(h.URL, "http") {
		return []diag.FieldError{{Field: "url", Msg: fmt.Sprintf("%q must begin with http:// or https://", h.URL)}}
	}
	return nil
}

type tcp struct {
	inertProbe `yaml:"-"`

	Address string `yaml:"address" required:"true" doc:"host:port to connect to"`
}

type process struct {
	inertProbe `yaml:"-"`
	proc.Match `yaml:",inline"`
}

type command struct {
	inertProbe `yaml:"-"`

	Run  []string `yaml:"run" required:"true" doc:"program and its arguments"`
	Exit int      `yaml:"exit" min:"0" doc:"exit code that is green"`
}

type pagerduty struct {
	URL   string        `yaml:"url" default:"https://api.pagerduty.com" doc:"address of the REST API"`
	Token secret.Ref    `yaml:"token" doc:"API token"`
	Poll  time.Duration `yaml:"poll" default:"5s" min:"10ms" doc:"how often to ask"`
	Ratio float64       `yaml:"ratio" default:"0.5" doc:"share of the rate limit to use"`
}

func (*pagerduty) Build(string, verify.Env) (verify.Source, error) { return nil, errInert }

func testKinds() scenarios.Kinds {
	return scenarios.Kinds{
		Attacks: []attacks.Kind{
			{Name: "process.kill", Summary: "send a signal to processes", Example: "{match: {name: checkout}, sustain: true}", New: func() attacks.Attack { return &kill{} }},
			{Name: "process.pause", Summary: "stop processes, and let them go on", Example: "{match: {name: checkout}}", New: func() attacks.Attack { return &pause{} }},
		},
		Probes: []verify.ProbeKind{
			{Name: "http", Summary: "ask a URL", Example: `{url: "http://127.0.0.1/health"}`, New: func() verify.Probe { return &http{} }},
			{Name: "tcp", Summary: "connect to a port", Example: `{address: "127.0.0.1:5432"}`, New: func() verify.Probe { return &tcp{} }},
			{Name: "process", Summary: "look for a process", Example: "{name: checkout}", New: func() verify.Probe { return &process{} }},
			{Name: "command", Summary: "run a command", Example: "{run: [pg_isready]}", New: func() verify.Probe { return &command{} }},
		},
		Sources: []verify.SourceKind{
			{Name: "pagerduty", Summary: "PagerDuty", Example: "{token: {env: PAGERDUTY_TOKEN}}", New: func() verify.SourceParams { return &pagerduty{} }},
		},
	}
}

// testOptions are those of every file in testdata, whether good or bad.
func testOptions() scenarios.LoadOptions {
	return scenarios.LoadOptions{
		Kinds:   testKinds(),
		Sources: []string{"inbox", "pagerduty"},
		Getenv: func(name string) string {
			return map[string]string{"CHECKOUT_PORT": "18080", "SECRET": "must not be read"}[name]
		},
	}
}
