package scenarios_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/scenarios"
)

const withVariables = `name: a
title: ${plain} ${env} ${both}
vars:
  plain: one
  env: {env: FROM_ENV}
  both: {env: BOTH, default: three}
steps:
  - name: s
    attacks: [{process.pause: {match: {name: x}}}]
    expect: [{fires: {source: inbox, service: A}}]
`

func TestAVariableComesFromTheNearestPlace(t *testing.T) {
	for _, tc := range []struct {
		name string
		vars map[string]string
		env  map[string]string
		want string
	}{
		{"defaults", nil, map[string]string{"FROM_ENV": "two"}, "one two three"},
		{"environment before default", nil, map[string]string{"FROM_ENV": "two", "BOTH": "3", "plain": "no"}, "one two 3"},
		{"--var before all", map[string]string{"plain": "1", "env": "2", "both": "x"}, map[string]string{"FROM_ENV": "two", "BOTH": "3"}, "1 2 x"},
		{"--var may be empty", map[string]string{"plain": "", "env": "2"}, nil, " 2 three"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var asked []string
			opts := testOptions()
			opts.Vars = tc.vars
			opts.Getenv = func(name string) string { asked = append(asked, name); return tc.env[name] }
			sc, err := scenarios.Load("a.yaml", []byte(withVariables), opts)
			if err != nil {
				t.Fatal(err)
			}
			if sc.Title != tc.want || strings.Join([]string{sc.Values["plain"], sc.Values["env"], sc.Values["both"]}, " ") != tc.want {
				t.Errorf("title %q, values %v, want %q", sc.Title, sc.Values, tc.want)
			}
			if i := slices.IndexFunc(asked, func(n string) bool { return n != "FROM_ENV" && n != "BOTH" }); i >= 0 {
				t.Errorf("the environment variable %s was read", asked[i])
			}
		})
	}
}

func TestVariablesFromOutsideMustBeDeclared(t *testing.T) {
	opts := testOptions()
	opts.Vars = map[string]string{"env": "x", "plian": "y"}
	_, err := scenarios.Load("a.yaml", []byte(withVariables), opts)
	problems := diag.All(err)
	if len(problems) != 1 {
		t.Fatalf("got %v", err)
	}
	want := "a.yaml: --var plian: the file declares no such variable\n        did you mean \"plain\"?"
	if got := problems[0].String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWithoutAnEnvironmentNothingIsRead(t *testing.T) {
	opts := testOptions()
	opts.Getenv = nil
	_, err := scenarios.Load("a.yaml", []byte(withVariables), opts)
	if problems := diag.All(err); len(problems) != 1 || problems[0].Pos.Line != 5 {
		t.Errorf("got %v", err)
	}
}

func TestVariablesTakeTheTypeThatIsWanted(t *testing.T) {
	sc := load(t, "typed-variables")
	step := sc.Steps[0]
	kills := step.Attacks[0].Attack.(*kill)
	if sc.Name != "typed" || sc.Title != "costs ${price}, or so, for typed on typed" || sc.Tags[0] != "typed" {
		t.Errorf("texts: %q, %q, %q", sc.Name, sc.Title, sc.Tags)
	}
	if !step.HoldFull || step.Hold.Seconds() != 90 || step.Expect[0].AtMost != 3 || !kills.Sustain || kills.MaxTargets != 3 {
		t.Errorf("step %+v, attack %+v", step, kills)
	}
	if !step.Expect[0].Fires.Title.Match("it is down") {
		t.Errorf("pattern %s", step.Expect[0].Fires.Title)
	}
	if v := sc.Vars["empty"]; !v.HasDefault || v.Default != "" {
		t.Errorf("an empty default is none: %+v", v)
	}
}
