package quarter

import (
	"fmt"
	"strings"

	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/reports/show"
)

// How many of each list are told to people; JSON has all.
const (
	mostLessons = 6
	mostRepeats = 8
	mostNear    = 5
)

func first[T any](all []T, n int) []T { return all[:min(len(all), n)] }

// fact is one named value, and what else there is to say of it.
type fact struct{ Name, Value, Note string }

// String is the value with its note.
func (f fact) String() string {
	if f.Note == "" {
		return f.Value
	}
	return f.Value + " (" + f.Note + ")"
}

// row is one of the distributions.
type row struct {
	ID    string // of its definition
	Name  string
	Of    string // what n counts
	Times metrics.Times
}

// rows are the distributions that are told.
func (r Report) rows() []row {
	return []row{
		{"ttd", "fault to incident", "fault", r.Times.Detect},
		{"ttn", "fault to a person", "fault", r.Times.Notify},
		{"tta", "incident to acknowledged", "page", r.Times.Ack},
		{"fault-to-ack", "fault to acknowledged", "fault", r.Times.FaultToAck},
		{"ttr", "incident to resolved", "page", r.Times.Resolve},
		{"recovery", "undo to healthy", "fault", r.Times.Recovery},
		{"reset", "healthy to resolved", "page", r.Times.Reset},
	}
}

func kindName(k KindCount) string {
	if k.ID == "" {
		return "The kind is not known"
	}
	if k.ID == k.Name {
		return k.ID
	}
	return k.ID + ", " + k.Name
}

func hopName(hop string) string {
	if hop == "" {
		return "nobody could see where"
	}
	return hop
}

func lessonHead(l Lesson) string {
	text := l.Scenario
	if l.Service != "" {
		text = l.Service + ", " + text
	}
	if l.Faults > 1 {
		text += fmt.Sprintf(" (%d times)", l.Faults)
	}
	return text + since(l.Since)
}

// since tells whether something is well again.
func since(passing bool) string {
	if passing {
		return ", and it has passed since"
	}
	return ""
}

func outcomes(all []metrics.Share) string {
	var parts []string
	for _, o := range all {
		parts = append(parts, fmt.Sprintf("%d %s", o.Rate.Hits, strings.ToLower(o.Verdict.String())))
	}
	return strings.Join(parts, ", ")
}

func mttrWords(m metrics.MTTR) string {
	d, _ := metrics.Define(m.Definition)
	text := d.Name + ": "
	if m.Mean == nil {
		text += "none"
	} else {
		text += fmt.Sprintf("%s (mean of %d)", show.Span(*m.Mean), m.N)
	}
	if m.NotEnded > 0 {
		text += fmt.Sprintf("; %d not among them, which had not ended", m.NotEnded)
	}
	return text
}

func nearWords(n Near) string {
	return fmt.Sprintf("%s took %s of %s: %s", n.Scenario, show.Span(n.Took), show.Span(n.Within), n.Text)
}

func changeWords(c metrics.Change, before string) string {
	text := fmt.Sprintf("%s, in the %s before %s", long(c.Now.P50), before, long(c.Before.P50))
	switch {
	case c.Slower > 0:
		text += " (" + show.Span(c.Slower) + " slower)"
	case c.Slower < 0:
		text += " (" + show.Span(-c.Slower) + " faster)"
	}
	return text
}

// bar is one of a histogram.
type bar struct {
	Name string
	N    int
	Look string // class of its colour
}

func ackBars(b metrics.AckBins) []bar {
	return []bar{
		{"0 to 20%", b.Bins[0], "good"},
		{"20 to 40%", b.Bins[1], "good"},
		{"40 to 60%", b.Bins[2], "good"},
		{"60 to 80%", b.Bins[3], "good"},
		{"80 to 100%", b.Bins[4], "good"},
		{"closed itself, nobody acknowledged", b.ClosedItself, "late"},
		{"neither acknowledged nor closed", b.NeverAcked, "silent"},
		{"acknowledged, still open at the end", b.StillOpen, "unsure"},
		{"no length, or acknowledged when closed", b.Undefined, "unsure"},
		{"nobody could see it", b.NotKnown, "unsure"},
	}
}

func ackPages(b metrics.AckBins) int {
	n := 0
	for _, one := range ackBars(b) {
		n += one.N
	}
	return n
}

func (r Report) noiseFacts() []fact {
	n := r.Noise
	if n.Faults == 0 {
		return nil
	}
	perFault := func(of int) string { return oneDecimal(n.PerFault(of)) + " per fault" }
	facts := []fact{
		{"incidents", fmt.Sprint(n.Incidents), perFault(n.Incidents)},
		{"notifications", fmt.Sprint(n.Notifications), perFault(n.Notifications)},
		{"incidents nobody asked for", fmt.Sprint(n.Unexpected), perFault(n.Unexpected)},
		rated("precision", n.Precision, ""),
		rated("off-hours", n.OffHours, "notifications"),
	}
	if r.Unwanted.Known() {
		facts = append(facts, fact{"pages that must not come, and did", fmt.Sprint(r.Unwanted.Hits), fmt.Sprintf("of %d", r.Unwanted.Of)})
	}
	return facts
}

// rated is a rate as a fact.
func rated(name string, r metrics.Rate, of string) fact {
	if !r.Known() {
		return fact{Name: name, Value: "–"}
	}
	return fact{name, show.Percent(r.Share()), strings.TrimSpace(fmt.Sprintf("%d of %d %s", r.Hits, r.Of, of))}
}

func (r Report) activityFacts() []fact {
	a := r.Activity
	facts := []fact{
		{"runs", fmt.Sprint(a.Runs), fmt.Sprintf("in %d of %s", a.ActiveWeeks.Hits, show.Count(a.ActiveWeeks.Of, "week"))},
		{"faults", fmt.Sprint(a.Faults), "of " + plural(a.Classes, "class", "classes")},
		{"services", fmt.Sprint(a.Services), show.Count(a.Scenarios, "scenario")},
		{"owners", fmt.Sprint(a.Owners), show.Count(a.Environments, "environment")},
	}
	if a.People > 0 {
		facts = append(facts, fact{"accounts that started runs", fmt.Sprint(a.People), ""})
	}
	if a.Unrestored > 0 {
		facts = append(facts, fact{"runs that left something broken", fmt.Sprint(a.Unrestored), ""})
	}
	return facts
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func todoFacts(t Todos) []fact {
	facts := []fact{{"opened", fmt.Sprint(t.Opened), ""}, {"closed", fmt.Sprint(t.Closed), ""}, {"open now", fmt.Sprint(t.Open), ""}}
	if t.PerFault != nil {
		facts[0].Note = oneDecimal(*t.PerFault) + " per fault"
	}
	if t.Regressed > 0 {
		facts[2].Note = fmt.Sprintf("%d seen again after they were closed", t.Regressed)
	}
	if t.MedianAge != nil {
		facts = append(facts, fact{"median age", age(*t.MedianAge), "of the open ones"})
	}
	switch {
	case t.ToFix.P50 != nil:
		facts = append(facts, fact{"until closed", ageOf(t.ToFix.P50), "median"})
	case len(t.ToFix.Raw) > 0:
		var parts []string
		for _, q := range t.ToFix.Raw {
			parts = append(parts, ageOf(&q))
		}
		facts = append(facts, fact{"until closed", strings.Join(parts, ", "), ""})
	}
	return facts
}

func ageOf(q *metrics.Quantile) string {
	if q.Seconds == nil {
		return "–"
	}
	return age(*q.Seconds)
}

func ownerWords(o Owner) string {
	text := fmt.Sprintf("%d open, %d opened, %d closed", o.Open, o.Opened, o.Closed)
	if o.Open > 0 {
		text += ", oldest " + age(o.Oldest)
	}
	return text
}

// exclusions are sentences on what does not count.
func (r Report) exclusions() []string {
	var all []string
	say := func(n int, text string, args ...any) {
		if n > 0 {
			all = append(all, fmt.Sprintf(text, args...))
		}
	}
	for _, x := range r.Excluded.Faults {
		why := word(x.Verdict)
		if x.Overturned {
			why = "judged silent, and people found that the page had come"
		}
		all = append(all, fmt.Sprintf("%s: %s", show.Count(x.Faults, "fault"), why))
	}
	x := r.Excluded
	say(x.NotBroken, "%s in which nothing was broken, because the run did not come so far", show.Count(x.NotBroken, "step"))
	say(x.NoPage, "%s in which something was broken and nobody was to be paged", show.Count(x.NoPage, "step"))
	say(x.Controls.Runs, "%s: a page came in %d of the %d that could tell", show.Count(x.Controls.Runs, "negative control"), x.Controls.Fired.Hits, x.Controls.Fired.Of)
	say(x.Undated, "%s without a date", show.Count(x.Undated, "run"))
	switch {
	case len(all) > 0:
	case r.Activity.Faults == 0:
		all = append(all, "there was nothing to count")
	default:
		all = append(all, "nothing: all faults count")
	}
	say(x.Estimated, "%s counted from the injection, because nobody saw them in force; they do count", show.Count(x.Estimated, "fault"))
	say(x.Silences.Hits, "%s of the silences were none, as people found", share(x.Silences))
	say(r.HopsSeen.Of, "%s of the way of the pages could be seen (%d of %d hops)", show.Percent(r.HopsSeen.Share()), r.HopsSeen.Hits, r.HopsSeen.Of)
	say(r.Redefined, "%s changed since the period before: their times are not compared", show.Count(r.Redefined, "scenario"))
	return all
}
