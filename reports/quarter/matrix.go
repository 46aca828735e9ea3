package quarter

import (
	"cmp"
	"slices"

	"github.com/failurefriday/friday/reports/metrics"
)

// matrix is the fault coverage as it is drawn: services by classes of faults.
type matrix struct {
	Classes []string
	Rows    []line // the first mostServices
	More    []line
	Counts  []bar // cells by state
}

// mostServices are shown at once.
const mostServices = 30

// all are the lines of all services.
func (m matrix) all() []line { return slices.Concat(m.Rows, m.More) }

// grid is the part of a matrix that is one table.
func grid(classes []string, rows []line) matrix { return matrix{Classes: classes, Rows: rows} }

// line are the cells of one service.
type line struct {
	Service string
	Cells   []drawn // one for each class
}

// drawn is one cell; one that is not There is nobody's concern.
type drawn struct {
	There            bool
	Class            string
	Look             string
	Sign, Word, Note string
}

// matrixOf lays the coverage out. Services in which most is wrong come first.
func matrixOf(r Report) matrix {
	var m matrix
	at := map[string]map[string]metrics.Entry{}
	bad := map[string]int{}
	for _, e := range r.Coverage.Entries {
		if !slices.Contains(m.Classes, e.Class) {
			m.Classes = append(m.Classes, e.Class)
		}
		if at[e.Service] == nil {
			at[e.Service] = map[string]metrics.Entry{}
		}
		at[e.Service][e.Class] = e
		bad[named(e.Service)] += weight(e)
	}
	slices.Sort(m.Classes)
	for service, cells := range at {
		l := line{Service: named(service)}
		for _, class := range m.Classes {
			d := drawn{Class: named(class)}
			if e, ok := cells[class]; ok {
				d = drawn{true, named(class), cellLook(e), cellSign(e), cellWord(e), r.cellNote(e)}
			}
			l.Cells = append(l.Cells, d)
		}
		m.Rows = append(m.Rows, l)
	}
	slices.SortFunc(m.Rows, func(a, b line) int {
		return cmp.Or(-cmp.Compare(bad[a.Service], bad[b.Service]), cmp.Compare(a.Service, b.Service))
	})
	if len(m.Rows) > mostServices {
		m.Rows, m.More = m.Rows[:mostServices], m.Rows[mostServices:]
	}
	m.Counts = counts(r.Coverage)
	for i, class := range m.Classes {
		m.Classes[i] = named(class)
	}
	return m
}

// weight is how much a cell says that something is to be done.
func weight(e metrics.Entry) int {
	switch e.State {
	case metrics.Failed:
		if cellLook(e) == "silent" {
			return 1_000_000
		}
		return 10_000
	case metrics.Untested:
		return 100
	case metrics.Stale:
		return 1
	case metrics.Proven:
	}
	return 0
}

// counts are the cells by what is known of them.
func counts(c metrics.Coverage) []bar {
	n := map[string]int{}
	for _, e := range c.Entries {
		n[cellLook(e)]++
	}
	return []bar{
		{"proven", n["good"], "good"},
		{"silent or not restored", n["silent"], "silent"},
		{"wrong in another way", n["late"], "late"},
		{"stale: too long ago", n["stale"], "stale"},
		{"untested", n["untested"], "untested"},
	}
}
