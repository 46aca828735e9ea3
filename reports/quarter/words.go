package quarter

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// word is a verdict for people who do not know the names of verdicts.
func word(v judge.Verdict) string {
	switch v {
	case judge.Pass:
		return "paged in time"
	case judge.Noisy:
		return "paged in time, too often"
	case judge.Silent:
		return "nobody was paged"
	case judge.Wrong:
		return "the wrong page came"
	case judge.FalseRecovery:
		return "paged, and closed too early"
	case judge.Late:
		return "paged late"
	case judge.Stuck:
		return "paged, and never closed"
	case judge.Unrestored:
		return "the service did not come back"
	case judge.Unexpected:
		return "paged without need"
	case judge.Void:
		return "the fault had no effect"
	case judge.Inconclusive:
		return "nobody could look"
	case judge.Impossible:
		return "no page can be that quick"
	case judge.Aborted:
		return "the run was stopped"
	case judge.Unjudged:
		return "not judged"
	}
	return v.String()
}

// headline is what there is to know, in one sentence.
func (r Report) headline() string {
	d := r.Detection.Now
	switch {
	case r.Activity.Runs == 0:
		return "No runs in this period: nobody knows how well alerting works"
	case r.Activity.Faults == 0:
		return "Nothing was broken in this period that anybody was to be paged for"
	case !d.Known():
		return fmt.Sprintf("%s, of which none tells anything", injected(r.Activity.Faults))
	}
	text := fmt.Sprintf("Of %s, %s %s paged in time", show.Count(d.Of, "fault"), show.Percent(d.Share()), was(d.Of))
	switch n := r.Silent.Now.Hits; n {
	case 0:
		return text + ", and none was silent"
	case 1:
		return text + "; 1 was silent: nobody was paged"
	default:
		return fmt.Sprintf("%s; %d were silent: nobody was paged", text, n)
	}
}

func injected(n int) string {
	if n == 1 {
		return "1 fault was injected"
	}
	return fmt.Sprintf("%d faults were injected", n)
}

func was(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// interval is where a share may truly be: "72% to 88%".
func interval(r metrics.Rate) string {
	low, high := r.Interval()
	return show.Percent(low) + " to " + show.Percent(high)
}

// share is a rate with what it was counted from: "81% (104 of 128)".
func share(r metrics.Rate) string {
	if !r.Known() {
		return "– (none)"
	}
	return fmt.Sprintf("%s (%d of %d)", show.Percent(r.Share()), r.Hits, r.Of)
}

// trend tells how a share has changed, or why that is not told. Before is the period before in words.
func trend(t metrics.Trend, before string) string {
	switch {
	case !t.Now.Known():
		return ""
	case !t.Told && !t.Before.Known():
		return "no trend: no fault counted in the " + before + " before"
	case !t.Told:
		return fmt.Sprintf("no trend: that takes %d faults on both sides, and the %s before have %d", metrics.FewestForTrends, before, t.Before.Of)
	}
	points := int(t.Change*100 + 0.5)
	if t.Change < 0 {
		points = int(t.Change*100 - 0.5)
	}
	was := fmt.Sprintf("%s of %d", show.Percent(t.Before.Share()), t.Before.Of)
	text := fmt.Sprintf("%+d points against the %s before (%s)", points, before, was)
	if points == 0 {
		text = fmt.Sprintf("as in the %s before (%s)", before, was)
	}
	if t.Chance && points != 0 {
		text += ", which may be chance"
	}
	return strings.Replace(text, "-", "−", 1)
}

// length is the period in words: "90 days".
func (r Report) length() string {
	return show.Count(max(1, int(r.Until.Sub(r.Since).Round(24*time.Hour).Hours()/24)), "day")
}

// period are its first and its last day.
func (r Report) period() string { return r.day(r.Since) + " to " + r.day(r.Until.Add(-1)) }

func (r Report) day(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(r.location()).Format("2 Jan 2006")
}

// location is the zone of days; of a report that was not made by Of, UTC.
func (r Report) location() *time.Location {
	if r.zone == nil {
		return time.UTC
	}
	return r.zone
}

// scope is what the report is about, if not about everything.
func (r Report) scope() string {
	var parts []string
	if r.Service != "" {
		parts = append(parts, "service "+r.Service)
	}
	if r.Environment != "" {
		parts = append(parts, r.Environment)
	}
	return strings.Join(parts, ", ")
}

// long is a percentile: "4.2s", "> 5m" of one that never came.
func long(q *metrics.Quantile) string {
	switch {
	case q == nil:
		return "–"
	case q.Never && q.Over > 0:
		return "> " + show.Span(q.Over)
	case q.Never:
		return "never"
	}
	return show.Span(*q.Seconds)
}

// within says how long a part of all took: "half within 12s"; where it never ended, how many took more than could be
// measured: of a percentile at 90%, that is the other 10%.
func within(part, rest string, q *metrics.Quantile) fact {
	switch {
	case q == nil:
		return fact{Name: part, Value: "–"}
	case q.Never && q.Over > 0:
		return fact{Name: rest + " took more than", Value: show.Span(q.Over)}
	case q.Never:
		return fact{Name: rest, Value: "never"}
	}
	return fact{Name: part + " within", Value: show.Span(*q.Seconds)}
}

// longs are raw values.
func longs(all []metrics.Quantile) string {
	var parts []string
	for _, q := range all {
		text := long(&q)
		if q.Never {
			text = "never (" + text + ")"
			if q.Over == 0 {
				text = "never"
			}
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// age is for how long something is there.
func age(s verify.Seconds) string { return show.Age(s.Duration()) }

// oneDecimal is a number of things per something.
func oneDecimal(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// orNobody is an owner, or that there is none.
func orNobody(owner string) string {
	if owner == "" {
		return todo.Nobody
	}
	return owner
}

// named is text, or a dash where there is none.
func named(text string) string {
	if text == "" {
		return "–"
	}
	return text
}
