// Package yamltree reads YAML that others wrote for other programs: every value with its place, with anchors, aliases, merge
// keys and whatever else their own readers understand. It refuses nothing but what is not YAML.
package yamltree

import (
	"errors"
	"fmt"

	yaml "github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/failurefriday/friday/internal/diag"
)

// Style is how a scalar is written, which tells where its characters stand in the file.
type Style int

// The styles of scalars.
const (
	Plain   Style = iota // character by character as in the file
	Quoted               // escapes may make it differ from the file
	Literal              // "|": line by line as in the file, from the line after Pos on
	Folded               // ">": lines may be joined
)

// Node is one value with its place.
type Node struct {
	Pos     diag.Pos // of a scalar itself, of the key or the first key of anything larger
	Text    string   // of a scalar, without quotes
	Scalar  bool
	Style   Style
	Items   []*Node
	Entries []Entry
}

// Entry is one key of a mapping with its value. A key that is given twice has two entries; the last one counts.
type Entry struct {
	Key   string
	Pos   diag.Pos
	Value *Node
}

// Parse reads every document of a file, of which empty ones are left out. File is what places are named by. The error names
// the place of a fault in the YAML.
func Parse(file string, data []byte) ([]*Node, error) {
	tree, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, fault(file, err)
	}
	var all []*Node
	for _, d := range tree.Docs {
		r := reading{file: file, anchors: map[string]*Node{}}
		if d.Body != nil && d.Body.Type() != ast.CommentGroupType {
			all = append(all, r.node(d.Body))
		}
	}
	return all, nil
}

func fault(file string, err error) error {
	at, msg := diag.Pos{File: file}, err.Error()
	var broken yaml.Error
	if errors.As(err, &broken) {
		msg = broken.GetMessage()
		if t := broken.GetToken(); t != nil && t.Position != nil {
			at.Line, at.Col = t.Position.Line, t.Position.Column
		}
	}
	return diag.Problems{{Pos: at, Msg: fmt.Sprintf("not valid YAML: %s", msg)}}
}

// reading turns one document into nodes.
type reading struct {
	file    string
	anchors map[string]*Node
}

func (r *reading) pos(n ast.Node) diag.Pos {
	at := diag.Pos{File: r.file}
	if t := n.GetToken(); t != nil && t.Position != nil {
		at.Line, at.Col = t.Position.Line, t.Position.Column
	}
	return at
}

func (r *reading) node(n ast.Node) *Node {
	made := &Node{Pos: r.pos(n)}
	switch n := n.(type) {
	case *ast.MappingNode:
		r.entries(made, n.Values)
	case *ast.MappingValueNode:
		r.entries(made, []*ast.MappingValueNode{n})
	case *ast.SequenceNode:
		for _, item := range n.Values {
			made.Items = append(made.Items, r.node(item))
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
		made.Text, made.Scalar, made.Style = n.Value.Value, true, Literal
		if n.Start.Type == token.FoldedType {
			made.Style = Folded
		}
	case *ast.StringNode:
		made.Text, made.Scalar = n.Value, true
		if n.Token.Type == token.DoubleQuoteType || n.Token.Type == token.SingleQuoteType {
			made.Style = Quoted
		}
	case *ast.NullNode: // as if it were not there
	default:
		made.Text, made.Scalar = n.GetToken().Value, true
	}
	return made
}

// entries takes a mapping in: what it merges before what stands in it itself, which counts.
func (r *reading) entries(made *Node, values []*ast.MappingValueNode) {
	if len(values) > 0 {
		made.Pos = r.pos(values[0].Key)
	}
	var merged []*Node
	for _, v := range values {
		if _, merge := v.Key.(*ast.MergeKeyNode); merge {
			from := r.node(v.Value)
			merged = append(append(merged, from), from.Items...)
			continue
		}
		key := r.node(v.Key)
		made.Entries = append(made.Entries, Entry{key.Text, key.Pos, r.node(v.Value)})
	}
	for _, m := range merged {
		made.Entries = append(append([]Entry(nil), m.Entries...), made.Entries...)
	}
}
