package lint

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/promql"
)

// series is a live server that holds a few series, and remembers some more.
type series struct {
	now, earlier []map[string]string
	routers      int
	err          error
}

func matching(all []map[string]string, text string) []map[string]string {
	e, err := promql.Parse(text)
	if err != nil {
		panic(err)
	}
	s := e.Selectors()[0]
	var found []map[string]string
	for _, one := range all {
		if s.Metric == one["__name__"] && !slices.ContainsFunc(s.Matchers, func(m promql.Matcher) bool { return !m.Matches(one[m.Name]) }) {
			found = append(found, one)
		}
	}
	return found
}

func (s *series) Count(_ context.Context, selector string) (int, error) {
	return len(matching(s.now, selector)), s.err
}

func (s *series) Ever(_ context.Context, selector string, _ time.Duration) (bool, error) {
	return len(matching(s.earlier, selector)) > 0, s.err
}

func (s *series) LabelValues(_ context.Context, metric, label string) ([]string, error) {
	var values []string
	for _, one := range matching(s.now, metric) {
		if one[label] != "" && !slices.Contains(values, one[label]) {
			values = append(values, one[label])
		}
	}
	return values, s.err
}

func (s *series) Alertmanagers(context.Context) (int, error) { return s.routers, s.err }

// one is a series, given as name label=value label=value.
func one(text string) map[string]string {
	words := strings.Fields(text)
	made := map[string]string{"__name__": words[0]}
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		made[name] = value
	}
	return made
}

func live(t *testing.T, s *series, rules ...string) Setup {
	t.Helper()
	e := configured(t, engine(t, rules...), scraped)
	e.Name, e.Live = "prom", s
	return Setup{Engines: []*Engine{e}, Complete: true}
}

func TestSelectorsThatMatchNothing(t *testing.T) {
	s := &series{
		now:     []map[string]string{one("http job=api code=200"), one("http job=api code=404"), one("up job=api")},
		earlier: []map[string]string{one("queue job=db")},
	}
	for rule, want := range map[string]string{
		`A: http{job="api"} > 1`:           "",
		`A: http{job="api-server"} > 1`:    `error job="api-server" matches none of the 2 series of http, now or in the last seven days; there is api`,
		`A: http{job="ap"} > 1`:            `error job="ap" matches none of the 2 series of http, now or in the last seven days; there is job="api"`,
		`A: http{code=~"5.."} > 1`:         `note code=~"5.." matches none of the 2 series of http, now or in the last seven days; there is 200 and 404`,
		`A: http{env="prod"} > 1`:          `error env="prod" matches none of the 2 series of http, now or in the last seven days, which have no label env at all`,
		`A: htpp > 1`:                      `warning nothing is called htpp, now or in the last seven days, so the alert cannot fire`,
		`A: queue > 1`:                     `note queue has no series now; it had some in the last seven days`,
		`A: absent(htpp) or up unless htp`: "",
		`A: http > 1 and ALERTS`:           "",
	} {
		all, failed := Run(t.Context(), live(t, s, rule))
		if len(failed) > 0 {
			t.Fatal(failed)
		}
		var got []string
		for _, f := range all {
			if f.Check == "never-matches" {
				got = append(got, fmt.Sprintf("%s %s", f.Severity, f.Text))
			}
		}
		if text := strings.Join(got, "; "); text != want {
			t.Errorf("%s\ngot  %s\nwant %s", rule, text, want)
		}
	}
}

func TestALiveServerKnowsTheJobs(t *testing.T) {
	s := &series{now: []map[string]string{one("http job=api"), one("queue job=db"), one("push_time_seconds job=backup"), one("node_textfile_mtime_seconds file=a")}}
	for _, c := range []struct{ check, rule, want string }{
		{"no-absence", `A: http > 1 or queue > 1`, ""},
		{"no-absence", `A: http > 1 and queue > 1`, "alert A warning, alert A warning"},
		{"no-freshness", "A: http > 1", "inputs warning, inputs warning"},
		{"no-freshness", "A: time() - push_time_seconds > 1", ""},
		{"no-router", "A: http > 1", "alerting error"},
		{"unwatched-job", "A: http > 1", "job db note"},
		{"short-range", "A: rate(queue[45s]) > 1", "alert A error"},
	} {
		if got := saw(t, c.check, live(t, s, c.rule)); got != c.want {
			t.Errorf("%s of %s: %q, want %q", c.check, c.rule, got, c.want)
		}
	}
	s.routers = 1
	if got := saw(t, "no-router", live(t, s, "A: http > 1")); got != "" {
		t.Error(got)
	}
}

func TestALiveServerTellsHowItsRulesDo(t *testing.T) {
	s := live(t, &series{routers: 1}, "A: up == 0", "B: up == 0", "a:b: up")
	rules := s.Engines[0].Rules
	for i := range rules {
		rules[i].Interval, rules[i].LastEvaluation = 15*time.Second, monday.Add(-10*time.Second)
	}
	if got := saw(t, "stalled", s) + saw(t, "evaluation-error", s); got != "" {
		t.Error(got)
	}
	rules[1].LastEvaluation = monday.Add(-10 * time.Minute)
	rules[2].Health, rules[2].LastError = "err", "many-to-many matching"
	if got := saw(t, "stalled", s) + "; " + saw(t, "evaluation-error", s); got != "alert B error; record a:b error" {
		t.Error(got)
	}
}

func TestAServerThatCannotBeLookedAtIsTold(t *testing.T) {
	s := live(t, &series{err: errors.New("connection refused")}, "A: count(up) == 0")
	found, failed := Run(t.Context(), s)
	if len(failed) != 1 || failed[0].Error() != "connection refused" || len(found) != 1 || found[0].Check != "counts-nothing" {
		t.Errorf("%v, %v", found, failed)
	}
}
