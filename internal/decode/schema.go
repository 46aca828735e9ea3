package decode

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Schema describes the files that Into reads into a struct of type t, as a JSON Schema of draft 2020-12. It is made from
// the same tags by the same rules as the decoder's, so that an editor and Friday agree. With variables, any scalar may be
// a text that holds ${name}. What only Friday can know is left to it: names used twice, expressions, what a kind's own
// check says. The error names a field that no file could hold.
func Schema(t reflect.Type, slots Slots, variables bool) (map[string]any, error) {
	s := schema{slots: slots, variables: variables, defs: map[string]any{}, names: map[reflect.Type]string{}}
	root := s.of(t, Field{})
	if s.err != nil {
		return nil, s.err
	}
	return map[string]any{"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": root["$ref"], "$defs": s.defs}, nil
}

type schema struct {
	slots     Slots
	variables bool
	defs      map[string]any
	names     map[reflect.Type]string
	err       error
}

// holds matches a text with a variable in it.
const holds = `\$\{`

func (s *schema) of(t reflect.Type, f Field) map[string]any {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch shapeOf(t) {
	case asText:
		return s.text(f)
	case asOwn:
		if takesList(t) {
			return either(textual(), map[string]any{"type": "array", "items": textual(), "minItems": 1})
		}
		return textual()
	case asDuration:
		return map[string]any{"type": "string", "pattern": s.orVariable(Duration)}
	case asInt:
		return s.scalar(bounded("integer", f))
	case asFloat:
		return s.scalar(map[string]any{"type": "number"})
	case asBool:
		return s.scalar(map[string]any{"type": "boolean"})
	case asList:
		return notEmpty(map[string]any{"type": "array", "items": s.of(t.Elem(), Field{Min: f.Min, Pattern: f.Pattern})}, "minItems", f)
	case asMap:
		m := map[string]any{"type": "object", "additionalProperties": s.of(t.Elem(), Field{Min: f.Min, Pattern: f.Pattern})}
		if f.Keys != "" {
			m["propertyNames"] = map[string]any{"pattern": f.Keys}
		}
		return notEmpty(m, "minProperties", f)
	case asStruct:
		ref := map[string]any{"$ref": "#/$defs/" + s.define(t)}
		if takesScalar(t) {
			return either(map[string]any{"type": []string{"string", "number", "boolean"}}, ref)
		}
		return ref
	}
	s.err = fmt.Errorf("%s: no file can hold a %s", f.Key, t)
	return nil
}

// textual is text; a number is taken as it is written.
func textual() map[string]any { return map[string]any{"type": []string{"string", "number"}} }

func either(a, b map[string]any) map[string]any { return map[string]any{"anyOf": []any{a, b}} }

func (s *schema) text(f Field) map[string]any {
	m := textual()
	if f.Scalar {
		m["type"] = []string{"string", "number", "boolean"}
	}
	if f.Pattern != "" {
		m["pattern"] = s.orVariable(f.Pattern)
	}
	return notEmpty(m, "minLength", f)
}

func notEmpty(m map[string]any, keyword string, f Field) map[string]any {
	if f.Required {
		m[keyword] = 1
	}
	return m
}

func bounded(name string, f Field) map[string]any {
	m := map[string]any{"type": name}
	if least, err := strconv.ParseInt(f.Min, 10, 64); err == nil {
		m["minimum"] = least
	}
	return m
}

func (s *schema) scalar(plain map[string]any) map[string]any {
	if !s.variables {
		return plain
	}
	return either(plain, map[string]any{"type": "string", "pattern": holds})
}

func (s *schema) orVariable(pattern string) string {
	if !s.variables {
		return pattern
	}
	return pattern + "|" + holds
}

// define puts a struct among the definitions and returns its name there.
func (s *schema) define(t reflect.Type) string {
	if name, ok := s.names[t]; ok {
		return name
	}
	name := strings.ReplaceAll(t.String(), "*", "")
	for n := 2; s.defs[name] != nil; n++ {
		name = fmt.Sprintf("%s-%d", t.String(), n)
	}
	s.names[t], s.defs[name] = name, map[string]any{} // now, for a struct that holds itself
	s.defs[name] = s.structure(t)
	return name
}

func (s *schema) structure(t reflect.Type) map[string]any {
	properties, needed := map[string]any{}, []string{}
	for _, f := range Fields(t) {
		property := s.of(f.Type, f)
		if f.Doc != "" {
			property["description"] = f.Doc
		}
		if f.Default != "" {
			property["default"] = defaultValue(f)
		}
		properties[f.Key] = property
		if f.Required {
			needed = append(needed, f.Key)
		}
	}
	made := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if slot, has := s.slots[t]; has {
		s.kinds(made, properties, slot)
	}
	if len(needed) > 0 {
		made["required"] = needed
	}
	return made
}

// kinds adds a property for each kind, of which there must be exactly one.
func (s *schema) kinds(made, properties map[string]any, slot Slot) {
	choices := []any{}
	for _, k := range slot.Kinds {
		property := s.of(reflect.TypeOf(k.New()), Field{Key: k.Name})
		property["description"] = k.Summary
		properties[k.Name] = property
		choices = append(choices, map[string]any{"required": []string{k.Name}})
	}
	if len(choices) == 0 {
		made["not"] = map[string]any{} // nothing to choose from: no such struct can be written
		return
	}
	made["oneOf"] = choices
}

// defaultValue is a default as the file would hold it.
func defaultValue(f Field) any {
	switch shapeOf(f.Type) {
	case asInt:
		if n, err := strconv.ParseInt(f.Default, 10, 64); err == nil {
			return n
		}
	case asFloat:
		if x, err := strconv.ParseFloat(f.Default, 64); err == nil {
			return x
		}
	case asBool:
		return f.Default == "true"
	}
	return f.Default
}
