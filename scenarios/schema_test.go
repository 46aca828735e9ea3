package scenarios_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	yaml "github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/failurefriday/friday/scenarios"
)

// loaderOnly lists the bad files that a schema cannot find fault with, and why.
var loaderOnly = map[string]string{
	"alert-and-trace":           "the schema knows no names of sources, and not what goes with what",
	"alias":                     "the schema sees what the alias stands for",
	"anchor":                    "the schema sees what the anchor stands for",
	"tag-type":                  "the schema sees the text",
	"merge-key":                 "the schema sees the merged mapping",
	"two-documents":             "the schema sees one document",
	"directive":                 "the schema sees the document",
	"complex-key":               "the schema sees the key",
	"bad-regexp":                "a regular expression of ours",
	"bad-regexp-in-list":        "a regular expression of ours",
	"bad-signal":                "the type knows its texts",
	"bad-variable-syntax":       "the text may hold anything",
	"bad-variable-value":        "the schema does not know the value",
	"both-fires":                "which keys go together",
	"neither-fires":             "which keys go together",
	"must-not-fire-deadlines":   "which keys go together",
	"fires-anything":            "which keys go together",
	"cannot-undo":               "the attack knows it",
	"duration-too-long":         "a pattern has no bound",
	"duration-zero":             "a pattern has no bound",
	"hex-number":                "the schema sees the number",
	"env-needs-a-name":          "the schema does not know the variables",
	"undeclared-variable":       "the schema does not know the variables",
	"unknown-variable":          "the schema does not know the variables",
	"unset-env-variable":        "the schema does not know the environment",
	"unset-variable":            "the schema does not know --var",
	"variable-in-vars":          "the text may hold anything",
	"config-variable":           "the text may hold anything",
	"config-protects-all":       "which keys go together",
	"kind-check":                "the attack knows it",
	"kind-check-probe":          "the probe knows it",
	"kind-check-whole":          "the attack knows it",
	"no-source":                 "the schema does not know friday.yaml",
	"unknown-source":            "the schema does not know friday.yaml",
	"same-derived-name":         "names are compared",
	"same-guard-rail":           "names are compared",
	"same-probe-name":           "names are compared",
	"same-step-name":            "names are compared",
	"within-after-default-hold": "durations are compared",
	"within-after-hold":         "durations are compared",
}

func compile(t *testing.T, text []byte, err error) *jsonschema.Schema {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("friday.json", doc); err != nil {
		t.Fatal(err)
	}
	made, err := c.Compile("friday.json")
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// judge returns what a schema has to say about a file; ok is false if the file is no YAML document.
func judge(t *testing.T, s *jsonschema.Schema, data []byte) (fault error, ok bool) {
	t.Helper()
	var value any
	if err := yaml.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &value); err != nil {
		return nil, false
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, false // .inf and the like
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc), true
}

func TestTheSchemaAndTheLoaderAgree(t *testing.T) {
	text, err := scenarios.Schema(testKinds())
	scenario := compile(t, text, err)
	text, err = scenarios.ConfigSchema(testKinds())
	config := compile(t, text, err)
	of := func(name string) *jsonschema.Schema {
		if isConfig(name) {
			return config
		}
		return scenario
	}
	for name, data := range files(t, "good") {
		if fault, ok := judge(t, of(name), data); fault != nil || !ok {
			t.Errorf("good file %s: the schema refuses it: %v", name, fault)
		}
	}
	bad := files(t, "bad")
	for name, data := range bad {
		fault, ok := judge(t, of(name), data)
		reason, listed := loaderOnly[name]
		switch {
		case !ok && listed:
			t.Errorf("bad file %s is no YAML at all, but listed as %q", name, reason)
		case ok && fault == nil && !listed:
			t.Errorf("bad file %s: the schema takes it", name)
		case ok && fault != nil && listed:
			t.Errorf("bad file %s: the schema finds the fault, though it is listed as %q", name, reason)
		}
	}
	for name := range loaderOnly {
		if bad[name] == nil {
			t.Errorf("there is no bad file %s", name)
		}
	}
}

// Every object is closed, and every key of the format explains itself.
func TestTheSchemaIsStrictAndExplains(t *testing.T) {
	text, err := scenarios.Schema(testKinds())
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Defs map[string]struct {
			Type                 string
			AdditionalProperties *bool
			Properties           map[string]struct{ Description string }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for name, def := range doc.Defs {
		if def.Type != "object" || def.AdditionalProperties == nil || *def.AdditionalProperties {
			t.Errorf("%s is open", name)
		}
		for key, p := range def.Properties {
			if p.Description == "" {
				t.Errorf("%s: %s has no description", name, key)
			}
		}
	}
	if attack := doc.Defs["scenarios.Attack"].Properties; attack["process.kill"].Description != "send a signal to processes" {
		t.Errorf("the kinds of attack are missing: %v", attack)
	}
	if strings.Contains(string(text), "must not be read") {
		t.Error("the environment is in the schema")
	}
}

func TestASchemaOfNoKindsStillStands(t *testing.T) {
	text, err := scenarios.ConfigSchema(scenarios.Kinds{})
	s := compile(t, text, err)
	if fault, _ := judge(t, s, []byte("environment: ci\n")); fault != nil {
		t.Error(fault)
	}
	if fault, _ := judge(t, s, []byte("sources: {a: {pagerduty: {}}}\n")); fault == nil {
		t.Error("a kind of source that there is not is taken")
	}
}
