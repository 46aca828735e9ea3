package mail

import (
	"cmp"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/failurefriday/friday/internal/diag"
)

// Rule says what a mail means, with the semantics of the email parsers of PagerDuty's integrations ({action,
// match_predicate, value_extractors}, see its REST API, EmailParser): rules are tried in order, and the first one counts
// whose Match fits and whose incident_key is found. One trigger opens an incident, unless one with this key is open; then
// it adds to it. A resolve closes it; where none with this key is open, it does nothing.
type Rule struct {
	Action  string             `yaml:"action" required:"true" pattern:"^(trigger|resolve)$" want:"trigger or resolve" doc:"what a mail that fits does to the incident of its key: trigger or resolve"`
	Match   Predicate          `yaml:"match" required:"true" doc:"which mails are meant"`
	Extract map[string]Extract `yaml:"extract" required:"true" keys:"^[A-Za-z_][A-Za-z0-9_.-]*$" want:"letters, digits, dots, dashes and underscores, beginning with a letter" doc:"what is taken from the mail: incident_key, which is needed; title, service, severity, urgency; anything else is a label"`
}

// Predicate is true or false of a mail. Exactly one of All, Any, Not, or In with Contains, Exactly or Regex is set
// (match_predicate: type, children, part, matcher; a "not" of several children is written not: {any: […]}).
type Predicate struct {
	All []Predicate `yaml:"all" doc:"every one of these fits"`
	Any []Predicate `yaml:"any" doc:"at least one of these fits"`
	Not *Predicate  `yaml:"not" doc:"this does not fit"`

	In       string `yaml:"in" doc:"where to look: body, subject or from_addresses"`
	Contains string `yaml:"contains" doc:"this text stands there, in this case"`
	Exactly  string `yaml:"exactly" doc:"this text and nothing else stands there"`
	Regex    string `yaml:"regex" doc:"this regular expression (RE2) is found there"`
}

// Extract takes a value from a mail (value_extractors): all of a part, what the groups of a regular expression match,
// joined with "-", or what stands between two texts. White space around it is cut off.
type Extract struct {
	From   string `yaml:"from" required:"true" doc:"where to take it from: body, subject or from_addresses"`
	Regex  string `yaml:"regex" doc:"regular expression (RE2) with at least one group, none in another"`
	After  string `yaml:"after" doc:"with before: what stands after the first of these"`
	Before string `yaml:"before" doc:"and before the next of these"`
}

// The parts of a mail that rules can look at.
const (
	partBody    = "body"
	partSubject = "subject"
	partFrom    = "from_addresses"
)

var parts = []string{partBody, partSubject, partFrom}

// keyName is the value that every rule must extract, and that becomes no label.
const keyName = "incident_key"

// faults collects what is wrong with rules, with the path of each fault.
type faults struct {
	flags string
	found []diag.FieldError
}

func (f *faults) add(path, format string, args ...any) {
	f.found = append(f.found, diag.FieldError{Field: path, Msg: fmt.Sprintf(format, args...)})
}

func (p *Params) checkRules() []diag.FieldError {
	f := faults{flags: cmp.Or(p.RegexFlags, defaultFlags)}
	if !p.Filter.isZero() {
		f.predicate("filter", p.Filter)
	}
	for i, r := range p.Rules {
		path := fmt.Sprintf("rules[%d]", i)
		f.predicate(path+".match", r.Match)
		if _, ok := r.Extract[keyName]; !ok {
			f.add(path+".extract", "needs %s: mails with the same one belong to the same incident", keyName)
		}
		names := make([]string, 0, len(r.Extract))
		for name := range r.Extract {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			f.extract(path+".extract."+name, r.Extract[name])
		}
	}
	return f.found
}

func (p Predicate) isZero() bool {
	return p.All == nil && p.Any == nil && p.Not == nil && p.In == "" && p.matcher() == ""
}

// matcher is the text or the expression that is looked for.
func (p Predicate) matcher() string { return cmp.Or(p.Contains, p.Exactly, p.Regex) }

func (f *faults) predicate(path string, p Predicate) {
	one := p.In != "" || p.matcher() != ""
	switch given := count(p.All != nil, p.Any != nil, p.Not != nil, one); {
	case given == 0:
		f.add(path, "needs one of all, any, not, or in with contains, exactly or regex")
	case given > 1:
		f.add(path, "takes only one of all, any, not, or in with contains, exactly or regex")
	}
	for name, list := range map[string][]Predicate{"all": p.All, "any": p.Any} {
		if list != nil && len(list) == 0 {
			f.add(path+"."+name, "must not be empty")
		}
		for i, below := range list {
			f.predicate(fmt.Sprintf("%s.%s[%d]", path, name, i), below)
		}
	}
	if p.Not != nil {
		f.predicate(path+".not", *p.Not)
	}
	if one {
		f.part(path+".in", p.In)
		if count(p.Contains != "", p.Exactly != "", p.Regex != "") != 1 {
			f.add(path, "needs exactly one of contains, exactly and regex, and not an empty one")
		}
		f.expression(path+".regex", p.Regex)
	}
}

func (f *faults) extract(path string, e Extract) {
	f.part(path+".from", e.From)
	switch {
	case e.Regex != "" && (e.After != "" || e.Before != ""):
		f.add(path, "takes regex, or after and before, not both")
	case (e.After == "") != (e.Before == ""):
		f.add(path, "needs both after and before")
	}
	if e.Regex == "" {
		return
	}
	re := f.expression(path+".regex", e.Regex)
	switch {
	case re == nil:
	case re.MaxCap() == 0:
		f.add(path+".regex", "needs a group in parentheses: what it matches is the value")
	case nested(re, false):
		f.add(path+".regex", "a group stands in another one: write (?: ) for the one that is not the value")
	}
}

func (f *faults) part(path, name string) {
	if slices.Contains(parts, name) {
		return
	}
	if name == "" {
		f.add(path, "is needed: one of %s", strings.Join(parts, ", "))
		return
	}
	f.add(path, "%q is none: want one of %s", name, strings.Join(parts, ", "))
}

// expression reports an expression that is none.
func (f *faults) expression(path, text string) *syntax.Regexp {
	if _, err := regexp.Compile(text); err != nil {
		f.add(path, "is no regular expression (RE2): %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		return nil
	}
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil // it was compiled a moment ago
	}
	return re
}

// nested reports whether a group stands in a group.
func nested(re *syntax.Regexp, inside bool) bool {
	if re.Op == syntax.OpCapture {
		if inside {
			return true
		}
		inside = true
	}
	return slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return nested(sub, inside) })
}

func count(conditions ...bool) (n int) {
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}
