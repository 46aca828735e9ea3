package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/scenarios"
)

// variables are the --var flags of the commands that read scenario files.
type variables []string

func (v *variables) flag(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar((*[]string)(v), "var", nil, "set a variable of the scenario, `name=value`; may be repeated")
}

func (v variables) values() (map[string]string, error) {
	set := map[string]string{}
	for _, one := range v {
		name, value, ok := strings.Cut(one, "=")
		if !ok || name == "" {
			return nil, usage(fmt.Errorf("--var %s: want name=value", one))
		}
		set[name] = value
	}
	return set, nil
}

// loadScenario reads one scenario file; "-" is standard input. conf may be nil, then sources are not checked.
func (a *app) loadScenario(name string, vars variables, conf *scenarios.Config) (*scenarios.Scenario, error) {
	values, err := vars.values()
	if err != nil {
		return nil, err
	}
	var data []byte
	if name == "-" {
		data, err = io.ReadAll(a.stdin)
		name = "stdin"
	} else {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, usage(fmt.Errorf("cannot read the scenario: %w", err))
	}
	opts := scenarios.LoadOptions{Kinds: kinds(), Vars: values, Getenv: a.getenv}
	if conf != nil {
		opts.Sources = slices.Sorted(maps.Keys(conf.Sources))
	}
	sc, err := scenarios.Load(name, data, opts)
	return sc, usage(err)
}
