package decode

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/secret"
)

type inner struct {
	A int    `yaml:"a" default:"7" doc:"a number"`
	B string `yaml:"b"`
}

type base struct {
	Host string `yaml:"host" default:"localhost"`
}

type everything struct {
	Base   base                     `yaml:",inline"`
	Text   string                   `yaml:"text" doc:"words"`
	Word   string                   `yaml:"word" pattern:"^[a-z]+$" want:"small letters"`
	Int    int                      `yaml:"int" min:"-5"`
	Small  int8                     `yaml:"small"`
	Size   uint16                   `yaml:"size"`
	Ratio  float64                  `yaml:"ratio"`
	Flag   bool                     `yaml:"flag"`
	On     bool                     `yaml:"on" default:"true"`
	Span   time.Duration            `yaml:"span" default:"5s" min:"1s"`
	List   []string                 `yaml:"list"`
	Spans  []time.Duration          `yaml:"spans" min:"1s"`
	Map    map[string]int           `yaml:"map" keys:"^[a-z]$" want:"one small letter"`
	Inner  inner                    `yaml:"inner"`
	Maybe  *inner                   `yaml:"maybe"`
	Items  []inner                  `yaml:"items"`
	Named  map[string]inner         `yaml:"named"`
	Which  match.Pattern            `yaml:"which"`
	Labels map[string]match.Pattern `yaml:"labels"`
	When   time.Time                `yaml:"when"`
	Any    string                   `yaml:"any,scalar"`
	Hidden string                   `yaml:"-"`

	Pos diag.Pos `yaml:"-"`
}

func decodeText(t *testing.T, text string) (everything, error) {
	t.Helper()
	var got everything
	report := diag.NewReport([]byte(text))
	if root := Parse("f", []byte(text), report); root != nil {
		Into(root, &got, nil, report)
	}
	return got, report.Err()
}

func TestEveryTypeIsRead(t *testing.T) {
	got, err := decodeText(t, `
host: example
text: 1.10
word: abc
int: -5
small: 127
size: 65535
ratio: 0.25
flag: true
on: false
span: 1h30m1.5s
list: [a, 007]
spans: [1s, 2m]
map: {a: 1, b: +2}
inner: {a: 1}
maybe: {b: x}
items: [{a: 2}, {b: "y"}]
named: {one: {a: 3}, 404: {}}
which: [a, /b/]
labels: {code: 500}
when: 2026-01-02T03:04:05Z
any: true
`)
	if err != nil {
		t.Fatal(err)
	}
	want := everything{
		Base: base{"example"}, Text: "1.10", Word: "abc", Int: -5, Small: 127, Size: 65535, Ratio: 0.25, Flag: true,
		Span: 90*time.Minute + 1500*time.Millisecond, List: []string{"a", "007"}, Spans: []time.Duration{time.Second, 2 * time.Minute},
		Map: map[string]int{"a": 1, "b": 2}, Inner: inner{A: 1}, Maybe: &inner{7, "x"}, Items: []inner{{A: 2}, {7, "y"}},
		Named: map[string]inner{"one": {A: 3}, "404": {A: 7}}, Which: match.Must("a", "/b/"),
		Labels: map[string]match.Pattern{"code": match.Must("500")}, When: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Any: "true",
		Pos: diag.Pos{File: "f", Line: 2, Col: 1},
	}
	patterns := cmp.Transformer("Texts", match.Pattern.Texts)
	if diff := cmp.Diff(want, got, patterns, cmp.AllowUnexported(everything{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAbsentKeysTakeTheirDefaults(t *testing.T) {
	got, err := decodeText(t, "{}")
	if err != nil {
		t.Fatal(err)
	}
	if got.Base.Host != "localhost" || got.Span != 5*time.Second || got.Inner.A != 7 || !got.On || got.Maybe != nil {
		t.Errorf("got %+v", got)
	}
	filled := everything{Span: time.Minute}
	report := diag.NewReport(nil)
	Into(Parse("f", []byte("{}"), report), &filled, nil, report)
	if filled.Span != time.Minute {
		t.Errorf("what was there already is lost: %s", filled.Span)
	}
}

func TestWrongValuesAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"small: 128":                   "f:1:8: small is out of range: 128",
		"size: -1":                     "f:1:7: size must be at least 0, not -1",
		"size: 65536":                  "f:1:7: size is out of range: 65536",
		"int: -6":                      "f:1:6: int must be at least -5, not -6",
		"int: 010":                     "f:1:6: int must be a whole number, not the number 010",
		"int: 1_000":                   "f:1:6: int must be a whole number, not the number 1_000",
		"int: [1]":                     "f:1:1: int must be a whole number, not a list",
		"ratio: .nan":                  "f:1:8: ratio must be a number, not the number .nan",
		"ratio: {}":                    "f:1:1: ratio must be a number, not a mapping",
		"flag: 1":                      "f:1:7: flag must be true or false, not the number 1",
		"flag: off":                    "f:1:7: flag must be true or false, not \"off\"",
		"span: 1d":                     "f:1:7: span must be a duration such as 90s, 5m or 1h30m, not \"1d\"",
		"span: 999ms":                  "f:1:7: span must be at least 1s, not 999ms",
		"span: -1h":                    "f:1:7: span must not be negative, but is -1h",
		"span: {}":                     "f:1:1: span must be a duration such as 90s, 5m or 1h30m, not a mapping",
		"spans: [1s, 1ms]":             "f:1:13: an item of spans must be at least 1s, not 1ms",
		"word: A":                      "f:1:7: word is \"A\": want small letters",
		"list: {a: b}":                 "f:1:1: list must be a list, not a mapping",
		"list: [a, [b]]":               "f:1:11: an item of list must be text, not a list",
		"list:\n- a\n-":                "f:3:1: an item of list has no value",
		"map: [1]":                     "f:1:1: map must be a mapping of keys to values, not a list",
		"map: {A: 1}":                  "f:1:7: \"A\" cannot be a name in map: want one small letter",
		"map: {a: x}":                  "f:1:10: a must be a whole number, not \"x\"",
		"inner: 3":                     "f:1:8: inner must be a mapping of keys to values, not the number 3",
		"inner: {c: 1}":                "f:1:9: unknown key \"c\" in inner",
		"named: {x: {a: b}}":           "f:1:16: a must be a whole number, not \"b\"",
		"maybe: ~":                     "f:1:1: maybe has no value",
		"which: {}":                    "f:1:1: which must be text, not a mapping",
		"which: [a, {}]":               "f:1:12: an item of which must be text, not a mapping",
		"which: /a":                    "f:1:8: which: regular expression /a has no closing slash",
		"when: yesterday":              "f:1:7: when: parsing time \"yesterday\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"yesterday\" as \"2006\"",
		"Hidden: x":                    "f:1:1: unknown key \"Hidden\" in the file",
		"text: a\ntext: b":             "f:2:1: the key \"text\" is given twice",
		"~: a":                         "f:1:1: a key must be plain text",
		"*a : b":                       "f:1:1: YAML aliases (*name) are not supported",
		"text: |\n  a\nint: x":         "f:3:6: int must be a whole number, not \"x\"",
		"日本: x":                        "f:1:1: unknown key \"日本\" in the file",
		"inner: {b: é, ü: 1}":          "f:1:15: unknown key \"ü\" in inner",
		"text: a\n...\n---\ntext: b\n": "f:3:1: the file has more than one document",
	} {
		_, err := decodeText(t, text)
		problems := diag.All(err)
		if len(problems) != 1 {
			t.Errorf("%q: %d problems: %v", text, len(problems), err)
			continue
		}
		if got := problems[0].Pos.String() + ": " + problems[0].Msg; got != want {
			t.Errorf("%q:\ngot  %s\nwant %s", text, got, want)
		}
	}
}

func TestDeepFilesAreRefusedInTime(t *testing.T) {
	for name, text := range map[string]string{
		"flow lists":    "list: " + strings.Repeat("[", 50_000),
		"flow mappings": strings.Repeat("{a: ", 15_000),
		"dashes":        strings.Repeat("- ", 10_000) + "a",
	} {
		_, err := decodeText(t, text)
		if problems := diag.All(err); len(problems) == 0 || !strings.Contains(err.Error(), "levels of nesting") {
			t.Errorf("%s: %.200v", name, err)
		}
	}
}

type checked struct {
	Items []inner `yaml:"items"`
}

func (c *checked) Check() []diag.FieldError {
	return []diag.FieldError{
		{Field: "items[1].b", Msg: "is bad"},
		{Field: "items.0.a", Msg: "is absent"},
		{Field: "items.7", Msg: "is too far"},
		{Field: "", Msg: "is all wrong"},
	}
}

func TestFaultsThatAKindFindsStandWhereTheyAre(t *testing.T) {
	text := []byte("items:\n- b: x\n- a: 1\n  b: y\n")
	report := diag.NewReport(text)
	Into(Parse("f", text, report), &checked{}, nil, report)
	var got []string
	for _, p := range diag.All(report.Err()) {
		got = append(got, p.Pos.String()+": "+p.Msg)
	}
	want := []string{"f:1:1: items.7: is too far", "f:1:1: the file: is all wrong", "f:2:3: items.0.a: is absent", "f:4:6: items[1].b: is bad"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	report = diag.NewReport(nil)
	Into(Parse("f", []byte("items: x"), report), &checked{}, nil, report)
	if n := len(diag.All(report.Err())); n != 1 {
		t.Errorf("what could not be read is checked all the same: %v", report.Err())
	}
}

func TestMistakesInTagsDoNotPassUnseen(t *testing.T) {
	if _, err := Schema(reflect.TypeFor[struct {
		C chan int `yaml:"c"`
	}](), nil, false); err == nil || !strings.Contains(err.Error(), "c: no file can hold a chan int") {
		t.Errorf("a schema of a channel: %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a bad default is taken")
		}
	}()
	report := diag.NewReport(nil)
	Into(Parse("f", []byte("{}"), report), &struct {
		N int `yaml:"n" default:"many"`
	}{}, nil, report)
}

func TestExpandFillsValuesAndLeavesTheRest(t *testing.T) {
	for text, want := range map[string]string{
		"text: ${a}":             "1",
		"text: x${a}y${b}":       "x1ytwo",
		"text: $${a}":            "${a}",
		"text: $$${a}":           "$${a}",
		"text: cost $5 $a {a}":   "cost $5 $a {a}",
		"text: '${a}$${b}${b}'":  "1${b}two",
		"text: |-\n  a\n  ${b}":  "a\ntwo",
		"text: ${c}":             "${a}", // a value is not expanded again
		"text: ${nested${a}}":    "",
		"text: ${}":              "",
		"text: a ${":             "",
		"text: ${unknown}":       "",
		"text: ${a} ${unknown}!": "",
	} {
		report := diag.NewReport([]byte(text))
		root := Parse("f", []byte(text), report)
		root.Expand(func(name string, pos diag.Pos) (string, bool) {
			value, ok := map[string]string{"a": "1", "b": "two", "c": "${a}"}[name]
			if !ok {
				report.Add(pos, "unknown "+name, "")
			}
			return value, ok
		}, report)
		var got everything
		Into(root, &got, nil, report)
		if n := len(diag.All(report.Err())); got.Text != want || (want == "") != (n == 1) {
			t.Errorf("%q: got %q, want %q; %v", text, got.Text, want, report.Err())
		}
	}
}

type guarded struct {
	Token secret.Ref `yaml:"token"`
	URL   string     `yaml:"url"`
}

func (g *guarded) Check() []diag.FieldError {
	return []diag.FieldError{{Field: "url", Msg: "may hold a secret", Secret: true}}
}

func TestASecretInTheFileIsNotShown(t *testing.T) {
	for _, text := range []string{"{token: hunter22, url: x}", "{token: 12345678, url: x}", `{url: "https://u:hunter22@x"}`} {
		report := diag.NewReport([]byte(text))
		Into(Parse("f", []byte(text), report), &guarded{}, nil, report)
		err := report.Err()
		if err == nil || strings.Contains(err.Error(), "hunter22") || strings.Contains(err.Error(), "12345678") || !strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", text, err)
		}
	}
	report := diag.NewReport(nil)
	var got guarded
	if Into(Parse("f", []byte("token: {env: TOKEN}"), report), &got, nil, report); got.Token.Env != "TOKEN" {
		t.Errorf("got %+v, %v", got, report.Err())
	}
}
