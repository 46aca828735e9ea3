package metrics

import (
	"cmp"
	"slices"
	"time"

	"github.com/failurefriday/friday/verify/judge"
)

// Cell is one kind of fault that a service may meet.
type Cell struct {
	Service string `json:"service"`
	Class   string `json:"class"` // digest.Step.Class
}

// CellState is what is known of a cell.
type CellState string

// The states of cells.
const (
	Proven   CellState = "proven"   // the newest faults were all a PASS, and not too long ago
	Failed   CellState = "failed"   // one of the newest faults was no PASS
	Stale    CellState = "stale"    // a PASS, and too long ago
	Untested CellState = "untested" // no fault that counts
)

// Entry is one cell of the fault coverage.
type Entry struct {
	Cell
	State CellState `json:"state"`
	// Outcome is the worst of the newest faults of the cell, one for each scenario, step and environment, of which those that
	// are too old count only if all are; UNJUDGED if Untested.
	Outcome judge.Verdict `json:"outcome"`
	// LastPass is when the newest PASS was; of a cell with several scenarios, that of the one which passed longest ago.
	LastPass time.Time `json:"last_pass,omitzero"`
	Faults   int       `json:"faults"`   // valid ones, in the period
	Passed   int       `json:"passed"`   // of these
	Excluded int       `json:"excluded"` // faults that do not count, whenever they were
}

// Coverage is the matrix of services and classes of faults.
type Coverage struct {
	Entries []Entry `json:"cells"` // by service, then by class; those that somebody declared or tried
	Proven  Rate    `json:"proven"`
}

// proof is the newest that is known of one scenario's step in one environment.
type proof struct{ scenario, step, environment string }

// latest is what became of it.
type latest struct {
	at       time.Time
	outcome  judge.Verdict
	lastPass time.Time
}

// cell gathers what is known of one.
type cell struct {
	entry  Entry
	newest map[proof]*latest
}

// CoverageOf makes the matrix. Faults are all that are known up to now, in any order, also from before since, where the
// period begins: a proof from then may still be good. A PASS that is older than maxAge is stale; 0 lets none be. Declared
// are the cells that are to be tested; those that were tried are part of the matrix, too.
func CoverageOf(faults []Fault, declared []Cell, since, now time.Time, maxAge time.Duration) Coverage {
	cells := map[Cell]*cell{}
	get := func(c Cell) *cell {
		if cells[c] == nil {
			cells[c] = &cell{Entry{Cell: c, State: Untested}, map[proof]*latest{}}
		}
		return cells[c]
	}
	for _, c := range declared {
		get(c)
	}
	for _, f := range faults {
		get(Cell{f.Service, f.Class}).add(f, since)
	}
	var all Coverage
	for _, c := range cells {
		all.Entries = append(all.Entries, c.judged(now, maxAge))
	}
	slices.SortFunc(all.Entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Class, b.Class))
	})
	for _, e := range all.Entries {
		all.Proven.Of++
		if e.State == Proven {
			all.Proven.Hits++
		}
	}
	return all
}

func (c *cell) add(f Fault, since time.Time) {
	if !f.Valid() {
		c.entry.Excluded++
		return
	}
	inPeriod := !f.Started.Before(since)
	if inPeriod {
		c.entry.Faults++
	}
	at := proof{f.Scenario, f.Step, f.Environment}
	l := c.newest[at]
	if l == nil {
		l = &latest{}
		c.newest[at] = l
	}
	switch {
	case l.at.IsZero() || f.At.After(l.at):
		l.at, l.outcome = f.At, f.Outcome
	case f.At.Equal(l.at):
		l.outcome = judge.Worst(l.outcome, f.Outcome)
	}
	if f.Outcome == judge.Pass {
		if inPeriod {
			c.entry.Passed++
		}
		if f.At.After(l.lastPass) {
			l.lastPass = f.At
		}
	}
}

// judged works out the state from the newest fault of each scenario. What is too old speaks only where nothing newer does:
// a scenario that nobody runs any more neither proves nor accuses for ever.
func (c *cell) judged(now time.Time, maxAge time.Duration) Entry {
	e := c.entry
	if len(c.newest) == 0 {
		return e
	}
	var fresh, old []*latest
	for _, l := range c.newest {
		if maxAge > 0 && ProvenAge(now, l.at) > maxAge {
			old = append(old, l)
		} else {
			fresh = append(fresh, l)
		}
	}
	speak := fresh
	if len(fresh) == 0 {
		speak = old
	}
	var outcomes []judge.Verdict
	for _, l := range speak {
		outcomes = append(outcomes, l.outcome)
		if !l.lastPass.IsZero() && (e.LastPass.IsZero() || l.lastPass.Before(e.LastPass)) {
			e.LastPass = l.lastPass
		}
	}
	e.Outcome = judge.Worst(outcomes...)
	switch {
	case e.Outcome != judge.Pass:
		e.State = Failed
	case len(fresh) == 0:
		e.State = Stale
	default:
		e.State = Proven
	}
	return e
}

// ProvenAge is how long ago the last PASS was, never negative.
func ProvenAge(now, lastPass time.Time) time.Duration { return max(0, now.Sub(lastPass)) }
