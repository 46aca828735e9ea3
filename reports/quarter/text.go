package quarter

import (
	"fmt"
	"io"

	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/reports/show"
)

// Text renders for a terminal, in colours or without.
func Text(color bool) func(io.Writer, Report) error {
	return func(w io.Writer, r Report) error {
		s := &sheet{show.Sheet{Color: color}, show.Clean(r)}
		s.top()
		s.coverage()
		s.silent()
		s.times()
		s.load()
		s.todo()
		s.excluded()
		s.definitions()
		_, err := io.WriteString(w, s.String())
		return err
	}
}

// sheet is a text page with the report that is put on it.
type sheet struct {
	show.Sheet
	r Report
}

func (s *sheet) top() {
	r := s.r
	s.Colored(0, "", show.Bold, r.Headline)
	where := r.period() + " (" + r.Zone + ")"
	if r.scope() != "" {
		where += ", " + r.scope()
	}
	s.Colored(0, "", show.Dim, where)
	for _, l := range r.Left {
		s.Lead(0, "NOT RESTORED", show.Red, fmt.Sprintf("%s, run %s: %s", l.Scenario, l.Run, l.Summary))
	}
	if r.Detection.Now.Known() {
		s.WriteByte('\n')
		for _, o := range r.Outcomes {
			lead := show.Padded(word(o.Verdict), 30) + fmt.Sprintf("%4d  %4s   ", o.Rate.Hits, show.Percent(o.Rate.Share()))
			s.Line(2, lead, "95% interval "+interval(o.Rate))
		}
		s.WriteByte('\n')
		s.Line(2, "in time: ", trend(r.Detection, r.length()))
		s.Line(2, "silent:  ", trend(r.Silent, r.length()))
	}
	if len(r.Actions) > 0 {
		s.Heading("What to do first")
		for i, a := range r.Actions {
			s.Line(2, fmt.Sprintf("%d. ", i+1), a.Head+". "+a.Do)
		}
	}
}

func (s *sheet) coverage() {
	c := s.r.Coverage
	if len(c.Entries) == 0 {
		return
	}
	s.Heading("What was tried: " + share(c.Proven) + " of the faults are proven to page")
	rows := [][]string{}
	for _, e := range c.Entries {
		if e.State != metrics.Proven {
			rows = append(rows, []string{"  " + cellSign(e), named(e.Service), named(e.Class), cellWord(e), s.r.cellNote(e)})
		}
	}
	if len(rows) == 0 {
		s.Line(2, "", "every one that was tried or declared")
		return
	}
	s.Table([]string{"", "service", "fault", "", ""}, rows)
}

func (s *sheet) silent() {
	r := s.r
	if len(r.Kinds) > 0 {
		s.Heading("Why nobody was paged")
		for _, k := range r.Kinds {
			s.Line(2, fmt.Sprintf("%3d  ", k.Faults), kindName(k)+". "+k.Remedy)
		}
		for _, h := range r.Hops {
			if h.Faults > 0 {
				s.Line(2, fmt.Sprintf("%3d  ", h.Faults), "lost at: "+hopName(h.Hop))
			}
		}
	}
	if len(r.Lessons) > 0 {
		s.Heading("What silence has taught")
		for _, l := range first(r.Lessons, mostLessons) {
			s.Line(2, "• ", lessonHead(l)+": "+l.Sentence)
		}
		s.more(len(r.Lessons) - mostLessons)
	}
	if len(r.Repeats) > 0 {
		s.Heading("Wrong again and again")
		for _, x := range first(r.Repeats, mostRepeats) {
			s.Line(2, "• ", fmt.Sprintf("%s, %s: %d of %d (%s)%s", called(x), x.Step, x.Failed.Hits, x.Failed.Of, outcomes(x.Outcomes), since(x.Passing)))
		}
		s.more(len(r.Repeats) - mostRepeats)
	}
}

// more says what is left out.
func (s *sheet) more(n int) {
	if n > 0 {
		s.Line(2, "", fmt.Sprintf("and %d more: --format json has all", n))
	}
}

func (s *sheet) times() {
	if !s.r.Detection.Now.Known() {
		return
	}
	s.Heading("How long it took")
	rows := [][]string{}
	var few []fact
	for _, t := range s.r.rows() {
		switch {
		case t.Times.N >= metrics.FewestForPercentiles:
			rows = append(rows, []string{t.Name, fmt.Sprint(t.Times.N), long(t.Times.P50), long(t.Times.P90), long(t.Times.P95), long(t.Times.Max)})
		case t.Times.N > 0:
			few = append(few, fact{Name: t.Name + fmt.Sprintf(" (%d)", t.Times.N), Value: longs(t.Times.Raw)})
		}
	}
	if len(rows) > 0 {
		s.Table([]string{"", "n", "p50", "p90", "p95", "max"}, rows)
	}
	for _, f := range few {
		s.Line(0, f.Name+"  ", f.Value)
	}
	for _, m := range s.r.MTTR {
		s.Line(2, "", mttrWords(m))
	}
	for _, n := range first(s.r.Near, mostNear) {
		s.Line(2, "nearly late: ", nearWords(n))
	}
	for _, c := range first(s.r.Changes, mostNear) {
		s.Line(2, "median of "+show.OneLine(c.Scenario)+": ", changeWords(c, s.r.length()))
	}
	if b := s.r.AckOfTotal; ackPages(b) > 0 {
		s.Heading("When incidents were acknowledged, as a part of their life")
		for _, bar := range ackBars(b) {
			if bar.N > 0 {
				s.Line(2, show.Padded(bar.Name, 42), fmt.Sprint(bar.N))
			}
		}
	}
}

func (s *sheet) load() {
	r := s.r
	s.Heading("What people were told, and what was tried")
	for _, f := range append(r.noiseFacts(), r.activityFacts()...) {
		s.fact(f)
	}
}

func (s *sheet) todo() {
	t := s.r.Todo
	s.Heading("To do")
	for _, f := range todoFacts(t) {
		s.fact(f)
	}
	for _, o := range t.Owners {
		s.Line(4, show.Padded(show.Shortened(show.OneLine(o.Name), 24), 26), ownerWords(o))
	}
	for _, o := range t.Oldest {
		s.Line(4, o.ID+"  ", age(o.Age)+", "+orNobody(o.Owner)+": "+o.Sentence)
	}
}

// fact writes a number with its name.
func (s *sheet) fact(f fact) { s.Line(4, show.Padded(f.Name, 36), f.String()) }

func (s *sheet) excluded() {
	s.Heading("What does not count")
	for _, line := range s.r.exclusions() {
		s.Line(2, "• ", line)
	}
	for _, why := range s.r.Excluded.Unread {
		s.Lead(2, "could not look", show.Yellow, why)
	}
}

func (s *sheet) definitions() {
	s.Heading("What the numbers mean")
	for _, d := range s.r.Definitions {
		s.Line(2, "", d.Name+": "+d.Formula+" ["+d.Source+"]")
	}
}
