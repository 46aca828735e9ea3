package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/failurefriday/friday/internal/decode"
	"github.com/failurefriday/friday/internal/diag"
)

var _ decode.ScalarUnmarshaler = (*Var)(nil)

// UnmarshalScalar reads the short form: a plain value is the default.
func (v *Var) UnmarshalScalar(text string) error {
	*v = Var{Default: text, HasDefault: true}
	return nil
}

// variables takes vars: out of the file and fills the values in everywhere else.
func (l *loading) variables() {
	node := l.root.Key("vars")
	if node.Present() {
		node.Expand(func(used string, pos diag.Pos) (string, bool) {
			l.report.Add(pos, fmt.Sprintf("${%s}: a variable cannot be used inside vars", used), "write $${ for a plain ${")
			return "", false
		}, l.report)
		decode.Only("vars", l.root, l.scenario, l.report)
		l.root.Drop("vars")
	}
	l.scenario.Values = map[string]string{}
	for name, v := range l.scenario.Vars {
		at := node.Key(name)
		v.HasDefault = v.HasDefault || at.Key("default").Present()
		l.scenario.Vars[name] = v
		if value, ok := l.resolve(name, v, at); ok {
			l.scenario.Values[name] = value
		}
	}
	names := slices.Sorted(maps.Keys(l.scenario.Vars))
	for _, name := range slices.Sorted(maps.Keys(l.opts.Vars)) {
		if _, ok := l.scenario.Vars[name]; !ok {
			l.report.Add(diag.Pos{File: l.scenario.File}, fmt.Sprintf("--var %s: the file declares no such variable", name), diag.DidYouMean(name, names))
		}
	}
	l.root.Expand(func(name string, pos diag.Pos) (string, bool) {
		value, ok := l.scenario.Values[name]
		if _, declared := l.scenario.Vars[name]; !declared {
			l.report.Add(pos, fmt.Sprintf("unknown variable ${%s}", name), unknownHint(name, names))
		}
		return value, ok
	}, l.report)
}

func unknownHint(name string, names []string) string {
	if len(names) == 0 {
		return "declare it under vars:"
	}
	return diag.DidYouMean(name, names)
}

// resolve finds the value of a variable: --var, then its environment variable, then its default.
func (l *loading) resolve(name string, v Var, at *decode.Node) (string, bool) {
	if value, ok := l.opts.Vars[name]; ok {
		return value, true
	}
	if v.Env != "" && l.opts.Getenv != nil {
		if value := l.opts.Getenv(v.Env); value != "" {
			return value, true
		}
	}
	if v.HasDefault {
		return v.Default, true
	}
	if at.Sound() {
		ways := []string{"--var " + name + "=VALUE"}
		if v.Env != "" {
			ways = append(ways, "the environment variable "+v.Env)
		}
		l.report.Add(at.Pos, fmt.Sprintf("the variable %s has no value", name), "set it with "+strings.Join(ways, " or ")+", or give it a default")
	}
	return "", false
}
