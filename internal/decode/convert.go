package decode

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/failurefriday/friday/internal/diag"
)

// node converts a value. holder is where its key stands, or its dash; zero if it has neither.
func (p *parsing) node(n ast.Node, holder diag.Pos, name string, depth int) *Node {
	made := &Node{Pos: p.pos(n.GetToken()), name: name, form: broken}
	if depth > maxDepth {
		p.tooDeep(made.Pos)
		return made
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		p.mapping(made, n.Values, depth)
		made.Pos = orElse(holder, p.start(n))
	case *ast.MappingValueNode:
		p.mapping(made, []*ast.MappingValueNode{n}, depth)
		made.Pos = orElse(holder, p.pos(n.Key.GetToken()))
	case *ast.SequenceNode:
		p.list(made, n, depth)
		made.Pos = orElse(holder, made.Pos)
	case *ast.NullNode:
		made.form, made.Pos = null, orElse(holder, made.Pos)
	case *ast.StringNode:
		made.form, made.text = text, n.Value
		if n.Token.Type == token.StringType && wholeNumber.MatchString(n.Value) {
			made.form = number // one that does not fit into 64 bits
		}
	case *ast.LiteralNode:
		made.form, made.text = text, n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		made.form, made.text = number, n.GetToken().Value
	case *ast.BoolNode:
		made.form, made.text = boolean, n.GetToken().Value
	default:
		p.foreign(n, made.Pos)
	}
	return made
}

// foreign reports what YAML has and Friday's files have not: each thing stands where it is used.
func (p *parsing) foreign(n ast.Node, at diag.Pos) {
	switch n := n.(type) {
	case *ast.AnchorNode:
		p.report.Add(at, "YAML anchors (&name) are not supported", `use a variable, or quotes if a plain "&" is meant`)
	case *ast.AliasNode:
		p.report.Add(at, "YAML aliases (*name) are not supported", `use a variable, or quotes if a plain "*" is meant`)
	case *ast.TagNode:
		written := n.GetToken().Value
		p.report.Add(at, fmt.Sprintf("YAML tags (%s) are not supported", written), fmt.Sprintf("if %q is meant as text, put it in quotes", written))
	case *ast.MergeKeyNode:
		p.report.Add(at, "YAML merge keys (<<) are not supported", "write the keys out")
	case *ast.MappingKeyNode, *ast.NullNode:
		p.report.Add(at, "a key must be plain text", "")
	default:
		p.report.Add(at, "this form of YAML is not supported", "")
	}
}

func (p *parsing) mapping(made *Node, values []*ast.MappingValueNode, depth int) {
	made.form = mapping
	for _, v := range values {
		at := p.pos(v.Key.GetToken())
		key, ok := keyText(v.Key)
		if !ok {
			p.foreign(v.Key, at)
			made.faulty = true
			continue
		}
		if first, twice := made.entry(key); twice {
			p.report.Add(at, fmt.Sprintf("the key %q is given twice", key), fmt.Sprintf("the first one is on line %d", first.pos.Line))
			made.faulty = true
			continue
		}
		made.entries = append(made.entries, entry{key, at, p.node(v.Value, at, key, depth+1)})
	}
}

// keyText reads a key; what YAML takes for a number or a truth is text here.
func keyText(key ast.MapKeyNode) (string, bool) {
	switch key := key.(type) {
	case *ast.StringNode:
		return key.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return key.GetToken().Value, true
	}
	return "", false
}

func (p *parsing) list(made *Node, n *ast.SequenceNode, depth int) {
	made.form = list
	for i, v := range n.Values {
		var dash diag.Pos
		if _, empty := v.(*ast.NullNode); empty && !n.IsFlowStyle && i < len(n.Entries) {
			dash = p.pos(n.Entries[i].Start)
		}
		made.items = append(made.items, p.node(v, dash, "an item of "+made.name, depth+1))
	}
}

// start is where a mapping begins: its brace, or its first key.
func (p *parsing) start(n *ast.MappingNode) diag.Pos {
	if len(n.Values) > 0 && n.GetToken().Type != token.MappingStartType {
		return p.pos(n.Values[0].Key.GetToken())
	}
	return p.pos(n.GetToken())
}

func orElse(a, b diag.Pos) diag.Pos {
	if a.Line > 0 {
		return a
	}
	return b
}
