// Package lint finds silent failures that wait to happen, with nothing broken: in rules and configurations, from files or
// from live servers, and in what scenarios expect of them. It says nothing rather than what may not be so: every finding is
// meant to hold up when somebody who knows the system reads it. A monitor that dies with what it watches (SF-01) hangs on the
// target, so that is for the plan of a run to find.
package lint

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/failurefriday/friday/internal/amconfig"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/promql"
	"github.com/failurefriday/friday/verify"
)

// Setup is all that is looked at. Every check says nothing where it lacks what it needs.
type Setup struct {
	Engines  []*Engine
	Routers  []*Router
	Problems []diag.Problem // of the files that were read
	Expected []Expected
	Open     []verify.Incident // of the sources that could be asked
	// Complete is true where these are all rules there are, as far as anybody says: a live server, or a configuration with the
	// files that it names. What is missing from a single file of rules may be in another one.
	Complete bool
	Now      time.Time
}

// Engine is what evaluates rules: a live Prometheus, or the files of one.
type Engine struct {
	Name   string // of the source; empty for files
	Rules  []promql.Rule
	Config *promql.Config // nil if not known
	Live   Prometheus     // nil for files
	Now    time.Time      // by its own clock

	alerts []alert
}

// Prometheus is a live server that rules can be tried on.
type Prometheus interface {
	// Count is how many series a selector matches now.
	Count(ctx context.Context, selector string) (int, error)
	// Ever reports whether a selector has matched any series in the time back from now.
	Ever(ctx context.Context, selector string, back time.Duration) (bool, error)
	// LabelValues are the values that a label of a metric has now.
	LabelValues(ctx context.Context, metric, label string) ([]string, error)
	// Alertmanagers is how many Alertmanagers alerts are sent to now.
	Alertmanagers(ctx context.Context) (active int, err error)
}

// Router is what routes alerts: a live Alertmanager, or its configuration file.
type Router struct {
	Name     string // of the source; empty for a file
	Config   *amconfig.Config
	Silences []amconfig.Silence
	Now      time.Time // by its own clock
}

// Expected is an expectation of a scenario file.
type Expected struct {
	verify.Expectation
	Pos diag.Pos
	// Routed is true where its incidents are known to have come by way of an Alertmanager.
	Routed bool
}

// Check is one check.
type Check struct {
	Name    string
	Kind    string // SF-01 …
	Summary string
	find    func(context.Context, *look) error
}

// Checks lists all checks, in the order of the kinds.
func Checks() []Check {
	return []Check{
		{"stalled", "SF-03", "a rule that has not been evaluated for more than twice its interval", stalled},
		{"no-absence", "SF-04", "a threshold on series whose end no rule notices", noAbsence},
		{"counts-nothing", "SF-04", "a count that is to be zero: of nothing, count() has no result", countsNothing},
		{"no-freshness", "SF-05", "values that are pushed or read from a file, and whose age no rule looks at", noFreshness},
		{"never-matches", "SF-06", "a selector that no live series matches", neverMatches},
		{"never-true", "SF-06", "a comparison that no value can satisfy", neverTrue},
		{"raw-counter", "SF-06", "a counter that is compared without rate(): it fires once, and for ever", rawCounter},
		{"rate-of-gauge", "SF-06", "a rate over values that are no counter", rateOfGauge},
		{"short-range", "SF-06", "a rate over a range that holds fewer than two samples", shortRange},
		{"not-loaded", "SF-07", "a file that the server would not load as it is", notLoaded},
		{"evaluation-error", "SF-07", "a rule that fails whenever it is evaluated", evaluationErrors},
		{"too-slow", "SF-09", "an alert that cannot come within the deadline of a scenario", tooSlow},
		{"slow", "SF-09", "alerts that a fault held for five minutes cannot trip", slow},
		{"no-router", "SF-11", "alerts that are sent to no Alertmanager", noRouter},
		{"silenced", "SF-12", "alerts that a silence covers", silenced},
		{"wide-inhibition", "SF-13", "an inhibition that nothing ties to what it suppresses", wideInhibition},
		{"muted", "SF-14", "alerts that must page and are muted at some time of the week", muted},
		{"routed-to-nobody", "SF-15", "alerts whose receivers notify nobody", routedToNobody},
		{"already-open", "SF-17", "an open incident that would swallow the one that a scenario expects", alreadyOpen},
		{"no-recovery", "SF-22", "a receiver that pages and does not tell recoveries", noRecovery},
		{"no-such-alert", "SF-25", "an alert that a scenario names and that no rule makes", noSuchAlert},
		{"no-rule-files", "SF-25", "a pattern of rule files that matches no file", noRuleFiles},
		{"unwatched-job", "SF-25", "a job that is scraped and that no rule looks at", unwatchedJob},
	}
}

// look is one lint in progress.
type look struct {
	*Setup
	check Check
	found []verify.Finding
	memo  *memo
}

// Run runs every check. The errors tell what could not be looked at; what was found all the same is returned with them.
func Run(ctx context.Context, s Setup) ([]verify.Finding, []error) {
	for _, e := range s.Engines {
		e.parse()
	}
	l := &look{Setup: &s, memo: newMemo()}
	var failed []error
	for _, l.check = range Checks() {
		if err := l.check.find(ctx, l); err != nil && !slices.ContainsFunc(failed, func(old error) bool { return old.Error() == err.Error() }) {
			failed = append(failed, err)
		}
	}
	Sort(l.found)
	return l.found, failed
}

// Sort orders findings by place, and those without one by severity.
func Sort(all []verify.Finding) {
	rank := func(f verify.Finding) int {
		return slices.Index([]verify.Severity{verify.Severe, verify.Risky, verify.Remark}, f.Severity)
	}
	slices.SortStableFunc(all, func(a, b verify.Finding) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Subject, b.Subject))
	})
}
