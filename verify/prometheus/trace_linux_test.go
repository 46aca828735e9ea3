package prometheus

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/lab"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
)

func TestBudgetFromTheLiveConfiguration(t *testing.T) {
	t.Parallel()
	x := newToy(t)
	x.tick("errors", counting())
	prom := world(t, x, lab.ClosedPort(t), `alert: Errors, expr: "job:errors > 1e9", for: 2500ms, keep_firing_for: 20s`,
		`alert: Rate, expr: "rate(errors[30s]) > 1e9"`, `record: "job:errors", expr: "sum(errors)"`)
	prom.Await(t, "the recorded series", func() error {
		n, err := prom.Samples("job:errors")
		if err == nil && n == 0 {
			err = errors.New("none yet")
		}
		return err
	})
	want := expect("Errors")
	want.Resolves = verify.Seconds(time.Minute)
	src := source(t, Params{}, prom.URL)
	found, err := src.Trace(t.Context(), []verify.Expectation{want, expect("Rate"), expect("Missing")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range found {
		if e.Source != "prom" || e.At.IsZero() || e.Text == "" || e.Request == "" {
			t.Errorf("%+v", e)
		}
		got = append(got, fmt.Sprintf("%s: %s %s%s to %s", e.Expectation, e.Hop, e.Kind, e.Delay, e.Worst))
	}
	budget := []string{
		"1.Missing: rule evaluated SF-250s to 0s",
		"1.Errors: collected 0s to 1.9s", "1.Errors: rule evaluated 0s to 2s", "1.Errors: firing 2.5s to 3s", "1.Errors: resolved 0s to 21s",
		"1.Rate: collected 0s to 1.9s", "1.Rate: rule evaluated 0s to 1s", "1.Rate: firing 0s to 30s",
	}
	if a, b := strings.Join(got, "\n"), strings.Join(budget, "\n"); a != b {
		t.Errorf("budget\n%s\nwant\n%s", a, b)
	}
	all := verify.BudgetOf(want, found, verify.IncidentCreated)
	if all.Best.Duration() != 2500*time.Millisecond || all.Worst.Duration() != 6900*time.Millisecond {
		t.Errorf("%+v", all)
	}
}

func TestTraceWarnsBeforeAnythingIsBroken(t *testing.T) {
	t.Parallel()
	x := newToy(t)
	x.set("errors", 1)
	prom := world(t, x, "", `alert: Never, expr: "errors{code=\"500\"} > 1"`)
	prom.Settle(t)
	src := source(t, Params{}, prom.URL)
	found, err := src.Trace(t.Context(), []verify.Expectation{expect("Never")})
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, e := range found {
		if e.State == verify.Broken {
			kinds[e.Kind] = true
		}
	}
	if !kinds["SF-06"] || !kinds["SF-11"] {
		t.Errorf("%+v", found)
	}
}

func TestWhichAlertsAreFollowed(t *testing.T) {
	s := &Source{name: "prom"}
	own := verify.Expectation{ID: "1.1", Source: "prom", Match: verify.Match{Title: match.Must("Down")}}
	other := verify.Expectation{ID: "1.2", Source: "pd", Match: verify.Match{Title: match.Must("Down")}}
	not := expect("Down")
	not.MustNot = true
	trail := s.follow([]verify.Expectation{own, other, not, expect("Up.Or|Down")})
	if len(trail.pages) != 2 || trail.pages[0].want.ID != "1.1" {
		t.Errorf("%+v", trail.pages)
	}
	if got, want := trail.alerts(), `ALERTS{alertname=~"Down|Up\\.Or\\|Down"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestRequestsOfALook: as many for a thousand pages as for one, and not many more bytes.
func TestRequestsOfALook(t *testing.T) {
	t.Parallel()
	x := newToy(t)
	x.set("errors", 1)
	var rules []string
	for i := range 1000 {
		rules = append(rules, fmt.Sprintf(`alert: Rule%d, expr: "errors{code!=\"%d\"} > 5"`, i, i))
	}
	prom := world(t, x, "", rules...)
	prom.Settle(t)
	spent := map[int]int{}
	for _, n := range []int{0, 1, 1000} {
		src := source(t, Params{}, prom.URL)
		w := follow(t, src, many(n)...)
		w.look()
		before, bytes, begun := src.Requests(), src.Bytes(), time.Now()
		w.look()
		spent[n] = src.Requests() - before
		t.Logf("%d pages: %d requests, %d bytes, %s", n, spent[n], src.Bytes()-bytes, time.Since(begun))
	}
	if spent[1] != 6 || spent[1000] != spent[1] {
		t.Errorf("requests of a look: %v", spent)
	}
}

func many(n int) []verify.Expectation {
	var all []verify.Expectation
	for i := range n {
		all = append(all, expect(fmt.Sprintf("Rule%d", i)))
	}
	return all
}

func BenchmarkLook(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x := newToy(b)
			x.set("errors", 1)
			var rules []string
			for i := range n {
				rules = append(rules, fmt.Sprintf(`alert: Rule%d, expr: "errors{code!=\"%d\"} > 5"`, i, i))
			}
			prom := world(b, x, "", rules...)
			prom.Settle(b)
			src := source(b, Params{}, prom.URL)
			w := follow(b, src, many(n)...)
			w.look()
			bytes := src.Bytes()
			b.ReportAllocs()
			for b.Loop() {
				w.look()
			}
			b.ReportMetric(float64(src.Bytes()-bytes)/float64(b.N), "answer-B/op")
		})
	}
}
