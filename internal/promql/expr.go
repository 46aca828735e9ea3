// Package promql understands what Prometheus is told: expressions, rule files and its configuration. It is the only importer of
// Prometheus' own packages, so that its expressions mean here what they mean there. It asks no server.
package promql

import (
	"errors"
	"fmt"

	"github.com/prometheus/prometheus/promql/parser"
)

// Expr is a parsed expression.
type Expr struct {
	root parser.Expr
}

// SyntaxError is why an expression cannot be parsed.
type SyntaxError struct {
	Msg    string // lower case, no full stop
	Offset int    // in bytes from the beginning of the expression
}

// Error is the message with its place.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%s, at character %d", e.Msg, e.Offset+1) }

// Parse reads an expression. The error is a *SyntaxError.
func Parse(expr string) (*Expr, error) {
	root, err := parser.ParseExpr(expr)
	if err == nil {
		return &Expr{root}, nil
	}
	var all parser.ParseErrors
	if errors.As(err, &all) && len(all) > 0 {
		return nil, &SyntaxError{all[0].Err.Error(), int(all[0].PositionRange.Start)}
	}
	return nil, &SyntaxError{err.Error(), 0}
}

// Canonical is the expression as a server tells it, however it was written in a file.
func (e *Expr) Canonical() string { return e.root.String() }

// Pos is a part of an expression, in bytes from its beginning: from Start to before End.
type Pos struct{ Start, End int }

// at is where a node stands.
func at(n parser.Node) Pos {
	r := n.PositionRange()
	return Pos{int(r.Start), int(r.End)}
}
