package todo

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/verify/judge"
)

// idDigits are the digits of an id, unless two findings would have the same.
const idDigits = 6

// about is what a finding is about: two runs that agree in it show the same finding. The kind of silent failure is not in
// it, because it depends on what could be seen.
type about struct {
	Scenario string
	What     What
	Step     string // empty where the key says it all
	Key      string // of the expectation, or the name of what died or did not come back
	Class    string // SILENT, or why it did not come back
	Control  bool
}

// id has n hexadecimal digits.
func (a about) id(n int) string {
	text, err := json.Marshal(a)
	if err != nil { // strings can always be written
		panic(err)
	}
	sum := sha256.Sum256(text)
	return prefix + hex.EncodeToString(sum[:])[:n]
}

const prefix = "F-"

// sighting is a finding as one run shows it.
type sighting struct {
	about about
	item  Item
}

// Of returns the findings of one run, in the order of its steps, each as if nobody had ever decided anything about it and
// no other run had shown it: State, Passing, Now and Gone are not set. Findings are
//   - results that failed, also those of negative controls, and those that are VOID or IMPOSSIBLE: the scenario is to be mended;
//   - what did not come back: faults that are still in force, steps that never became healthy;
//   - monitors that died in a step although all that was expected came true, unless they were what was attacked.
//
// PASS, ABORTED and INCONCLUSIVE are none.
func Of(run digest.Run) []Item {
	var items []Item
	for _, s := range sightings(run) {
		s.item.ID = s.about.id(idDigits)
		items = append(items, s.item)
	}
	return items
}

func sightings(run digest.Run) []sighting {
	var found []sighting
	add := func(a about, i Item) {
		a.Scenario, a.Control = run.Scenario, run.Control
		if slices.ContainsFunc(found, func(s sighting) bool { return s.about == a }) {
			return // a step or a fault that is there twice
		}
		i.What, i.Scenario, i.Control, i.Service, i.Environment, i.Owner = a.What, run.Scenario, run.Control, run.Service, run.Environment, run.Owner
		i.First, i.Last, i.LastRun, i.Runs = run.Started, run.Started, run.ID, 1
		found = append(found, sighting{a, i})
	}
	for _, step := range run.Steps {
		for _, x := range step.Results {
			if finds(run, x.Verdict) {
				add(about{What: Result, Key: x.Key, Class: x.Verdict.String()}, fromResult(step, x))
			}
		}
	}
	notRestored(run, add)
	deaths(run, add)
	return found
}

// finds reports whether a verdict makes a finding.
func finds(run digest.Run, v judge.Verdict) bool {
	return v.Class() == judge.Failed || !run.Control && unfit(v)
}

// unfit says that the scenario could not try what it asks for.
func unfit(v judge.Verdict) bool { return v == judge.Void || v == judge.Impossible }

func fromResult(step digest.Step, x digest.Result) Item {
	i := Item{Step: step.Name, Key: x.Key, Text: x.Text, Verdict: x.Verdict, Kind: x.Kind, Reason: x.Reason, Advice: x.Advice}
	if x.Broken != nil {
		i.Hop = x.Broken.String()
	}
	switch {
	case i.Advice != "":
	case x.Verdict == judge.Void:
		i.Advice = "mend the scenario: its fault had no effect, so it proves nothing"
	case x.Verdict == judge.Impossible:
		i.Advice = "allow more time, or make the alert quicker"
	}
	return i
}

// The classes of findings that are about no expectation.
const (
	inForce   = "in force"
	unhealthy = "unhealthy"
	unsettled = "not restored"
	died      = "died"
)

func notRestored(run digest.Run, add func(about, Item)) {
	told := run.Restored
	left := residues(run)
	for _, kind := range slices.Sorted(maps.Keys(left)) {
		told = true
		add(about{What: Restore, Key: kind, Class: inForce}, Item{
			Verdict: judge.Unrestored, Text: "still in force: " + strings.Join(left[kind], "; "),
			Advice: "run friday recover; then look at the target, and see why the undo did not work",
		})
	}
	for _, step := range run.Steps {
		if step.Unhealthy == "" {
			continue
		}
		told = true
		add(about{What: Restore, Step: step.Name, Class: unhealthy}, Item{
			Step: step.Name, Verdict: judge.Unrestored, Text: "it did not become healthy again: " + step.Unhealthy,
			Advice: "bring it back; then see why it does not come back by itself when the fault is gone",
		})
	}
	if !told {
		add(about{What: Restore, Class: unsettled}, Item{
			Verdict: judge.Unrestored, Text: cmp.Or(run.Summary, "the run did not restore everything"),
			Advice: "run friday recover, and look whether everything is as it was",
		})
	}
}

// residues are the sentences on what is still in force, by the kind of fault: what it was done to has another pid next time.
func residues(run digest.Run) map[string][]string {
	found := map[string][]string{}
	for _, says := range run.Residue {
		kind, _, _ := strings.Cut(says, " on ") // as digest.Of writes it
		found[kind] = append(found[kind], says)
	}
	return found
}

// deaths finds the monitors whose death nobody would have noticed, because somebody else paged.
func deaths(run digest.Run, add func(about, Item)) {
	if run.Control {
		return // nothing was broken
	}
	for _, w := range run.Watchers {
		i := slices.IndexFunc(run.Steps, func(s digest.Step) bool { return s.Index == w.Step })
		if i < 0 || w.Target || !passed(run.Steps[i]) {
			continue
		}
		found := Item{
			Step: run.Steps[i].Name, Verdict: judge.Pass, Kind: "SF-01", Text: w.Name + " " + w.Says,
			Advice: "run " + w.Name + " where the fault does not reach it: had it been alone, nobody would have been paged",
		}
		if w.Canary {
			found.Kind = "SF-02"
			found.Advice = "find out what the way of " + w.Name + " shares with the fault: no page could have come that way"
		}
		add(about{What: Watcher, Step: run.Steps[i].Name, Key: w.Name, Class: died}, found)
	}
}

// passed reports whether all that was expected of a step came true.
func passed(s digest.Step) bool {
	return len(s.Results) > 0 && !slices.ContainsFunc(s.Results, func(x digest.Result) bool { return x.Verdict != judge.Pass })
}
