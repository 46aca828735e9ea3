// Package coverage tells which alerts and which services of a pager are proven: a run broke something, and the page came in
// time and went again. A proof grows old, and an alert that nobody has tried for long is no better than one that nobody
// ever tried. It is a pure function of what is loaded and of the digests of the runs; the moment is given.
package coverage

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/verify/judge"
)

// Rule is one alerting rule that is loaded somewhere.
type Rule struct {
	Name        string            `json:"name"`
	Group       string            `json:"group,omitempty"`
	File        string            `json:"file,omitempty"`
	Server      string            `json:"server,omitempty"` // that has loaded it; empty for files
	Labels      map[string]string `json:"labels,omitempty"` // that the rule itself sets
	Annotations map[string]string `json:"-"`
	Expr        string            `json:"-"`
	For         time.Duration     `json:"-"`
}

// Alert is the same for rules that make the same alert: of one name, with the same labels and of the same expression, as a
// pair of servers has them. No page tells which of them caused it, so what proves one of them proves all.
func (r Rule) Alert() string {
	return fmt.Sprintf("%q %s %q %s", r.Name, labels(r.Labels), r.Expr, r.For)
}

// Service is one service of a pager.
type Service struct {
	Name   string `json:"name"`
	Source string `json:"source"`
}

// Input is what coverage is told of.
type Input struct {
	Rules    []Rule // alerting ones
	Services []Service
	Runs     []digest.Run  // in any order
	Now      time.Time     // from which the age of proofs counts
	MaxAge   time.Duration // a proof that is older is none any more; more than 0
	// Untestable are names of alerts that nobody can prove by breaking something. Rules with the label friday: untestable, or
	// the annotation friday_untestable, need not be named.
	Untestable []string
	Unseen     []string // what could not be looked at, a sentence each
}

// State of a rule or service.
type State string

// The states, in the order in which they are listed: what was never proven first, then what is not any more.
const (
	Never      State = "never tried"
	Failed     State = "failed"
	Rotten     State = "rotten"
	Half       State = "never resolved"
	Proven     State = "proven"
	Untestable State = "untestable"
)

// Proof is a moment at which something was seen, and the run that saw it.
type Proof struct {
	At  time.Time `json:"at"`
	Run string    `json:"run"`
}

// Row is what is known of a rule or service.
type Row struct {
	Name   string `json:"name"`
	Where  string `json:"where"`            // group and file, server, or source
	Labels string `json:"labels,omitempty"` // of a rule, as in PromQL
	State  State  `json:"state"`
	Index  int    `json:"-"` // of the rule or service in the input

	Fired    *Proof        `json:"fired,omitempty"`    // when the page last came in time
	Resolved *Proof        `json:"resolved,omitempty"` // when it last went again by itself
	Tried    *Proof        `json:"tried,omitempty"`    // the last run that tried and could tell; or that tried
	Verdict  judge.Verdict `json:"verdict,omitzero"`   // of that run, on this
	// Freshness is 1 for a proof of now and falls linearly to 0 over MaxAge; 0 for what is not proven.
	Freshness float64 `json:"freshness"`
	Note      string  `json:"note,omitempty"` // why it is untestable, or what keeps it from being proven
}

// Sum is the coverage of all rows of a kind.
type Sum struct {
	Loaded     int `json:"loaded"`
	Untestable int `json:"untestable"` // of the loaded; not counted
	Counted    int `json:"counted"`
	Proven     int `json:"proven"` // of the counted
	// Share is Proven of Counted, 0 to 1; Fresh is the mean freshness of the counted. Both are 0 where nothing is counted.
	Share float64 `json:"share"`
	Fresh float64 `json:"fresh"`
}

// Report is the coverage as it is shown.
type Report struct {
	Now        time.Time     `json:"at"`
	MaxAge     time.Duration `json:"-"`
	Runs       int           `json:"runs"` // that were looked at
	Rules      []Row         `json:"rules"`
	Services   []Row         `json:"services"`
	OfRules    Sum           `json:"of_rules"`
	OfServices Sum           `json:"of_services"`
	Unseen     []string      `json:"could_not_look"`
}

// Of computes the coverage. The same input, in whatever order its runs are, gives the same report.
//
// An alert has fired in a run where an expectation of it was met in time and somebody saw that it was this alert: the rule
// was seen firing, or the incident carries its name. It has resolved where the incident was resolved after that, not while
// the fault was in force and not too late. A service is proven by its incidents in the same way. Negative controls prove
// nothing, and neither does a run that could not tell.
func Of(in Input) Report {
	runs, strange := digest.Past(in.Runs, in.Now)
	r := Report{Now: in.Now, MaxAge: in.MaxAge, Runs: len(runs), Unseen: append(slices.Clip(in.Unseen), strange...)}
	tries := gather(runs)
	r.Rules = rules(in, tries)
	for i, s := range in.Services {
		r.Services = append(r.Services, in.row(Row{Name: s.Name, Where: s.Source, Index: i}, tries.ofService(s)))
	}
	sortRows(r.Rules)
	sortRows(r.Services)
	r.OfRules, r.OfServices = sum(r.Rules), sum(r.Services)
	return r
}

func sum(rows []Row) Sum {
	s := Sum{Loaded: len(rows)}
	for _, row := range rows {
		switch row.State {
		case Untestable:
			s.Untestable++
		case Proven:
			s.Proven++
		default:
		}
		s.Fresh += row.Freshness
	}
	if s.Counted = s.Loaded - s.Untestable; s.Counted == 0 {
		return Sum{Loaded: s.Loaded, Untestable: s.Untestable}
	}
	s.Share, s.Fresh = float64(s.Proven)/float64(s.Counted), s.Fresh/float64(s.Counted)
	return s
}

// Percent is the share in whole percent, never rounded up: what is not reached must not look as if it were.
func (s Sum) Percent() string {
	switch {
	case s.Proven == 0:
		return "0%"
	case s.Proven*100 < s.Counted:
		return "<1%"
	}
	return strconv.Itoa(s.Proven*100/s.Counted) + "%"
}

// Missing is how many more of the counted must be proven to reach a percentage.
func (s Sum) Missing(percent float64) int {
	const tolerance = 1e-9 // 16.1 is no number that a computer knows
	needed := int(math.Ceil(percent*float64(s.Counted)/100 - tolerance))
	return max(0, needed-s.Proven)
}
