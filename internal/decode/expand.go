package decode

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/failurefriday/friday/internal/diag"
)

// VariableName is what a variable may be called, and VariableNameWords says it in words.
const (
	VariableName      = `^[A-Za-z_][A-Za-z0-9_-]*$`
	VariableNameWords = "letters, digits, dashes and underscores, not beginning with a digit"
)

var variableName = regexp.MustCompile(VariableName)

// Lookup returns the value of a variable that is used at pos. ok is false if it has none; Lookup has then seen to it
// that the report says so.
type Lookup func(name string, pos diag.Pos) (value string, ok bool)

// Expand replaces ${name} in every scalar at and below n; $${ stands for a plain ${. Keys are left alone. A scalar in
// which something was replaced takes any type that is asked of it.
func (n *Node) Expand(lookup Lookup, report *diag.Report) {
	switch n.form {
	case list:
		for _, item := range n.items {
			item.Expand(lookup, report)
		}
	case mapping:
		for _, e := range n.entries {
			e.value.Expand(lookup, report)
		}
	case text:
		n.fill(lookup, report)
	}
}

func (n *Node) fill(lookup Lookup, report *diag.Report) {
	if !strings.Contains(n.text, "${") {
		return
	}
	var out strings.Builder
	rest, made := n.text, form(text)
	for {
		i := strings.Index(rest, "${")
		if i < 0 {
			break
		}
		if i > 0 && rest[i-1] == '$' {
			out.WriteString(rest[:i-1] + "${")
			rest = rest[i+2:]
			continue
		}
		name, after, closed := strings.Cut(rest[i+2:], "}")
		if !closed || !variableName.MatchString(name) {
			report.Add(n.Pos, "${ begins a variable, but no ${name} follows", "write $${ for a plain ${")
			made = broken
			out.WriteString(rest[:i+2])
			rest = rest[i+2:]
			continue
		}
		value, ok := lookup(name, n.Pos)
		if made == text {
			made = filled
		}
		if !ok {
			made = broken
		}
		out.WriteString(rest[:i] + value)
		rest = after
	}
	n.raw, n.text, n.form = n.text, out.String()+rest, made
}

// origin tells in a hint what a variable stood for, where that matters.
func (n *Node) origin() string {
	if n.form != filled {
		return ""
	}
	return fmt.Sprintf("%s stands for %q here", n.raw, n.text)
}
