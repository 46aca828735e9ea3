package promql

import "testing"

// FuzzParse: whatever Prometheus can parse we can take apart, every part stands where it says, and what is to be evaluated by
// itself can be.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`sum by (job) (rate(a{b=~"c|d"}[5m] offset 1h)) / on (job) group_left (x) b > 0.05 unless absent(c)`,
		`0 < a <= 5 or vector(1)`, `max_over_time(rate(a[1m])[1h:5m] @ end()) == bool 1`, `-count_values("v", a) % 3 ^ 2`, `label_replace(up, "a", "$1", "b", "(.*)") < 1`,
		`topk(3, clamp(a, 0, 1)) != NaN`, `quantile(0.9, a) atan2 b`, `{__name__=~"a.*"} == Inf`, `time() - day_of_week() > scalar(up) > bool 3`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text)
		if err != nil {
			if syntax := err.(*SyntaxError); syntax.Offset < 0 || syntax.Offset > len(text) {
				t.Errorf("%q: an error at %d", text, syntax.Offset)
			}
			return
		}
		for _, s := range e.Selectors() {
			within(t, text, s.Pos)
			if _, err := Parse(s.Text); err != nil {
				t.Errorf("%q: selector %s: %v", text, s.Text, err)
			}
		}
		for _, c := range e.Comparisons() {
			within(t, text, c.Pos)
			if _, err := Parse(c.Left); err != nil {
				t.Errorf("%q: left %s: %v", text, c.Left, err)
			}
		}
		for _, c := range e.Contradictions() {
			within(t, text, c.Pos)
		}
		if best, worst := e.Lag(); best > worst || best < 0 {
			t.Errorf("%q: lag %s to %s", text, best, worst)
		}
		e.Labels()
	})
}

func within(t *testing.T, text string, p Pos) {
	t.Helper()
	if p.Start < 0 || p.End < p.Start || p.End > len(text) {
		t.Errorf("%q: %+v", text, p)
	}
}
