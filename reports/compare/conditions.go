package compare

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify"
)

// Conditions say which changes make a pipeline fail. The zero Conditions are none.
type Conditions struct {
	Changes      []Change // of NewSilent, NewLate, NewFailure
	CoverageLost bool
	Slower       float64 // times the usual time to detect; 0: does not matter
}

// The words of conditions that are no Change.
const (
	coverageLost = "coverage-lost"
	slower       = "slower"
	none         = "none"
)

// DefaultConditions are those of a comparison that was given none.
const DefaultConditions = "new-silent,new-late,new-failure,coverage-lost,slower=2x"

// UsualTimes is what is worth mentioning where nobody asked for a limit.
const UsualTimes = 2

// ParseConditions reads conditions as a user writes them: new-silent,new-late,new-failure,coverage-lost,slower=2x, or
// none alone. The error says all that is wrong and what may be there.
func ParseConditions(text string) (Conditions, error) {
	var c Conditions
	if strings.TrimSpace(text) == none {
		return c, nil
	}
	var wrong []error
	for word := range strings.SplitSeq(text, ",") {
		if err := c.add(strings.TrimSpace(word)); err != nil {
			wrong = append(wrong, err)
		}
	}
	if len(wrong) > 0 {
		return Conditions{}, fmt.Errorf("%w\nwant some of %s=2x, with commas between them, or none", errors.Join(wrong...), strings.Join(names(), ", "))
	}
	return c, nil
}

// names are those of all conditions; the last one takes a value.
func names() []string {
	return []string{string(NewSilent), string(NewLate), string(NewFailure), coverageLost, slower}
}

// add adds one condition.
func (c *Conditions) add(word string) error {
	name, value, has := strings.Cut(word, "=")
	switch {
	case word == "":
		return errors.New("a condition is empty")
	case name == none:
		return errors.New("none stands alone")
	case !slices.Contains(names(), name):
		hint := ""
		if near, ok := diag.Nearest(name, names()); ok {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
		return fmt.Errorf("nothing is called %q%s", name, hint)
	case name == slower:
		n, err := times(value)
		if err == nil && c.Slower > 0 && c.Slower != n {
			err = fmt.Errorf("slower stands there twice: %s and %s", timesWords(c.Slower), timesWords(n))
		}
		c.Slower = max(c.Slower, n)
		return err
	case has:
		return fmt.Errorf("%s takes no value", name)
	case name == coverageLost:
		c.CoverageLost = true
	case !c.Has(Change(name)):
		c.Changes = append(c.Changes, Change(name))
	}
	return nil
}

// times reads 2x or 1.5x.
func times(text string) (float64, error) {
	digits, ok := strings.CutSuffix(text, "x")
	n, err := strconv.ParseFloat(digits, 64)
	if !ok || err != nil || math.IsNaN(n) || math.IsInf(n, 0) || n <= 1 || strings.ContainsAny(digits, "eExXpP_+") {
		return 0, fmt.Errorf("slower=%s: want how many times the usual time to detect is too slow, more than 1, like slower=2x or slower=1.5x", text)
	}
	return n, nil
}

// Has reports whether a change is one of the conditions.
func (c Conditions) Has(change Change) bool { return slices.Contains(c.Changes, change) }

// String is how a user writes them.
func (c Conditions) String() string {
	var words []string
	for _, change := range c.Changes {
		words = append(words, string(change))
	}
	if c.CoverageLost {
		words = append(words, coverageLost)
	}
	if c.Slower > 0 {
		words = append(words, slower+"="+timesWords(c.Slower))
	}
	if len(words) == 0 {
		return none
	}
	return strings.Join(words, ",")
}

func timesWords(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) + "x" }

// Broken returns a sentence for each condition that the diff breaks.
func (c Conditions) Broken(d Diff) []string {
	broken := []string{}
	for _, one := range []struct{ change, words string }{
		{string(NewSilent), "newly silent"}, {string(NewLate), "newly late"}, {string(NewFailure), "newly failing"},
	} {
		if n := len(d.Of(Change(one.change))); n > 0 && c.Has(Change(one.change)) {
			broken = append(broken, fmt.Sprintf("%s: %s", one.change, show.Count(n, "expectation")+" "+one.words+d.basis()))
		}
	}
	if n := len(d.Lost); n > 0 && c.CoverageLost {
		broken = append(broken, fmt.Sprintf("%s: %s not asked for any more", coverageLost, show.Count(n, "proven thing")))
	}
	if c.Slower > 0 {
		for _, p := range d.Slower(c.Slower) {
			broken = append(broken, fmt.Sprintf("%s=%s: %s %s", slower, timesWords(c.Slower), p.ID, p.Pace.Words()))
		}
	}
	return broken
}

// limit is from which factor on a time to detect is called slower.
func (c Conditions) limit() float64 {
	if c.Slower > 0 {
		return c.Slower
	}
	return UsualTimes
}

func span(s *verify.Seconds) string {
	if s == nil {
		return "–"
	}
	return s.String()
}
