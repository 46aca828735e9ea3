package mail

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// defaultFlags let a dot match the end of a line, and ^ and $ those of each line.
const defaultFlags = "sm"

// letter is what rules see of a mail, decoded to UTF-8 with \n at the ends of lines.
type letter struct {
	subject string
	from    []string // addresses
	to      string
	body    string // of all texts that it is made of; HTML is seen as its source
}

// meaning is what a mail means.
type meaning int

const (
	unmatched meaning = iota // no rule fits, which is reported
	foreign                  // the filter does not fit: none of our business
	trigger
	resolve
)

// reading is what the rules make of one mail.
type reading struct {
	means  meaning
	key    string
	fields map[string]string // all that was extracted but the key
}

// engine is a list of rules, ready to read mails. It is safe for concurrent use.
type engine struct {
	filters  []test
	rules    []rule
	fallback string
	extracts map[string]bool // names that some rule extracts
}

type test func(letter) bool

type rule struct {
	means  meaning
	fits   test
	key    taker
	values map[string]taker
}

// taker takes a value from a mail, "" if it is not there.
type taker func(letter) string

// compile makes the rules of the parameters ready, those of the preset last.
func (p *Params) compile() (*engine, error) {
	e := &engine{fallback: cmp.Or(p.Fallback, discard), extracts: map[string]bool{}}
	set := preset{rules: p.Rules}
	if !p.Filter.isZero() {
		set.filter = p.Filter
	}
	if err := e.add(set, cmp.Or(p.RegexFlags, defaultFlags)); err != nil {
		return nil, err
	}
	if p.Preset == "" {
		return e, nil
	}
	i := slices.IndexFunc(presets, func(s preset) bool { return s.name == p.Preset })
	if i < 0 {
		return nil, fmt.Errorf("preset: %q is none: want one of %s", p.Preset, strings.Join(presetNames(), ", "))
	}
	return e, e.add(presets[i], defaultFlags)
}

func (e *engine) add(s preset, flags string) error {
	c := compiler{flags: flags}
	if !s.filter.isZero() {
		e.filters = append(e.filters, c.predicate(s.filter))
	}
	for _, r := range s.rules {
		made := rule{means: trigger, fits: c.predicate(r.Match), values: map[string]taker{}}
		if r.Action == "resolve" {
			made.means = resolve
		}
		for name, x := range r.Extract {
			if name == keyName {
				made.key = c.extract(x)
				continue
			}
			made.values[name] = c.extract(x)
			if made.means == trigger {
				e.extracts[name] = true
			}
		}
		if made.key == nil {
			return fmt.Errorf("a rule extracts no %s", keyName)
		}
		e.rules = append(e.rules, made)
	}
	return c.err
}

// read applies filters, rules and fallback to one mail. A rule that fits and does not find its key does not count.
func (e *engine) read(m letter) reading {
	if slices.ContainsFunc(e.filters, func(fits test) bool { return !fits(m) }) {
		return reading{means: foreign}
	}
	for _, r := range e.rules {
		if !r.fits(m) {
			continue
		}
		key := r.key(m)
		if key == "" {
			continue
		}
		found := reading{means: r.means, key: shortKey(key), fields: map[string]string{}}
		for name, take := range r.values {
			if v := take(m); v != "" {
				found.fields[name] = printable(v)
			}
		}
		return found
	}
	if e.fallback == openNew {
		return reading{means: trigger} // without a key: an incident of its own
	}
	return reading{means: unmatched}
}

// longestKey is what PagerDuty allows.
const longestKey = 255

// shortKey keeps a key as it is, or, if it is longer than a key may be, tells it by its beginning and its SHA-256.
func shortKey(key string) string {
	clean := printable(key)
	if len(key) <= longestKey && clean == key {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return cut(clean, 100) + "-" + hex.EncodeToString(sum[:16])
}

type compiler struct {
	flags string
	err   error
}

func (c *compiler) regexp(text string) *regexp.Regexp {
	if c.flags != "" {
		text = "(?" + c.flags + ":" + text + ")"
	}
	re, err := regexp.Compile(text)
	if err != nil {
		c.err = cmp.Or(c.err, err)
		return regexp.MustCompile(`\z\A.`) // matches nothing
	}
	return re
}

func (c *compiler) predicate(p Predicate) test {
	switch {
	case p.All != nil:
		below := c.predicates(p.All)
		return func(m letter) bool { return !slices.ContainsFunc(below, func(t test) bool { return !t(m) }) }
	case p.Any != nil:
		below := c.predicates(p.Any)
		return func(m letter) bool { return slices.ContainsFunc(below, func(t test) bool { return t(m) }) }
	case p.Not != nil:
		below := c.predicate(*p.Not)
		return func(m letter) bool { return !below(m) }
	}
	fits := func(text string) bool { return strings.TrimSpace(text) == strings.TrimSpace(p.Exactly) }
	switch {
	case p.Contains != "":
		fits = func(text string) bool { return strings.Contains(text, p.Contains) }
	case p.Regex != "":
		fits = c.regexp(p.Regex).MatchString
	}
	return func(m letter) bool { return slices.ContainsFunc(m.part(p.In), fits) }
}

func (c *compiler) predicates(list []Predicate) []test {
	tests := make([]test, len(list))
	for i, p := range list {
		tests[i] = c.predicate(p)
	}
	return tests
}

func (c *compiler) extract(x Extract) taker {
	take := func(text string) string { return text }
	switch {
	case x.Regex != "":
		re := c.regexp(x.Regex)
		take = func(text string) string { return groups(text, re) }
	case x.After != "":
		take = func(text string) string { return between(text, x.After, x.Before) }
	}
	return func(m letter) string { return strings.TrimSpace(take(strings.Join(m.part(x.From), ", "))) }
}

// groups joins what the groups of an expression match with "-". A group that took no part in the match is left out.
func groups(text string, re *regexp.Regexp) string {
	at := re.FindStringSubmatchIndex(text)
	var found []string
	for i := 2; i+1 < len(at); i += 2 {
		if at[i] >= 0 {
			found = append(found, text[at[i]:at[i+1]])
		}
	}
	return strings.Join(found, "-")
}

func between(text, after, before string) string {
	_, rest, ok := strings.Cut(text, after)
	value, _, closed := strings.Cut(rest, before)
	if !ok || !closed {
		return ""
	}
	return value
}

// part is what a predicate or an extractor looks at: one text, or one of each sender.
func (m letter) part(name string) []string {
	switch name {
	case partSubject:
		return []string{m.subject}
	case partFrom:
		return m.from
	}
	return []string{m.body}
}
