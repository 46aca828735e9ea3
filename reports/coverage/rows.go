package coverage

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/failurefriday/friday/verify/judge"
)

// untestable is the value of the label friday, and untestableBecause the annotation, that take a rule out of the count.
const (
	untestable        = "untestable"
	untestableBecause = "friday_untestable"
)

func rules(in Input, all tries) []Row {
	called := different(in.Rules)
	all.weigh(called)
	var rows []Row
	for i, r := range in.Rules {
		row := Row{Name: r.Name, Where: r.where(), Labels: labels(r.Labels), Index: i}
		if why, yes := in.untestable(r); yes {
			row.State, row.Note = Untestable, why
			rows = append(rows, row)
			continue
		}
		meant, unclear := all.ofRule(r, called[r.Name])
		row = in.row(row, seenAs(meant, r.Name))
		if unclear > 0 && row.State != Proven {
			row.Note = howToTell(r, called[r.Name])
		}
		rows = append(rows, row)
	}
	return rows
}

// different are the rules of each name that make different alerts.
func different(rules []Rule) map[string][]Rule {
	called, known := map[string][]Rule{}, map[string]bool{}
	for _, r := range rules {
		if alert := r.Alert(); !known[alert] {
			known[alert] = true
			called[r.Name] = append(called[r.Name], r)
		}
	}
	return called
}

// howToTell says what would let a run tell a rule from its namesakes.
func howToTell(r Rule, namesakes []Rule) string {
	alike := 0
	for _, o := range namesakes {
		if maps.Equal(o.Labels, r.Labels) {
			alike++
		}
	}
	switch {
	case alike > 1:
		return fmt.Sprintf("%d rules have this name and these labels: give each a label of its own, so that a run can tell which one fired", alike)
	case len(namesakes) > 1:
		return fmt.Sprintf("%d rules have this name: say alert_labels: to tell which one fired", len(namesakes))
	}
	return "a run asks for any of several alerts: name one under alert: to tell which one fired"
}

// untestable tells why a rule cannot be proven by breaking something.
func (in Input) untestable(r Rule) (why string, yes bool) {
	switch why := r.Annotations[untestableBecause]; {
	case why != "":
		return why, true
	case r.Labels["friday"] == untestable:
		return "its label says so", true
	case slices.Contains(in.Untestable, r.Name):
		return "said on the command line", true
	}
	return "", false
}

// where is the place of a rule, for people.
func (r Rule) where() string {
	parts := []string{r.Server, r.Group, r.File}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

func labels(all map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		parts = append(parts, name+"="+strconv.Quote(all[name]))
	}
	if len(parts) == 0 {
		return ""
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// told is a try, and whether somebody saw that its page was the one that is asked about.
type told struct {
	*try
	seen bool
}

func seenAs(meant []*try, name string) []told {
	var all []told
	oldestFirst(meant)
	for _, t := range meant {
		all = append(all, told{t, t.Result.Fired && !t.Alert.Name.Empty() || slices.Contains(t.Names, name)})
	}
	return all
}

// row tells what the tries, oldest first, come to.
func (in Input) row(row Row, all []told) Row {
	lastFailed := time.Time{}
	told := false // by a run that could
	for _, t := range all {
		proof := &Proof{t.at, t.run}
		is := t.outcome(t.seen)
		if is == cannotTell {
			row.Note = unclearWords(t)
			if !told {
				row.Tried, row.Verdict = proof, t.Verdict
			}
			continue
		}
		row.Tried, row.Verdict, row.Note, told = proof, t.Verdict, "", true
		switch is {
		case resolved:
			row.Fired, row.Resolved = proof, proof
		case fired:
			row.Fired = proof
			if t.Verdict == judge.Stuck || t.Verdict == judge.FalseRecovery {
				row.Resolved = nil // it did go again once, and does not any more
			}
		default:
			lastFailed = t.at
		}
	}
	row.State = in.state(row, lastFailed)
	if row.State == Proven {
		row.Freshness = in.freshness(row)
	}
	return row
}

func unclearWords(t told) string {
	if t.Verdict.Class() == judge.CannotTell || t.Verdict.Class() == judge.Stopped {
		return "the newest run could not tell: " + t.Verdict.String()
	}
	return "a page came, but nobody saw that this alert caused it"
}

func (in Input) state(row Row, lastFailed time.Time) State {
	old := func(p *Proof) bool { return in.Now.Sub(p.At) > in.MaxAge }
	switch {
	case row.Fired == nil && lastFailed.IsZero():
		return Never
	case row.Fired == nil, !lastFailed.Before(row.Fired.At):
		return Failed
	case old(row.Fired):
		return Rotten
	case row.Resolved == nil:
		return Half
	case old(row.Resolved):
		return Rotten
	}
	return Proven
}

// freshness is that of the older half of a proof.
func (in Input) freshness(row Row) float64 {
	age := max(in.Now.Sub(row.Fired.At), in.Now.Sub(row.Resolved.At), 0)
	return max(0, 1-float64(age)/float64(in.MaxAge))
}

// sortRows puts what was never proven first, and of what is proven the oldest proof.
func sortRows(rows []Row) {
	order := []State{Never, Failed, Rotten, Half, Proven, Untestable}
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(
			slices.Index(order, a.State)-slices.Index(order, b.State), cmp.Compare(a.Freshness, b.Freshness),
			strings.Compare(a.Name, b.Name), strings.Compare(a.Where, b.Where), strings.Compare(a.Labels, b.Labels),
		)
	})
}
