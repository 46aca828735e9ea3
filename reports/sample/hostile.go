package sample

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// Hostile is what a title from outside may hold.
var Hostile = []string{
	`<script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>' onload='alert(1)`,
	"javascript:alert(1)",
	"\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m\x1b[1A\x9b2J",
	"a|b `c` [x](javascript:alert(1)) ![i](http://evil.example/i.png) **bold** </details> @here",
	"one\ntwo\r\n# three\r- four\u2028five\tsix\n```\nseven",
	"\u202edesrever\u2066\u200b\ufeff",
	"]]></system-out><x/>\x00\x0b\xff\xfe\ufffe&amp;{{.}}",
	strings.Repeat("long", 100) + strings.Repeat("漢字", 60),
}

// CheckPlain fails if the line holds anything that a reader cannot see.
func CheckPlain(t testing.TB, line string) {
	t.Helper()
	if !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
		t.Errorf("not plain: %q", line)
	}
}
