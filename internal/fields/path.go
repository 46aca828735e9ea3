// Package fields reads what it needs from JSON of any shape, by paths that a user writes: which field is the id of an
// incident, which one its time, which words mean that it is over.
package fields

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Path leads to a place in a JSON value, decoded with json.Decoder.UseNumber. The zero Path leads nowhere.
//
//	a.b            a field of a field
//	a["x y"].b     a name with any character
//	a[0], a[-1]    an item of a list, from its end if negative
//	a[].id         all items of a list
//	a[name=x].at   the items of a list whose field name is x, or "x y"
//	$              the whole value; $[].id where it is a list
type Path struct {
	text  string
	steps []step
}

type kind int

const (
	byName kind = iota
	byIndex
	eachItem
	whereItem
)

type step struct {
	kind  kind
	name  string // of a field
	value string // that the field must have (whereItem)
	index int
}

const (
	longest = 500 // characters of a path
	deepest = 32  // steps of a path
)

// Parse reads a path. The error says where it goes wrong.
func Parse(text string) (Path, error) {
	if len(text) > longest {
		return Path{}, fmt.Errorf("the path is longer than %d characters", longest)
	}
	p := parser{text: text}
	if err := p.run(); err != nil {
		return Path{}, fmt.Errorf("the path %q: %w", text, err)
	}
	if len(p.steps) > deepest {
		return Path{}, fmt.Errorf("the path %q has more than %d steps", text, deepest)
	}
	return Path{text: text, steps: p.steps}, nil
}

// Must is Parse for paths that are known to be good; it panics on others.
func Must(text string) Path {
	p, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return p
}

// UnmarshalText reads a path.
func (p *Path) UnmarshalText(text []byte) (err error) {
	*p, err = Parse(string(text))
	return err
}

// MarshalText writes the path as it was written.
func (p Path) MarshalText() ([]byte, error) { return []byte(p.text), nil }

// String is the path as it was written.
func (p Path) String() string { return p.text }

// IsZero reports whether the path leads nowhere.
func (p Path) IsZero() bool { return p.text == "" }

// parser reads a path from left to right.
type parser struct {
	text  string
	at    int
	steps []step
}

func (p *parser) run() error {
	switch {
	case p.text == "":
		return errors.New("is empty")
	case p.peek() == '$' && (len(p.text) == 1 || p.text[1] == '[' || p.text[1] == '.'):
		p.at++
	case p.peek() != '[':
		if err := p.name(); err != nil {
			return err
		}
	}
	for p.at < len(p.text) {
		var err error
		switch p.peek() {
		case '.':
			p.at++
			err = p.name()
		case '[':
			p.at++
			err = p.bracket()
		default:
			err = p.want(`"." or "["`)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) want(what string) error {
	if p.at >= len(p.text) {
		return fmt.Errorf("want %s at its end", what)
	}
	return fmt.Errorf("want %s at character %d, not %.20q", what, p.at+1, p.text[p.at:])
}

// name reads a plain name: up to the next dot or bracket, with no white space or quotes.
func (p *parser) name() error {
	end := strings.IndexAny(p.text[p.at:], ".[]\"= \t\n")
	if end < 0 {
		end = len(p.text) - p.at
	}
	if end == 0 {
		return p.want("the name of a field")
	}
	p.steps = append(p.steps, step{kind: byName, name: p.text[p.at : p.at+end]})
	p.at += end
	return nil
}

// bracket reads what stands behind an opening bracket, and the closing one.
func (p *parser) bracket() error {
	var s step
	switch c := p.peek(); {
	case c == ']':
		s.kind = eachItem
	case c == '"':
		name, err := p.quoted()
		if err != nil {
			return err
		}
		s = step{kind: byName, name: name}
		if p.peek() == '=' {
			return p.where(name)
		}
	default:
		end := strings.IndexAny(p.text[p.at:], "]=")
		if end < 0 {
			p.at = len(p.text)
			return p.want(`"]"`)
		}
		word := p.text[p.at : p.at+end]
		if p.text[p.at+end] == '=' && word != "" {
			p.at += end
			return p.where(word)
		}
		index, err := strconv.Atoi(word)
		if err != nil {
			return p.want(`a number, a name in quotes, name=value or nothing in the brackets`)
		}
		s = step{kind: byIndex, index: index}
		p.at += end
	}
	return p.closed(s)
}

// where reads the value that a field of the item must have.
func (p *parser) where(name string) error {
	p.at++
	s := step{kind: whereItem, name: name}
	if p.peek() == '"' {
		value, err := p.quoted()
		if err != nil {
			return err
		}
		s.value = value
		return p.closed(s)
	}
	end := strings.IndexByte(p.text[p.at:], ']')
	if end <= 0 {
		return p.want("a value")
	}
	s.value = p.text[p.at : p.at+end]
	p.at += end
	return p.closed(s)
}

func (p *parser) closed(s step) error {
	if p.peek() != ']' {
		return p.want(`"]"`)
	}
	p.at++
	p.steps = append(p.steps, s)
	return nil
}

// quoted reads a name in double quotes, with the escapes of Go.
func (p *parser) quoted() (string, error) {
	prefix, err := strconv.QuotedPrefix(p.text[p.at:])
	if err != nil {
		return "", p.want("a closing quote")
	}
	name, err := strconv.Unquote(prefix)
	if err != nil {
		return "", p.want("a name in quotes")
	}
	p.at += len(prefix)
	return name, nil
}
