// Package match is the one way to say "which" in a scenario file: an exact string, a /regexp/, a list of them, or the
// negation of one.
package match

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Pattern matches strings. The zero Pattern matches everything and is Empty.
//
//	Checkout            exactly that
//	/check.*out/        a regular expression (RE2), found anywhere
//	/check.*out/i       the same without regard to case
//	!Checkout, !/x/     anything else
//	[a, /b/, !c]        one of a and /b/, and not c
//
// A leading backslash takes the special meaning away: \!literal, \/literal.
type Pattern struct {
	terms []term
}

type term struct {
	text   string
	negate bool
	exact  string
	re     *regexp.Regexp
}

// New makes a Pattern of one or more terms.
func New(texts ...string) (Pattern, error) {
	var p Pattern
	for _, t := range texts {
		one, err := parse(t)
		if err != nil {
			return Pattern{}, err
		}
		p.terms = append(p.terms, one)
	}
	return p, nil
}

// Must is New for patterns that are known to be good; it panics on others.
func Must(texts ...string) Pattern {
	p, err := New(texts...)
	if err != nil {
		panic(err)
	}
	return p
}

func parse(text string) (term, error) {
	t := term{text: text}
	body := text
	if strings.HasPrefix(body, "!") {
		t.negate, body = true, body[1:]
	}
	if strings.HasPrefix(body, "/") {
		expr, flags, closed := cutLastSlash(body[1:])
		if !closed {
			return term{}, fmt.Errorf("regular expression %s has no closing slash", body)
		}
		switch flags {
		case "":
		case "i":
			expr = "(?i)" + expr
		default:
			return term{}, fmt.Errorf("regular expression %s has the unknown flag %q (only i)", body, flags)
		}
		re, err := regexp.Compile(expr)
		if err != nil {
			return term{}, fmt.Errorf("regular expression %s: %s", body, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
		t.re = re
		return t, nil
	}
	if strings.HasPrefix(body, `\!`) || strings.HasPrefix(body, `\/`) {
		body = body[1:]
	}
	t.exact = body
	return t, nil
}

func cutLastSlash(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// Empty reports whether p says nothing, and so matches everything.
func (p Pattern) Empty() bool { return len(p.terms) == 0 }

// Exact returns the one string that p can match, if p is a single plain string.
func (p Pattern) Exact() (string, bool) {
	if len(p.terms) == 1 && p.terms[0].re == nil && !p.terms[0].negate {
		return p.terms[0].exact, true
	}
	return "", false
}

// Match reports whether s satisfies p: no negated term hits it, and, where there are plain terms, one of them does.
func (p Pattern) Match(s string) bool {
	plain, hit := false, false
	for _, t := range p.terms {
		found := t.matches(s)
		if t.negate {
			if found {
				return false
			}
			continue
		}
		plain = true
		hit = hit || found
	}
	return hit || !plain
}

func (t term) matches(s string) bool {
	if t.re != nil {
		return t.re.MatchString(s)
	}
	return s == t.exact
}

// String is p as it stands in a scenario file.
func (p Pattern) String() string {
	texts := p.Texts()
	if len(texts) == 1 {
		return texts[0]
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// Texts are the terms of p as they were written.
func (p Pattern) Texts() []string {
	texts := make([]string, len(p.terms))
	for i, t := range p.terms {
		texts[i] = t.text
	}
	return texts
}

// UnmarshalText reads a single term.
func (p *Pattern) UnmarshalText(text []byte) error { return p.UnmarshalTexts([]string{string(text)}) }

// UnmarshalTexts reads a list of terms.
func (p *Pattern) UnmarshalTexts(texts []string) error {
	made, err := New(texts...)
	if err != nil {
		return err
	}
	*p = made
	return nil
}

// MarshalJSON writes the terms: a string for one, a list for several.
func (p Pattern) MarshalJSON() ([]byte, error) {
	if len(p.terms) == 1 {
		return json.Marshal(p.terms[0].text)
	}
	return json.Marshal(p.Texts())
}

// UnmarshalJSON reads what MarshalJSON writes.
func (p *Pattern) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		return p.UnmarshalTexts([]string{one})
	}
	var many []string
	if err := json.Unmarshal(data, &many); err != nil {
		return err
	}
	return p.UnmarshalTexts(many)
}

// IsZero lets encoding/json's omitzero leave an empty pattern out.
func (p Pattern) IsZero() bool { return p.Empty() }
