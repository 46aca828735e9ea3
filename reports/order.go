package reports

import (
	"cmp"
	"slices"
	"strings"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// finding is one result with the step it belongs to.
type finding struct {
	judge.Result
	Step judge.Step
	Run  judge.Record
}

// Say is the reason, unless the summary of the run, which a reader has seen before, is that.
func (f finding) Say() string {
	if f.Reason == f.Run.Summary {
		return ""
	}
	return f.Reason
}

// Why is what is wrong at the first broken hop, unless the reason says it.
func (f finding) Why() string {
	if f.Broken == nil || strings.Contains(f.Reason, f.Broken.Text) {
		return ""
	}
	return f.Broken.Text
}

// lost is the first broken hop with what is wrong there.
func (f finding) lost() string {
	if why := f.Why(); why != "" {
		return f.Broken.Hop.String() + ": " + why
	}
	return f.Broken.Hop.String()
}

// Owner is who is to act on a finding.
func (f finding) Owner() string {
	if c := f.Verdict.Class(); c == judge.Passed || c == judge.Stopped {
		return ""
	}
	return f.Run.Run.Owner
}

// section is a group of findings that a reader handles in the same way.
type section struct {
	Title    string
	Passed   bool
	Alone    bool // there is no other section
	Findings []finding
}

// sections groups the results of a record, what hurts most first: silent failures, then the other failures, then what
// nobody knows, then passes. Empty groups are left out.
func sections(r judge.Record) []section {
	groups := []section{
		{Title: "Silent failures"},
		{Title: "Other failures"},
		{Title: "Could not tell"},
		{Title: "Stopped before the answer"},
		{Title: "Passed", Passed: true},
	}
	for _, step := range r.Steps {
		for _, result := range step.Results {
			g := &groups[group(result.Verdict)]
			g.Findings = append(g.Findings, finding{result, step, r})
		}
	}
	for _, g := range groups {
		slices.SortStableFunc(g.Findings, func(a, b finding) int { return cmp.Compare(a.Verdict, b.Verdict) })
	}
	groups = slices.DeleteFunc(groups, func(s section) bool { return len(s.Findings) == 0 })
	if len(groups) == 1 {
		groups[0].Alone = true
	}
	return groups
}

// group is the index in sections of the group of a verdict.
func group(v judge.Verdict) int {
	if v == judge.Silent {
		return 0
	}
	switch v.Class() {
	case judge.Failed:
		return 1
	case judge.Stopped, judge.Left:
		return 3
	case judge.Passed:
		return 4
	default:
		return 2
	}
}

// silent reports whether a page never came in the run, whatever else went wrong.
func silent(r judge.Record) bool {
	return slices.ContainsFunc(r.Steps, func(s judge.Step) bool {
		return slices.ContainsFunc(s.Results, func(x judge.Result) bool { return x.Verdict == judge.Silent })
	})
}

// worstFirst sorts records for a reader: those with a silent failure, then by verdict, then by time.
func worstFirst(records []judge.Record) []judge.Record {
	sorted := slices.Clone(records)
	slices.SortStableFunc(sorted, func(a, b judge.Record) int {
		if sa, sb := silent(a), silent(b); sa != sb {
			if sa {
				return -1
			}
			return 1
		}
		if a.Verdict != b.Verdict {
			if judge.Worst(a.Verdict, b.Verdict) == a.Verdict {
				return -1
			}
			return 1
		}
		return a.Started.Compare(b.Started)
	})
	return sorted
}

// hops are the thirteen hops of a finding in order; one that the record does not have is unknown.
func (f finding) hops() []verify.Evidence {
	all := make([]verify.Evidence, 0, len(verify.Hops()))
	for _, hop := range verify.Hops() {
		i := slices.IndexFunc(f.Hops, func(e verify.Evidence) bool { return e.Hop == hop })
		if i < 0 {
			all = append(all, verify.Evidence{Hop: hop})
			continue
		}
		all = append(all, f.Hops[i])
	}
	return all
}

// inOrder is the log by time; lines of the same moment keep their order.
func inOrder(log []judge.LogLine) []judge.LogLine {
	sorted := slices.Clone(log)
	slices.SortStableFunc(sorted, func(a, b judge.LogLine) int { return a.At.Compare(b.At) })
	return sorted
}
