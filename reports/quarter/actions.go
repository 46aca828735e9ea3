package quarter

import (
	"fmt"
	"slices"
	"strings"

	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/reports/show"
)

// actions are what to do first: at most one of each kind, so that they can be read.
func (r Report) actions() []Action {
	all := []Action{}
	say := func(yes bool, head, do string) {
		if yes {
			all = append(all, Action{head, do})
		}
	}
	say(len(r.Left) > 0, fmt.Sprintf("%s left something broken", show.Count(len(r.Left), "scenario")),
		"Run friday recover where "+leftNames(r.Left)+" ran, and see that everything is back.")
	if len(r.Kinds) > 0 {
		k := r.Kinds[0]
		say(k.Remedy != "", fmt.Sprintf("%d of %s: %s", k.Faults, show.Count(r.Silent.Now.Hits, "silent fault"), k.Name), k.Remedy+" "+services(k.Services))
	}
	for _, x := range r.Repeats {
		if !x.Passing {
			say(true, fmt.Sprintf("%s went wrong %d of %d times", called(x), x.Failed.Hits, x.Failed.Of),
				fmt.Sprintf("Have %s mend it, and try it again until it passes.", owner(x.Owner)))
			break
		}
	}
	say(r.Todo.Regressed > 0, show.Count(r.Todo.Regressed, "closed finding")+" came back",
		"See why what was mended did not hold: friday todo lists them first.")
	stale, untested := states(r.Coverage)
	if stale+untested > 0 {
		say(true, gaps(stale, untested), "Run their scenarios: an alert that nobody tries is one that nobody knows to work.")
	}
	say(r.Activity.Runs == 0, "Nothing was tried", "Plan a Failure Friday: an hour, one service, one fault.")
	nobody := 0
	for _, o := range r.Todo.Owners {
		if o.Name == orNobody("") {
			nobody = o.Open
		}
	}
	say(nobody > 0, fmt.Sprintf("%s nobody's", isOpen(nobody)), "Give each an owner: friday todo own ID OWNER.")
	return all
}

func isOpen(n int) string {
	if n == 1 {
		return "1 open finding is"
	}
	return fmt.Sprintf("%d open findings are", n)
}

func leftNames(all []Left) string {
	var names []string
	for _, l := range all {
		names = append(names, l.Scenario)
	}
	return listed(names)
}

// services names where something is to be done.
func services(names []string) string {
	if text := listed(names); text != "" {
		return "Services: " + text + "."
	}
	return ""
}

// mostListed are named of a list of names.
const mostListed = 5

// listed are names in a row: the first ones, and how many there are beside them.
func listed(names []string) string {
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" })
	if more := len(names) - mostListed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostListed], ", "), more)
	}
	return strings.Join(names, ", ")
}

func called(x Repeat) string {
	if x.Service == "" {
		return x.Scenario
	}
	return x.Service + ", " + x.Scenario
}

func owner(name string) string {
	if name == "" {
		return "somebody"
	}
	return name
}

// states counts the cells that prove nothing any more, and those that nobody has tried.
func states(c metrics.Coverage) (stale, untested int) {
	for _, e := range c.Entries {
		switch e.State {
		case metrics.Stale:
			stale++
		case metrics.Untested:
			untested++
		case metrics.Proven, metrics.Failed:
		}
	}
	return stale, untested
}

func gaps(stale, untested int) string {
	var parts []string
	if untested > 0 {
		parts = append(parts, kindsOfFault(untested)+" never tried with effect")
	}
	if stale > 0 {
		parts = append(parts, kindsOfFault(stale)+" not tried for too long")
	}
	return strings.Join(parts, ", ")
}

func kindsOfFault(n int) string { return plural(n, "kind of fault", "kinds of fault") }
