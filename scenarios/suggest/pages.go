package suggest

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/failurefriday/friday/internal/promql"
)

// speaking are the annotations that are commonly made the title of a page.
func speaking() []string { return []string{"summary", "title", "message", "description"} }

// titles is a pattern for the titles of the pages of a rule: they carry its name or, where the receiver is told so, what one
// of its annotations says.
func (r Rule) titles() string {
	all := []string{regexp.QuoteMeta(r.Name)}
	for _, name := range speaking() {
		if said := saying(r.Annotations[name]); said != "" && !slices.Contains(all, said) {
			all = append(all, said)
		}
	}
	return "/" + strings.Join(all, "|") + "/"
}

var action = regexp.MustCompile(`(?s)\{\{.*?\}\}`)

const (
	tellingLetters = 8  // with fewer, a text may stand in any title
	titleLength    = 80 // of an annotation; receivers cut titles
)

// saying is a pattern for what an annotation says, whatever its template fills in; empty if it says too little by itself.
func saying(annotation string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(annotation), "\n")
	var parts []string
	letters, length := 0, 0
	for _, words := range action.Split(line, -1) {
		if left := titleLength - length; len(words) > left {
			words = strings.ToValidUTF8(words[:left], "")
		}
		length += len(words)
		for _, r := range words {
			if unicode.IsLetter(r) {
				letters++
			}
		}
		parts = append(parts, regexp.QuoteMeta(words))
	}
	if letters < tellingLetters || strings.Contains(line, "{{") != strings.Contains(line, "}}") {
		return ""
	}
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(strings.Join(parts, ".*"), ".*"), ".*"))
}

// within is how long the page may take: what a burn rate or a window takes to fill, the rule's own patience, an evaluation,
// and a minute each for what scrapes and for what routes and notifies. friday plan tells the real budget.
func (d Draft) within() time.Duration {
	return halfMinutes(max(burnTime(d.Rule.Expr), fillTime(d.Rule.Expr)) + d.Rule.For + d.evaluation() + 2*time.Minute)
}

// resolves is how long the incident may stay once the target is well: until the windows have forgotten the fault, the alert
// is let go, and Alertmanager, which by default looks at a group every five minutes, says so.
func (d Draft) resolves() time.Duration {
	var worst time.Duration
	if parsed, err := promql.Parse(d.Rule.Expr); err == nil {
		_, worst = parsed.Lag()
	}
	return halfMinutes(worst + d.Rule.KeepFiringFor + d.evaluation() + 7*time.Minute)
}

// evaluation is the time between two evaluations, Prometheus' default where it is not known.
func (d Draft) evaluation() time.Duration {
	if d.Rule.Interval == 0 {
		return time.Minute
	}
	return d.Rule.Interval
}

func halfMinutes(d time.Duration) time.Duration {
	const step = 30 * time.Second
	return (d + step - 1) / step * step
}

// fillTime is the longest window that must hold nothing but the fault before the rule can be true.
func fillTime(expr string) (longest time.Duration) {
	parsed, err := promql.Parse(expr)
	if err != nil {
		return 0
	}
	for _, s := range parsed.Selectors() {
		if s.In("absent_over_time", "max_over_time", "min_over_time") {
			longest = max(longest, s.Range+s.Window+s.Offset)
		}
	}
	return longest
}

// alertLabels are the rule's own labels as a mapping in YAML, where several rules have its name; empty if it has none that
// are the same for all its alerts.
func (r Rule) alertLabels() string {
	if !r.Namesakes {
		return ""
	}
	var parts []string
	for name, value := range r.Labels {
		if !strings.Contains(value, "{{") {
			parts = append(parts, quoted(name)+": "+quoted(exactly(value)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, ", ") + "}"
}
