package judge

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/invopop/jsonschema"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
)

// Schema is the JSON Schema of record.json, made from the types themselves.
func Schema() ([]byte, error) {
	reflector := &jsonschema.Reflector{AllowAdditionalProperties: true, Mapper: mapped}
	schema := reflector.Reflect(&Record{})
	schema.Title = fmt.Sprintf("Record of a Friday run, version %d", Version)
	data, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("cannot make the schema of the record: %w", err)
	}
	return data, nil
}

// mapped are the types that JSON shows as something else than what they are.
func mapped(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[Verdict]():
		return &jsonschema.Schema{Type: "string", Enum: anys(verdictNames)}
	case reflect.TypeFor[verify.Hop]():
		var names []string
		for _, h := range verify.Hops() {
			names = append(names, h.String())
		}
		return &jsonschema.Schema{Type: "string", Enum: anys(names)}
	case reflect.TypeFor[verify.Seconds]():
		return &jsonschema.Schema{Type: "number", Description: "seconds"}
	case reflect.TypeFor[match.Pattern]():
		return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
			{Type: "string"}, {Type: "array", Items: &jsonschema.Schema{Type: "string"}},
		}}
	}
	return nil
}

func anys(texts []string) []any {
	all := make([]any, len(texts))
	for i, t := range texts {
		all[i] = t
	}
	return all
}
