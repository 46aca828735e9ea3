package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/internal/promql"
	"github.com/failurefriday/friday/reports/coverage"
	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/verify/pagerduty"
	"github.com/failurefriday/friday/verify/prometheus"
)

// rulesFlags say where rules are to be read.
type rulesFlags struct {
	prometheus []string
}

func (f *rulesFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.prometheus, "prometheus", nil, "`URL` of a live Prometheus; may be repeated")
}

// loadedRule is a rule, and the server that has loaded it.
type loadedRule struct {
	promql.Rule
	server string
	live   ruler // nil for a rule of a file
}

// covered is the rule as coverage wants it.
func (r loadedRule) covered() coverage.Rule {
	expr := r.Expr
	if parsed, err := promql.Parse(expr); err == nil {
		expr = parsed.Canonical() // a file and the server that has loaded it say the same
	}
	return coverage.Rule{Name: r.Name, Group: r.Group, File: r.File, Server: r.server, Labels: r.Labels, Annotations: r.Annotations, Expr: expr, For: r.For}
}

// ruler is a source that evaluates rules.
type ruler interface {
	Rules(ctx context.Context) ([]promql.Rule, error)
}

// catalogue is a source that has services.
type catalogue interface {
	Services(ctx context.Context) ([]string, error)
}

var (
	_ ruler     = (*prometheus.Source)(nil)
	_ catalogue = (*pagerduty.Source)(nil)
)

// ruleSet is all rules and services that were found, and what could not be looked at.
type ruleSet struct {
	rules    []loadedRule
	services []coverage.Service
	unseen   []string
}

// alerting are the rules that alert, in the order in which they were found.
func (set *ruleSet) alerting() []loadedRule {
	return slices.DeleteFunc(slices.Clone(set.rules), func(r loadedRule) bool { return !r.Alerting })
}

// gatherRules reads the rules of files and of the servers that are named; of the sources in friday.yaml if there are none.
func (a *app) gatherRules(ctx context.Context, files []string, f rulesFlags) (*ruleSet, error) {
	conf, err := a.config()
	if err != nil {
		return nil, err
	}
	set := &ruleSet{}
	if err := a.rulesOfFiles(set, files, conf); err != nil {
		return nil, err
	}
	var sources []lintSource
	for _, url := range f.prometheus {
		src, err := buildURL("--prometheus", url, &prometheus.Params{URL: url, Poll: time.Second}, a.env())
		if err != nil {
			return nil, err
		}
		sources = append(sources, src)
	}
	if len(files)+len(sources) == 0 {
		for _, name := range slices.Sorted(maps.Keys(conf.Sources)) {
			src, err := conf.Sources[name].Params.Build(name, a.env())
			if err != nil {
				set.unseen = append(set.unseen, fmt.Sprintf("source %s: %v", name, err))
				continue
			}
			sources = append(sources, lintSource{name, src})
		}
		if !slices.ContainsFunc(sources, hasRules) && len(set.unseen) == 0 {
			return nil, usage(errors.New("no alert rules to look at: name a prometheus.yml, files of rules or --prometheus, or configure a Prometheus or PagerDuty in friday.yaml"))
		}
	}
	set.ask(ctx, sources)
	return set, nil
}

func hasRules(s lintSource) bool {
	_, rules := s.Source.(ruler)
	_, services := s.Source.(catalogue)
	return rules || services
}

// rulesOfFiles takes in the rules of files, by what is in them.
func (a *app) rulesOfFiles(set *ruleSet, files []string, conf *scenarios.Config) error {
	l := &gathered{read: map[string]bool{}}
	var bad []error
	for _, file := range files {
		n := len(l.configs) + len(l.rules)
		err := a.lintFile(l, file, lintFlags{}, conf)
		if err == nil && len(l.configs)+len(l.rules) == n {
			err = fmt.Errorf("%s: this is no prometheus.yml and no file of rules", file)
		}
		bad = append(bad, err)
	}
	if err := errors.Join(append(bad, l.readPrometheus())...); err != nil {
		return usage(err)
	}
	for _, e := range l.setup.Engines {
		set.unseen = append(set.unseen, missingFiles(e.Config, len(l.rules) > 0)...)
		for _, r := range e.Rules {
			set.rules = append(set.rules, loadedRule{Rule: r, server: e.Name})
		}
	}
	for _, p := range l.setup.Problems {
		set.unseen = append(set.unseen, p.Pos.String()+": "+p.Msg)
	}
	return nil
}

// missingFiles are sentences on the rules that a configuration names and that are not here, unless they may be those that
// were named besides it. The server may have them: then they are neither proven nor missing.
func missingFiles(c *promql.Config, besides bool) (all []string) {
	if c == nil || besides {
		return nil
	}
	for _, g := range c.RuleFiles {
		if len(g.Files) == 0 {
			all = append(all, fmt.Sprintf("%s: rule_files: nothing here is called %s", g.Pos, g.Pattern))
		}
	}
	return all
}

// ask asks all sources at the same time.
func (set *ruleSet) ask(ctx context.Context, sources []lintSource) {
	answers := make([]ruleSet, len(sources))
	var all sync.WaitGroup
	for i, src := range sources {
		all.Go(func() { answers[i] = rulesOf(ctx, src) })
	}
	all.Wait()
	for _, got := range answers {
		set.rules = append(set.rules, got.rules...)
		set.services = append(set.services, got.services...)
		set.unseen = append(set.unseen, got.unseen...)
	}
}

func rulesOf(ctx context.Context, src lintSource) (set ruleSet) {
	unseen := func(err error) {
		set.unseen = append(set.unseen, fmt.Sprintf("source %s: %v", src.name, err))
	}
	if live, ok := src.Source.(ruler); ok {
		rules, err := live.Rules(ctx)
		if err != nil {
			unseen(err)
		}
		for _, r := range rules {
			set.rules = append(set.rules, loadedRule{Rule: r, server: src.name, live: live})
		}
	}
	if live, ok := src.Source.(catalogue); ok {
		names, err := live.Services(ctx)
		if err != nil {
			unseen(err)
		}
		for _, name := range names {
			set.services = append(set.services, coverage.Service{Name: name, Source: src.name})
		}
	}
	return set
}
