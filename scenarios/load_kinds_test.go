package scenarios_test

import (
	"fmt"
	"testing"

	attackskinds "github.com/failurefriday/friday/attacks/all"
	"github.com/failurefriday/friday/scenarios"
	verifykinds "github.com/failurefriday/friday/verify/all"
)

func realKinds() scenarios.Kinds {
	return scenarios.Kinds{Attacks: attackskinds.Kinds(), Probes: verifykinds.Probes(), Sources: verifykinds.Sources()}
}

func TestGoodFilesAreGoodForTheRealKinds(t *testing.T) {
	opts := testOptions()
	opts.Kinds = realKinds()
	text, err := scenarios.Schema(opts.Kinds)
	schema := compile(t, text, err)
	all := files(t, "good")
	all["the example of the docs"] = []byte(fenced(t, scenarios.FormatDocs(opts.Kinds)))
	for name, data := range all {
		if isConfig(name) {
			continue // the sources of the real list have other settings
		}
		if _, err := scenarios.Load(name, data, opts); err != nil {
			t.Errorf("%s:\n%v", name, err)
		}
		if fault, ok := judge(t, schema, data); fault != nil || !ok {
			t.Errorf("%s: the schema refuses it: %v", name, fault)
		}
	}
}

// What a kind shows as its example must be good for itself, for the loader and for the schema.
func TestTheExamplesOfTheKindsAreGood(t *testing.T) {
	const file = "name: a\nsteady: [%s]\nsteps: [{name: s, attacks: [{%s, irreversible: true}], expect: [{fires: {source: inbox, service: A}}]}]\n"
	opts := testOptions()
	opts.Kinds, opts.Sources = realKinds(), append(opts.Sources, "alertmanager")
	text, err := scenarios.Schema(opts.Kinds)
	schema := compile(t, text, err)
	check := func(kind, probe, attack string) {
		data := fmt.Appendf(nil, file, probe, attack)
		if _, err := scenarios.Load(kind, data, opts); err != nil {
			t.Errorf("%s:\n%v", kind, err)
		}
		if fault, ok := judge(t, schema, data); fault != nil || !ok {
			t.Errorf("%s: the schema refuses it: %v", kind, fault)
		}
	}
	attack := fmt.Sprintf("%s: %s", opts.Kinds.Attacks[0].Name, opts.Kinds.Attacks[0].Example)
	for _, k := range opts.Kinds.Attacks {
		check(k.Name, "", fmt.Sprintf("%s: %s", k.Name, k.Example))
	}
	for _, k := range opts.Kinds.Probes {
		check(k.Name, fmt.Sprintf("{%s: %s}", k.Name, k.Example), attack)
	}
	config, err := scenarios.ConfigSchema(opts.Kinds)
	schema = compile(t, config, err)
	for _, k := range opts.Kinds.Sources {
		data := fmt.Appendf(nil, "sources: {a: {%s: %s}}\n", k.Name, k.Example)
		if _, err := scenarios.LoadConfig(k.Name, data, opts.Kinds); err != nil {
			t.Errorf("%s:\n%v", k.Name, err)
		}
		if fault, ok := judge(t, schema, data); fault != nil || !ok {
			t.Errorf("%s: the schema refuses it: %v", k.Name, fault)
		}
	}
}

func TestTheBuiltInConfigurationIsGood(t *testing.T) {
	for what, kinds := range map[string]scenarios.Kinds{"test": testKinds(), "real": realKinds(), "no": {}} {
		conf, err := scenarios.DefaultConfig(kinds)
		if err != nil {
			t.Errorf("with %s kinds: %v", what, err)
			continue
		}
		want := 0
		for _, k := range kinds.Sources {
			if k.Name == "pagerduty" {
				want = 2
			}
		}
		if len(conf.Sources) != want || conf.File != "" || conf.Limits.MaxTargets != 50 || conf.Limits.Margin.Seconds() != 30 {
			t.Errorf("with %s kinds: %+v", what, conf)
		}
	}
}
