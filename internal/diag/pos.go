// Package diag tells a person what is wrong in a file of theirs: where, what, and the nearest right thing.
package diag

import "fmt"

// Pos is a place in a file; line and column count from 1, columns in characters. The zero Pos is "nowhere".
type Pos struct {
	File      string
	Line, Col int
}

// String is file:line:col.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// FieldError is a fault in one parameter, found by the kind that owns it. Field is the dotted path of yaml keys below
// the kind ("match.name"); empty means the kind as a whole.
type FieldError struct {
	Field  string
	Msg    string // lower case, no full stop
	Secret bool   // what stands there may be a secret: it is not shown
}

// Checker is implemented by kinds that have more to say about their parameters than their types do. All faults at once.
type Checker interface {
	Check() []FieldError
}

// Validator is Checker for kinds whose Check means something else: that of a probe looks at the world.
type Validator interface {
	Validate() []FieldError
}
