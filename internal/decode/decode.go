package decode

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/failurefriday/friday/internal/diag"
)

// Into decodes n into the struct that dst points to. Every problem goes into the report; dst holds what could be read,
// with lists as long as they are in the file. A field "Pos diag.Pos" of any struct is set to where the struct stands.
// If dst is a diag.Checker, or a kind is, it is asked for its faults once it could be read without a problem.
func Into(n *Node, dst any, slots Slots, report *diag.Report) {
	d := decoder{slots, report}
	if d.value(n, reflect.ValueOf(dst).Elem(), Field{}) {
		d.check(n, dst)
	}
}

// Only decodes a single key of n into its field of the struct that dst points to, as Into would. Nothing happens if the
// key is not there.
func Only(key string, n *Node, dst any, report *diag.Report) {
	v := reflect.ValueOf(dst).Elem()
	for _, f := range Fields(v.Type()) {
		if value := n.Key(key); f.Key == key && value.Present() {
			(&decoder{nil, report}).value(value, v.FieldByIndex(f.index), f)
		}
	}
}

type decoder struct {
	slots  Slots
	report *diag.Report
}

// wrong reports what is the matter with n, and marks it.
func (d *decoder) wrong(n *Node, msg, hint string) bool {
	if hint == "" {
		hint = n.origin()
	}
	d.report.Add(n.Pos, msg, hint)
	n.faulty = true
	return false
}

// value decodes n into v and reports whether all went well. f is the field that v belongs to, for its bounds.
func (d *decoder) value(n *Node, v reflect.Value, f Field) bool {
	if n.form == broken {
		n.faulty = true
		return false
	}
	if n.form == null {
		return d.wrong(n, n.name+" has no value", d.forNull(v.Type()))
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	ok := false
	switch shapeOf(v.Type()) {
	case asList:
		ok = d.list(n, v, f)
	case asMap:
		ok = d.mapping(n, v, f)
	case asStruct:
		ok = d.structure(n, v)
	case asOwn:
		ok = d.own(n, v)
	default:
		ok = d.scalar(n, v, f)
	}
	n.faulty = n.faulty || !ok
	return !n.faulty
}

// forNull says what to write instead of nothing.
func (d *decoder) forNull(t reflect.Type) string {
	if s, ok := d.slots[t]; ok {
		return "write one of " + strings.Join(s.names(), ", ")
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch shape := shapeOf(t); {
	case shape == asText || takesScalar(t):
		return `write "" if an empty text is meant`
	case shape == asStruct && len(required(t)) > 0:
		return "it needs " + strings.Join(required(t), ", ")
	case shape == asStruct || shape == asMap:
		return "write {} if nothing needs to be set"
	}
	return "leave it out if nothing is meant"
}

func (d *decoder) list(n *Node, v reflect.Value, f Field) bool {
	if n.form != list {
		return d.wrong(n, fmt.Sprintf("%s must be a list, not %s", n.name, n.shown()), "begin each item with a dash, or write [a, b]")
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.items), len(n.items)))
	ok := true
	for i, item := range n.items {
		ok = d.value(item, v.Index(i), Field{Min: f.Min, Pattern: f.Pattern, Want: f.Want}) && ok
	}
	return ok
}

func (d *decoder) mapping(n *Node, v reflect.Value, f Field) bool {
	if n.form != mapping {
		return d.wrong(n, fmt.Sprintf("%s must be a mapping of keys to values, not %s", n.name, n.shown()), "")
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.entries)))
	ok := true
	for _, e := range n.entries {
		if f.Keys != "" && !regexp.MustCompile(f.Keys).MatchString(e.key) {
			d.report.Add(e.pos, fmt.Sprintf("%q cannot be a name in %s: want %s", e.key, n.name, f.Want), "")
			ok = false
		}
		one := reflect.New(v.Type().Elem()).Elem()
		ok = d.value(e.value, one, Field{Min: f.Min, Pattern: f.Pattern}) && ok
		v.SetMapIndex(reflect.ValueOf(e.key).Convert(v.Type().Key()), one)
	}
	return ok
}

func (d *decoder) structure(n *Node, v reflect.Value) bool {
	if short, ok := v.Addr().Interface().(ScalarUnmarshaler); ok && n.isScalar() {
		if err := short.UnmarshalScalar(n.text); err != nil {
			return d.wrong(n, fmt.Sprintf("%s: %s", n.name, err), "")
		}
		return true
	}
	fields := Fields(v.Type())
	if n.isScalar() && v.Type() == secretType {
		d.report.Hide(n.text)
		return d.wrong(n, fmt.Sprintf("%s is a secret, which never stands in the file", n.name), "name its place: {env: NAME} or {file: PATH}")
	}
	if n.form != mapping {
		return d.wrong(n, fmt.Sprintf("%s must be a mapping of keys to values, not %s", n.name, n.shown()), "its keys: "+strings.Join(keysOf(fields), ", "))
	}
	ok := d.fields(n, v, fields)
	if pos := v.FieldByName("Pos"); pos.IsValid() && pos.Type() == posType {
		pos.Set(reflect.ValueOf(n.Pos))
	}
	if slot, has := d.slots[v.Type()]; has {
		return d.slot(n, v, fields, slot) && ok
	}
	for _, e := range n.entries {
		if !known(fields, e.key) {
			d.report.Add(e.pos, fmt.Sprintf("unknown key %q in %s", e.key, n.name), diag.DidYouMean(e.key, keysOf(fields)))
			ok = false
		}
	}
	return ok
}

func (d *decoder) fields(n *Node, v reflect.Value, fields []Field) bool {
	ok := true
	for _, f := range fields {
		target, value := v.FieldByIndex(f.index), n.Key(f.Key)
		switch {
		case value.Present():
			good := d.value(value, target, f)
			if good && f.Required && value.isEmpty() {
				good = d.wrong(value, f.Key+" must not be empty", f.Key+": "+f.Doc)
			}
			ok = good && ok
		case f.Required:
			ok = d.missing(n, f, fields)
		default:
			d.byDefault(target, f)
		}
	}
	return ok
}

// missing reports a required key, unless it is there but misspelt: that is reported already.
func (d *decoder) missing(n *Node, f Field, fields []Field) bool {
	n.faulty = true
	for _, e := range n.entries {
		if near, ok := diag.Nearest(e.key, keysOf(fields)); ok && near == f.Key && !known(fields, e.key) {
			return false
		}
	}
	return d.wrong(n, fmt.Sprintf("%s needs the key %q", n.name, f.Key), f.Key+": "+f.Doc)
}

// byDefault fills in what a key that is absent stands for, in all fields below, too.
func (d *decoder) byDefault(v reflect.Value, f Field) {
	if shapeOf(v.Type()) == asStruct {
		for _, below := range Fields(v.Type()) {
			d.byDefault(v.FieldByIndex(below.index), below)
		}
		return
	}
	if f.Default == "" || !v.IsZero() {
		return
	}
	scratch := diag.NewReport(nil)
	if !(&decoder{d.slots, scratch}).value(&Node{form: filled, name: f.Key, text: f.Default}, v, f) {
		panic(fmt.Sprintf("the default of %s is not a value of its type: %v", f.Key, scratch.Err())) // a mistake in our tags
	}
}

func known(fields []Field, key string) bool {
	for _, f := range fields {
		if f.Key == key {
			return true
		}
	}
	return false
}
