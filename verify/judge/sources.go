package judge

import (
	"time"

	"github.com/failurefriday/friday/verify"
)

// sources tells how well each source could be seen.
func (r *reading) sources() []Source {
	var all []Source
	for _, p := range r.plan.Sources {
		s := Source{Name: p.Name, Kind: p.Kind, Offset: verify.Seconds(r.offsets[p.Name]), Follows: p.Follows, Sees: p.Sees}
		s.Requests, s.Bytes = r.spent[p.Name].requests, r.spent[p.Name].bytes
		_, s.OffsetKnown = r.offsets[p.Name]
		var blindFrom time.Time
		for _, look := range r.polls[p.Name] {
			s.Polls++
			switch {
			case look.err != "":
				s.Failures++
				s.LastError = look.err
				if blindFrom.IsZero() {
					blindFrom = look.asked
				}
			case !blindFrom.IsZero():
				s.Blind = append(s.Blind, Span{From: blindFrom, To: look.asked, State: "unknown", Text: "could not look"})
				blindFrom = time.Time{}
			}
		}
		if !blindFrom.IsZero() {
			s.Blind = append(s.Blind, Span{From: blindFrom, To: r.last(), State: "unknown", Text: "could not look"})
		}
		all = append(all, s)
	}
	return all
}
