// Package decode reads strict YAML into Go structs: it takes nothing that it does not understand, and tells every
// problem of a file at once, each with its place.
//
// A file is parsed into a tree of Nodes, variables are filled in there, and the tree is decoded into structs by these
// tags, which the JSON Schema and the documentation are made from, too:
//
//	yaml:"key"       the key; "key,scalar" takes any scalar as text; ",inline" takes the fields of an embedded struct
//	doc:"…"          one line of help
//	default:"…"      value of an absent key
//	required:"true"  the key must be there and not be empty
//	min:"…"          smallest value of a number or a duration
//	pattern:"…"      regular expression for a text; keys:"…" for the keys of a map; want:"…" says it in words
package decode

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/failurefriday/friday/internal/diag"
)

type form int

const (
	absent  form = iota // asked for, but not in the file
	broken              // something is wrong here that has been reported already
	null                // nothing after the colon, or ~
	text                // quoted, block or plain text
	number              // plain scalar that YAML takes for a number
	boolean             // true, false
	filled              // scalar that held a variable: it takes the type that is asked of it
	list
	mapping
)

// Node is one value of a YAML file.
type Node struct {
	Pos diag.Pos // where a reader should look: a scalar itself, the key of anything larger

	name    string // "hold", "an item of steps": for messages
	form    form
	text    string // of a scalar, as written but for quotes and escapes
	raw     string // of a filled scalar: before
	items   []*Node
	entries []entry
	faulty  bool // decoding found a problem here or below
}

type entry struct {
	key   string
	pos   diag.Pos
	value *Node
}

// Present reports whether the value is in the file.
func (n *Node) Present() bool { return n.form != absent }

// Sound reports whether n was decoded without a problem; what is not sound is not worth further checks.
func (n *Node) Sound() bool { return !n.faulty && n.form != broken }

// Text is a scalar as written, or the items of a list of scalars joined by spaces, or "".
func (n *Node) Text() string {
	if n.form != list {
		return n.text
	}
	words := make([]string, len(n.items))
	for i, item := range n.items {
		words[i] = item.text
	}
	return strings.Join(words, " ")
}

// Key returns the value under a key. If there is none the answer is not Present and stands where n does.
func (n *Node) Key(key string) *Node {
	if e, ok := n.entry(key); ok {
		return e.value
	}
	return &Node{Pos: n.Pos, name: key}
}

// Item returns an item of a list. If there is none the answer is not Present and stands where n does.
func (n *Node) Item(i int) *Node {
	if i < 0 || i >= len(n.items) {
		return &Node{Pos: n.Pos, name: n.name}
	}
	return n.items[i]
}

// At returns the value at a path of keys and item numbers from 0, "services[0].name" or "services.0.name", or its
// nearest ancestor in the file.
func (n *Node) At(path string) *Node {
	at := n
	for step := range strings.SplitSeq(strings.NewReplacer("[", ".", "]", "").Replace(path), ".") {
		next := at.Key(step)
		if i, err := strconv.Atoi(step); err == nil && at.form == list {
			next = at.Item(i)
		}
		if !next.Present() {
			return at
		}
		at = next
	}
	return at
}

// Drop removes a key from a mapping.
func (n *Node) Drop(key string) {
	n.entries = slices.DeleteFunc(n.entries, func(e entry) bool { return e.key == key })
}

func (n *Node) entry(key string) (entry, bool) {
	i := slices.IndexFunc(n.entries, func(e entry) bool { return e.key == key })
	if i < 0 {
		return entry{}, false
	}
	return n.entries[i], true
}

// Digest is a SHA-256 in hexadecimal of what n says, whatever the order of its keys, its quotes and its comments.
func (n *Node) Digest() string {
	sum := sha256.Sum256(n.canonical(nil))
	return hex.EncodeToString(sum[:])
}

func (n *Node) canonical(b []byte) []byte {
	switch n.form {
	case list:
		b = append(b, '[')
		for _, item := range n.items {
			b = append(item.canonical(b), ',')
		}
		return append(b, ']')
	case mapping:
		sorted := slices.SortedFunc(slices.Values(n.entries), func(a, b entry) int { return strings.Compare(a.key, b.key) })
		b = append(b, '{')
		for _, e := range sorted {
			b = append(strconv.AppendQuote(b, e.key), ':')
			b = append(e.value.canonical(b), ',')
		}
		return append(b, '}')
	default:
		return strconv.AppendQuote(b, n.text)
	}
}
