package quarter

import (
	"cmp"
	"slices"
	"time"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// activity counts what was tried. Negative controls break nothing and are counted elsewhere.
func activity(in []digest.Run, set metrics.Set, o Options) Activity {
	a := Activity{Runs: set.Runs, Faults: len(set.Faults), Unrestored: set.Unrestored, Weeks: weeks(o)}
	scenarios, services, owners, places, people := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, r := range in {
		if r.Control {
			continue
		}
		scenarios[r.Scenario], services[r.Service], owners[r.Owner], places[r.Environment], people[r.User] = true, true, true, true, true
		if w := a.week(r.Started, o); w != nil {
			w.Runs++
		}
	}
	classes := map[string]bool{}
	for _, f := range set.Faults {
		classes[f.Class] = true
		if w := a.week(f.Started, o); w != nil {
			w.Faults++
			if f.Valid() && f.Outcome == judge.Silent {
				w.Silent++
			}
		}
	}
	for _, w := range a.Weeks {
		a.ActiveWeeks.Of++
		if w.Runs > 0 {
			a.ActiveWeeks.Hits++
		}
	}
	for _, names := range []map[string]bool{scenarios, services, owners, places, people, classes} {
		delete(names, "") // not known
	}
	a.Scenarios, a.Services, a.Classes, a.Owners, a.Environments, a.People = len(scenarios), len(services), len(classes), len(owners), len(places), len(people)
	return a
}

// mostWeeks bounds what a page can show; longer periods are told by their newest weeks.
const mostWeeks = 530

// weeks are those of the period, up to when the report was made, each from its Monday in the zone.
func weeks(o Options) []Week {
	all := []Week{}
	end := o.asOf()
	for start := monday(end.Add(-1), o.Zone); len(all) < mostWeeks; start = monday(start.Add(-1), o.Zone) {
		if !start.AddDate(0, 0, 7).After(o.Since) || !start.Before(end) {
			break
		}
		all = append(all, Week{Start: start})
	}
	slices.Reverse(all)
	return all
}

// monday is the beginning of the week that a moment is in.
func monday(at time.Time, zone *time.Location) time.Time {
	at = at.In(zone)
	back := (int(at.Weekday()) + 6) % 7
	return time.Date(at.Year(), at.Month(), at.Day()-back, 0, 0, 0, 0, zone)
}

// week finds the one that a moment is in.
func (a *Activity) week(at time.Time, o Options) *Week {
	start := monday(at, o.Zone)
	i, ok := slices.BinarySearchFunc(a.Weeks, start, func(w Week, at time.Time) int { return w.Start.Compare(at) })
	if !ok {
		return nil
	}
	return &a.Weeks[i]
}

// oldest is how many of the oldest open findings are told.
const oldest = 5

// todos tells what became of findings in the period.
func todos(faults int, o Options) Todos {
	var opened, closed int
	var ages []time.Duration
	var fixed []metrics.Took
	t := Todos{Oldest: []Old{}}
	owners := map[string]*Owner{}
	for _, i := range o.Items {
		if o.Service != "" && i.Service != o.Service || o.Environment != "" && i.Environment != o.Environment || !i.First.Before(o.Until) {
			continue
		}
		name := cmp.Or(i.Owner, todo.Nobody)
		if owners[name] == nil {
			owners[name] = &Owner{Name: name}
		}
		own := owners[name]
		if !i.First.Before(o.Since) {
			opened++
			own.Opened++
		}
		if i.State == todo.Closed && !i.Closed.Before(o.Since) && i.Closed.Before(o.Until) {
			closed++
			own.Closed++
			fixed = append(fixed, metrics.Took{Known: metrics.Exactly, For: max(0, i.Closed.Sub(i.First))})
		}
		if i.Active() {
			age := max(0, o.asOf().Sub(i.First))
			ages = append(ages, age)
			t.open(i, own, age)
		}
	}
	t.Findings, t.ToFix = metrics.FindingsOf(faults, opened, closed, ages), metrics.TimesOf(fixed)
	if y, ok := t.Yield(); ok {
		t.PerFault = &y
	}
	t.Owners = []Owner{}
	for _, own := range owners {
		if own.Open+own.Opened+own.Closed > 0 {
			t.Owners = append(t.Owners, *own)
		}
	}
	slices.SortFunc(t.Owners, func(a, b Owner) int {
		return cmp.Or(-cmp.Compare(a.Open, b.Open), -cmp.Compare(a.Opened, b.Opened), cmp.Compare(a.Name, b.Name))
	})
	slices.SortStableFunc(t.Oldest, func(a, b Old) int { return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.ID, b.ID)) })
	t.Oldest = t.Oldest[:min(len(t.Oldest), oldest)]
	return t
}

// open counts a finding that is not closed.
func (t *Todos) open(i todo.Item, own *Owner, age time.Duration) {
	t.Open++
	own.Open++
	own.Oldest = max(own.Oldest, verify.Seconds(age))
	if i.State == todo.Regressed {
		t.Regressed++
		own.Regressed++
	}
	t.Oldest = append(t.Oldest, Old{
		ID: i.ID, Label: i.Label(), Owner: i.Owner, Sentence: i.Sentence(), Run: i.LastRun, Regressed: i.State == todo.Regressed,
		First: i.First, Age: verify.Seconds(age),
	})
}
