package fields

import (
	"fmt"
	"strings"
	"testing"
)

const sample = `{
  "a": {"b": [{"c": 1}, {"c": "two"}], "x y": true, "x.y": null},
  "items": [{"id": "A", "n": 12345678901234567890}, {"id": "B"}, 3],
  "steps": [{"name": "UNACKED", "at": "t1"}, {"name": "ACKED BY", "at": "t2"}, {"name": "UNACKED", "at": "t3"}],
  "groups": [{"rules": [{"id": 1}]}, {"rules": []}, {"rules": [{"id": 2}, {"id": 3}]}],
  "empty": [], "null": null
}`

func value(tb testing.TB, text string) any {
	tb.Helper()
	v, err := Decode(strings.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func TestFind(t *testing.T) {
	t.Parallel()
	v := value(t, sample)
	for path, want := range map[string]string{
		"a.b[0].c": "[1]", "a.b[-1].c": "[two]", "a.b[].c": "[1 two]", "a.b[2].c": "[]", "a.b[-3].c": "[]", `a["x y"]`: "[true]", `a["x.y"]`: "[<nil>]",
		"items[].id": "[A B]", "items[0].n": "[12345678901234567890]", "items.id": "[]", "none.at.all": "[]", "null.a": "[]",
		"steps[name=UNACKED].at": "[t1 t3]", `steps[name="ACKED BY"].at`: "[t2]", "steps[name=none].at": "[]", `["a"].b[1].c`: "[two]",
		"groups[].rules[].id": "[1 2 3]", "$.a.b[0].c": "[1]", "empty[]": "[]", `steps["name"=UNACKED][0]`: "[]",
	} {
		p, err := Parse(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := fmt.Sprint(p.Find(v)); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
		if p.String() != path {
			t.Errorf("%s is written %s", path, p)
		}
	}
	if got := Must("$").Find(v); len(got) != 1 {
		t.Errorf("$: %d values", len(got))
	}
	if got := (Path{}).Find(v); got != nil {
		t.Errorf("no path: %v", got)
	}
}

func TestParseFails(t *testing.T) {
	t.Parallel()
	for path, says := range map[string]string{
		"": "is empty", ".": "want the name of a field at character 1", "a.": "want the name of a field at its end", "a..b": `at character 3, not ".b"`,
		"a b": `want "." or "[" at character 2`, "a[": `want "]" at its end`, "a[x]": "want a number, a name in quotes", "a[1": `want "]" at its end`,
		`a["x`: "want a closing quote", `a["x"`: `want "]" at its end`, "a]": `want "." or "["`, "a[=x]": "want a number", "a[b=]": "want a value",
		`a[b="x]`: "want a closing quote", "a[0]b": `want "." or "["`, "$a=": `want "." or "["`, "a[99999999999999999999]": "want a number",
		strings.Repeat("a", 501): "longer than 500", strings.Repeat("a.", 40) + "a": "more than 32 steps",
	} {
		if _, err := Parse(path); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q: %v; want …%s…", path, err, says)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	v := value(t, sample)
	for path, want := range map[string]string{
		"items": "3", "items[]": "3", "empty": "0", "groups[].rules": "3", "groups[].rules[]": "3", "steps[name=UNACKED]": "items",
		"none": `at the top of the answer: there is no field "none"`, "a.none": `at a: there is no field "none"`, "null": "null is null, not a list",
		"a": "a is an object, not a list", "items[].id": `at items[]: there is a number, which has no field "id"`, "a.b[7]": "at a.b: the list of 2 has no item 7",
		"null[]": "at null: there is null, not a list", "$": "$ is an object, not a list", "groups[0].rules[5].x": "at groups[0].rules: the list of 1 has no item 5",
	} {
		items, err := Must(path).List(v)
		got := fmt.Sprint(len(items))
		if err != nil {
			got = err.Error()
		}
		if got != want && !(want == "items" && err != nil) {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if items, err := Must("$").List(value(t, `[1,2]`)); len(items) != 2 || err != nil {
		t.Errorf("$ of a list: %v, %v", items, err)
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", " ", "{", "[1,]", "{} {}", "1 2", "nul", "{}]", strings.Repeat("[", 20_000)} {
		if v, err := Decode(strings.NewReader(text)); err == nil {
			t.Errorf("%.20q: %v", text, v)
		}
	}
}

// FuzzPath: every text is a path or an error; a path reads any JSON without harm, and is the same path when it is read again.
func FuzzPath(f *testing.F) {
	for _, path := range []string{"a.b[0].c", `a["x y"]`, "items[].id", `steps[name="ACKED BY"].at`, "$[]", "[-1]", "groups[].rules[].id", `["\u00e9"]`} {
		f.Add(path, sample)
	}
	f.Add("$", "[[[1e999]]]")
	f.Fuzz(func(t *testing.T, path, text string) {
		p, err := Parse(path)
		v, bad := Decode(strings.NewReader(text))
		if err != nil || bad != nil {
			return
		}
		if again, err := Parse(p.String()); err != nil || fmt.Sprint(again) != fmt.Sprint(p) {
			t.Errorf("%q is %q when it is read again: %v", path, again, err)
		}
		found := p.Find(v)
		items, err := p.List(v)
		if err != nil && items != nil {
			t.Errorf("%q: items and an error", path)
		}
		s := Shape{Items: p, Fields: Record{ID: Paths{p}, Title: Paths{p}, Status: p, Opened: p, Labels: p}}
		if _, err := s.Read(v); err == nil && len(items) != 0 && len(found) == 0 {
			t.Errorf("%q: incidents out of nothing", path)
		}
		_ = p.Text(v)
	})
}
