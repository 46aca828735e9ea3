package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/verify"
)

// Setup is all that a plan needs from outside.
type Setup struct {
	Scenario *Scenario
	Config   *Config
	Env      verify.Env
	State    string // the state directory
	Seed     uint64
	Control  bool // negative control: plan no attack
	// Allow names environments that are allowed for this call only.
	Allow []string
	// Protected tells why a process must not be attacked; empty means that it may.
	Protected func(pid int) string
	// Paths are connections that no network fault may touch, besides those to the sources.
	Paths []attacks.Path
	Run   verify.RunInfo // version, host, user; the plan fills in the rest
}

// Plan is a run, looked at from all sides and not begun. Making one touches nothing.
type Plan struct {
	Setup
	Info     verify.PlanInfo
	Sources  []BoundSource
	Steps    []PlannedStep
	Evidence []verify.Evidence // what the sources foretell
	Seen     []verify.Event    // what was seen while planning: sources, baseline
	Paths    []attacks.Path    // connections that no network fault may touch
	Deepest  time.Duration     // longest time that the faults of all steps may be in force

	warning sync.Mutex // of Info.Warnings
}

// PlannedStep is a step with its attacks resolved to changes.
type PlannedStep struct {
	*Step
	Expect  []verify.Expectation
	Changes []PlannedChange
}

// PlannedChange is one change of one attack.
type PlannedChange struct {
	ID     string // step.attack.change, from 1
	Attack Attack
	attacks.Change
	Sustained bool
}

// Make plans a run. It only looks: at the environment, the sources, the open incidents, the targets and the steady
// state. All reasons not to go on come back at once, as a *Refusal; the plan is returned even then, as far as it got. The caller closes
// it.
func Make(ctx context.Context, setup Setup) (*Plan, error) {
	p := &Plan{Setup: setup}
	var no Refusal
	p.describe()
	no.add(Misuse, checkEnvironment(setup))
	no.add(Misuse, checkHolds(setup))
	p.bindSources(&no)
	p.findPaths(ctx)
	p.planSteps(ctx, &no)
	if setup.Control {
		p.withoutFaults()
	}
	var wg sync.WaitGroup
	wg.Go(func() { p.lookAtSteadyState(ctx, &no) })
	p.lookAtSources(ctx, &no)
	wg.Wait()
	p.compareFates(ctx)
	p.foretell(&no)
	return p, no.orNil()
}

// describe fills in the parts of the plan that need no look at the world.
func (p *Plan) describe() {
	sc := p.Scenario
	p.Run.Scenario, p.Run.Title, p.Run.Service, p.Run.Owner = sc.Name, sc.Title, sc.Service, sc.Owner
	p.Run.Hypothesis, p.Run.File, p.Run.Definition = sc.Hypothesis, sc.File, sc.Definition
	p.Run.Environment, p.Run.Seed, p.Run.Control = environmentOf(p.Setup), p.Seed, p.Control
	for _, probe := range sc.Steady {
		p.Info.Steady = append(p.Info.Steady, probe.Name)
	}
	for _, probe := range sc.Watchers {
		_, hears := probe.Probe.(canary)
		p.Info.Watchers = append(p.Info.Watchers, verify.WatcherPlan{Name: probe.Name, Canary: hears})
	}
}

func (p *Plan) planSteps(ctx context.Context, no *Refusal) {
	for i := range p.Scenario.Steps {
		step := &p.Scenario.Steps[i]
		planned := PlannedStep{Step: step, Expect: expectations(i+1, step)}
		changes, err := p.PlanAttacks(ctx, i+1, step)
		no.add(Misuse, err)
		planned.Changes = changes
		p.Steps = append(p.Steps, planned)
		p.Info.Steps = append(p.Info.Steps, p.stepInfo(planned))
		p.Deepest += step.Hold
		p.warnOfBlips(planned)
	}
}

// PlanAttacks resolves the attacks of a step to changes, as the world is now. Step counts from 1.
func (p *Plan) PlanAttacks(ctx context.Context, number int, step *Step) ([]PlannedChange, error) {
	var all []PlannedChange
	var failed []error
	for i, a := range step.Attacks {
		p.limit(a.Attack)
		changes, err := a.Attack.Plan(ctx)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %s: %w", a.Pos, a.Kind, err))
			continue
		}
		if most := p.Config.Limits.MaxTargets; most > 0 && len(changes) > most {
			failed = append(failed, fmt.Errorf("%s: %s: %d targets are more than limits.max_targets allows (%d)", a.Pos, a.Kind, len(changes), most))
			continue
		}
		for j, c := range changes {
			all = append(all, PlannedChange{ID: fmt.Sprintf("%d.%d.%d", number, i+1, j+1), Attack: a, Change: c, Sustained: sustained(a.Attack)})
		}
	}
	return all, errors.Join(failed...)
}

// limit hands the guard rails of the run to an attack that asks for them.
func (p *Plan) limit(a attacks.Attack) {
	if limited, ok := a.(attacks.Limited); ok {
		limited.Limit(attacks.Limits{Seed: p.Seed, MaxTargets: p.Config.Limits.MaxTargets, Protected: p.Protected, Paths: p.Paths})
	}
}

func sustained(a attacks.Attack) bool {
	s, ok := a.(attacks.Sustainer)
	return ok && s.Sustained()
}

func (p *Plan) stepInfo(s PlannedStep) verify.StepPlan {
	info := verify.StepPlan{
		Name: s.Name, Hold: verify.Seconds(s.Hold), HoldFull: s.HoldFull, Momentary: s.Momentary,
		RecoverWithin: verify.Seconds(p.recoverWithin(s.Step)), Expect: s.Expect,
	}
	for _, c := range s.Changes {
		info.Faults = append(info.Faults, verify.FaultPlan{
			ID: c.ID, Kind: c.Kind, Target: c.Target, Irreversible: c.Irreversible, Sustained: c.Sustained,
		})
	}
	for _, probe := range slices.Concat(p.Scenario.AbortIf, s.AbortIf) {
		info.AbortIf = append(info.AbortIf, probe.Name)
	}
	return info
}

// warnOfBlips tells of faults that may be over as soon as they are made: a page that is missing then accuses nobody.
func (p *Plan) warnOfBlips(s PlannedStep) {
	if s.Momentary || p.Control {
		return
	}
	for _, a := range s.Attacks {
		if w, ok := a.Attack.(attacks.Witness); ok && w.Witnessed() && !sustained(a.Attack) {
			p.warn("%s: %s may be over at once, and then a missing page proves nothing: say momentary: true if it must be paged for all the same", a.Pos, a.Kind)
		}
	}
}

func (p *Plan) recoverWithin(s *Step) time.Duration {
	if s.RecoverWithin > 0 {
		return s.RecoverWithin
	}
	return p.Scenario.RecoverWithin
}

// withoutFaults turns the plan into a negative control: everything as it was, and nothing is broken.
func (p *Plan) withoutFaults() {
	for i := range p.Steps {
		p.Steps[i].Changes = nil
		p.Info.Steps[i].Faults = nil
	}
}
