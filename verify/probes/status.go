package probes

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Statuses is a set of HTTP status codes: 200, a class such as 2xx, or a list of both. The zero Statuses holds none.
type Statuses struct {
	terms []string
}

var statusTerm = regexp.MustCompile(`^[1-5]([0-9][0-9]|xx)$`)

// Has reports whether the code is in the set.
func (s Statuses) Has(code int) bool {
	text := strconv.Itoa(code)
	for _, t := range s.terms {
		if t == text || t[1:] == "xx" && t[:1] == text[:1] {
			return true
		}
	}
	return false
}

// Texts are the terms of the set, as they were written.
func (s Statuses) Texts() []string { return s.terms }

// String is the set for people: "200", "2xx or 404".
func (s Statuses) String() string { return strings.Join(s.terms, " or ") }

// UnmarshalText reads one code or class.
func (s *Statuses) UnmarshalText(text []byte) error { return s.UnmarshalTexts([]string{string(text)}) }

// UnmarshalTexts reads a list of codes and classes.
func (s *Statuses) UnmarshalTexts(texts []string) error {
	if len(texts) == 0 {
		return fmt.Errorf("a list of status codes must not be empty")
	}
	terms := make([]string, len(texts))
	for i, t := range texts {
		terms[i] = strings.ToLower(t)
		if !statusTerm.MatchString(terms[i]) {
			return fmt.Errorf("%q is not an HTTP status: write a code such as 200 or a class such as 2xx", t)
		}
	}
	s.terms = terms
	return nil
}

// MarshalJSON writes a string for one term, a list for several.
func (s Statuses) MarshalJSON() ([]byte, error) {
	if len(s.terms) == 1 {
		return json.Marshal(s.terms[0])
	}
	return json.Marshal(s.terms)
}
