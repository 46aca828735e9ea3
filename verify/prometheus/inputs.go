package prometheus

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// inputs are the series that the followed rules look at, and what has become of them.
type inputs struct {
	terms  *terms
	parsed map[string]expression // by query
	known  map[string]*input     // by the text of the selector
	peaks  map[string]*peak      // by the text of the comparison
}

// input is one selector's series.
type input struct {
	selector
	seen   bool      // it was looked at
	based  bool      // it was looked at before the fault
	before bool      // there were series then
	now    int       // how many there are
	jobs   []string  // they came from, when there were any last
	newest time.Time // sample, when there were any last
	came   time.Time // the newest sample at the first look that saw one under the fault
	// In the five minutes before the fault, the busiest series had so many samples, and changed so many times.
	samples, changes float64
	// Since the fault, the same.
	samplesSince, changesSince float64
}

// peak is how near a comparison came to be true.
type peak struct {
	comparison
	before, best float64 // NaN if not known
}

// lately is how far back an input is watched for changes before the fault.
const lately = 5 * time.Minute

func newInputs() *inputs {
	return &inputs{terms: newTerms(), parsed: map[string]expression{}, known: map[string]*input{}, peaks: map[string]*peak{}}
}

func (in *inputs) parse(query string) expression {
	e, ok := in.parsed[query]
	if !ok {
		e = parse(query)
		in.parsed[query] = e
	}
	return e
}

// want makes the terms for the rules of the pages.
func (in *inputs) want(pages []*page, now *look) {
	for _, p := range pages {
		for _, r := range p.rules(now.rules) {
			e := in.parse(r.Query)
			for _, sel := range e.selectors {
				in.watch(sel, now)
			}
			for _, c := range e.comparisons {
				in.terms.set("peak "+c.text(), c.extreme()+"("+c.left+")")
				if in.peaks[c.text()] == nil {
					in.peaks[c.text()] = &peak{c, math.NaN(), math.NaN()}
				}
			}
		}
	}
}

func (c comparison) text() string { return fmt.Sprintf("%s %v %v", c.left, c.up, c.threshold) }

func (c comparison) extreme() string {
	if c.up {
		return "max"
	}
	return "min"
}

// watch makes the terms for one selector: how many series there are, of which jobs, how new, and whether they change.
func (in *inputs) watch(sel selector, now *look) {
	known := in.known[sel.text]
	if known == nil {
		known = &input{selector: sel}
		in.known[sel.text] = known
	}
	in.terms.set("count "+sel.text, "count by (job) ("+sel.text+")")
	in.terms.set("newest "+sel.text, "max(timestamp("+sel.text+"))")
	window := span(lately)
	if !now.fault.IsZero() {
		window = span(max(now.at.Sub(now.fault).Truncate(time.Second), time.Second))
	}
	in.terms.set("changes "+sel.text, "max(changes("+sel.text+window+"))")
	in.terms.set("samples "+sel.text, "max(count_over_time("+sel.text+window+"))")
	in.terms.set("pushed", "max by (job) (push_time_seconds)")
	for _, pusher := range in.pushers(known) {
		in.watch(pusher, now)
	}
	if !known.seen || known.before || known.now > 0 || known.metric == "" {
		return
	}
	for _, m := range sel.matchers { // it is empty: which label is to blame?
		if m.Op == "=" && m.Value != "" && m.Name != metricName {
			in.terms.set("instead "+m.Name+" "+sel.text, "topk(3, count by ("+m.Name+") ("+sel.without(m.Name)+"))")
		}
	}
}

// pushers are the selectors that tell when the series of an input were pushed last, where a Pushgateway has them.
func (in *inputs) pushers(known *input) []selector {
	jobs, _ := in.terms.jobs("pushed")
	var found []selector
	for _, job := range known.jobs {
		if slices.Contains(jobs, job) && known.metric != pushTime {
			found = append(found, selector{text: fmt.Sprintf("%s{job=%q}", pushTime, job), metric: pushTime})
		}
	}
	return found
}

// pushTime is what a Pushgateway tells of every group of series that was pushed.
const pushTime = "push_time_seconds"

// learn takes in the answers to the terms.
func (in *inputs) learn(now *look) {
	under := !now.fault.IsZero()
	for text, known := range in.known {
		if !in.terms.asked("count " + text) {
			continue
		}
		jobs, sum := in.terms.jobs("count " + text)
		known.seen, known.now, known.based = true, int(sum), known.based || !under
		if known.now > 0 {
			known.jobs = jobs
			known.before = known.before || !under
		}
		if at, ok := in.terms.value("newest " + text); ok {
			known.newest = seconds(at)
			if under && known.came.IsZero() && known.newest.After(now.fault) {
				known.came = known.newest
			}
		}
		changes, _ := in.terms.value("changes " + text)
		samples, _ := in.terms.value("samples " + text)
		if under {
			known.changesSince, known.samplesSince = changes, samples
		} else {
			known.changes, known.samples = changes, samples
		}
	}
	for text, p := range in.peaks {
		v, ok := in.terms.value("peak " + text)
		switch {
		case !ok || math.IsNaN(v):
		case !under:
			p.before = v
		case math.IsNaN(p.best) || p.up && v > p.best || !p.up && v < p.best:
			p.best = v
		}
	}
}

// frozen reports whether the series stand still since the fault, although before it they would have changed at least
// three times in as many samples.
func (i *input) frozen() bool {
	return i.now > 0 && i.before && i.changes > 0 && i.changesSince == 0 && i.samplesSince >= 4 &&
		i.samplesSince-1 >= 3*(i.samples-1)/i.changes
}
