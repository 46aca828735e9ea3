package scenarios

import (
	"encoding/json"
	"reflect"

	"github.com/failurefriday/friday/internal/decode"
)

// Schema returns the JSON Schema (draft 2020-12) of scenario files, for editors and other tools. It takes every file
// that Load takes, and refuses what can be seen without knowing what names mean; Load refuses more.
func Schema(k Kinds) ([]byte, error) {
	return schemaOf(reflect.TypeFor[Scenario](), k, "Friday scenario", true)
}

// ConfigSchema returns the JSON Schema (draft 2020-12) of friday.yaml, as Schema does for scenarios.
func ConfigSchema(k Kinds) ([]byte, error) {
	return schemaOf(reflect.TypeFor[Config](), k, "Friday configuration", false)
}

func schemaOf(t reflect.Type, k Kinds, title string, variables bool) ([]byte, error) {
	made, err := decode.Schema(t, slots(k), variables)
	if err != nil {
		return nil, err
	}
	made["title"] = title
	return json.MarshalIndent(made, "", "  ")
}
