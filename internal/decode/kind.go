package decode

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/failurefriday/friday/internal/diag"
)

// Slot is a struct that holds one thing of a list of kinds: besides its own fields, exactly one key names the kind,
// and the value of that key is decoded into what the kind's New returns.
type Slot struct {
	What  string // what the kinds are: "probe"
	Kinds []Kind
	// Set puts what was decoded into the struct, of which holder is the address.
	Set func(holder any, kind string, made any)
}

// Kind is an entry in the list of a Slot.
type Kind struct {
	Name, Summary string
	New           func() any // a pointer to a struct with its defaults
}

func (s Slot) kind(name string) (Kind, bool) {
	for _, k := range s.Kinds {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

func (s Slot) names() []string {
	names := make([]string, len(s.Kinds))
	for i, k := range s.Kinds {
		names[i] = k.Name
	}
	return names
}

// Slots are the structs with a kind, by their type.
type Slots map[reflect.Type]Slot

// slot decodes the one key of n that names a kind.
func (d *decoder) slot(n *Node, v reflect.Value, fields []Field, s Slot) bool {
	var chosen, strange []entry
	for _, e := range n.entries {
		if _, is := s.kind(e.key); is {
			chosen = append(chosen, e)
		} else if !known(fields, e.key) {
			strange = append(strange, e)
		}
	}
	switch {
	case len(chosen) == 0 && len(strange) == 0:
		return d.wrong(n, fmt.Sprintf("%s needs a key that names the %s", n.name, s.What), "one of "+strings.Join(s.names(), ", "))
	case len(chosen) == 0:
		for _, e := range strange {
			d.report.Add(e.pos, fmt.Sprintf("unknown %s %q", s.What, e.key), diag.DidYouMean(e.key, append(s.names(), keysOf(fields)...)))
		}
		return false
	case len(chosen) > 1:
		d.report.Add(chosen[1].pos, fmt.Sprintf("a second %s, %q, in one item", s.What, chosen[1].key), "give it an item of its own")
		return false
	}
	ok := d.kind(chosen[0], v, s)
	for _, e := range strange {
		hint := diag.DidYouMean(e.key, keysOf(fields))
		if made, _ := s.kind(chosen[0].key); known(Fields(reflect.TypeOf(made.New())), e.key) {
			hint = fmt.Sprintf("it belongs below %s: indent it further", chosen[0].key)
		}
		d.report.Add(e.pos, fmt.Sprintf("unknown key %q beside %s", e.key, chosen[0].key), hint)
		ok = false
	}
	return ok
}

// kind decodes the parameters of a kind, and has it check them.
func (d *decoder) kind(e entry, v reflect.Value, s Slot) bool {
	k, _ := s.kind(e.key)
	made := k.New()
	ok := d.value(e.value, reflect.ValueOf(made).Elem(), Field{})
	if pos := v.FieldByName("Pos"); pos.IsValid() && pos.Type() == posType {
		pos.Set(reflect.ValueOf(e.pos))
	}
	s.Set(v.Addr().Interface(), e.key, made)
	return ok && d.check(e.value, made)
}

// check reports the faults that what was decoded from n finds in itself, each where it stands.
func (d *decoder) check(n *Node, made any) bool {
	for _, fault := range faults(made) {
		at, name := n, n.name
		if fault.Field != "" {
			at, name = n.At(fault.Field), fault.Field
		}
		if fault.Secret {
			d.report.Hide(at.text)
		}
		n.faulty = !d.wrong(at, name+": "+fault.Msg, "")
	}
	return !n.faulty
}

// faults is what a kind has to say about its parameters.
func faults(kind any) []diag.FieldError {
	switch k := kind.(type) {
	case diag.Checker:
		return k.Check()
	case diag.Validator:
		return k.Validate()
	}
	return nil
}
