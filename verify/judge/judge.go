package judge

import (
	"fmt"
	"slices"

	"github.com/failurefriday/friday/verify"
)

// Judge turns a history into a record. It takes any history, also a torn one; of an empty one the verdict is UNJUDGED.
func Judge(history []verify.Event) Record {
	r := read(history)
	rec := Record{
		Version: Version, Run: r.run, Started: r.started, Finished: r.finished, Aborted: r.abort, Residue: r.residue,
		Warnings: r.warnings, Sources: r.sources(), Steps: []Step{},
	}
	r.diedEarly(&rec)
	scenes := make([]*scene, len(r.steps))
	for i, s := range r.steps {
		scenes[i] = r.scene(s)
		rec.Steps = append(rec.Steps, scenes[i].judge())
	}
	rec.Watchers = r.watchers(scenes, rec.Steps)
	rec.Restored = r.restored()
	rec.Verdict = r.verdict(rec)
	rec.Summary = summary(rec)
	rec.Lanes = r.lanes(rec)
	rec.Log = r.log()
	for _, in := range r.pages() {
		rec.Pages = append(rec.Pages, in.corrected())
	}
	return rec
}

// pages are the incidents of the run: all but those that were over before anything was broken.
func (r *reading) pages() []*incident {
	first := r.injected()
	return slices.DeleteFunc(slices.Clone(r.incidents), func(in *incident) bool {
		return !first.IsZero() && !in.resolvedTo.IsZero() && !in.resolvedTo.After(first)
	})
}

// diedEarly records that the runner never came to its end.
func (r *reading) diedEarly(rec *Record) {
	if r.finished.IsZero() && len(r.events) > 0 && r.abort == nil {
		r.abort = &Abort{At: r.last(), By: verify.ByFailure, Reason: "the runner died"}
		rec.Aborted = r.abort
	}
}

func (sc *scene) judge() Step {
	s := sc.step
	made := Step{
		Index: s.index, Name: s.Name, Started: s.started, InForce: sc.inForce, Symptom: sc.symptom, HoldEnd: s.holdEnd,
		HoldWhy: s.holdWhy, Reverted: s.reverted(), Healthy: s.healthy, Ended: s.ended, Unhealthy: s.unhealthy,
		Faults: sc.faultRecords(s), Results: make([]Result, 0, len(s.Expect)),
	}
	for _, e := range s.Expect {
		made.Results = append(made.Results, sc.newCase(e).judge())
	}
	made.Verdict = stepVerdict(sc.reading, s, made.Results)
	return made
}

func stepVerdict(r *reading, s *step, results []Result) Verdict {
	if !r.restoredAfter(s) {
		return Unrestored
	}
	all := make([]Verdict, len(results))
	for i, res := range results {
		all[i] = res.Verdict
	}
	if len(all) == 0 && r.abort != nil {
		return Aborted
	}
	return Worst(all...)
}

// restoredAfter reports whether nothing of the step is in force any more and the steady state came back.
func (r *reading) restoredAfter(s *step) bool { return s.unhealthy == "" && !s.residue && r.undone(s) }

func (r *reading) restored() bool {
	for _, s := range r.steps {
		if !r.restoredAfter(s) {
			return false
		}
	}
	return true
}

// verdict is the worst of all steps'; what was not restored and what was stopped outrank it.
func (r *reading) verdict(rec Record) Verdict {
	switch {
	case len(r.events) == 0:
		return Unjudged
	case !rec.Restored:
		return Unrestored
	case r.abort != nil:
		return Aborted
	}
	all := make([]Verdict, len(rec.Steps))
	for i, s := range rec.Steps {
		all[i] = s.Verdict
	}
	return Worst(all...)
}

// summary is the run in one sentence: the worst thing first.
func summary(rec Record) string {
	met, total := 0, 0
	worst := ""
	for _, s := range rec.Steps {
		for _, res := range s.Results {
			total++
			if res.Verdict == Pass {
				met++
			}
			if worst == "" && res.Verdict == rec.Verdict && res.Verdict != Pass {
				worst = res.Reason
			}
		}
	}
	count := fmt.Sprintf("%d of %d expectations met", met, total)
	if total == 1 && worst == "" && met == 1 {
		worst = rec.only().Reason
	}
	switch {
	case rec.Verdict == Unrestored && len(rec.Residue) > 0:
		return fmt.Sprintf("%s of %s is still in force: run friday recover", rec.Residue[0].Fault, rec.Residue[0].Target)
	case rec.Verdict == Unrestored:
		return unrestoredWhy(rec)
	case rec.Verdict == Aborted && rec.Aborted != nil:
		return fmt.Sprintf("stopped: %s; %s", rec.Aborted.Reason, count)
	case worst != "" && total == 1:
		return worst
	case worst != "":
		return fmt.Sprintf("%s; %s", worst, count)
	default:
		return count
	}
}

// only is the result of a run that has just one.
func (rec Record) only() Result {
	for _, s := range rec.Steps {
		if len(s.Results) > 0 {
			return s.Results[0]
		}
	}
	return Result{}
}

func unrestoredWhy(rec Record) string {
	for _, s := range rec.Steps {
		if s.Unhealthy != "" {
			return s.Unhealthy
		}
	}
	if !rec.Finished.IsZero() {
		return "the history does not show that every fault was undone: run friday recover"
	}
	return "the runner died with a fault in force, and its history does not show that it was undone: run friday recover"
}
