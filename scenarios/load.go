package scenarios

import (
	"github.com/failurefriday/friday/internal/decode"
	"github.com/failurefriday/friday/internal/diag"
)

// LoadOptions are what a scenario file is read with.
type LoadOptions struct {
	Kinds Kinds
	// Vars are set from outside (--var); the file must declare each of them.
	Vars map[string]string
	// Getenv reads the environment variables that the file's variables name, and no others; nil reads none.
	Getenv func(string) string
	// Sources are the names that expectations may use; nil means that they are not known and not checked.
	Sources []string
}

// Load reads a scenario file, called name in messages and in Scenario.File, and checks all that can be checked without
// looking at the world. It returns either a scenario, its defaults and variables filled in, or an error that carries
// every problem of the file (diag.Problems).
func Load(name string, data []byte, opts LoadOptions) (*Scenario, error) {
	l := loading{opts: opts, report: diag.NewReport(data), scenario: &Scenario{File: name}}
	if l.root = decode.Parse(name, data, l.report); l.root == nil {
		return nil, l.report.Err()
	}
	l.variables()
	decode.Into(l.root, l.scenario, slots(opts.Kinds), l.report)
	l.check()
	if err := l.report.Err(); err != nil {
		return nil, err
	}
	l.scenario.Definition = l.root.Digest()
	return l.scenario, nil
}

// loading is one call of Load.
type loading struct {
	opts     LoadOptions
	report   *diag.Report
	root     *decode.Node
	scenario *Scenario
}

// check finds what no single value shows. It goes on where parts could not be read, but draws no conclusions from them.
func (l *loading) check() {
	l.probes()
	l.traces()
	steps := l.root.Key("steps")
	seen := names{}
	for i := range l.scenario.Steps {
		step, node := &l.scenario.Steps[i], steps.Item(i)
		l.unique("step", step.Name, node.Key("name"), seen)
		l.step(step, node)
	}
}
