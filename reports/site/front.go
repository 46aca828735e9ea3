package site

import (
	"fmt"
	"io"
	"strings"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// overview is what the front page tells.
type overview struct {
	Headline string
	Counts   string
	Left     []row // whose latest run was not restored
	Latest   []row
	Unread   int
}

// front is the front page where there is no other: how every scenario came out the last time.
func (s Site) front(w io.Writer, nav []show.Link) error {
	o := overview{Latest: latest(s.Runs), Unread: len(s.Unread)}
	silent := 0
	for _, r := range o.Latest {
		if r.Verdict == judge.Silent {
			silent++
		}
		if !r.Restored {
			o.Left = append(o.Left, r)
		}
	}
	switch {
	case len(o.Latest) == 0:
		o.Headline = "No runs yet"
	case silent == 1:
		o.Headline = fmt.Sprintf("1 of %s is a silent failure: nobody was paged", show.Count(len(o.Latest), "scenario"))
	case silent > 1:
		o.Headline = fmt.Sprintf("%d of %s are silent failures: nobody was paged", silent, show.Count(len(o.Latest), "scenario"))
	default:
		o.Headline = "No scenario is a silent failure now"
	}
	o.Counts = tally(o.Latest)
	return write(w, show.Page{Title: o.Headline, Heading: "Failure reports", Nav: nav}, "front", o)
}

// tally counts the verdicts of rows that are sorted by them.
func tally(rows []row) string {
	var parts []string
	for i := 0; i < len(rows); {
		n := 0
		for ; i+n < len(rows) && rows[i+n].Verdict == rows[i].Verdict; n++ {
		}
		parts = append(parts, fmt.Sprintf("%d %s", n, rows[i].Verdict))
		i += n
	}
	return strings.Join(parts, ", ")
}
