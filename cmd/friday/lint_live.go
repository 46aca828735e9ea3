package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/amconfig"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/promql"
	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/alertmanager"
	"github.com/failurefriday/friday/verify/lint"
	"github.com/failurefriday/friday/verify/prometheus"
)

// liveEngine is a source that evaluates rules.
type liveEngine interface {
	lint.Prometheus
	Rules(ctx context.Context) ([]promql.Rule, error)
	Config(ctx context.Context) (*promql.Config, error)
}

// liveRouter is a source that routes alerts.
type liveRouter interface {
	Routing(ctx context.Context) (*amconfig.Config, error)
	Silences(ctx context.Context) ([]amconfig.Silence, error)
}

var (
	_ liveEngine = (*prometheus.Source)(nil)
	_ liveRouter = (*alertmanager.Source)(nil)
)

// lintServers asks the servers that flags name.
func (a *app) lintServers(ctx context.Context, l *gathered, f lintFlags) error {
	var sources []lintSource
	for _, url := range f.prometheus {
		src, err := buildURL("--prometheus", url, &prometheus.Params{URL: url, Poll: time.Second}, a.env())
		if err != nil {
			return err
		}
		sources = append(sources, src)
	}
	for _, url := range f.alertmanager {
		src, err := buildURL("--alertmanager", url, &alertmanager.Params{URL: url, Poll: time.Second}, a.env())
		if err != nil {
			return err
		}
		sources = append(sources, src)
	}
	l.askAll(ctx, sources)
	return nil
}

// lintSource is a source that is asked.
type lintSource struct {
	name string
	verify.Source
}

func buildURL(flag, url string, params interface {
	verify.SourceParams
	diag.Checker
}, env verify.Env,
) (lintSource, error) {
	src, err := params.Build(url, env)
	if bad := params.Check(); len(bad) > 0 {
		err = errors.New(bad[0].Msg)
	}
	if err != nil {
		return lintSource{}, usage(fmt.Errorf("%s: %w", flag, err))
	}
	return lintSource{url, src}, nil
}

// lintSources asks every source of the configuration.
func (a *app) lintSources(ctx context.Context, l *gathered, conf *scenarios.Config) {
	var sources []lintSource
	for _, name := range slices.Sorted(maps.Keys(conf.Sources)) {
		src, err := conf.Sources[name].Params.Build(name, a.env())
		if err != nil {
			l.failed = append(l.failed, fmt.Errorf("source %s: %w", name, err))
			continue
		}
		sources = append(sources, lintSource{name, src})
	}
	l.askAll(ctx, sources)
}

// asked is what one source tells.
type asked struct {
	engine *lint.Engine
	router *lint.Router
	found  []verify.Finding
	open   []verify.Incident
	err    error
}

// askAll asks all sources at the same time.
func (l *gathered) askAll(ctx context.Context, sources []lintSource) {
	answers := make([]asked, len(sources))
	var wg sync.WaitGroup
	for i, src := range sources {
		wg.Go(func() { answers[i] = l.ask(ctx, src) })
	}
	wg.Wait()
	l.setup.Complete = true
	for i, got := range answers {
		if got.engine != nil {
			l.setup.Engines = append(l.setup.Engines, got.engine)
		}
		if got.router != nil {
			l.setup.Routers = append(l.setup.Routers, got.router)
		}
		if got.err != nil {
			l.failed = append(l.failed, fmt.Errorf("source %s: %w", sources[i].name, got.err))
			l.setup.Complete = false
		} else {
			l.looked = append(l.looked, sources[i].name)
		}
		l.audited = append(l.audited, got.found...)
		l.setup.Open = append(l.setup.Open, got.open...)
	}
}

// ask asks one source for all that it knows. One thing that it cannot tell does not hide the others.
func (l *gathered) ask(ctx context.Context, src lintSource) (got asked) {
	var failed []error
	note := func(err error) bool {
		failed = append(failed, err)
		return err == nil
	}
	var err error
	if live, ok := src.Source.(liveEngine); ok {
		e := &lint.Engine{Name: src.name, Live: live}
		if e.Rules, err = live.Rules(ctx); note(err) {
			e.Config, err = live.Config(ctx)
			note(err)
			got.engine = e
		}
		e.Now = clockOf(src)
	}
	if live, ok := src.Source.(liveRouter); ok {
		r := &lint.Router{Name: src.name}
		if r.Config, err = live.Routing(ctx); note(err) {
			r.Silences, err = live.Silences(ctx)
			note(err)
			got.router = r
		}
		r.Now = clockOf(src)
	}
	if auditor, ok := src.Source.(verify.Auditor); ok {
		got.found, err = auditor.Audit(ctx)
		note(err)
	}
	if slices.ContainsFunc(l.setup.Expected, func(e lint.Expected) bool { return e.Source == src.name }) {
		got.open, err = src.Open(ctx)
		note(err)
	}
	got.err = errors.Join(failed...)
	return got
}

// clockOf is what time it is at a source.
func clockOf(src lintSource) time.Time {
	now := time.Now()
	if c, ok := src.Source.(verify.Clocked); ok {
		offset, _ := c.Offset()
		now = now.Add(offset)
	}
	return now
}
