package scenarios

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/failurefriday/friday/internal/several"
	"github.com/failurefriday/friday/verify"
)

// BoundSource is a source that is ready to be asked.
type BoundSource struct {
	Name, Kind string
	Poll       time.Duration // shortest time between two polls
	Expected   bool          // an expectation is about its incidents; otherwise it only follows pages, or hears canaries
	Optional   bool          // nobody has named it: it follows pages if it can
	verify.Source
}

// bindSources builds the sources that the scenario names, and those that can follow its pages, and no others: a token
// for a system that is not asked is not read.
func (p *Plan) bindSources(no *Refusal) {
	expected := p.Scenario.SourceNames()
	for _, name := range p.wanted(expected) {
		conf, ok := p.Config.Sources[name]
		if !ok {
			no.add(Misuse, fmt.Errorf("source %s is not configured", name))
			continue
		}
		bound := BoundSource{Name: name, Kind: conf.Kind, Poll: pollEvery(conf.Params), Expected: slices.Contains(expected, name)}
		bound.Optional = !bound.Expected && !slices.Contains(p.Scenario.Trace, name) && !slices.Contains(p.canarySources(), name)
		src, err := conf.Params.Build(name, p.Env)
		switch {
		case err != nil && bound.Optional:
			p.warn("source %s cannot follow the pages: %v", name, err)
			continue
		case err != nil:
			no.add(Misuse, fmt.Errorf("source %s: %w", name, err))
			continue
		}
		bound.Source = src
		p.Sources = append(p.Sources, bound)
	}
	p.keepSources(p.Sources)
	p.bindCanaries(no)
}

// wanted are the names of the sources to build: those that are named, in order, and those that follow pages.
func (p *Plan) wanted(expected []string) []string {
	names := slices.Concat(expected, p.canarySources(), p.Scenario.Trace)
	if len(p.Scenario.Trace) == 0 && p.namesAlert() {
		for _, name := range slices.Sorted(maps.Keys(p.Config.Sources)) {
			if p.Config.Sources[name].Follows {
				names = append(names, name)
			}
		}
	}
	var once []string
	for _, name := range names {
		if !slices.Contains(once, name) {
			once = append(once, name)
		}
	}
	return once
}

// namesAlert reports whether there is any alert to follow.
func (p *Plan) namesAlert() bool {
	for _, s := range p.Scenario.Steps {
		for _, e := range expectations(1, &s) {
			if !e.Alert.Name.Empty() {
				return true
			}
		}
	}
	return false
}

// keepSources makes sources those of the plan, and closes the others.
func (p *Plan) keepSources(keep []BoundSource) {
	for _, src := range p.Sources {
		if !slices.ContainsFunc(keep, func(k BoundSource) bool { return k.Name == src.Name }) {
			_ = closeSource(src) // nothing was heard from it
		}
	}
	p.Sources, p.Info.Sources = keep, nil
	for _, src := range keep {
		plan := verify.SourcePlan{Name: src.Name, Kind: src.Kind, Follows: !src.Expected}
		if s, ok := src.Source.(verify.Sighted); ok {
			plan.Sees = s.Sees()
		}
		p.Info.Sources = append(p.Info.Sources, plan)
	}
}

// Close lets go of what the sources of the plan hold, such as the port of a receiver. It may be called again.
func (p *Plan) Close() error {
	var failed []error
	for _, src := range p.Sources {
		if err := closeSource(src); err != nil {
			failed = append(failed, fmt.Errorf("source %s: %w", src.Name, err))
		}
	}
	p.Sources = nil
	return several.Errors(failed...)
}

func closeSource(src BoundSource) error {
	if c, ok := src.Source.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// canary is a probe that hears an alert that always fires, by a source.
type canary interface {
	verify.Probe
	SourceName() string
	Bind(verify.Source)
}

// canarySources are the names of the sources that hear canaries.
func (p *Plan) canarySources() []string {
	var names []string
	for _, probe := range p.probes() {
		if c, ok := probe.Probe.(canary); ok {
			names = append(names, c.SourceName())
		}
	}
	return names
}

// bindCanaries hands every canary the source that hears it.
func (p *Plan) bindCanaries(no *Refusal) {
	for _, probe := range p.probes() {
		c, ok := probe.Probe.(canary)
		if !ok {
			continue
		}
		i := slices.IndexFunc(p.Sources, func(s BoundSource) bool { return s.Name == c.SourceName() })
		if i < 0 {
			no.add(Misuse, fmt.Errorf("%s: %w", probe.Pos, errors.New("the source that hears the canary cannot be built: "+c.SourceName())))
			continue
		}
		c.Bind(p.Sources[i].Source)
	}
}

// probes are all probes of the scenario.
func (p *Plan) probes() []Probe {
	return slices.Concat(p.Scenario.Steady, p.Scenario.Watchers, p.guardRails())
}

// paced is implemented by source parameters that say how often the source may be polled.
type paced interface{ PollEvery() time.Duration }

func pollEvery(params verify.SourceParams) time.Duration {
	if s, ok := params.(paced); ok && s.PollEvery() > 0 {
		return s.PollEvery()
	}
	return time.Second
}

// SourceNames lists the sources that the expectations name, each once, in order.
func (s *Scenario) SourceNames() []string {
	var names []string
	for _, step := range s.Steps {
		for _, e := range expectations(1, &step) {
			if !slices.Contains(names, e.Source) {
				names = append(names, e.Source)
			}
		}
	}
	return names
}
