package scenarios_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/scenarios"
)

var update = flag.Bool("update", false, "rewrite the expected messages of testdata/bad")

// files lists the YAML files of a folder below testdata by name, without the ending.
func files(t testing.TB, folder string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]byte{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found[strings.TrimSuffix(filepath.Base(path), ".yaml")] = data
	}
	return found
}

func isConfig(name string) bool { return strings.HasPrefix(name, "config-") }

// read loads a file of testdata as what its name says it is.
func read(name string, data []byte) error {
	if isConfig(name) {
		_, err := scenarios.LoadConfig(name+".yaml", data, testKinds())
		return err
	}
	_, err := scenarios.Load(name+".yaml", data, testOptions())
	return err
}

func TestGoodFilesAreRead(t *testing.T) {
	good := files(t, "good")
	if len(good) < 12 {
		t.Fatalf("only %d good files", len(good))
	}
	for name, data := range good {
		if err := read(name, data); err != nil {
			t.Errorf("%s:\n%v", name, err)
		}
	}
}

func TestBadFilesAreExplained(t *testing.T) {
	bad := files(t, "bad")
	if len(bad) < 45 {
		t.Fatalf("only %d bad files", len(bad))
	}
	for name, data := range bad {
		t.Run(name, func(t *testing.T) {
			err := read(name, data)
			if err == nil {
				t.Fatal("the file was taken")
			}
			golden := filepath.Join("testdata", "bad", name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(err.Error()+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, missing := os.ReadFile(golden)
			if missing != nil {
				t.Fatal(missing)
			}
			if diff := cmp.Diff(string(want), err.Error()+"\n"); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func load(t *testing.T, name string) *scenarios.Scenario {
	t.Helper()
	sc, err := scenarios.Load(name+".yaml", files(t, "good")[name], testOptions())
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

func TestDefaultsAreFilledIn(t *testing.T) {
	sc := load(t, "minimal")
	step := sc.Steps[0]
	pauses := step.Attacks[0].Attack.(*pause)
	got := map[string]any{"recover_within": sc.RecoverWithin, "hold": step.Hold, "pick": pauses.Pick, "file": sc.File}
	want := map[string]any{"recover_within": 2 * time.Minute, "hold": 5 * time.Minute, "pick": "all", "file": "minimal.yaml"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	probe := load(t, "derived-names").Steady[1]
	if probe.Every != 500*time.Millisecond || probe.Timeout != 2*time.Second {
		t.Errorf("every %s, timeout %s", probe.Every, probe.Timeout)
	}
	if got := probe.Probe.(*http).Status.String(); got != "200" {
		t.Errorf("status %s", got)
	}
}

func TestEveryKeyArrives(t *testing.T) {
	sc := load(t, "full")
	step, probe := sc.Steps[0], sc.Steady[0].Probe.(*http)
	expect, kills := step.Expect[0], step.Attacks[0].Attack.(*kill)
	got := map[string]any{
		"name": sc.Name, "title": sc.Title, "service": sc.Service, "owner": sc.Owner, "environment": sc.Environment, "tags": sc.Tags,
		"hypothesis": sc.Hypothesis, "recover": sc.RecoverWithin, "values": sc.Values,
		"probe": []any{sc.Steady[0].Name, sc.Steady[0].Kind, sc.Steady[0].Every, sc.Steady[0].Timeout, probe.URL, probe.Status.String(), probe.Body.String(), probe.Headers, probe.Insecure},
		"kill":  []any{kills.Match.Name.String(), kills.Match.User, kills.Match.Port, string(kills.Signal), kills.Sustain, kills.Pick, kills.MaxTargets},
		"final": []any{step.Attacks[0].Irreversible, step.Attacks[1].Irreversible, step.Attacks[1].Kind},
		"step":  []any{step.Name, step.Hold, step.HoldFull, step.Momentary, step.RecoverWithin, step.AbortIf[0].Kind, sc.AbortIf[0].Name},
		"fires": []any{expect.Fires.Source, expect.Fires.Service.String(), expect.Fires.Severity.Texts(), expect.Fires.Key.String(), expect.Fires.Labels["code"].String()},
		"times": []any{expect.Within, expect.Notified, expect.Acknowledged, expect.Resolves, expect.AtMost, expect.AllowOpen},
		"not":   step.Expect[1].MustNotFire.Service.String(),
	}
	want := map[string]any{
		"name": "checkout-dies.v2_1", "title": "Checkout dies and somebody is paged", "service": "checkout", "owner": "payments",
		"environment": "staging", "tags": []string{"checkout", "paging"},
		"hypothesis": "When checkout is killed, on-call is paged within 60 s and the incident closes by itself.\n",
		"recover":    90 * time.Second, "values": map[string]string{"port": "18080", "host": "127.0.0.1"},
		"probe": []any{"checkout answers", "http", 200 * time.Millisecond, time.Second, "http://127.0.0.1:18080/health", "200", "/ok/i", map[string]string{"X-Friday": "1"}, true},
		"kill":  []any{"checkout", "1000", 18080, "TERM", true, "50%", 2},
		"final": []any{false, true, "process.kill"},
		"step":  []any{"kill checkout", 2 * time.Minute, true, false, 90 * time.Second, "command", "tcp 127.0.0.1:5432"},
		"fires": []any{"pagerduty", "Checkout", []string{"critical", "error"}, "!flapping", "500"},
		"times": []any{time.Minute, 90 * time.Second, 2 * time.Minute, 2 * time.Minute, 1, true},
		"not":   "Payments",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestEveryPartKnowsItsPlace(t *testing.T) {
	sc := load(t, "full")
	for what, pair := range map[string][2]diag.Pos{
		"scenario": {sc.Pos, {File: "full.yaml", Line: 2, Col: 1}},
		"probe":    {sc.Steady[0].Pos, {File: "full.yaml", Line: 18, Col: 5}},
		"step":     {sc.Steps[0].Pos, {File: "full.yaml", Line: 32, Col: 5}},
		"attack":   {sc.Steps[0].Attacks[1].Pos, {File: "full.yaml", Line: 40, Col: 9}},
		"expect":   {sc.Steps[0].Expect[1].Pos, {File: "full.yaml", Line: 60, Col: 9}},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is at %s, want %s", what, pair[0], pair[1])
		}
	}
}

func TestProbesWithoutANameGetOne(t *testing.T) {
	var names []string
	for _, p := range load(t, "derived-names").Steady {
		names = append(names, p.Name)
	}
	want := []string{"http http://127.0.0.1/a", "http http://127.0.0.1/b", "tcp 127.0.0.1:5432", "command pg_isready -q", "process a b"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q", names)
	}
}

func TestTheOnlySourceNeedsNoName(t *testing.T) {
	data := []byte("name: a\nsteps:\n- name: s\n  attacks: [{process.pause: {match: {name: x}}}]\n  expect:\n  - fires: {service: A}\n  - must_not_fire: {}\n")
	opts := testOptions()
	opts.Sources = []string{"inbox"}
	sc, err := scenarios.Load("a.yaml", data, opts)
	if err != nil {
		t.Fatal(err)
	}
	if e := sc.Steps[0].Expect; e[0].Fires.Source != "inbox" || e[1].MustNotFire.Source != "inbox" {
		t.Errorf("sources %q and %q", e[0].Fires.Source, e[1].MustNotFire.Source)
	}
	opts.Sources = nil
	if sc, err = scenarios.Load("a.yaml", data, opts); err != nil || sc.Steps[0].Expect[0].Fires.Source != "" {
		t.Errorf("with unknown sources: %v", err)
	}
	opts.Sources = []string{}
	if _, err = scenarios.Load("a.yaml", data, opts); len(diag.All(err)) != 2 {
		t.Errorf("with no source at all: %v", err)
	}
}

func TestTheDefinitionIsWhatIsSaidNotHow(t *testing.T) {
	const text = "name: a\nvars: {n: x}\nsteps:\n- name: s\n  attacks: [{process.pause: {match: {name: x, port: 1}}}]\n  expect: [{fires: {source: inbox, service: A}}]\n"
	definition := func(text string) string {
		t.Helper()
		sc, err := scenarios.Load("a.yaml", []byte(text), testOptions())
		if err != nil {
			t.Fatal(err)
		}
		return sc.Definition
	}
	want := definition(text)
	if len(want) != 64 {
		t.Errorf("not a SHA-256: %s", want)
	}
	for what, same := range map[string]string{
		"comment": "# hello\n" + text, "quotes": strings.Replace(text, "service: A", `service: "A"`, 1),
		"variable": strings.Replace(text, "name: x, ", `name: "${n}", `, 1), "order": strings.Replace(text, "name: x, port: 1", "port: 1, name: x", 1),
	} {
		if definition(same) != want {
			t.Errorf("%s makes another scenario", what)
		}
	}
	if definition(strings.Replace(text, "service: A", "service: B", 1)) == want {
		t.Error("another service is the same scenario")
	}
}

func BenchmarkLoad(b *testing.B) {
	data := files(b, "good")["full"]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := scenarios.Load("full.yaml", data, testOptions()); err != nil {
			b.Fatal(err)
		}
	}
}
