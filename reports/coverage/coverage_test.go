package coverage_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/reports/coverage"
	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// ran is a run so many days ago in which the page of one alert was expected within 30 s.
func ran(days float64, alert string, v judge.Verdict, more ...func(*digest.Run, *digest.Result)) digest.Run {
	at := now.Add(-time.Duration(days * float64(day)))
	x := digest.Result{ID: "1.1", Source: "pd", Service: "Shop", Within: verify.Seconds(30 * time.Second), Verdict: v}
	if alert != "" {
		x.Alert.Name = match.Must(alert)
	}
	if v == judge.Pass || v == judge.Noisy {
		x.Fired, x.Detected, x.Resolved = true, at.Add(20*time.Second), at.Add(100*time.Second)
		x.Services = []string{"Shop"}
	}
	run := digest.Run{ID: fmt.Sprintf("r%g", days), Scenario: "shop-dies", Started: at, Verdict: v}
	run.Steps = []digest.Step{{Index: 1, InForce: at.Add(5 * time.Second), HoldEnd: at.Add(60 * time.Second)}}
	for _, change := range more {
		change(&run, &x)
	}
	run.Steps[0].Results = []digest.Result{x}
	return run
}

func TestStates(t *testing.T) {
	change := func(f func(*digest.Run, *digest.Result)) func(*digest.Run, *digest.Result) { return f }
	unresolved := change(func(_ *digest.Run, x *digest.Result) { x.Resolved = time.Time{} })
	early := change(func(r *digest.Run, x *digest.Result) { x.Resolved = r.Steps[0].InForce.Add(30 * time.Second) })
	late := change(func(r *digest.Run, x *digest.Result) { x.Detected = r.Steps[0].InForce.Add(31 * time.Second) })
	inTime := change(func(r *digest.Run, x *digest.Result) {
		x.Detected, x.Fired = r.Steps[0].InForce.Add(10*time.Second), true
	})
	endless := change(func(r *digest.Run, _ *digest.Result) { r.Steps[0].HoldEnd = time.Time{} })
	control := change(func(r *digest.Run, _ *digest.Result) { r.Control = true })
	mustNot := change(func(_ *digest.Run, x *digest.Result) { x.MustNot = true })
	unseen := change(func(_ *digest.Run, x *digest.Result) { x.Fired = false })
	named := change(func(_ *digest.Run, x *digest.Result) { x.Fired, x.Names = false, []string{"Down"} })
	nothing := change(func(_ *digest.Run, x *digest.Result) { x.Alert, x.Fired = verify.AlertMatch{}, false })
	for name, c := range map[string]struct {
		runs  []digest.Run
		want  coverage.State
		fresh float64
	}{
		"no run":                         {nil, coverage.Never, 0},
		"proven":                         {[]digest.Run{ran(9, "Down", judge.Pass)}, coverage.Proven, 0.9},
		"proven by a pattern":            {[]digest.Run{ran(9, "/Do.*/", judge.Pass)}, coverage.Proven, 0.9},
		"proven by the name":             {[]digest.Run{ran(9, "", judge.Pass, named, nothing, named)}, coverage.Proven, 0.9},
		"noisy is proven":                {[]digest.Run{ran(9, "Down", judge.Noisy)}, coverage.Proven, 0.9},
		"the newest counts":              {[]digest.Run{ran(45, "Down", judge.Pass), ran(9, "Down", judge.Pass)}, coverage.Proven, 0.9},
		"on its last day":                {[]digest.Run{ran(90, "Down", judge.Pass)}, coverage.Proven, 0},
		"too old":                        {[]digest.Run{ran(90.01, "Down", judge.Pass)}, coverage.Rotten, 0},
		"another alert":                  {[]digest.Run{ran(9, "Slow", judge.Pass)}, coverage.Never, 0},
		"nobody saw which":               {[]digest.Run{ran(9, "Down", judge.Pass, unseen)}, coverage.Never, 0},
		"a control":                      {[]digest.Run{ran(9, "Down", judge.Pass, control)}, coverage.Never, 0},
		"must not fire":                  {[]digest.Run{ran(9, "Down", judge.Pass, mustNot)}, coverage.Never, 0},
		"could not tell":                 {[]digest.Run{ran(9, "Down", judge.Inconclusive)}, coverage.Never, 0},
		"no effect":                      {[]digest.Run{ran(9, "Down", judge.Void)}, coverage.Never, 0},
		"silent":                         {[]digest.Run{ran(9, "Down", judge.Silent)}, coverage.Failed, 0},
		"late":                           {[]digest.Run{ran(9, "Down", judge.Late, late)}, coverage.Failed, 0},
		"silent since":                   {[]digest.Run{ran(9, "Down", judge.Pass), ran(2, "Down", judge.Silent)}, coverage.Failed, 0},
		"mended":                         {[]digest.Run{ran(12, "Down", judge.Silent), ran(9, "Down", judge.Pass)}, coverage.Proven, 0.9},
		"could not tell since":           {[]digest.Run{ran(9, "Down", judge.Pass), ran(2, "Down", judge.Inconclusive)}, coverage.Proven, 0.9},
		"never resolved":                 {[]digest.Run{ran(9, "Down", judge.Pass, unresolved)}, coverage.Half, 0},
		"resolved during the fault":      {[]digest.Run{ran(9, "Down", judge.Pass, early)}, coverage.Half, 0},
		"stuck":                          {[]digest.Run{ran(9, "Down", judge.Stuck, inTime)}, coverage.Half, 0},
		"stuck and late":                 {[]digest.Run{ran(9, "Down", judge.Stuck, late)}, coverage.Failed, 0},
		"false recovery":                 {[]digest.Run{ran(9, "Down", judge.FalseRecovery, inTime)}, coverage.Half, 0},
		"resolved long ago":              {[]digest.Run{ran(95, "Down", judge.Pass), ran(9, "Down", judge.Pass, unresolved)}, coverage.Rotten, 0},
		"stuck since":                    {[]digest.Run{ran(45, "Down", judge.Pass), ran(9, "Down", judge.Stuck, inTime)}, coverage.Half, 0},
		"nobody knows when it was over":  {[]digest.Run{ran(9, "Down", judge.Pass, endless)}, coverage.Half, 0},
		"the older half decides the age": {[]digest.Run{ran(45, "Down", judge.Pass), ran(9, "Down", judge.Pass, unresolved)}, coverage.Proven, 0.5},
	} {
		in := coverage.Input{Rules: []coverage.Rule{{Name: "Down"}}, Runs: c.runs, Now: now, MaxAge: 90 * day}
		row := coverage.Of(in).Rules[0]
		if row.State != c.want || math.Abs(row.Freshness-c.fresh) > 1e-9 {
			t.Errorf("%s: %s, freshness %g; want %s, %g", name, row.State, row.Freshness, c.want, c.fresh)
		}
	}
}

// A run proves one of several rules of the same name only if its expectation says which.
func TestNamesakes(t *testing.T) {
	rules := []coverage.Rule{
		{Name: "Down", Group: "a", Labels: map[string]string{"severity": "critical"}}, {Name: "Down", Group: "b", Labels: map[string]string{"severity": "warning"}}, {Name: "Slow"},
	}
	says := func(severity string) func(*digest.Run, *digest.Result) {
		return func(_ *digest.Run, x *digest.Result) {
			x.Alert.Labels = map[string]match.Pattern{"severity": match.Must(severity), "instance": match.Must("x:1")}
		}
	}
	for name, c := range map[string]struct {
		run  digest.Run
		want string
	}{
		"not said":       {ran(9, "Down", judge.Pass), "a: never tried, b: never tried"},
		"one of them":    {ran(9, "Down", judge.Pass, says("warning")), "a: never tried, b: proven"},
		"none of them":   {ran(9, "Down", judge.Pass, says("info")), "a: never tried, b: never tried"},
		"silent as well": {ran(9, "Down", judge.Silent, says("critical")), "a: failed, b: never tried"},
	} {
		got := map[string]coverage.Row{}
		for _, row := range coverage.Of(coverage.Input{Rules: rules, Runs: []digest.Run{c.run}, Now: now, MaxAge: 90 * day}).Rules {
			got[row.Where] = row
		}
		if told := fmt.Sprintf("a: %s, b: %s", got["a"].State, got["b"].State); told != c.want {
			t.Errorf("%s: %s, want %s", name, told, c.want)
		}
		if name == "not said" && !strings.Contains(got["a"].Note, "2 rules have this name: say alert_labels: to tell") {
			t.Errorf("nobody is told how: %q", got["a"].Note)
		}
	}
}

// Labels that several rules have tell none of them; the same rule on two servers is one alert.
func TestRulesThatAreAlike(t *testing.T) {
	critical := map[string]string{"severity": "critical"}
	asks := func(_ *digest.Run, x *digest.Result) {
		x.Alert.Labels = map[string]match.Pattern{"severity": match.Must("critical")}
	}
	const alike = "2 rules have this name and these labels: give each a label of its own"
	for name, c := range map[string]struct {
		other coverage.Rule
		run   digest.Run
		want  coverage.State
		note  string
	}{
		"a pair of servers":               {coverage.Rule{Server: "b", Expr: "up == 0"}, ran(9, "Down", judge.Pass), coverage.Proven, ""},
		"a pair, by its incident":         {coverage.Rule{Server: "b", Expr: "up == 0"}, ran(9, "", judge.Pass, func(_ *digest.Run, x *digest.Result) { x.Names = []string{"Down"} }), coverage.Proven, ""},
		"a pair, by a pattern":            {coverage.Rule{Server: "b", Expr: "up == 0"}, ran(9, "/^Do/", judge.Pass), coverage.Proven, ""},
		"another expression":              {coverage.Rule{Server: "a", Expr: "up < 1"}, ran(9, "Down", judge.Pass), coverage.Never, alike},
		"another expression, with labels": {coverage.Rule{Server: "a", Expr: "up < 1"}, ran(9, "Down", judge.Pass, asks), coverage.Never, alike},
		"another patience":                {coverage.Rule{Server: "a", Expr: "up == 0", For: time.Hour}, ran(9, "Down", judge.Pass, asks), coverage.Never, alike},
	} {
		c.other.Name, c.other.Labels = "Down", critical
		rules := []coverage.Rule{{Name: "Down", Server: "a", Expr: "up == 0", Labels: critical}, c.other}
		for _, row := range coverage.Of(coverage.Input{Rules: rules, Runs: []digest.Run{c.run}, Now: now, MaxAge: 90 * day}).Rules {
			if row.State != c.want || !strings.HasPrefix(row.Note, c.note) {
				t.Errorf("%s: on %s: %s %q, want %s %q", name, row.Where, row.State, row.Note, c.want, c.note)
			}
		}
	}
}

// A proof of a day that is yet to come would never grow old.
func TestRunsOfTheFuture(t *testing.T) {
	for days, want := range map[float64]coverage.State{-30: coverage.Never, -0.01: coverage.Proven, 0: coverage.Proven} {
		in := coverage.Input{Rules: []coverage.Rule{{Name: "A"}}, Runs: []digest.Run{ran(days, "A", judge.Pass)}, Now: now, MaxAge: 90 * day}
		r := coverage.Of(in)
		if strange := len(r.Unseen) == 1 && strings.HasPrefix(r.Unseen[0], "run r-30: it says that it was started on 20 Dec 2026"); r.Rules[0].State != want || strange != (want == coverage.Never) {
			t.Errorf("%g days ago: %s, %q", days, r.Rules[0].State, r.Unseen)
		}
	}
}

// A pattern that fits several rules proves only the one whose name the incident carries.
func TestPatternsOfSeveralRules(t *testing.T) {
	carries := func(_ *digest.Run, x *digest.Result) { x.Names = []string{"SearchSlow"} }
	for name, c := range map[string]struct {
		run  digest.Run
		want string
	}{
		"fits one":               {ran(9, "/Down$/", judge.Pass), "SearchDown: proven, SearchSlow: never tried"},
		"fits both":              {ran(9, "/^Search/", judge.Pass), "SearchDown: never tried, SearchSlow: never tried"},
		"fits both, and is told": {ran(9, "/^Search/", judge.Pass, carries), "SearchDown: never tried, SearchSlow: proven"},
		"fits both, and fails":   {ran(9, "/^Search/", judge.Silent), "SearchDown: never tried, SearchSlow: never tried"},
	} {
		rows := map[string]coverage.Row{}
		for _, row := range coverage.Of(coverage.Input{Rules: []coverage.Rule{{Name: "SearchDown"}, {Name: "SearchSlow"}}, Runs: []digest.Run{c.run}, Now: now, MaxAge: 90 * day}).Rules {
			rows[row.Name] = row
		}
		if got := fmt.Sprintf("SearchDown: %s, SearchSlow: %s", rows["SearchDown"].State, rows["SearchSlow"].State); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if name == "fits both" && !strings.Contains(rows["SearchDown"].Note, "name one under alert:") {
			t.Errorf("nobody is told how: %q", rows["SearchDown"].Note)
		}
	}
}

func TestServices(t *testing.T) {
	elsewhere := func(_ *digest.Run, x *digest.Result) { x.Source = "other" }
	services := []coverage.Service{{Name: "Shop", Source: "pd"}, {Name: "Mail", Source: "pd"}}
	for name, c := range map[string]struct {
		run  digest.Run
		want coverage.State
	}{
		"proven":        {ran(9, "", judge.Pass), coverage.Proven},
		"silent":        {ran(9, "", judge.Silent), coverage.Failed},
		"another pager": {ran(9, "", judge.Pass, elsewhere), coverage.Never},
	} {
		r := coverage.Of(coverage.Input{Services: services, Runs: []digest.Run{c.run}, Now: now, MaxAge: 90 * day})
		for _, row := range r.Services {
			if row.Name == "Shop" && row.State != c.want || row.Name == "Mail" && row.State != coverage.Never {
				t.Errorf("%s: %s is %s", name, row.Name, row.State)
			}
		}
	}
}

func TestSums(t *testing.T) {
	in := coverage.Input{
		Rules: []coverage.Rule{
			{Name: "A"},
			{Name: "B"},
			{Name: "C"},
			{Name: "D"},
			{Name: "E", Labels: map[string]string{"friday": "untestable"}},
			{Name: "F", Annotations: map[string]string{"friday_untestable": "the sun would have to go out"}},
			{Name: "G"},
		},
		Untestable: []string{"G"},
		Runs:       []digest.Run{ran(9, "A", judge.Pass), ran(45, "B", judge.Pass), ran(1, "C", judge.Silent)},
		Now:        now, MaxAge: 90 * day,
	}
	r := coverage.Of(in)
	want := coverage.Sum{Loaded: 7, Untestable: 3, Counted: 4, Proven: 2, Share: 0.5, Fresh: (0.9 + 0.5) / 4}
	if diff := cmp.Diff(want, r.OfRules); diff != "" {
		t.Error(diff)
	}
	var order []string
	for _, row := range r.Rules {
		order = append(order, row.Name)
	}
	if got := strings.Join(order, ""); got != "DCBAEFG" {
		t.Errorf("in the order %s, want what was never tried first, then what failed, and the oldest proof before newer ones", got)
	}
	if r := coverage.Of(coverage.Input{Now: now, MaxAge: day}); r.OfRules != (coverage.Sum{}) {
		t.Errorf("of nothing: %+v", r.OfRules)
	}
}

// What is not reached is not shown as reached, and what is shown as missing is enough and not more.
func TestPercent(t *testing.T) {
	for _, c := range []struct {
		proven, of int
		want       string
		least      float64
		missing    int
	}{
		{0, 0, "0%", 80, 0},
		{0, 500, "0%", 0, 0},
		{1, 500, "<1%", 1, 4},
		{5, 500, "1%", 1, 0},
		{199, 250, "79%", 80, 1},
		{200, 250, "80%", 80, 0},
		{29, 100, "29%", 29, 0},
		{6, 100, "6%", 7, 1},
		{161, 1000, "16%", 16.1, 0},
		{999, 1000, "99%", 100, 1},
		{1000, 1000, "100%", 100, 0},
	} {
		s := coverage.Sum{Counted: c.of, Proven: c.proven}
		if got, missing := s.Percent(), s.Missing(c.least); got != c.want || missing != c.missing {
			t.Errorf("%d of %d: %s and %d missing of %g%%, want %s and %d", c.proven, c.of, got, missing, c.least, c.want, c.missing)
		}
	}
}

func BenchmarkThousandRules(b *testing.B) {
	in := coverage.Input{Now: now, MaxAge: 90 * day}
	for i := range 1000 {
		in.Rules = append(in.Rules, coverage.Rule{Name: fmt.Sprintf("Alert%03d", i), Labels: map[string]string{"severity": "critical"}})
	}
	for i := range 10_000 {
		name := fmt.Sprintf("Alert%03d", i%1000)
		if i%100 == 0 {
			name = "/" + name + ".*/"
		}
		in.Runs = append(in.Runs, ran(float64(i)/100, name, []judge.Verdict{judge.Pass, judge.Pass, judge.Silent}[i%3]))
	}
	for b.Loop() {
		if r := coverage.Of(in); r.OfRules.Counted != 1000 {
			b.Fatal(r.OfRules)
		}
	}
}
