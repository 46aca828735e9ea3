package fields

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Find returns every value that the path leads to; a part of the way that is not there leads to nothing.
func (p Path) Find(v any) []any {
	if p.IsZero() {
		return nil
	}
	found := []any{v}
	for _, s := range p.steps {
		var next []any
		for _, v := range found {
			more, err := s.from(v)
			if err == nil {
				next = append(next, more...)
			}
		}
		found = next
	}
	return found
}

// List returns the items of the list that the path leads to. A way that is not there, or something else at its end, is an
// error: only a list that is there can be empty.
func (p Path) List(v any) ([]any, error) {
	found := []any{v}
	for i, s := range p.steps {
		var next []any
		for _, v := range found {
			more, err := s.from(v)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.upTo(i), err)
			}
			next = append(next, more...)
		}
		found = next
	}
	if len(p.steps) > 0 && p.steps[len(p.steps)-1].kind == eachItem {
		return found, nil
	}
	var items []any
	for _, v := range found {
		list, ok := v.([]any)
		if !ok {
			return nil, fmt.Errorf("%s is %s, not a list", p.text, what(v))
		}
		items = append(items, list...)
	}
	return items, nil
}

// from takes one step. What the step does not find is an error.
func (s step) from(v any) ([]any, error) {
	if s.kind == byName {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("there is %s, which has no field %q", what(v), s.name)
		}
		found, ok := m[s.name]
		if !ok {
			return nil, fmt.Errorf("there is no field %q", s.name)
		}
		return []any{found}, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("there is %s, not a list", what(v))
	}
	switch s.kind {
	case eachItem:
		return list, nil
	case byIndex:
		i := s.index
		if i < 0 {
			i += len(list)
		}
		if i < 0 || i >= len(list) {
			return nil, fmt.Errorf("the list of %d has no item %d", len(list), s.index)
		}
		return list[i : i+1], nil
	default:
		var fitting []any
		for _, item := range list {
			m, _ := item.(map[string]any)
			if text, ok := Text(m[s.name]); ok && text == s.value {
				fitting = append(fitting, item)
			}
		}
		return fitting, nil
	}
}

// upTo says how far the way leads before step i.
func (p Path) upTo(i int) string {
	var b strings.Builder
	for _, s := range p.steps[:i] {
		switch {
		case s.kind == byName && b.Len() > 0:
			b.WriteString("." + s.name)
		case s.kind == byName:
			b.WriteString(s.name)
		case s.kind == byIndex:
			fmt.Fprintf(&b, "[%d]", s.index)
		case s.kind == whereItem:
			fmt.Fprintf(&b, "[%s=%s]", s.name, s.value)
		default:
			b.WriteString("[]")
		}
	}
	if b.Len() == 0 {
		return "at the top of the answer"
	}
	return "at " + b.String()
}

// what names the type of a JSON value.
func what(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a text"
	case bool:
		return "a truth"
	default:
		return "a number"
	}
}

// Text is a plain JSON value as text: a text, a number as it is written, true or false. Others, and an empty text, are none.
func Text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, v != ""
	case json.Number:
		return v.String(), true
	case bool:
		return fmt.Sprint(v), true
	}
	return "", false
}

// Text is the first plain value that the path leads to, as text; "" if there is none.
func (p Path) Text(v any) string {
	for _, found := range p.Find(v) {
		if text, ok := Text(found); ok {
			return text
		}
	}
	return ""
}
