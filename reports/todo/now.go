package todo

import (
	"maps"
	"slices"
	"time"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/verify/judge"
)

// subject is what one run can tell of in one environment: what a finding is about, whatever came of it.
type subject struct {
	about
	environment string
}

// answer is what the newest run that could tell says of a subject.
type answer struct {
	at      time.Time
	good    bool
	verdict judge.Verdict // of a result
}

// present is what the newest runs say.
type present struct {
	answers map[subject]answer
	asked   map[place]asked
}

type place struct{ scenario, environment string }

// asked is what the newest run of a scenario asks for: the keys of its expectations, and the names of its steps.
type asked struct{ keys, steps map[string]bool }

// look reads runs, oldest first. A run that could not tell of something leaves what an older one said.
func look(runs []digest.Run) present {
	p := present{map[subject]answer{}, map[place]asked{}}
	for _, run := range runs {
		asked := asked{map[string]bool{}, map[string]bool{}}
		for _, step := range run.Steps {
			asked.steps[step.Name] = true
			for _, x := range step.Results {
				asked.keys[x.Key] = true
				if c := x.Verdict.Class(); c == judge.Passed || c == judge.Failed {
					p.says(run, about{What: Result, Key: x.Key}, answer{run.Started, c == judge.Passed, x.Verdict})
				}
			}
			p.step(run, step)
		}
		if len(run.Steps) > 0 {
			p.asked[place{run.Scenario, run.Environment}] = asked
		}
		p.restored(run)
	}
	return p
}

func (p present) says(run digest.Run, a about, is answer) {
	a.Scenario, a.Control = run.Scenario, run.Control
	p.answers[subject{a, run.Environment}] = is
}

// step tells what came back, and which monitors lived, after a fault that was in force.
func (p present) step(run digest.Run, s digest.Step) {
	if s.Unhealthy != "" || !s.Healthy.IsZero() {
		p.says(run, about{What: Restore, Step: s.Name, Class: unhealthy}, answer{at: run.Started, good: s.Unhealthy == ""})
	}
	if s.InForce.IsZero() || run.Control {
		return
	}
	for _, name := range s.Alive {
		p.says(run, about{What: Watcher, Step: s.Name, Key: name, Class: died}, answer{at: run.Started, good: true})
	}
	for _, w := range run.Watchers {
		if w.Step == s.Index {
			p.says(run, about{What: Watcher, Step: s.Name, Key: w.Name, Class: died}, answer{at: run.Started})
		}
	}
}

// restored tells of every kind of fault that a run made whether all of it was undone.
func (p present) restored(run digest.Run) {
	left := residues(run)
	made := false
	for _, s := range run.Steps {
		if s.Issued.IsZero() {
			continue
		}
		made = true
		for _, f := range s.Faults {
			_, still := left[f.Kind]
			if still || run.Restored || !run.Finished.IsZero() {
				p.says(run, about{What: Restore, Key: f.Kind, Class: inForce}, answer{at: run.Started, good: !still})
			}
		}
	}
	if made {
		p.says(run, about{What: Restore, Class: unsettled}, answer{at: run.Started, good: run.Restored})
	}
}

// compare sets what the newest runs say of a finding, in every place in which it was seen.
func (p present) compare(h *history) {
	i, a := &h.item, h.about
	if a.What == Result {
		a.Class = "" // whichever way it failed, it is about the same expectation
	}
	i.Passing, i.Gone = true, a.What == Result || a.Step != ""
	for _, environment := range slices.Sorted(maps.Keys(h.places)) {
		is := p.answers[subject{a, environment}]
		newer := is.at.After(h.places[environment])
		i.Passing = i.Passing && newer && (is.good || unfit(i.Verdict)) // what could not be tried was tried
		if newer && a.What == Result {
			i.Now = worse(i.Now, is.verdict)
		}
		asked := p.asked[place{i.Scenario, environment}]
		if asked.keys[i.Key] || a.What != Result && asked.steps[a.Step] {
			i.Gone = false
		}
	}
}

// worse of two verdicts, of which the first may not be there.
func worse(a, b judge.Verdict) judge.Verdict {
	if a == judge.Unjudged {
		return b
	}
	return judge.Worst(a, b)
}
