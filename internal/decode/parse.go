package decode

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	yaml "github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/failurefriday/friday/internal/diag"
)

// Bounds of a file. Nobody writes more by hand, and the parser's time grows with the square of both.
const (
	maxSize  = 64 << 10
	maxDepth = 32
)

// Parse reads one YAML document. What is wrong with it goes into the report; nil means that nothing could be read at
// all, and the report says why.
func Parse(file string, data []byte, report *diag.Report) *Node {
	p := parsing{file: file, report: report}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if len(data) > maxSize {
		report.Add(diag.Pos{File: file}, fmt.Sprintf("the file has %d bytes; more than %d are not read", len(data), maxSize), "")
		return nil
	}
	if !p.readable(data) {
		return nil
	}
	tokens := lexer.Tokenize(string(data))
	if !p.shallow(tokens) {
		return nil
	}
	tree, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		p.syntax(err)
		return nil
	}
	return p.document(tree)
}

type parsing struct {
	file   string
	report *diag.Report
}

func (p *parsing) pos(t *token.Token) diag.Pos {
	if t == nil || t.Position == nil {
		return diag.Pos{File: p.file}
	}
	return diag.Pos{File: p.file, Line: t.Position.Line, Col: t.Position.Column}
}

// readable refuses what is not text.
func (p *parsing) readable(data []byte) bool {
	line, col := 1, 1
	for i := 0; i < len(data); {
		c, size := utf8.DecodeRune(data[i:])
		pos := diag.Pos{File: p.file, Line: line, Col: col}
		switch {
		case c == utf8.RuneError && size == 1:
			p.report.Add(pos, fmt.Sprintf("the file is not UTF-8: byte 0x%02x", data[i]), "save the file as UTF-8")
			return false
		case c < ' ' && c != '\n' && c != '\r' && c != '\t':
			p.report.Add(pos, fmt.Sprintf("the file has the control character 0x%02x", data[i]), "")
			return false
		case c == '\n':
			line, col = line+1, 0
		}
		i, col = i+size, col+1
	}
	return true
}

// shallow refuses deep nesting in flow style before the parser spends its time on it.
func (p *parsing) shallow(tokens token.Tokens) bool {
	depth := 0
	for _, t := range tokens {
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			depth++
		case token.MappingEndType, token.SequenceEndType:
			depth--
		}
		if depth > maxDepth {
			p.tooDeep(p.pos(t))
			return false
		}
	}
	return true
}

func (p *parsing) tooDeep(at diag.Pos) {
	p.report.Add(at, fmt.Sprintf("more than %d levels of nesting", maxDepth), "")
}

// syntax reports the parser's own complaint.
func (p *parsing) syntax(err error) {
	var broken yaml.Error
	if !errors.As(err, &broken) {
		p.report.Add(diag.Pos{File: p.file}, "not valid YAML: "+err.Error(), "")
		return
	}
	msg := strings.ReplaceAll(broken.GetMessage(), "\t", `\t`)
	p.report.Add(p.pos(broken.GetToken()), "not valid YAML: "+msg, syntaxHint(msg, broken.GetToken()))
}

// syntaxHint knows the mistakes that people make most.
func syntaxHint(msg string, t *token.Token) string {
	switch {
	case t != nil && t.Prev != nil && strings.HasSuffix(t.Prev.Value, "$"):
		return `inside { } and [ ] a variable needs quotes: "${name}"`
	case strings.Contains(msg, `\t`) || strings.Contains(msg, "tab character"):
		return "indent with spaces"
	case strings.Contains(msg, "tag"):
		return "if a plain ! is meant, put the text in quotes"
	case strings.Contains(msg, "mapping value is not allowed"):
		return "a text with a colon and a space in it needs quotes"
	}
	return ""
}

// document converts the only document of the file.
func (p *parsing) document(tree *ast.File) *Node {
	var root *Node
	for _, d := range tree.Docs {
		if directive, ok := d.Body.(*ast.DirectiveNode); ok {
			p.report.Add(p.pos(directive.GetToken()), "YAML directives are not supported", "leave the line out")
			continue
		}
		if root != nil {
			at := d.Start
			if at == nil && d.Body != nil {
				at = d.Body.GetToken()
			}
			p.report.Add(p.pos(at), "the file has more than one document", "put each one into a file of its own")
			break
		}
		if d.Body != nil {
			root = p.node(d.Body, diag.Pos{}, "the file", 0)
		}
	}
	if root == nil {
		p.report.Add(diag.Pos{File: p.file}, "the file is empty", "")
	}
	return root
}
