package quarter

import (
	"fmt"
	"io"
	"strings"

	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/reports/show"
)

// Markdown renders for wikis and tickets.
func Markdown(w io.Writer, r Report) error {
	m := &markdown{r: r}
	m.top()
	m.coverage()
	m.silent()
	m.times()
	m.facts("What people were told", r.noiseFacts())
	m.facts("What was tried", r.activityFacts())
	m.todo()
	m.list("What does not count", append(r.exclusions(), prefixed("could not look: ", r.Excluded.Unread)...))
	m.section("What the numbers mean")
	rows := [][]string{}
	for _, d := range r.Definitions {
		rows = append(rows, []string{show.MD(d.Name), show.MD(d.Formula), show.MD(d.Source)})
	}
	show.MDTable(&m.Builder, []string{"number", "what it is", "whose definition"}, rows)
	_, err := io.WriteString(w, strings.TrimRight(m.String(), "\n")+"\n")
	return err
}

// markdown is a page of Markdown.
type markdown struct {
	strings.Builder
	r Report
}

func (m *markdown) section(title string) { m.WriteString("## " + title + "\n\n") }

func (m *markdown) para(text string) { m.WriteString(text + "\n\n") }

// list writes sentences from outside under a title.
func (m *markdown) list(title string, all []string) {
	m.section(title)
	for _, text := range all {
		m.WriteString("- " + show.MD(text) + "\n")
	}
	m.WriteByte('\n')
}

func (m *markdown) facts(title string, all []fact) {
	if len(all) == 0 {
		return
	}
	var lines []string
	for _, f := range all {
		lines = append(lines, f.Name+": "+f.String())
	}
	m.list(title, lines)
}

func prefixed(with string, all []string) []string {
	out := make([]string, len(all))
	for i, text := range all {
		out[i] = with + text
	}
	return out
}

func (m *markdown) top() {
	r := m.r
	m.WriteString("# " + show.MD(r.Headline) + "\n\n")
	where := r.period() + " (" + r.Zone + ")"
	if r.scope() != "" {
		where += ", " + r.scope()
	}
	m.para(show.MD(where))
	for _, l := range r.Left {
		m.para("**NOT RESTORED** " + show.MD(l.Scenario+", run "+l.Run+": "+l.Summary))
	}
	if r.Detection.Now.Known() {
		rows := [][]string{}
		for _, o := range r.Outcomes {
			rows = append(rows, []string{word(o.Verdict), o.Verdict.String(), fmt.Sprint(o.Rate.Hits), show.Percent(o.Rate.Share()), interval(o.Rate)})
		}
		show.MDTable(&m.Builder, []string{"outcome", "verdict", "faults", "share", "95% interval"}, rows)
		m.para("In time: " + show.MD(trend(r.Detection, r.length())) + ".  \nSilent: " + show.MD(trend(r.Silent, r.length())) + ".")
	}
	if len(r.Actions) > 0 {
		m.section("What to do first")
		for i, a := range r.Actions {
			fmt.Fprintf(m, "%d. **%s.** %s\n", i+1, show.MD(a.Head), show.MD(a.Do))
		}
		m.WriteByte('\n')
	}
}

// coverage is the matrix, with a word in every cell. One that is too wide for a table is told as a list.
func (m *markdown) coverage() {
	x := matrixOf(m.r)
	if len(x.Rows) == 0 {
		return
	}
	m.section("What was tried")
	m.para(show.MD(share(m.r.Coverage.Proven) + " of the faults that were tried or declared are proven to page."))
	header := []string{"service"}
	for _, class := range x.Classes {
		header = append(header, show.MD(class))
	}
	rows := [][]string{}
	for _, line := range x.all() {
		row := []string{show.MD(line.Service)}
		for _, c := range line.Cells {
			text := ""
			if c.There {
				text = c.Sign + " " + c.Word + ", " + c.Note
			}
			row = append(row, show.MD(text))
		}
		rows = append(rows, row)
	}
	show.MDTable(&m.Builder, header, rows)
}

func (m *markdown) silent() {
	r := m.r
	if len(r.Kinds) > 0 {
		m.section("Why nobody was paged")
		rows := [][]string{}
		for _, k := range r.Kinds {
			rows = append(rows, []string{fmt.Sprint(k.Faults), show.MD(kindName(k)), show.MD(listed(k.Services)), show.MD(k.Remedy)})
		}
		show.MDTable(&m.Builder, []string{"faults", "kind", "services", "what to do"}, rows)
		var lost []string
		for _, h := range r.Hops {
			if h.Faults > 0 {
				lost = append(lost, fmt.Sprintf("%s (%d)", hopName(h.Hop), h.Faults))
			}
		}
		m.para("Pages were lost at: " + show.MD(strings.Join(lost, ", ")) + ".")
	}
	if len(r.Lessons) > 0 {
		var lines []string
		for _, l := range first(r.Lessons, mostLessons) {
			lines = append(lines, lessonHead(l)+": "+l.Sentence)
		}
		m.list("What silence has taught", append(lines, more(len(r.Lessons)-mostLessons)...))
	}
	if len(r.Repeats) > 0 {
		m.section("Wrong again and again")
		rows := [][]string{}
		for _, x := range first(r.Repeats, mostRepeats) {
			rows = append(rows, []string{
				show.MD(named(x.Service)), show.MD(x.Scenario), show.MD(x.Step), fmt.Sprintf("%d of %d", x.Failed.Hits, x.Failed.Of),
				outcomes(x.Outcomes), map[bool]string{true: "yes", false: "no"}[x.Passing], show.MD(orNobody(x.Owner)),
			})
		}
		show.MDTable(&m.Builder, []string{"service", "scenario", "step", "wrong", "how", "well now", "owner"}, rows)
	}
}

// more says what is left out.
func more(n int) []string {
	if n <= 0 {
		return nil
	}
	return []string{fmt.Sprintf("and %d more", n)}
}

func (m *markdown) times() {
	r := m.r
	if !r.Detection.Now.Known() {
		return
	}
	m.section("How long it took")
	rows := [][]string{}
	for _, t := range r.rows() {
		cells := []string{t.Name, fmt.Sprint(t.Times.N), fmt.Sprint(t.Times.Never)}
		if t.Times.N < metrics.FewestForPercentiles {
			cells = append(cells, named(longs(t.Times.Raw)), "", "", "")
		} else {
			cells = append(cells, long(t.Times.P50), long(t.Times.P90), long(t.Times.P95), long(t.Times.Max))
		}
		for i := range cells {
			cells[i] = show.MD(cells[i])
		}
		rows = append(rows, cells)
	}
	show.MDTable(&m.Builder, []string{"", "n", "of them never", "p50", "p90", "p95", "max"}, rows)
	var lines []string
	for _, t := range r.MTTR {
		lines = append(lines, mttrWords(t))
	}
	for _, n := range first(r.Near, mostNear) {
		lines = append(lines, "nearly late: "+nearWords(n))
	}
	for _, c := range first(r.Changes, mostNear) {
		lines = append(lines, "median of "+c.Scenario+": "+changeWords(c, r.length()))
	}
	m.list("More on times", lines)
	if ackPages(r.AckOfTotal) > 0 {
		m.section("When incidents were acknowledged, as a part of their life")
		rows := [][]string{}
		for _, b := range ackBars(r.AckOfTotal) {
			if b.N > 0 {
				rows = append(rows, []string{b.Name, fmt.Sprint(b.N)})
			}
		}
		show.MDTable(&m.Builder, []string{"", "pages"}, rows)
	}
}

func (m *markdown) todo() {
	t := m.r.Todo
	m.facts("To do", todoFacts(t))
	if len(t.Owners) > 0 {
		rows := [][]string{}
		for _, o := range t.Owners {
			rows = append(rows, []string{show.MD(o.Name), fmt.Sprint(o.Open), fmt.Sprint(o.Opened), fmt.Sprint(o.Closed), age(o.Oldest)})
		}
		show.MDTable(&m.Builder, []string{"owner", "open", "opened", "closed", "oldest"}, rows)
	}
	for _, o := range t.Oldest {
		fmt.Fprintf(m, "- **%s** %s\n", o.ID, show.MD(age(o.Age)+", "+orNobody(o.Owner)+": "+o.Sentence))
	}
	if len(t.Oldest) > 0 {
		m.WriteByte('\n')
	}
}
