package yamltree

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/diag"
)

func TestWhateverYAMLMeans(t *testing.T) {
	for text, want := range map[string]string{
		"a: {b: [1, 'x', \"y\"]}":               `{"a":{"b":["1","x","y"]}}`,
		"a: &x {b: 1}\nc: *x":                   `{"a":{"b":"1"},"c":{"b":"1"}}`,
		"a: &x {b: 1, d: 2}\nc: {<<: *x, b: 3}": `{"a":{"b":"1","d":"2"},"c":{"b":"3","d":"2"}}`,
		"a: |\n  b\n  c\n":                      `{"a":"b\nc\n"}`,
		"a: >-\n  b\n  c\n":                     `{"a":"b c"}`,
		"a: !!str 5\nb: ~\nc:":                  `{"a":"5","b":null,"c":null}`,
		"a: 1\na: 2":                            `{"a":"2"}`,
		"# nothing\n---\na: 1":                  `{"a":"1"}`,
	} {
		docs, err := Parse("f.yml", []byte(text))
		if err != nil || len(docs) != 1 {
			t.Errorf("%q: %d documents, %v", text, len(docs), err)
			continue
		}
		got, err := json.Marshal(docs[0].Plain())
		if err != nil || string(got) != want {
			t.Errorf("%q: %s, %v, want %s", text, got, err, want)
		}
	}
}

func TestValuesHaveTheirPlaces(t *testing.T) {
	docs, err := Parse("f.yml", []byte("a:\n  b: x\n  l: [p, q]\n---\nc: |\n  y\n"))
	if err != nil || len(docs) != 2 {
		t.Fatal(docs, err)
	}
	a := docs[0].Find("a")
	if at := a.Find("b").Pos.String(); at != "f.yml:2:6" || a.Word("b") != "x" || strings.Join(a.Words("l"), "") != "pq" || len(a.List("b")) != 1 {
		t.Errorf("%s, %+v", at, a)
	}
	if a.Find("none") != nil || a.Has("none") || !a.Has("b") || a.Map("b") != nil || docs[0].Map("a")["b"] != "x" {
		t.Errorf("%+v", a)
	}
	if c := docs[1].Find("c"); c.Style != Literal || c.Pos.Line != 5 {
		t.Errorf("%+v", c)
	}
	var nothing *Node
	if nothing.Find("a") != nil || nothing.Has("a") || nothing.Word("a") != "" || nothing.List("a") != nil {
		t.Error("nothing holds something")
	}
}

func TestAFaultHasItsPlace(t *testing.T) {
	_, err := Parse("f.yml", []byte("a: 1\nb: [\n"))
	if all := diag.All(err); len(all) != 1 || all[0].Pos.Line == 0 {
		t.Errorf("%v", err)
	}
	if docs, err := Parse("f.yml", nil); err != nil || len(docs) != 0 {
		t.Errorf("%v, %v", docs, err)
	}
}
