package suggest_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	attackskinds "github.com/failurefriday/friday/attacks/all"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/scenarios/suggest"
	verifykinds "github.com/failurefriday/friday/verify/all"
)

// load reads a draft as a run would.
func load(t *testing.T, d suggest.Draft) (*scenarios.Scenario, string, error) {
	t.Helper()
	text, err := d.Scenario()
	if err != nil {
		t.Fatal(err)
	}
	again, err := d.Scenario()
	if err != nil || string(again) != string(text) {
		t.Errorf("not the same twice: %v", err)
	}
	kinds := scenarios.Kinds{Attacks: attackskinds.Kinds(), Probes: verifykinds.Probes(), Sources: verifykinds.Sources()}
	sc, err := scenarios.Load("draft.yaml", text, scenarios.LoadOptions{Kinds: kinds, Sources: []string{"pd", "other"}, Getenv: func(string) string { return "" }})
	return sc, string(text), err
}

// targets are one of every kind.
func targets(name string) []suggest.Target {
	return []suggest.Target{
		{Name: name, Port: 8080, Count: 1, By: suggest.ByPort, URL: "http://127.0.0.1:8080/health", Status: 200},
		{Name: name, Port: 8080, Count: 3, By: suggest.ByPort},
		{Name: name, Count: 2, By: suggest.ByName, Unit: name},
		{Name: name, Count: 1, By: suggest.ByPart},
		{Container: true, Name: name, Count: 1, By: suggest.ByName},
		{Container: true, Name: name + "-1", Project: name, Service: name, Count: 4, By: suggest.ByPort, URL: "http://127.0.0.1:80/", Status: 204},
	}
}

// Whatever rules and programs are called, a draft with a target is a scenario, and one without is refused where the target
// is missing.
func TestDraftsAreScenarios(t *testing.T) {
	for _, name := range []string{
		"checkout", "checkout (v2)", `back\slash "quoted" 'single'`, "/slashes/", "!negated", `\!escaped`, `\/slash`, "${HOME}", "{{ .Values }}", "a: b", "# no comment",
		"line\nbreak", "tab\there", "- item", "ünïcödé ☃", "\x1b[31mred\x1b[0m", "\u2028sep\ufeff", "null", "1.5", "[1, 2]", "x\x00y", "bad\xffutf", "turned\u202earound", "tagged\U000e0041", strings.Repeat("long", 60),
	} {
		rule := suggest.Rule{
			Name: name, Expr: "up == 0 # " + name, Where: name, Namesakes: true,
			Labels: map[string]string{"service": name, "severity": "critical"}, Annotations: map[string]string{"summary": name, "description": "{{ $value }} " + name + " is not well"},
		}
		hints := suggest.Hints{Instances: []string{name}, Names: []string{name}}
		all := targets(name)
		for i, target := range all {
			d := suggest.Draft{Rule: rule, Hints: hints, Targets: append([]suggest.Target{target}, all...), Source: "pd", Remarks: []string{name}}
			sc, text, err := load(t, d)
			if err != nil {
				t.Errorf("%q, target %d: %v\n%s", name, i, err, text)
				continue
			}
			if len(sc.Steps) != 1 || len(sc.Steps[0].Attacks) != 1 || len(sc.Steps[0].Expect) != 1 || sc.Steps[0].Hold <= sc.Steps[0].Expect[0].Within {
				t.Errorf("%q, target %d: another scenario than was meant\n%s", name, i, text)
			}
			if strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Cf, r) }) {
				t.Errorf("%q, target %d: something hides in it: %q", name, i, text)
			}
			if clean := strings.ToValidUTF8(name, "\ufffd"); !sc.Steps[0].Expect[0].Alert.Match(clean) {
				t.Errorf("%q, target %d: it expects another alert, %s", name, i, sc.Steps[0].Expect[0].Alert)
			}
		}
		if _, text, err := load(t, suggest.Draft{Rule: rule, Hints: hints, Source: "pd"}); err == nil || !strings.Contains(err.Error(), "match must not be empty") {
			t.Errorf("%q without a target: %v\n%s", name, err, text)
		}
	}
}

// The titles of pages are not known: they hold the alert's name, or what an annotation says whatever its template fills in.
func TestTitles(t *testing.T) {
	for _, c := range []struct {
		annotations map[string]string
		title       string
		want        bool
	}{
		{nil, "[FIRING:1] CheckoutDown (shop)", true},
		{nil, "checkout is down", false},
		{map[string]string{"summary": "checkout is down"}, "checkout is down", true},
		{map[string]string{"summary": "checkout is down"}, "[P1] checkout is down!", true},
		{map[string]string{"summary": "{{ $labels.instance }} does not answer"}, "10.0.0.7:80 does not answer", true},
		{map[string]string{"summary": "job {{ $labels.job }} on {{ $labels.instance }} (zone) is gone"}, "job a on b:1 (zone) is gone", true},
		{map[string]string{"summary": "job {{ $labels.job }} on {{ $labels.instance }} (zone) is gone"}, "job a on b:1 is gone", false},
		{map[string]string{"summary": "{{ $value }} is down"}, "mail is down", false}, // it would match every page
		{map[string]string{"summary": "{{ $value }}"}, "anything", false},
		{map[string]string{"summary": "{{ broken template"}, "{{ broken template", false},
		{map[string]string{"description": "first line is long enough\nsecond line"}, "first line is long enough", true},
		{map[string]string{"description": strings.Repeat("much text ", 30)}, strings.Repeat("much text ", 10), true}, // receivers cut
		{map[string]string{"runbook": "restart the checkout"}, "restart the checkout", false},
	} {
		d := suggest.Draft{Rule: suggest.Rule{Name: "CheckoutDown", Annotations: c.annotations}, Targets: targets("checkout"), Source: "pd"}
		sc, text, err := load(t, d)
		if err != nil {
			t.Fatalf("%v: %v\n%s", c.annotations, err, text)
		}
		if got := sc.Steps[0].Expect[0].Fires.Title.Match(c.title); got != c.want {
			t.Errorf("%v: %q is a title of it: %t, want %t", c.annotations, c.title, got, c.want)
		}
	}
}

// Where several rules have one name, the draft says which by the labels that do not change.
func TestNamesakesAreTold(t *testing.T) {
	rule := suggest.Rule{Name: "Down", Labels: map[string]string{"severity": "critical", "team": "/shop", "pod": "{{ $labels.pod }}"}}
	sc, _, err := load(t, suggest.Draft{Rule: rule, Targets: targets("a"), Source: "pd"})
	if err != nil || len(sc.Steps[0].Expect[0].AlertLabels) > 0 {
		t.Errorf("without need: %v, %v", sc, err)
	}
	rule.Namesakes = true
	sc, text, err := load(t, suggest.Draft{Rule: rule, Targets: targets("a"), Source: "pd"})
	if err != nil {
		t.Fatal(err)
	}
	labels := sc.Steps[0].Expect[0].AlertLabels
	if len(labels) != 2 || !labels["severity"].Match("critical") || !labels["team"].Match("/shop") || labels["team"].Match("x/shop") {
		t.Errorf("%v\n%s", labels, text)
	}
}

func TestTheIncidentHasTimeToGo(t *testing.T) {
	for want, rule := range map[time.Duration]suggest.Rule{
		8 * time.Minute:                 {},
		7*time.Minute + 30*time.Second:  {Interval: 15 * time.Second},
		18 * time.Minute:                {KeepFiringFor: 10 * time.Minute},
		13*time.Minute + 0*time.Second:  {Expr: "rate(x[5m]) > 1"},
		22*time.Minute + 30*time.Second: {Expr: "rate(x[5m]) > 1", KeepFiringFor: 10 * time.Minute, Interval: 5 * time.Second},
	} {
		sc, text, err := load(t, suggest.Draft{Rule: rule, Targets: targets("a"), Source: "pd"})
		if err == nil && sc.Steps[0].Expect[0].Resolves != want || err != nil {
			t.Errorf("%+v: want %s, %v\n%s", rule, want, err, text)
		}
	}
}

// A window that must hold nothing but the fault has to fill first.
func TestWindowsFill(t *testing.T) {
	for expr, want := range map[string]string{
		`max_over_time(up{job="a"}[10m]) == 0`: "within: 13m\n",
		`absent_over_time(up[5m] offset 2m)`:   "within: 10m\n",
		`min_over_time((x > 3)[15m:1m]) > 1`:   "within: 18m\n",
		`sum_over_time(up[30m]) < 5`:           "within: 3m\n",
	} {
		if _, text, err := load(t, suggest.Draft{Rule: suggest.Rule{Expr: expr, Name: "A"}, Targets: targets("a"), Source: "pd"}); err != nil || !strings.Contains(text, want) {
			t.Errorf("%s: want %s, %v\n%s", expr, want, err, text)
		}
	}
}

// What is slow is paused, since it must not look dead; and a rule that needs numbers says that a dead target has none.
func TestAttacks(t *testing.T) {
	box := suggest.Target{Container: true, Name: "shop-web-1", Project: "shop", Service: "web", Count: 1, By: suggest.ByName}
	frail := box
	frail.NoStop = "it was made with --rm"
	for _, c := range []struct {
		expr   string
		target suggest.Target
		attack string
		absent bool
	}{
		{`up{job="web"} == 0`, box, "container.stop", true},
		{`up{job="web"} == 0`, frail, "container.pause", true},
		{`histogram_quantile(0.9, rate(http_bucket[5m])) > 1`, box, "container.pause", false},
		{`probe_duration_seconds > 1`, box, "container.pause", false},
		{`rate(errors[5m]) > 1`, box, "container.stop", false},
		{`up{job="web"} == 0`, targets("web")[0], "process.pause", true},
	} {
		d := suggest.Draft{Rule: suggest.Rule{Name: "A", Expr: c.expr}, Hints: suggest.HintsOf(c.expr, nil), Targets: []suggest.Target{c.target}, Source: "pd"}
		sc, text, err := load(t, d)
		if err != nil || sc.Steps[0].Attacks[0].Kind != c.attack || strings.Contains(text, "network.delay") == c.absent {
			t.Errorf("%s: want %s, %v\n%s", c.expr, c.attack, err, text)
		}
	}
}

func TestReplicasAreOneTarget(t *testing.T) {
	one := suggest.Target{Container: true, Name: "shop-web-1", Project: "shop", Service: "web", Count: 2, By: suggest.ByName}
	two := one
	two.Name = "shop-web-2"
	if diff := cmp.Diff([]suggest.Target{one}, suggest.Rank([]suggest.Target{two, one})); diff != "" {
		t.Error(diff)
	}
	_, text, err := load(t, suggest.Draft{Rule: suggest.Rule{Name: "A"}, Targets: []suggest.Target{one}, Source: "pd"})
	if err != nil || !strings.Contains(text, "pick: 1") {
		t.Errorf("all replicas are stopped: %v\n%s", err, text)
	}
}

func TestAddress(t *testing.T) {
	for instance, want := range map[string]struct {
		host string
		port int
	}{
		"127.0.0.1:9100": {"127.0.0.1", 9100}, "checkout:8080": {"checkout", 8080}, "[::1]:80": {"::1", 80}, "db-7": {"db-7", 0}, "::1": {"::1", 0},
		"http://shop.example.org/health": {"shop.example.org", 80}, "https://[::1]:8443/x": {"::1", 8443}, "https://shop": {"shop", 443},
		"a:http": {"a", 0}, "a:99999": {"a", 0}, "": {"", 0}, "/var/run/x.sock": {"/var/run/x.sock", 0}, "%zz:1": {"%zz", 1},
	} {
		if host, port := suggest.Address(instance); host != want.host || port != want.port {
			t.Errorf("%q: %q, %d", instance, host, port)
		}
	}
}

func TestFew(t *testing.T) {
	if got := suggest.Few([]string{"a", "b"}); got != "a, b" {
		t.Error(got)
	}
	if got := suggest.Few(strings.Split("abcdefg", "")); got != "a, b, c, d, e and 2 more" {
		t.Error(got)
	}
}

// The names in a draft mean what runs, and nothing that is merely called alike.
func TestSelectorsAreExact(t *testing.T) {
	for _, name := range []string{"web", "/web/", "!web", `\web`} {
		_, text, err := load(t, suggest.Draft{Rule: suggest.Rule{Name: "A"}, Targets: []suggest.Target{{Name: name, Count: 1, By: suggest.ByName}}, Source: "pd"})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, after, _ := strings.Cut(text, `match: {name: "`)
		written, _, _ := strings.Cut(after, `"}`)
		p := match.Must(strings.ReplaceAll(written, `\\`, `\`))
		if !p.Match(name) || p.Match("x"+name) || p.Match("other") {
			t.Errorf("%s: %s means something else", name, p)
		}
	}
}
