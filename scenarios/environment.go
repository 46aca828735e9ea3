package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// defaultEnvironment is where a run takes place if neither the configuration nor the scenario says so.
const defaultEnvironment = "development"

// allowedByDefault are the environments in which a run needs no further word.
var allowedByDefault = []string{defaultEnvironment, "dev", "test", "ci", "demo", "staging"}

// alwaysAsk are environments that must be allowed anew for every call.
var alwaysAsk = []string{"production", "prod"}

func environmentOf(s Setup) string {
	switch {
	case s.Config.Environment != "":
		return s.Config.Environment
	case s.Scenario.Environment != "":
		return s.Scenario.Environment
	default:
		return defaultEnvironment
	}
}

func checkEnvironment(s Setup) error {
	env := environmentOf(s)
	if want := s.Scenario.Environment; want != "" && want != env {
		return fmt.Errorf("scenario %s is for environment %s, and this configuration is for %s", s.Scenario.Name, want, env)
	}
	if slices.Contains(s.Allow, env) {
		return nil
	}
	isFold := func(name string) bool { return strings.EqualFold(name, env) }
	if slices.ContainsFunc(alwaysAsk, isFold) {
		return fmt.Errorf("environment %s is touched only on request: add --allow %s", env, env)
	}
	if !slices.Contains(slices.Concat(allowedByDefault, s.Config.Allow), env) {
		return fmt.Errorf("environment %s is not allowed: add --allow %s, or list it under allow: in friday.yaml", env, env)
	}
	return nil
}

func checkHolds(s Setup) error {
	var failed []error
	for _, step := range s.Scenario.Steps {
		if most := s.Config.Limits.MaxHold; most > 0 && step.Hold > most {
			failed = append(failed, fmt.Errorf("%s: hold %s is longer than limits.max_hold allows (%s)", step.Pos, step.Hold, most))
		}
	}
	return errors.Join(failed...)
}
