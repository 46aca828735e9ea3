package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/failurefriday/friday/internal/amconfig"
	"github.com/failurefriday/friday/internal/promql"
	"github.com/failurefriday/friday/internal/yamltree"
	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/lint"
)

// gathered is all that a lint looks at.
type gathered struct {
	setup   lint.Setup
	audited []verify.Finding
	failed  []error
	looked  []string // in words

	rules   []string // paths of files that were named
	configs []string
	read    map[string]bool // paths of rule files that are in already
}

// gatherLint reads the files, and asks the servers where there are any to ask.
func (a *app) gatherLint(ctx context.Context, files []string, f lintFlags) (*gathered, error) {
	l := &gathered{read: map[string]bool{}}
	l.setup.Now = time.Now()
	conf, err := a.config()
	if err != nil {
		return nil, err
	}
	var bad []error
	for _, file := range files {
		bad = append(bad, a.lintFile(l, file, f, conf))
	}
	bad = append(bad, l.readPrometheus())
	if err := errors.Join(bad...); err != nil {
		return nil, usage(err)
	}
	served := len(l.rules)+len(l.configs)+len(l.setup.Routers) > 0
	switch {
	case len(f.prometheus)+len(f.alertmanager) > 0:
		if err := a.lintServers(ctx, l, f); err != nil {
			return nil, err
		}
	case !served && conf.File != "":
		a.lintSources(ctx, l, conf)
	case !served && len(files) == 0:
		return nil, usage(errNothingToLint)
	}
	return l, nil
}

// lintFile takes one file in, by what is in it.
func (a *app) lintFile(l *gathered, file string, f lintFlags, conf *scenarios.Config) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("cannot read a file: %w", err)
	}
	docs, err := yamltree.Parse(file, data)
	if err != nil {
		return err
	}
	has := func(keys ...string) bool {
		return len(docs) > 0 && !slices.ContainsFunc(keys, func(key string) bool { return !docs[0].Has(key) })
	}
	switch {
	case has("route", "receivers"):
		c, err := amconfig.Parse(file, data)
		if err != nil {
			return err
		}
		l.setup.Routers = append(l.setup.Routers, &lint.Router{Config: c, Now: l.setup.Now})
		l.looked = append(l.looked, file)
	case has("steps") || has("name", "hypothesis"):
		sc, err := a.loadScenario(file, f.vars, nil)
		if err != nil {
			return err
		}
		l.expect(sc, conf)
		l.looked = append(l.looked, file)
	case len(docs) > 0 && promql.IsConfig(docs[0]):
		l.configs = append(l.configs, file)
	case slices.ContainsFunc(docs, promql.IsRules):
		l.rules = append(l.rules, file)
	default:
		return fmt.Errorf("%s: this is no scenario, no file of rules, and no configuration of Prometheus or Alertmanager", file)
	}
	return nil
}

func (l *gathered) expect(sc *scenarios.Scenario, conf *scenarios.Config) {
	for _, e := range sc.Expected() {
		kind := conf.Sources[e.Source].Kind
		routed := slices.Contains([]string{"pagerduty", "alertmanager"}, kind) && conf.File != ""
		l.setup.Expected = append(l.setup.Expected, lint.Expected{Expectation: e.Expectation, Pos: e.Pos, Routed: routed})
	}
}

// readPrometheus makes engines of the configurations that were named, each with the rules that it names. Rules that no
// configuration names are with the only one there is, or else by themselves.
func (l *gathered) readPrometheus() error {
	complete := len(l.configs) > 0
	for _, path := range l.configs {
		c, err := promql.LoadConfig(path)
		if err != nil {
			return err
		}
		e := &lint.Engine{Config: c, Now: l.setup.Now}
		for _, g := range c.RuleFiles {
			complete = complete && (len(g.Files) > 0 || len(l.rules) > 0)
			l.load(e, g.Files)
		}
		l.setup.Engines = append(l.setup.Engines, e)
		l.looked = append(l.looked, path)
	}
	loose := &lint.Engine{Now: l.setup.Now}
	if len(l.setup.Engines) == 1 {
		loose = l.setup.Engines[0]
	}
	l.load(loose, l.rules)
	if len(l.setup.Engines) != 1 && len(loose.Rules) > 0 {
		l.setup.Engines = append(l.setup.Engines, loose)
	}
	if n := len(l.read); n > 0 {
		rules := 0
		for _, e := range l.setup.Engines {
			rules += len(e.Rules)
		}
		l.looked = append(l.looked, fmt.Sprintf("%s of %s", plural(rules, "rule"), plural(n, "file")))
	}
	l.setup.Complete = complete
	return nil
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// load reads files of rules, each once.
func (l *gathered) load(e *lint.Engine, paths []string) {
	for _, path := range paths {
		whole, err := filepath.Abs(path)
		if err != nil {
			whole = path
		}
		if l.read[whole] {
			continue
		}
		l.read[whole] = true
		file, problems := promql.LoadRules(path)
		e.Rules = append(e.Rules, file.Rules...)
		l.setup.Problems = append(l.setup.Problems, problems...)
	}
}
