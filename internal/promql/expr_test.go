package promql

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func parse(t *testing.T, expr string) *Expr {
	t.Helper()
	e, err := Parse(expr)
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	return e
}

func TestSelectors(t *testing.T) {
	for expr, want := range map[string]string{
		`up == 0`: `up`,
		`sum(rate(errors{code=~"5.."}[5m] offset 1h)) > 0.05`: `errors{code=~"5.."} [5m0s] offset 1h0m0s in rate,sum`,
		`(a > 1 and b < 2) unless c`:                          `a | b | c optional`,
		`absent(a{job="x"}) or absent_over_time(b[5m])`:       `a{job="x"} absent optional in absent | b [5m0s] absent optional in absent_over_time`,
		`(sum(a) or vector(0)) > 1`:                           `a optional in sum`,
		`max_over_time(rate(a[1m])[1h:5m])`:                   `a [1m0s] window 1h0m0s in rate,max_over_time`,
		`{__name__="a", b="c"}`:                               `{__name__="a",b="c"}`,
		`{__name__=~"a.*"}`:                                   `{__name__=~"a.*"}`,
		`a @ 100 / on(x) group_left b`:                        `a | b`,
		`vector(time()) > 5`:                                  ``,
	} {
		var got []string
		for _, s := range parse(t, expr).Selectors() {
			text := s.Text
			for _, part := range []struct {
				is   bool
				text string
			}{
				{s.Range > 0, fmt.Sprintf("[%s]", s.Range)},
				{s.Offset != 0, fmt.Sprintf("offset %s", s.Offset)},
				{s.Window > 0, fmt.Sprintf("window %s", s.Window)},
				{s.Absent, "absent"},
				{s.Optional, "optional"},
				{len(s.Under) > 0, "in " + strings.Join(s.Under, ",")},
			} {
				if part.is {
					text += " " + part.text
				}
			}
			got = append(got, text)
		}
		if text := strings.Join(got, " | "); text != want {
			t.Errorf("%s\ngot  %s\nwant %s", expr, text, want)
		}
	}
}

func TestASelectorKnowsItsNameItsPlaceAndItsMatchers(t *testing.T) {
	const expr = `1 < sum({__name__="a",code!="200",job=~"x|y"})`
	s := parse(t, expr).Selectors()[0]
	if s.Metric != "a" || expr[s.Pos.Start:s.Pos.End] != s.Text || len(s.Matchers) != 2 || !s.In("rate", "sum") || s.In("max") {
		t.Errorf("%+v", s)
	}
	if m := s.Matchers[1]; m.String() != `job=~"x|y"` || m.Op != "=~" || !m.Matches("x") || m.Matches("xx") {
		t.Errorf("%+v", m)
	}
	if got := s.Without("job"); got != `{__name__="a",code!="200"}` {
		t.Error(got)
	}
}

func TestComparisons(t *testing.T) {
	for expr, want := range map[string]string{
		`up == 0`:                              `up == 0`,
		`10 > free`:                            `free < 10`,
		`(a > 1 and b < -2) unless c > 3`:      `a > 1; b < -2`,
		`a / b * 100 > 5 * 10`:                 `a / b * 100 > 50`,
		`0 < a <= 5`:                           `a > 0; 0 < a <= 5`,
		`a > b`:                                ``,
		`a > bool 1`:                           `a > 1`,
		`a or b >= 1024 ^ 2`:                   `b >= 1.048576e+06`,
		`count(a > 1) by (x) > 2`:              `count by (x) (a > 1) > 2`,
		`1 > 2 or vector(1)`:                   ``,
		`absent(a)`:                            ``,
		`sum(rate(a[5m])) != scalar(b)`:        ``,
		`label_replace(a > 1, "", "", "", "")`: ``,
	} {
		e, err := Parse(expr)
		if err != nil {
			continue // 1 > 2 needs bool
		}
		var got []string
		for _, c := range e.Comparisons() {
			got = append(got, fmt.Sprintf("%s %s %v", c.Left, c.Op, c.Threshold))
			if _, err := Parse(c.Left); err != nil {
				t.Errorf("%s cannot be evaluated by itself: %v", c.Left, err)
			}
		}
		if text := strings.Join(got, "; "); text != want {
			t.Errorf("%s\ngot  %s\nwant %s", expr, text, want)
		}
	}
}

func TestLag(t *testing.T) {
	for expr, want := range map[string][2]time.Duration{
		`up == 0`:                               {0, 0},
		`rate(a[5m]) > 1`:                       {0, 5 * time.Minute},
		`avg_over_time(rate(a[5m])[1h:1m]) > 1`: {0, 66 * time.Minute},
		`min_over_time(a[5m]) > rate(b[10m])`:   {0, 10 * time.Minute},
		`a offset 1h > 1`:                       {time.Hour, time.Hour},
		`a - a offset 1h > 1`:                   {0, time.Hour},
		`a offset -1h > 1`:                      {0, 0},
		`rate(a[5m] offset 1m) > 1`:             {time.Minute, 6 * time.Minute},
		`rate(a[5m] offset 1m) > 2 * vector(1)`: {time.Minute, 6 * time.Minute},
		`absent_over_time(a[5m])`:               {0, 5 * time.Minute},
		`time() - a > 300`:                      {0, 0},
	} {
		best, worst := parse(t, expr).Lag()
		if best != want[0] || worst != want[1] {
			t.Errorf("%s: %s to %s, want %s to %s", expr, best, worst, want[0], want[1])
		}
	}
}

func TestContradictions(t *testing.T) {
	for expr, want := range map[string]string{
		`absent(a) > 1`:                "absent(a) is never more than 1",
		`absent(a) == 0`:               "absent(a) is never less than 1",
		`absent(a) == 1`:               "",
		`count(up == 1) < 1`:           "count(up == 1) is never less than 1",
		`count by (job) (a) == 0`:      "count by (job) (a) is never less than 1",
		`(count(a) or vector(0)) == 0`: "",
		`count(a) == 0 or b > 1`:       "count(a) is never less than 1",
		`0 >= count(a)`:                "count(a) is never less than 1",
		`up == 2`:                      "up is never more than 1",
		`avg(up) * 100 > 100`:          "avg(up) * 100 is never more than 100",
		`avg(up) * 100 < 100`:          "",
		`sum(up) < 0`:                  "sum(up) is never less than 0",
		`sum(up) > 3`:                  "",
		`1 - avg(up) > 1`:              "1 - avg(up) is never more than 1",
		`(x > 5) < 3`:                  "(x > 5) is never less than 5",
		`5 < x < 3`:                    "5 < x is never less than 5",
		`(x > bool 5) == 2`:            "(x > bool 5) is never more than 1",
		`rate(x[5m]) < 0`:              "rate(x[5m]) is never less than 0",
		`day_of_week() == 7`:           "day_of_week() is never more than 6",
		`hour() >= 9 and hour() < 17`:  "",
		`clamp_max(x, 1) > 1`:          "clamp_max(x, 1) is never more than 1",
		`clamp_max(x, 1) >= 1`:         "",
		`a unless count(b) == 0`:       "",
		`quantile(0.9, up) > 1`:        "",
		`x > 1e308 * 10`:               "",
		`x != 1`:                       "",
		`sum(rate(a[5m])) / sum(rate(b[5m])) > 1.5`: "",
		`up / 0 > 1`:                      "",
		`stddev(x) < 0`:                   "stddev(x) is never less than 0",
		`changes(x[5m]) <= 0`:             "",
		`-absent(x) > 0`:                  "-absent(x) is never more than -1",
		`sum(count_over_time(x[5m])) < 1`: "sum(count_over_time(x[5m])) is never less than 1",
		`vector(0) > 1`:                   "vector(0) is never more than 0",
		`up % 2 == 5`:                     "",
		`scalar(up) > bool 3`:             "",
	} {
		var got []string
		for _, c := range parse(t, expr).Contradictions() {
			got = append(got, c.Why)
			if c.Pos.End <= c.Pos.Start || c.Pos.End > len(expr) {
				t.Errorf("%s: %+v", expr, c)
			}
		}
		if text := strings.Join(got, "; "); text != want {
			t.Errorf("%s\ngot  %s\nwant %s", expr, text, want)
		}
	}
}

func TestASyntaxErrorHasAPlace(t *testing.T) {
	var syntax *SyntaxError
	if _, err := Parse("sum(rate(x[5m])"); !errors.As(err, &syntax) || syntax.Msg == "" {
		t.Errorf("%v", err)
	}
	if _, err := Parse("up ==== 0"); !errors.As(err, &syntax) || syntax.Offset < 3 || syntax.Offset > 6 {
		t.Errorf("%v", err)
	}
	if _, err := Parse(""); err == nil {
		t.Error("nothing is an expression")
	}
}

func TestLabelsOfResults(t *testing.T) {
	for expr, want := range map[string]string{
		`up == 0`:                                        "?",
		`sum(x) > 1`:                                     "",
		`sum by (b, a) (x) > 1`:                          "a b",
		`sum without (a) (x)`:                            "?",
		`sum without (a) (sum by (a, b) (x))`:            "b",
		`absent(x{a="1",b=~"2"})`:                        "a",
		`label_replace(sum(x), "a", "", "", "")`:         "a",
		`topk(1, sum by (a) (x))`:                        "a",
		`count_values("v", x)`:                           "v",
		`vector(1)`:                                      "",
		`sum by (a) (x) / sum by (a, b) (y)`:             "a b",
		`sum by (a) (x) * on (a) group_left (team) info`: "a team",
		`5 < sum(x)`:                                     "",
		`sum(x) and y`:                                   "",
		`sum(x) or y`:                                    "?",
		`max_over_time(sum(x)[5m:1m]) > 1`:               "",
		`rate(x[5m])`:                                    "?",
		`-sum(x)`:                                        "",
	} {
		names, known := parse(t, expr).Labels()
		got := strings.Join(names, " ")
		if !known {
			got = "?"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
}

func TestShapes(t *testing.T) {
	if e := parse(t, `time() - sum(x) > 5`); !e.Calls("rate", "time") || e.Calls("rate") {
		t.Error("a call was not seen, or seen where there is none")
	}
	for expr, want := range map[string]string{
		`sum by (a) ((x_total)) > 5`: "x_total", `rate(x_total[5m]) > 5`: "", `x_total - y_total > 5`: "", `5 < max(x_total)`: "x_total", `count(x_total) > 5`: "",
	} {
		got := ""
		if raw := parse(t, expr).Comparisons()[0].Raw; raw != nil {
			got = raw.Text
		}
		if got != want {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
}
