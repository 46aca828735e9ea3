package prometheus

import (
	"fmt"
	"strings"
	"testing"
)

func TestExpressions(t *testing.T) {
	for query, want := range map[string]string{
		`up == 0`: `up`,
		`sum(rate(errors{code=~"5.."}[5m])) / sum(rate(all[1m])) > 0.05`: `errors{code=~"5.."} all lag 5m0s; ` +
			`sum(rate(errors{code=~"5.."}[5m])) / sum(rate(all[1m])) above 0.05`,
		`10 > free`:                       `free; free below 10`,
		`(a > 1 and b < -2) unless c > 3`: `a b c?; a above 1; b below -2`,
		`absent(a{job="x"})`:              `a{job="x"}?`,
		`a or b`:                          `a? b?`,
		`max_over_time(a[1h:1m]) >= 2`:    `a lag 1h1m0s; max_over_time(a[1h:1m]) above 2`,
		`a offset 5m == 1`:                `a lag 5m0s`,
		`{__name__="a",b="c"} > 1`:        `{__name__="a",b="c"}; {__name__="a",b="c"} above 1`,
		`time() > 5`:                      ``,
		`this is no PromQL`:               ``,
	} {
		e := parse(query)
		var got []string
		for _, s := range e.selectors {
			text := s.text
			if !s.needed {
				text += "?"
			}
			got = append(got, text)
		}
		if e.lag > 0 {
			got = append(got, "lag "+e.lag.String())
		}
		text := strings.Join(got, " ")
		for _, c := range e.comparisons {
			text += fmt.Sprintf("; %s %s %v", c.left, map[bool]string{true: "above", false: "below"}[c.up], c.threshold)
		}
		if text != want {
			t.Errorf("%s: %s, want %s", query, text, want)
		}
	}
}

func TestSelectorWithoutALabel(t *testing.T) {
	s := parse(`errors{job="api",code!="200"}`).selectors[0]
	if got := s.without("job"); got != `errors{code!="200"}` {
		t.Error(got)
	}
}
