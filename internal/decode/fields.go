package decode

import (
	"encoding"
	"reflect"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/secret"
)

// Field is one key of a struct, as its tags describe it.
type Field struct {
	Key      string
	Doc      string
	Default  string
	Required bool
	Min      string
	Pattern  string // for a text
	Keys     string // for the keys of a map
	Want     string // Pattern or Keys in words
	Scalar   bool   // any scalar is taken as text
	Type     reflect.Type

	index []int
}

// Fields lists the keys of a struct, or of a pointer to one, in the order of its fields.
func Fields(t reflect.Type) []Field {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	var fields []Field
	for sf := range t.Fields() {
		key, options, _ := strings.Cut(sf.Tag.Get("yaml"), ",")
		switch {
		case key == "-" || !sf.IsExported():
		case options == "inline" || sf.Anonymous && key == "":
			for _, f := range Fields(sf.Type) {
				f.index = append([]int{sf.Index[0]}, f.index...)
				fields = append(fields, f)
			}
		case key != "":
			fields = append(fields, Field{
				Key: key, Doc: sf.Tag.Get("doc"), Default: sf.Tag.Get("default"), Required: sf.Tag.Get("required") == "true",
				Min: sf.Tag.Get("min"), Pattern: sf.Tag.Get("pattern"), Keys: sf.Tag.Get("keys"), Want: sf.Tag.Get("want"),
				Scalar: options == "scalar", Type: sf.Type, index: sf.Index,
			})
		}
	}
	return fields
}

// required lists the keys that a struct cannot do without.
func required(t reflect.Type) []string {
	var keys []string
	for _, f := range Fields(t) {
		if f.Required {
			keys = append(keys, f.Key)
		}
	}
	return keys
}

func keysOf(fields []Field) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.Key
	}
	return keys
}

// TextsUnmarshaler is a type that reads a list of texts, and a single one, too, if it is an encoding.TextUnmarshaler.
type TextsUnmarshaler interface {
	UnmarshalTexts(texts []string) error
}

// ScalarUnmarshaler is a struct that may stand as a plain scalar, too, as a short form.
type ScalarUnmarshaler interface {
	UnmarshalScalar(text string) error
}

// shape is how a type is written in a file; it decides alike for the decoder, the schema and the docs.
type shape int

const (
	asText shape = iota // string
	asOwn               // encoding.TextUnmarshaler, perhaps TextsUnmarshaler
	asDuration
	asInt
	asFloat
	asBool
	asList
	asMap
	asStruct
	unfit // no way to write it
)

func shapeOf(t reflect.Type) shape {
	if t == reflect.TypeFor[time.Duration]() {
		return asDuration
	}
	if p := reflect.PointerTo(t); p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) || p.Implements(reflect.TypeFor[TextsUnmarshaler]()) {
		return asOwn
	}
	switch t.Kind() {
	case reflect.String:
		return asText
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return asInt
	case reflect.Float32, reflect.Float64:
		return asFloat
	case reflect.Bool:
		return asBool
	case reflect.Slice:
		return asList
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			return asMap
		}
	case reflect.Struct:
		return asStruct
	}
	return unfit
}

func takesList(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[TextsUnmarshaler]())
}

func takesScalar(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[ScalarUnmarshaler]())
}

var (
	posType    = reflect.TypeFor[diag.Pos]()
	secretType = reflect.TypeFor[secret.Ref]()
)
