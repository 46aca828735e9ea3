package amconfig

import (
	"errors"
	"fmt"

	yaml "github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/failurefriday/friday/internal/diag"
)

// node is one value of a YAML file with its place. Unlike Friday's own files, those of Alertmanager may have anchors,
// aliases, merge keys and whatever else its newer versions understand.
type node struct {
	pos     diag.Pos // of a scalar itself, of the key or the first key of anything larger
	text    string   // of a scalar, without quotes
	scalar  bool
	items   []*node
	entries []entry
}

type entry struct {
	key   string
	pos   diag.Pos
	value *node
}

// reading turns one file into nodes.
type reading struct {
	file    string
	anchors map[string]*node
}

// parse reads the first document of a file. The error names the place of a fault in the YAML itself.
func parse(file string, data []byte) (*node, error) {
	tree, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		at, msg := diag.Pos{File: file}, err.Error()
		var broken yaml.Error
		if errors.As(err, &broken) {
			msg = broken.GetMessage()
			if t := broken.GetToken(); t != nil && t.Position != nil {
				at.Line, at.Col = t.Position.Line, t.Position.Column
			}
		}
		return nil, fmt.Errorf("%s: not valid YAML: %s", at, msg)
	}
	r := reading{file: file, anchors: map[string]*node{}}
	for _, d := range tree.Docs {
		if d.Body != nil && d.Body.Type() != ast.CommentGroupType {
			return r.node(d.Body), nil
		}
	}
	return nil, fmt.Errorf("%s: the file is empty", file)
}

func (r *reading) pos(n ast.Node) diag.Pos {
	at := diag.Pos{File: r.file}
	if t := n.GetToken(); t != nil && t.Position != nil {
		at.Line, at.Col = t.Position.Line, t.Position.Column
	}
	return at
}

func (r *reading) node(n ast.Node) *node {
	made := &node{pos: r.pos(n)}
	switch n := n.(type) {
	case *ast.MappingNode:
		r.entries(made, n.Values)
	case *ast.MappingValueNode:
		r.entries(made, []*ast.MappingValueNode{n})
	case *ast.SequenceNode:
		for _, item := range n.Values {
			made.items = append(made.items, r.node(item))
		}
	case *ast.AnchorNode:
		made = r.node(n.Value)
		r.anchors[n.Name.String()] = made
	case *ast.AliasNode:
		if known := r.anchors[n.Value.String()]; known != nil {
			return known
		}
	case *ast.TagNode:
		return r.node(n.Value)
	case *ast.LiteralNode:
		made.text, made.scalar = n.Value.Value, true
	case *ast.StringNode:
		made.text, made.scalar = n.Value, true
	case *ast.NullNode: // as if it were not there
	default:
		made.text, made.scalar = n.GetToken().Value, true
	}
	return made
}

// entries takes a mapping in: what stands in it itself before what it merges, the last of what is given twice.
func (r *reading) entries(made *node, values []*ast.MappingValueNode) {
	if len(values) > 0 {
		made.pos = r.pos(values[0].Key)
	}
	var merged []*node
	for _, v := range values {
		if _, merge := v.Key.(*ast.MergeKeyNode); merge {
			from := r.node(v.Value)
			merged = append(append(merged, from), from.items...)
			continue
		}
		key := r.node(v.Key)
		made.entries = append(made.entries, entry{key.text, key.pos, r.node(v.Value)})
	}
	for _, m := range merged {
		made.entries = append(append([]entry(nil), m.entries...), made.entries...)
	}
}

// find returns what stands under a key, or nil; null counts as nothing.
func (n *node) find(key string) *node {
	for i := len(n.entries) - 1; i >= 0; i-- {
		if e := n.entries[i]; e.key == key {
			if v := e.value; v.scalar || v.items != nil || v.entries != nil {
				return v
			}
			return nil
		}
	}
	return nil
}

// has reports whether the key is written at all, with whatever value.
func (n *node) has(key string) bool {
	for _, e := range n.entries {
		if e.key == key {
			return true
		}
	}
	return false
}

// word is the scalar under a key, or "".
func (n *node) word(key string) string {
	if v := n.find(key); v != nil {
		return v.text
	}
	return ""
}

// list are the items under a key; a single scalar is a list of one.
func (n *node) list(key string) []*node {
	v := n.find(key)
	switch {
	case v == nil:
		return nil
	case v.scalar:
		return []*node{v}
	}
	return v.items
}

// words are the scalars of a list under a key.
func (n *node) words(key string) []string {
	var all []string
	for _, item := range n.list(key) {
		all = append(all, item.text)
	}
	return all
}

// plain is the node as encoding/json writes it, with every scalar as text.
func (n *node) plain() any {
	switch {
	case n.scalar:
		return n.text
	case n.items != nil:
		all := make([]any, len(n.items))
		for i, item := range n.items {
			all[i] = item.plain()
		}
		return all
	case n.entries != nil:
		all := map[string]any{}
		for _, e := range n.entries {
			all[e.key] = e.value.plain()
		}
		return all
	}
	return nil
}
